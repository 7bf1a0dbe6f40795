"""Slips of a caller who has no type checker: each is named, and none is a traceback of this library."""

from collections.abc import Callable
from typing import Any

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.api.errors import InvalidInput
from tests.api.stand_in import Api, ok

_RETENTION: dict[str, Any] = {
    "retention_key": "14", "client": "client_1", "period_start": "01", "period_end": 1,
    "period_year": 2026, "total_operation": 1.0, "taxes": [{"tax": "ISR", "base": 1.0, "amount": 1.0}],
}  # fmt: skip
_SLIPS: dict[str, Callable[[Any], object]] = {
    "created_gte: a time": lambda gigstack: list(gigstack.payments.list(created_gte="2026-01-01")),
    "date: a time": lambda gigstack: gigstack.payments.mark_as_paid(
        "p", payment_form="03", date="2026-01-01"
    ),
    "its id is no text": lambda gigstack: gigstack.receipts.get(5),
    "cert: is a pathlib.Path": lambda gigstack: gigstack.teams.upload_csd(
        "team_1", cert="a.cer", key=b"key", password="secret"
    ),
    "invoices: is a list": lambda gigstack: gigstack.invoices.income.create_batch(
        {"client": "client_1"}, idempotency_key="batch-2026"
    ),
    "period_start: a month": lambda gigstack: gigstack.retentions.create(**_RETENTION),
    "no PDF or PNG or JPG": lambda gigstack: gigstack.clients.upload_support_document(
        "client_1", b"text", document_type="contract"
    ),
}


@pytest.mark.parametrize("told", _SLIPS)
def test_a_slip_is_named_before_anything_is_sent(told: str) -> None:
    """What cannot be sent is refused as InvalidInput that says what is wanted, not as a TypeError."""
    api = Api(ok({}))
    gigstack: Gigstack = api.gigstack()
    with pytest.raises(InvalidInput, match=told):
        _SLIPS[told](gigstack)
    assert not api.requests
