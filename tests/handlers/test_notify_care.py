"""notify: play money is told as such, and a destination that hangs holds up no other."""

import pytest

from gigstack_events.notices import sending
from gigstack_events.notices.templates import Message, specimens
from tests.handlers.notifying import Desk


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({}, "[Prueba] Pago recibido: $100.00 MXN"),
        ({"language": "en"}, "[Test] Payment received: $100.00 MXN"),
        ({"title": "{{ 'live' if event.livemode else 'test' }}"}, "test"),
    ],
)
def test_test_mode_is_told_as_such(desk: Desk, options: dict[str, str], title: str) -> None:
    """Whoever hears of a payment sees that it is play money; a title of one's own says what it wants."""
    desk.choose(**options)
    (event,) = specimens(["payment.succeeded"])
    desk.deliver(id="evt_1", type=event.type, livemode=False, thing={**event.object, "total": 100})
    desk.work()
    assert desk.sink.titles == [title]


def test_a_destination_that_ends_each_run_holds_up_no_other(desk: Desk) -> None:
    """One that hangs until the time of the run is over has its turn first one time, and last the next."""
    plain = sending.send

    def send(name: str, url: str, message: Message) -> None:
        if name == "ops":
            raise KeyboardInterrupt
        plain(name, url, message)

    desk.choose(to=["ops", "mail"])
    desk.patch.setattr(sending, "send", send)
    desk.tell("evt_1")
    desk.work()
    assert desk.sink.got == []
    desk.work(seconds=121)
    assert len(desk.sink.got) == 1
    assert desk.run().state == "waiting"
