"""Reads are tried again inside the client, writes never."""

import httpx
import pytest

from gigstack_events.api import NotFound, ServerFault
from gigstack_events.errors import ApiError
from tests.api.stand_in import Api, newer, ok


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(503),
        httpx.Response(429, headers={"retry-after": "0"}),
        newer(200, "database_error"),
        httpx.ReadError("x"),
        httpx.ConnectError("x"),
    ],
)
def test_a_read_survives_a_passing_failure(failure: httpx.Response | Exception) -> None:
    """What may pass is asked again."""
    api = Api(failure, ok({"id": "receipt_1"}))
    assert api.gigstack().receipts.get("receipt_1").id == "receipt_1"
    assert len(api.requests) == 2


def test_a_read_is_given_up_after_three_tries() -> None:
    """A lasting failure comes out, with its own error."""
    api = Api(httpx.Response(503))
    with pytest.raises(ServerFault):
        api.gigstack().receipts.get("receipt_1")
    assert len(api.requests) == 3


def test_a_read_that_was_refused_is_not_tried_again() -> None:
    """Asking again would not help."""
    api = Api(httpx.Response(404))
    with pytest.raises(NotFound):
        api.gigstack().receipts.get("receipt_1")
    assert len(api.requests) == 1


@pytest.mark.parametrize(("told", "timeout"), [("60", 100.0), ("1", 0.5)])
def test_a_read_does_not_wait_long(told: str, timeout: float) -> None:
    """A long pause is for the engine, which frees the worker meanwhile; and the total time holds."""
    api = Api(httpx.Response(429, headers={"retry-after": told}), ok({}))
    with pytest.raises(ApiError) as caught:
        api.gigstack(timeout=timeout).receipts.get("receipt_1")
    assert caught.value.retry_after == float(told)
    assert len(api.requests) == 1


def test_the_guard_is_asked_again_for_each_try() -> None:
    """A lease may be lost between two tries."""
    asked: list[bool] = []
    Api(httpx.Response(503), ok({})).gigstack().bound(guard=asked.append).receipts.get("receipt_1")
    assert asked == [True, True]
