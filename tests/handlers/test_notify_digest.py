"""notify with `at_most`: what exceeds waits for one summary, nothing is left out, and the limit holds."""

import random
from itertools import pairwise
from typing import Any

import pytest

from gigstack_events.ledger.turns import Turns
from tests.handlers.notifying import Desk, crashed

EVERY = 600.0


def limit(desk: Desk, count: int = 1, **more: Any) -> None:
    """At most so many messages in ten minutes."""
    desk.choose(at_most={"count": count, "every": EVERY, **more})


def told_of(desk: Desk) -> list[int]:
    """How many events each message tells of."""
    return [int(title.split()[0]) if title.endswith(" avisos") else 1 for title in desk.sink.titles]


def test_what_exceeds_goes_as_one_summary(desk: Desk) -> None:
    """One at once; the others wait for the window's end and go together, with their lines."""
    limit(desk)
    desk.choose(at_most={"count": 1, "every": EVERY}, link="https://panel.example.mx/{id}")
    for n in range(30):
        desk.tell(f"evt_{n:02}", total=n)
        desk.work()
    assert told_of(desk) == [1]
    desk.work(seconds=EVERY - 60)
    assert told_of(desk) == [1]
    desk.work(seconds=61)
    desk.work(seconds=20)
    assert (told_of(desk), desk.states()) == ([1, 29], {"done"})
    text = desk.sink.got[1]["message"]
    assert "- Pago recibido: $1.00 MXN https://panel.example.mx/evt_01" in text
    assert text.endswith("… y 9 más")


def test_each_client_has_a_window_of_its_own(desk: Desk) -> None:
    """`per` makes groups; two events of one client wait for nobody else's."""
    limit(desk, per="object.client")
    for n in range(6):
        desk.tell(f"evt_{n}", client={"id": f"client_{n % 2}"})
    desk.work()
    assert told_of(desk) == [1, 1]
    desk.work(seconds=EVERY + 1)
    desk.work(seconds=20)
    assert (told_of(desk), desk.states()) == ([1, 1, 2, 2], {"done"})


def test_live_and_test_and_destinations_do_not_mix(desk: Desk) -> None:
    """Modes and destinations are groups too."""
    desk.choose(to=["ops", "mail"], at_most={"every": EVERY})
    desk.tell("evt_1")
    desk.deliver(id="evt_2", livemode=False)
    desk.work()
    assert (told_of(desk), desk.states()) == ([1, 1, 1, 1], {"done"})


def test_a_quiet_rule_tells_at_once_again(desk: Desk) -> None:
    """After a window without anything, the next event does not wait."""
    limit(desk)
    desk.tell("evt_1")
    desk.work()
    desk.tell("evt_2")
    desk.work(seconds=EVERY + 1)
    assert (told_of(desk), desk.states()) == ([1, 1], {"done"})


@pytest.mark.parametrize("count", [1, 3])
def test_no_span_of_the_windows_length_sees_more(desk: Desk, count: int) -> None:
    """Events at random times, with an outage in between: the limit holds at the sink, and all are told."""
    limit(desk, count)
    chance = random.Random(count)
    for n in range(60):
        if n in (20, 30):
            (desk.sink.stop if n == 20 else desk.sink.start)()
        if chance.random() < 0.7:
            desk.tell(f"evt_{n:02}")
        desk.work(seconds=chance.choice([1, 20, 90, 200]))
    for _ in range(20):
        desk.work(seconds=EVERY / 2)
    assert desk.states() == {"done"}
    assert sum(told_of(desk)) == len(desk.runs())
    assert all(
        later - first > EVERY * 1000 for first, later in zip(desk.sink.at, desk.sink.at[count:], strict=False)
    )
    assert all(first <= later for first, later in pairwise(desk.sink.at))


SEND = "gigstack_events.notices.sending.send"
ASK, TOLD, END = (
    f"gigstack_events.ledger.{name}" for name in ("turns.Turns.ask", "turns.Turns.told", "Ledger.effect_end")
)


