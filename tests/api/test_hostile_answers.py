"""What an API gone wrong, or an odd caller, can send: nothing leaks, nothing grows without end, nothing
that was refused counts as done.
"""

import logging
from decimal import Decimal

import httpx
import pytest

from gigstack_events.api import Conflict, Gigstack, InvalidInput, NotSent, UnexpectedAnswer, responses
from gigstack_events.errors import ApiError
from tests.api.stand_in import KEY, Api, newer, ok

_REFUSAL = {"code": "validation_failed", "message": "no"}
_ITEMS = [{"description": "x", "quantity": 1, "unit_price": 1}]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"success": "false", "error": _REFUSAL}, "not_done"),
        ({"success": 0, "error": _REFUSAL}, "not_done"),
        ({"message": "no", "error": "validation_failed"}, "not_done"),
        ({"success": None, "error": {"code": "cfdi_service_error", "message": "no"}}, "unknown"),
    ],
)
def test_a_refusal_in_a_success_is_no_success(body: object, outcome: str) -> None:
    """However a 200 says no, a stamp that was refused is not taken as done."""
    with pytest.raises(ApiError) as caught:
        Api(httpx.Response(200, json=body)).gigstack().receipts.stamp("receipt_1")
    assert caught.value.outcome == outcome


@pytest.mark.parametrize("code", ["cost_mismatch", "webhook_revision_conflict"])
def test_a_conflict_found_before_acting_did_nothing(code: str) -> None:
    """These compare first and act afterwards: the caller may ask anew."""
    with pytest.raises(Conflict) as caught:
        Api(newer(409, code)).gigstack().webhooks.update("wh_1", status="inactive")
    assert caught.value.outcome == "not_done"


@pytest.mark.parametrize("before", [0, 280])
def test_no_message_shows_a_key_not_even_a_part(before: int) -> None:
    """A key is covered also where the text is cut within it."""
    reply = newer(401, "unauthorized", "x" * before + KEY)
    with pytest.raises(ApiError) as caught:
        Api(reply).gigstack().receipts.get("receipt_1")
    assert KEY[:8] not in str(caught.value)


def test_no_message_shows_what_else_is_secret() -> None:
    """The API may quote a password or a partner's key; messages end in logs and in the ledger."""
    with pytest.raises(ApiError) as caught:
        Api(newer(400, "x", "not hunter2")).gigstack().sat.upload_pfx(pfx=b"x", password="hunter2")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ApiError) as caught:
        Api(newer(401, "x", "not inside9")).gigstack().auth.signup(
            internal_api_key="inside9", idempotency_key="k" * 36, email="ana@empresa.mx"
        )
    assert "inside9" not in str(caught.value)


def test_a_bare_link_is_kept_secret() -> None:
    """A portal link that comes without its name is read, and not shown."""
    access = Api(ok("https://portal.example/?t=secret")).gigstack().clients.customer_portal(id="client_1")
    assert access.url is not None
    assert "secret" not in repr(access)


def test_httpx_does_not_log_what_was_searched(caplog: pytest.LogCaptureFixture) -> None:
    """httpx tells whole addresses at level info; ours hold personal data."""
    with caplog.at_level(logging.INFO, logger="httpx"):
        list(Api(ok([])).gigstack().clients.search("ana@empresa.mx"))
        httpx.Client(transport=httpx.MockTransport(Api(ok()))).get("https://other.example")
    assert "empresa" not in caplog.text
    assert "other.example" in caplog.text, "what others ask is theirs to log"


def test_a_reply_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded; a write may have been done."""
    monkeypatch.setattr(responses, "MOST_BYTES", 1000)
    for status, outcome in ((200, "unknown"), (400, "not_done")):
        with pytest.raises(ApiError) as caught:
            Api(httpx.Response(status, content=b"x" * 1001)).gigstack().receipts.stamp("receipt_1")
        assert caught.value.outcome == outcome
    with pytest.raises(UnexpectedAnswer, match="larger than 1000 bytes"):
        Api(httpx.Response(200, content=b"x" * 1001)).gigstack().receipts.get("receipt_1")


@pytest.mark.parametrize(
    "first",
    [
        {"data": [{"id": "1"}], "found": 2, "has_more": None},
        {"data": {"data": [{"id": "1"}], "found": 2, "has_more": True}},
    ],
)
def test_a_search_goes_on_however_its_end_is_told(first: object) -> None:
    """A null counts as not said, and a nested page is a page: no row is lost."""
    last = httpx.Response(200, json={"data": [{"id": "2"}], "found": 2, "has_more": "false"})
    found = Api(httpx.Response(200, json=first), last).gigstack().clients.search("x")
    assert [client.id for client in found] == ["1", "2"]


def test_half_characters_are_replaced() -> None:
    """They could be neither stored nor shown; whole ones of two halves stay."""
    text = b'{"data": {"id": "\\ud800", "name": "\\ud83d\\ude00"}}'
    client = Api(httpx.Response(200, content=text)).gigstack().clients.get("\ud800")
    assert (client.id, client.name) == ("?", "\U0001f600")
    assert client.model_dump_json()


def test_a_retry_after_of_nonsense_counts_as_not_said() -> None:
    """A day that no calendar has must not end in another error."""
    headers = {"retry-after": "Wed, 99999999999999999999 Oct 2015 1:1:1 GMT"}
    with pytest.raises(ApiError) as caught:
        Api(httpx.Response(429, headers=headers)).gigstack().receipts.stamp("receipt_1")
    assert caught.value.retry_after is None


def test_an_id_that_is_no_text_is_refused() -> None:
    """Ids come out of events, and those out of anybody's JSON."""
    with pytest.raises(InvalidInput, match="int"):
        Api(ok()).gigstack().receipts.get(5)  # type: ignore[arg-type]


def test_a_host_that_no_name_can_have_is_not_reached() -> None:
    """The caller sees an error of the tree, whatever the address."""
    with Gigstack(KEY, base_url=f"http://{'a' * 70}.example") as gigstack, pytest.raises(NotSent):
        gigstack.receipts.stamp("receipt_1")
    link = ok({"xml": "https://xn--/"})
    with pytest.raises(UnexpectedAnswer):
        Api(link).gigstack().invoices.xml("x")


def test_what_json_cannot_say_is_named() -> None:
    """A Decimal is natural for money: the message tells what to turn into a number."""
    with pytest.raises(NotSent, match="Decimal"):
        Api(ok()).gigstack().payments.refund("p", reason="x", amount=Decimal("5"))  # type: ignore[arg-type]


def test_what_is_the_callers_own_is_not_judged() -> None:
    """Addenda and complements of items follow other catalogues; a foreign RFC may be written small."""
    api = Api(ok({}))
    item = {**_ITEMS[0], "item_complement": {"currency": "pesos"}}
    api.gigstack().invoices.income.create(client="c", items=[item], addenda={"rate": "x"})  # type: ignore[arg-type]
    api.gigstack().clients.create(tax_id="xexx010101000", address={"zip": "SW1A 1AA"})
    assert len(api.requests) == 2


@pytest.mark.parametrize("cost", ["much", None, float("nan"), -1])
def test_a_cost_that_is_none_is_refused(cost: object) -> None:
    """The refusal is an error of the tree also for what is no number."""
    uuids = ["5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122"]
    with pytest.raises(InvalidInput):
        Api(ok()).gigstack().sat.import_xml(uuids, cost)  # type: ignore[arg-type]
