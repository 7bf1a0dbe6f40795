"""Writes whose answers are not documented: what was done must not look like a failure."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from gigstack_events.api import Gigstack
from tests.api.stand_in import Api, ok

UUID = "5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122"
ODD = [
    ok(),
    ok({}),
    ok([]),
    ok(True),
    ok("done"),
    ok([{"id": "y"}], status="x"),
    httpx.Response(200, json={}),
]

ABOUT: dict[str, Callable[[Gigstack], Any]] = {
    "cancel": lambda g: g.invoices.cancel("x", motive="01", substitution_uuid=UUID),
    "refund": lambda g: g.payments.refund("x", reason="duplicate", amount=10),
    "reopen": lambda g: g.receipts.reopen("x"),
}
OTHERS: dict[str, Callable[[Gigstack], Any]] = {
    "validate": lambda g: g.clients.validate("x"),
    "send": lambda g: g.invoices.send("x"),
    "run_global": lambda g: g.invoices.run_global(),
    "import_xml": lambda g: g.invoices.import_xml([b"<a/>"]),
    "replace_reminders": lambda g: g.payments.replace_reminders(
        "x", operation_id=UUID, expected_livemode=True
    ),
}
DELETED: dict[str, Callable[[Gigstack], None]] = {
    "client": lambda g: g.clients.delete("x"),
    "service": lambda g: g.services.delete("x"),
    "draft": lambda g: g.invoices.drafts.delete("x"),
    "payment": lambda g: g.payments.cancel("x"),
    "receipt": lambda g: g.receipts.cancel("x"),
}


@pytest.mark.parametrize("reply", ODD)
@pytest.mark.parametrize("act", [*ABOUT.values(), *OTHERS.values()], ids=[*ABOUT, *OTHERS])
def test_no_answer_makes_a_failure_of_what_was_done(
    act: Callable[[Gigstack], Any], reply: httpx.Response
) -> None:
    """An effect whose write succeeded would be parked for nothing."""
    act(Api(reply).gigstack())


@pytest.mark.parametrize("reply", ODD)
@pytest.mark.parametrize("act", ABOUT.values(), ids=ABOUT)
def test_the_answer_is_about_what_was_named(act: Callable[[Gigstack], Any], reply: httpx.Response) -> None:
    """A handler still gets to know which object it was."""
    assert act(Api(reply).gigstack()).id == "x"


@pytest.mark.parametrize("reply", [*ODD, httpx.Response(204), httpx.Response(200)])
@pytest.mark.parametrize("act", DELETED.values(), ids=DELETED)
def test_what_is_deleted_is_gone_without_words(
    act: Callable[[Gigstack], None], reply: httpx.Response
) -> None:
    """Some calls answer with an object, some with nothing at all."""
    act(Api(reply).gigstack())


def test_what_the_answer_does_say_is_read() -> None:
    """Its own id and status go before what was asked."""
    data = {"id": "i", "status": "cancelled", "cancellation": {"motive": "02", "cancelled_at": 1_700_000_000}}
    invoice = Api(ok(data)).gigstack().invoices.cancel(UUID, motive="02")
    assert (invoice.id, invoice.is_cancelled) == ("i", True)
    assert invoice.cancellation is not None
    assert (invoice.cancellation.motive, invoice.cancellation.cancelled_at) == ("02", 1_700_000_000_000)
    assert Api(httpx.Response(204)).gigstack().invoices.cancel(UUID, motive="02").id == UUID
