"""Confirmation by read-back: for each published event type, what must agree and what may have moved on."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from gigstack_events import Event
from gigstack_events.api import Gigstack
from gigstack_events.confirm import AS_TOLD, READ_BACK, Disagrees, MovedOn, confirm
from gigstack_events.events import KNOWN_EVENTS, normalise, to_body
from tests.engine.stand_in import Keys, answering
from tests.making import event_of

READ = sorted(type for type, way in READ_BACK.items() if way.object)
WITH_STATUS = [type for type in READ if READ_BACK[type].statuses]
OTHERS = {
    "id": "other", "livemode": False, "team": "team_2", "total": 117, "currency": "USD", "uuid": "other",
    "invoice_type": "E",
}  # fmt: skip
PATHS = {
    "payment": "payments", "receipt": "receipts", "client": "clients", "service": "services",
    "invoice": "invoices/income",
}  # fmt: skip
UUID = "5F3A1C9E-0B7D-4C1E-9A52-6D8E7F001122"


def object_of(type: str, **changed: Any) -> dict[str, Any]:
    """An object as the API and an event of this type have it, in agreement."""
    way = READ_BACK[type]
    told = "pending" if way.statuses is AS_TOLD else next(iter(way.statuses), None)
    facts = {
        "id": "thing_1", "livemode": True, "team": "team_1", "total": 116, "currency": "MXN", "uuid": UUID,
        "invoice_type": "I",
    }  # fmt: skip
    kept = {name: value for name, value in facts.items() if name in (*way.names, *way.facts)}
    return {**kept, **({"status": told} if told else {}), "name": "kept", **changed}


def ask(type: str, told: dict[str, Any], truth: dict[str, Any], status: int = 200) -> tuple[Event, Keys]:
    """Confirm what an event told against what the API says."""
    keys = Keys()
    keys.answer = answering(status, **truth)
    gigstack = keys.of(True)
    assert isinstance(gigstack, Gigstack)
    return confirm(event_of(type=type, thing=told), gigstack), keys


@pytest.mark.parametrize("type", KNOWN_EVENTS)
def test_every_published_type_has_its_row(type: str) -> None:
    """A type is read back, or the operator is told why it cannot be."""
    way = READ_BACK[type]
    assert bool(way.object) != bool(way.cannot)
    if way.object:
        event, keys = ask(type, object_of(type, secret="forged"), object_of(type))
        assert event.object == object_of(type)
        assert [call.url.path for call in keys.requests] == [f"/v2/{PATHS[way.object]}/thing_1"]
    else:
        with pytest.raises(Disagrees, match=f"^{way.cannot}$"):
            ask(type, {"id": "thing_1"}, {"id": "thing_1"})


def test_rows_are_those_of_published_types() -> None:
    """No row stands for a name that gigstack never sends, and what is deleted is never read."""
    assert set(READ_BACK) == set(KNOWN_EVENTS)
    assert not [type for type in READ if type.endswith(".deleted")]


@pytest.mark.parametrize(("type", "fact"), [(type, fact) for type in READ for fact in READ_BACK[type].facts])
def test_immutable_facts_must_agree(type: str, fact: str) -> None:
    """Another id, mode, team, amount or currency on either side, and the event is not believed."""
    with pytest.raises(Disagrees, match=f"`{fact}` differs"):
        ask(type, object_of(type), object_of(type, **{fact: OTHERS[fact]}))


@pytest.mark.parametrize("type", READ)
def test_facts_that_a_side_leaves_out_contradict_nothing(type: str) -> None:
    """Only the object's id has to be there: a handler sees the API's object, whatever was left out."""
    bare = {"id": "thing_1"} | {name: at for name, at in object_of(type).items() if name == "status"}
    assert ask(type, bare, object_of(type))[0].object == object_of(type)
    assert ask(type, object_of(type), bare)[0].object == bare
    nameless = {name: value for name, value in object_of(type).items() if name not in READ_BACK[type].names}
    with pytest.raises(Disagrees, match="no id"):
        ask(type, nameless, object_of(type))
    with pytest.raises(Disagrees, match="another object"):
        ask(type, object_of(type), nameless)


@pytest.mark.parametrize("type", WITH_STATUS)
def test_another_status_has_moved_on(type: str) -> None:
    """The object is the event's, but what the event tells of is over; the reason names the status."""
    with pytest.raises(MovedOn, match="'refunded' by now"):
        ask(type, object_of(type), object_of(type, status="refunded"))
    with pytest.raises(Disagrees, match="no status"):
        ask(type, object_of(type), object_of(type, status=None))


@pytest.mark.parametrize(
    ("type", "actual"),
    [
        ("payment.succeeded", "processing"),
        ("payment.succeeded", "failed"),
        ("payment.canceled", "requires_payment_method"),
        ("receipt.completed", "open"),
        ("invoice.created", "draft"),
        ("invoice.canceled", "valid"),
    ],
)
def test_what_has_not_happened_yet_is_no_truth_of_yesterday(type: str, actual: str) -> None:
    """Who announces what the API does not know of is refused for trust, so that any proof re-opens it."""
    with pytest.raises(Disagrees, match="still"):
        ask(type, object_of(type), object_of(type, status=actual))


@pytest.mark.parametrize(
    ("type", "told", "actual"),
    [
        ("payment.succeeded", "refunded", "succeeded"),  # the type speaks; some bodies are rendered late
        ("payment.succeeded", None, "succeeded"),
        ("payment.canceled", "canceled", "cancelled"),
        ("receipt.completed", "completed", "invoiced"),
        ("receipt.created", "open", "pending"),
        ("receipt.updated", None, "expired"),
        ("customer.updated", "active", None),
        ("invoice.created", "stamped", "valid"),
        ("invoice.created", "active", "valid"),
        ("invoice.created", None, "cancelled"),
        ("invoice.created", "pending", "pending"),
        ("invoice.canceled", "valid", "canceled"),
        ("invoice.canceled", None, "cancelled"),
        ("invoice.failed", None, "failed"),
        ("invoice.failed", None, None),
    ],
)
def test_statuses_that_agree(type: str, told: str | None, actual: str | None) -> None:
    """Two words for one state are one state; a type that names its state needs no status in the body."""
    ask(type, object_of(type, status=told), object_of(type, status=actual))


