"""The documented shapes of objects: no field that the API is known to send is called odd."""

from typing import Any

import pytest

from gigstack_events.sandbox.schemas import batches, clients, invoices, payments, receipts, sat, teams
from gigstack_events.shapes import known_names, odd_fields

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


def test_names_of_fields_are_those_of_the_events_objects() -> None:
    """Also deep in them, in either spelling; what only other objects have is none of them."""
    invoice = known_names(["invoice.failed"])
    assert {"stamp", "issuerinfo", "unitkey", "legalname"} <= invoice
    assert not {"shorturl", "succeededat", "reasoncode"} & invoice
    assert "shorturl" in known_names(["invoice.failed", "payment.succeeded"])
    assert {"reason", "reasoncode"} <= known_names(["run.failed"])
