"""The documented shapes of objects: no field that the API is known to send is called odd."""

from typing import Any

import pytest

from gigstack_events.rules.shapes import odd_fields
from gigstack_events.sandbox.schemas import batches, clients, invoices, payments, receipts, sat, teams

SENT: list[tuple[str, Any]] = [
    ("payment.*", payments.Payment),
    ("receipt.*", receipts.Receipt),
    ("invoice.*", invoices.Invoice),
    ("invoice_batch.*", batches.Batch),
    ("customer.*", clients.Client),
    ("sat.invoice.synced", sat.SatInvoice),
    ("teams.*", teams.Team),
]


@pytest.mark.parametrize(("events", "schema"), SENT)
def test_what_the_api_sends_is_known(events: str, schema: Any) -> None:
    """The sandbox, which shares no code with these models, sends no field that would be warned of."""
    sent = [("object", field.alias or name) for name, field in schema.model_fields.items()]
    assert len(sent) > 3
    assert odd_fields(sent, [events]) == []


def test_field_that_one_of_several_events_has_is_fine() -> None:
    """A rule for two kinds of objects may name a field of either; events that nobody knows may have any."""
    path = ("object", "periodicity")
    assert odd_fields([path], ["payment.*", "receipt.*"]) == []
    assert odd_fields([path], ["payment.*"]) != []
    assert odd_fields([path], ["spaceship.landed"]) == []
    assert odd_fields([("object", "reason_code")], ["run.failed"]) == []
    (told,) = odd_fields([("object", "reson")], ["run.failed"])
    assert told.endswith("object.reson; did you mean object.reason?")