@pytest.mark.parametrize("said", ["valid", None, "failed"])
@pytest.mark.parametrize("actual", ["valid", "stamped", "cancelled"])
def test_failure_is_over_once_there_is_a_cfdi(said: str | None, actual: str) -> None:
    """Whoever acts on a failed CFDI must not act on one that was made since, whatever the event says."""
    with pytest.raises(MovedOn, match="by now"):
        ask("invoice.failed", object_of("invoice.failed", status=said), {"id": "thing_1", "status": actual})


def test_cfdi_that_is_not_made_yet_was_not_created() -> None:
    """An event that leaves the status out does not get around what the API says."""
    with pytest.raises(Disagrees, match="still 'draft'"):
        ask("invoice.created", {"id": "thing_1"}, {"id": "thing_1", "status": "draft"})


@pytest.mark.parametrize(
    ("invoice_type", "route"),
    [("I", "income"), ("E", "egress"), ("P", "payment"), ("T", "transfer"), (None, "income"), ({}, "income")],
)
def test_invoices_are_read_by_their_type(invoice_type: Any, route: str) -> None:
    """Each kind has its own route; one that is not told is asked for as income."""
    told = {"id": "thing_1", "invoice_type": invoice_type}
    _, keys = ask("invoice.created", told, {"id": "thing_1"})
    assert keys.requests[-1].url.path == f"/v2/invoices/{route}/thing_1"


@pytest.mark.parametrize(
    ("told", "truth"),
    [
        ({"uuid": UUID}, {"id": "thing_1", "uuid": UUID}),
        ({"uuid": UUID}, {"uuid": UUID}),
        ({"id": UUID}, {"id": "thing_1", "uuid": UUID}),
        ({"id": "thing_1", "uuid": UUID}, {"uuid": UUID}),
        ({"id": "thing_1", "uuid": UUID.lower()}, {"id": "thing_1", "uuid": UUID}),
    ],
)
def test_invoice_goes_by_its_id_or_its_uuid(told: dict[str, Any], truth: dict[str, Any]) -> None:
    """The documented examples give no id; the handler sees the API's, or the uuid in its place."""
    event, keys = ask("invoice.created", told, truth)
    assert event.object["id"] == truth.get("id", UUID)
    assert keys.requests[-1].url.path.endswith(told.get("id", UUID))


@pytest.mark.parametrize(
    ("told", "truth", "why"),
    [
        ({"id": "thing_1", "uuid": "other"}, {"id": "thing_1", "uuid": UUID}, "`uuid` differs"),
        ({"id": "thing_1"}, {"id": "other", "uuid": UUID}, "another object"),
        ({"id": "thing_1"}, {"uuid": UUID}, "another object"),
        ({"id": "thing_1", "uuid": ["x"]}, {"id": "other"}, "another object"),
        ({"uuid": ["x"]}, {"id": "other"}, "no id"),
        ({"id": {"x": 1}, "uuid": UUID}, {"id": "other"}, "no id"),
    ],
)
def test_names_that_do_not_fit_are_not_believed(
    told: dict[str, Any], truth: dict[str, Any], why: str
) -> None:
    """Two names allow no mixture of two invoices, and odd ones make no run fail."""
    with pytest.raises(Disagrees, match=why):
        ask("invoice.created", told, truth)


def test_type_that_nobody_knows_is_not_confirmed() -> None:
    """That the object exists says nothing about a claim whose meaning is not published."""
    keys = Keys()
    gigstack = keys.of(True)
    assert gigstack
    with pytest.raises(Disagrees, match=r"nobody knows what payment\.exploded says"):
        confirm(event_of(type="payment.exploded"), gigstack)
    assert keys.requests == []


@pytest.mark.parametrize("id", ["", ".", "..", 5, None, {"id": "x"}])
def test_odd_ids_are_not_asked_for(id: Any) -> None:
    """A forged id neither leads to another path nor makes the run fail."""
    with pytest.raises(Disagrees, match="no id to read back"):
        ask("payment.succeeded", {"id": id}, {"id": "payment_1"})


@pytest.mark.parametrize("status", [400, 404, 405, 414, 422])
def test_refused_read_is_no_confirmation(status: int) -> None:
    """An object that the API does not show, for whatever reason in the question, proves nothing."""
    with pytest.raises(Disagrees, match=rf"shows no such object \({status}\)"):
        ask("payment.succeeded", object_of("payment.succeeded"), {}, status)


def test_confirmed_event_is_read_again_as_it_was() -> None:
    """What the ledger keeps is the documented envelope with the API's object, id and team included."""
    body = b'{"type":"payment.succeeded","created":1700000000,"livemode":true,"team":"t","data":{"id":"p"}}'
    event = normalise(body, {})
    assert normalise(to_body(event), {}) == replace(event, id_source="body")


def test_no_answer_is_no_verdict() -> None:
    """A read that was cut off passes through, so that the run is tried again."""
    keys = Keys()

    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("cut", request=request)

    keys.answer = cut
    gigstack = keys.of(True)
    assert gigstack
    with pytest.raises(Exception, match="answer") as told:
        confirm(event_of(type="payment.succeeded"), gigstack)
    assert not isinstance(told.value, Disagrees | MovedOn)
