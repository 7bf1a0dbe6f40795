"""Which error a reply becomes, and what a write may assume after it."""

import httpx
import pytest

from gigstack_events.api import (
    CfdiRefused,
    Conflict,
    Forbidden,
    NoAnswer,
    NotFound,
    NotSent,
    RateLimited,
    Rejected,
    ServerFault,
    Unauthorized,
    UnexpectedAnswer,
    ValidationFailed,
)
from gigstack_events.errors import ApiError
from tests.api.stand_in import Api, documented, newer, ok

_HTML = httpx.Response(500, html="<h1>oops</h1>")

CASES = [
    (newer(400, "validation_failed"), ValidationFailed, "not_done"),
    (documented(400, "validation_failed"), ValidationFailed, "not_done"),
    (documented(401, "unauthorized"), Unauthorized, "not_done"),
    (newer(402, "webhook_plan_required"), Rejected, "not_done"),
    (newer(403, "forbidden"), Forbidden, "not_done"),
    (documented(404, "resource_not_found"), NotFound, "not_done"),
    (newer(408, "timeout"), ServerFault, "unknown"),
    (newer(409, "resource_conflict"), Conflict, "unknown"),
    (newer(422, "business_rule_violation"), ValidationFailed, "not_done"),
    (newer(429, "rate_limit_exceeded"), RateLimited, "not_done"),
    (httpx.Response(429, text="slow down"), RateLimited, "not_done"),
    (newer(500, "internal_server_error"), ServerFault, "unknown"),
    (_HTML, ServerFault, "unknown"),
    (httpx.Response(503), ServerFault, "unknown"),
    (newer(500, "x", "CFDI40145: no"), ServerFault, "unknown"),
    (httpx.Response(302, headers={"location": "https://elsewhere.example"}), UnexpectedAnswer, "unknown"),
    (httpx.Response(200, text="<html>"), UnexpectedAnswer, "unknown"),
    (httpx.Response(200, content=b""), UnexpectedAnswer, "unknown"),
    (httpx.Response(200, content=b"[1]"), UnexpectedAnswer, "unknown"),
    (httpx.Response(200, content=b'{"data": {"id"'), UnexpectedAnswer, "unknown"),
    (httpx.Response(200, content=b"\xff\xfe"), UnexpectedAnswer, "unknown"),
    (newer(200, "validation_failed"), ValidationFailed, "not_done"),
    (newer(200, "business_rule_violation"), Rejected, "not_done"),
    (newer(200, "rate_limit_exceeded"), RateLimited, "not_done"),
    (newer(200, "cfdi_service_error"), ServerFault, "unknown"),
    (newer(200, "external_service_error"), ServerFault, "unknown"),
    (newer(200, "internal_server_error"), ServerFault, "unknown"),
    (newer(200, "service_unavailable"), ServerFault, "unknown"),
    (newer(200, "database_error"), ServerFault, "unknown"),
    (newer(200, "a_code_from_the_future"), UnexpectedAnswer, "unknown"),
    (newer(200, "resource_already_exists"), Conflict, "unknown"),
    # A server-side code under a 4xx may hide a CFDI, unless a tax rule is named.
    (newer(400, "cfdi_service_error"), ServerFault, "unknown"),
    (newer(400, "cfdi_service_error", details=[{"code": "CFDI40145"}]), CfdiRefused, "not_done"),
    (httpx.ReadTimeout("x"), NoAnswer, "unknown"),
    (httpx.ReadError("x"), NoAnswer, "unknown"),
    (httpx.WriteError("x"), NoAnswer, "unknown"),
    (httpx.RemoteProtocolError("x"), NoAnswer, "unknown"),
    (httpx.ConnectError("x"), NotSent, "not_done"),
    (httpx.ConnectTimeout("x"), NotSent, "not_done"),
    (httpx.PoolTimeout("x"), NotSent, "not_done"),
]


@pytest.mark.parametrize(("reply", "kind", "outcome"), CASES)
def test_a_write_knows_what_to_assume(
    reply: httpx.Response | Exception, kind: type[ApiError], outcome: str
) -> None:
    """`not_done` only where the API surely refused or nothing was sent; otherwise `unknown`."""
    api = Api(reply)
    with pytest.raises(ApiError) as caught:
        api.gigstack().receipts.stamp("receipt_1")
    assert type(caught.value) is kind
    assert caught.value.outcome == outcome
    assert len(api.requests) == 1, "a write is never tried again by the client"