@pytest.mark.parametrize(
    ("place", "after", "twice"),
    [
        (ASK, False, False),
        (ASK, True, False),
        (SEND, False, False),
        (SEND, True, True),
        (TOLD, False, True),
        (TOLD, True, False),
        (END, False, False),
        (END, True, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("several", [False, True])
def test_a_worker_that_dies_leaves_nothing_out(
    desk: Desk, several: bool, place: str, after: bool, twice: bool
) -> None:
    """At each moment of a message or a summary: all are told, and the same again only where nobody knows."""
    limit(desk)
    desk.tell("evt_0")
    if several:
        desk.work()
        for n in range(1, 4):
            desk.tell(f"evt_{n}")
        desk.work()
        desk.ledger.redis.incrby("gs:clock:offset", round(EVERY * 1000 + 1000))
    crashed(desk, place, after=after)
    for _ in range(12):
        desk.work(seconds=EVERY / 2)
    expected = [1, *[3] * (1 + twice)] if several else [1] * (1 + twice)
    assert (desk.states(), told_of(desk)) == ({"done"}, expected)


def test_what_may_have_arrived_keeps_its_turn(desk: Desk) -> None:
    """In doubt at first, refused for certain when it was repeated: nothing else goes in its window."""
    limit(desk)
    desk.tell("evt_1")
    for status in (500, 429):
        desk.sink.status = status
        desk.work(seconds=4)
    assert (desk.sink.asked, desk.states()) == (2, {"waiting"})
    desk.tell("evt_2")
    desk.sink.status = 200
    desk.work()
    desk.work(seconds=60)
    assert told_of(desk) == [1]
    desk.work(seconds=EVERY + 1)
    assert (told_of(desk), desk.states()) == ([1, 1], {"done"})


def test_a_message_that_comes_again_late_takes_another_turn(desk: Desk) -> None:
    """Its sender was gone for longer than its turn lasts, and others have had theirs: the limit holds."""
    turns = Turns(desk.ledger.redis, "group", 1, EVERY)
    first = turns.ask("a", "A", 60.0)
    desk.ledger.redis.incrby("gs:clock:offset", round(EVERY * 1000 + 61_000))
    other = turns.ask("b", "B", 60.0)
    turns.told(other, "b")
    late = turns.ask("a", "A", 60.0)
    assert (first.word, other.word, late.word) == ("go", "go", "wait")
    assert late.seconds <= EVERY + 1
    desk.ledger.redis.incrby("gs:clock:offset", round(late.seconds * 1000))
    again = turns.ask("a", "A", 60.0)
    assert (again.word, again.message) == ("go", first.message)


def test_a_sender_that_never_comes_back_is_replaced(desk: Desk) -> None:
    """The run that was sending is cancelled for good: the others of its summary are told all the same."""
    limit(desk)
    for n in range(4):
        desk.tell(f"evt_{n}")
    desk.work()
    desk.ledger.redis.incrby("gs:clock:offset", round(EVERY * 1000 + 1000))
    with desk.patch.context() as patch:
        patch.setattr(SEND, lambda *_: (_ for _ in ()).throw(RuntimeError("nobody knows")))
        desk.work()
    stuck = next(run for run in desk.runs() if "outcome unknown" in run.reason)
    desk.ledger.redis.zadd("gs:attention", {stuck.id: desk.ledger.now() + 10**9})
    for _ in range(12):
        desk.work(seconds=60)
    assert told_of(desk) == [1, 3]
    assert sorted(run.state for run in desk.runs()) == ["done", "done", "done", "waiting"]


def test_a_refused_summary_is_in_every_runs_reason(desk: Desk) -> None:
    """Where a destination refuses, each event's own run fails and can be retried once that is mended."""
    limit(desk)
    desk.sink.status = 404
    for n in range(3):
        desk.tell(f"evt_{n}")
    desk.work()
    assert desk.states() == {"failed"}
    desk.sink.status = 200
    desk.tell("evt_3")
    desk.work()
    assert told_of(desk) == [4]


def test_a_lost_account_of_turns_repeats_rather_than_forgets(desk: Desk) -> None:
    """The keys of a group may vanish while events wait: each of them asks again by itself."""
    limit(desk)
    for n in range(4):
        desk.tell(f"evt_{n}")
    desk.work()
    for key in desk.ledger.redis.scan_iter("gs:notices:*"):
        desk.ledger.redis.delete(key)
    for _ in range(4):
        desk.work(seconds=EVERY + 1)
    assert desk.states() == {"done"}
    assert sum(told_of(desk)) == 4


def test_a_duplicate_and_a_replay_add_nothing(desk: Desk) -> None:
    """An event counts once, however often it comes."""
    limit(desk)
    for _ in range(5):
        desk.tell("evt_1")
        desk.work()
    desk.work(seconds=EVERY + 1)
    assert told_of(desk) == [1]


def test_late_words_change_nothing(desk: Desk) -> None:
    """A sender that was replaced may neither free the turn nor take its entries back."""
    turns = Turns(desk.ledger.redis, "group", 1, EVERY)
    first = turns.ask("a", "A", 0.0)
    assert (turns.ask("b", "B", 60.0).word, first.word) == ("wait", "go")
    again = turns.ask("a", "A", 60.0)
    assert (again.message, again.total) == (first.message, 1)
    turns.give_back(first, "b")
    assert turns.ask("b", "B", 60.0).word == "wait"
    turns.told(again, "a")
    turns.give_back(first, "a")
    assert turns.ask("a", "A", 60.0).word == "told"
