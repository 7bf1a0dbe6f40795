"""`make_event` makes events as gigstack sends them, about things that the test's sandbox knows."""

from collections.abc import Callable

import pytest

from gigstack_events import Event
from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.testing import LocalGigstack

MakeEvent = Callable[..., Event]
PLACES = {"payment": "payments", "receipt": "receipts", "customer": "clients", "service": "services"}


@pytest.mark.parametrize("type", KNOWN_EVENTS)
def test_every_event_can_be_made(type: str, make_event: MakeEvent, gigstack: LocalGigstack) -> None:
    """All 26 types, of live mode and with a team, about something that the API answers for."""
    event = make_event(type)
    assert (event.type, event.livemode, event.team or event.object["id"]) == (type, True, "team_sandbox")
    if place := PLACES.get(type.split(".")[0]):
        found = gigstack.call("GET", f"/{place}/{event.object['id']}")["data"]
        assert found["created_at"] == event.object["created_at"]


def test_changes_are_merged_into_the_object(make_event: MakeEvent) -> None:
    """Only what a test cares about has to be said."""
    event = make_event(
        object={"total": 100, "client": {"name": "Ana"}}, id="evt_mine", created_at=1_790_000_000_000
    )
    assert (event.id, event.created_at, event.object["total"]) == ("evt_mine", 1_790_000_000_000, 100)
    assert event.object["client"]["name"] == "Ana"
    assert event.object["client"]["tax_id"]


def test_two_events_are_about_two_things(make_event: MakeEvent) -> None:
    """Each has an object of its own, unless the test says which."""
    first, second = make_event(), make_event()
    assert first.object["id"] != second.object["id"]
    assert make_event("payment.created", about=first.object["id"]).object["id"] == first.object["id"]


def test_mode_and_team_are_as_wanted(make_event: MakeEvent) -> None:
    """Test mode and another team are a word away."""
    event = make_event("receipt.created", livemode=False, team="team_other")
    assert (event.livemode, event.team) == (False, "team_other")


def test_a_seed_makes_the_same_data(gigstack: LocalGigstack) -> None:
    """Names and amounts come again with the seed that was printed; ids never do."""

    def made(seed: int) -> tuple[str, list[tuple[str, float]]]:
        gigstack.begin(seed)
        events = [gigstack.event() for _ in range(3)]
        facts = [(event.object["client"]["legal_name"], event.object["total"]) for event in events]
        return events[0].object["id"], facts

    first, again, other = made(1), made(1), made(2)
    assert first[1] == again[1] != other[1]
    assert first[0] != again[0]


def test_unknown_type_is_told_with_the_nearest(make_event: MakeEvent) -> None:
    """A typo does not make an event that never comes."""
    with pytest.raises(ValueError, match=r"there is no event 'payment\.suceeded'; did you mean"):
        make_event("payment.suceeded")