@pytest.mark.parametrize("reply", [newer(403, "forbidden"), newer(409, "x"), httpx.Response(302), _HTML])
def test_a_read_has_done_nothing_whatever_happens(reply: httpx.Response) -> None:
    """Reads change nothing, so that their outcome is always `not_done`."""
    with pytest.raises(ApiError) as caught:
        Api(reply).gigstack().receipts.get("receipt_1")
    assert caught.value.outcome == "not_done"


def test_both_envelopes_tell_code_and_message() -> None:
    """Status, code, message and details arrive whichever envelope the API chose."""
    for reply in (
        newer(404, "resource_not_found", "no such receipt"),
        documented(404, "resource_not_found", "no such receipt"),
    ):
        with pytest.raises(NotFound) as caught:
            Api(reply).gigstack().receipts.get("receipt_1")
        assert (caught.value.status, caught.value.code) == (404, "resource_not_found")
        assert str(caught.value) == "GET /receipts/receipt_1: 404 resource_not_found: no such receipt"


@pytest.mark.parametrize("details", [[{"code": "CFDI40145"}], {"code": "CFDI40145"}, "CFDI40145: nombre"])
def test_a_refused_cfdi_names_the_rule(details: object) -> None:
    """The rule is found wherever the details put it, so that a handler can explain it."""
    reply = newer(422, "business_rule_violation", "no se puede timbrar", details)
    with pytest.raises(CfdiRefused) as caught:
        Api(reply).gigstack().receipts.stamp("receipt_1")
    assert caught.value.cfdi_code == "CFDI40145"
    assert caught.value.details == details
    assert not caught.value.transient


def test_a_reason_written_in_error_itself_is_the_message() -> None:
    """Some replies carry a sentence where others carry a code."""
    reply = httpx.Response(422, json={"success": False, "error": "PADE rejected the XML"})
    with pytest.raises(ValidationFailed, match="PADE rejected the XML") as caught:
        Api(reply).gigstack().receipts.stamp("receipt_1")
    assert caught.value.code == ""


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7.0), ("0", 0.0), ("0.5", 0.5), ("-1", 0.0), ("soon", None), ("nan", None), (None, None)],
)
def test_retry_after_is_passed_on(told: str | None, seconds: float | None) -> None:
    """The engine waits as long as the API asks for."""
    headers = {"retry-after": told} if told else {}
    with pytest.raises(RateLimited) as caught:
        Api(httpx.Response(429, headers=headers)).gigstack().receipts.stamp("receipt_1")
    assert caught.value.retry_after == seconds
    assert caught.value.transient


def test_retry_after_may_be_a_date() -> None:
    """HTTP allows a date as well; one that has passed means now."""
    reply = httpx.Response(429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    with pytest.raises(RateLimited) as caught:
        Api(reply).gigstack().receipts.stamp("receipt_1")
    assert caught.value.retry_after == 0.0


def test_a_redirect_is_not_followed() -> None:
    """The key must not travel to another host."""
    api = Api(httpx.Response(307, headers={"location": "https://elsewhere.example"}))
    with pytest.raises(UnexpectedAnswer):
        api.gigstack().receipts.stamp("receipt_1")
    assert [request.url.host for request in api.requests] == ["api.example"]


@pytest.mark.parametrize(
    "reply", [httpx.Response(204), httpx.Response(200), httpx.Response(200, text="null"), ok()]
)
def test_a_delete_may_answer_with_nothing(reply: httpx.Response) -> None:
    """What deletes answer is not documented; silence is a success."""
    Api(reply).gigstack().webhooks.delete("wh_1")


def test_a_stamp_that_answers_without_data_has_happened() -> None:
    """The reply's fields are not documented, so none of them is needed."""
    assert Api(ok()).gigstack().receipts.stamp("receipt_1").id == ""


def test_a_refusal_counts_even_when_its_text_is_lost() -> None:
    """The status alone says that nothing was done."""

    class Broken(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield b'{"error'
            raise httpx.ReadError("gone")

    with pytest.raises(ValidationFailed) as caught:
        Api(httpx.Response(400, stream=Broken())).gigstack().receipts.stamp("receipt_1")
    assert caught.value.outcome == "not_done"
