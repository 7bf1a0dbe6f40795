"""`runs resolve`, `runs cancel`, `events replay`, `events release`: a person's verdicts, from the shell."""

import json
import time

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.ids import digest
from gigstack_events.ledger.records import Claim, text
from tests.admin.conftest import Admin
from tests.making import accept, body_of, claimed, record_of, rule, take_run

EFFECTS = [digest("f", "live", "receipt:stamp", f"receipt_{n}") for n in range(2)]


@pytest.fixture
def doubt(ledger: Ledger, redis_url: str) -> Claim:
    """A run that was parked with two acts of unknown outcome."""
    claim = claimed(ledger, redis_url)
    for n, effect in enumerate(EFFECTS):
        ledger.effect_start(claim.run.id, claim.token, effect, "receipt:stamp", f"receipt_{n}", again=False)
    ledger.finish(claim.run.id, claim.token, "parked", reason="outcome unknown")
    ledger.redis.hset("gs:rules", "act", rule().snapshot())
    return claim


def state_of(ledger: Ledger, run: str) -> str:
    return text(ledger.redis.hget(f"gs:run:{run}", "state") or "")


def test_resolve_asks_which_act_is_meant(admin: Admin, ledger: Ledger, doubt: Claim) -> None:
    """With several unknown acts the message lists them, ready to be pasted; one by one they are settled."""
    said = admin("runs", "resolve", doubt.run.id, "--did-not-happen")
    assert said.code == 2
    assert f"--effect {EFFECTS[0]}   receipt:stamp on receipt_0" in said.err
    said = admin("runs", "resolve", doubt.run.id, "--happened", '{"invoices": ["A"]}', "--effect", EFFECTS[0])
    assert (said.code, "resolve them too" in said.out) == (0, True)
    said = admin("runs", "resolve", doubt.run.id, "--did-not-happen")
    assert (said.code, "goes on" in said.out) == (0, True)
    assert state_of(ledger, doubt.run.id) == "queued"
    shown = json.loads(admin("events", "show", doubt.event.id, "--json", "--body").out)
    states = {effect["on"]: (effect["state"], effect["result"]) for effect in shown["effects"]}
    assert states == {"receipt_0": ("done", '{"invoices":["A"]}'), "receipt_1": ("not_done", "")}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Say one of"),
        (("--happened", "null", "--did-not-happen"), "Say one of"),
        (("--happened", "{broken"), "RESULT is JSON"),
        (("--happened", "NaN"), "RESULT is JSON"),
        (("--happened", "[1e999]"), "RESULT is JSON"),
        (("--happened", "[" * 9000), "RESULT is JSON"),
        (("--happened", json.dumps("x" * 70_000)), "at most 65536 are kept"),
    ],
)
def test_resolve_explains_what_it_needs(
    admin: Admin, ledger: Ledger, doubt: Claim, arguments: tuple[str, ...], told: str
) -> None:
    """A half-said verdict changes nothing and says what is missing."""
    said = admin("runs", "resolve", doubt.run.id, *arguments)
    assert said.code == 2
    assert told in said.err
    assert state_of(ledger, doubt.run.id) == "parked"


def test_run_without_doubt_is_not_resolved(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Whoever means `retry` is told so."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "parked")
    said = admin("runs", "resolve", claim.run.id, "--did-not-happen")
    assert (said.code, "`runs retry`" in said.err) == (2, True)


def test_run_that_is_not_there_is_not_resolved(admin: Admin, doubt: Claim) -> None:
    """A mistyped id is called unknown."""
    for id in ("r-nowhere", "r" * 26):
        said = admin("runs", "resolve", id, "--did-not-happen")
        assert (said.code, "No run has the id" in said.err) == (2, True)


def test_cancel_names_what_stays_unknown(admin: Admin, ledger: Ledger, doubt: Claim) -> None:
    """Cancelling settles no outcome, and says so; a second time there is nothing to cancel."""
    said = admin("runs", "cancel", doubt.run.id)
    assert (said.code, state_of(ledger, doubt.run.id)) == (0, "cancelled")
    assert "Nobody knows whether receipt:stamp on receipt_1 happened" in said.out
    said = admin("runs", "cancel", doubt.run.id)
    assert (said.code, "is cancelled: only" in said.err) == (2, True)
    assert "No run has the id" in admin("runs", "cancel", "r-nowhere").err


def test_replay_shows_its_plan_first(admin: Admin, ledger: Ledger, doubt: Claim) -> None:
    """Nothing is queued before the operator says --yes; then the run waits in the bulk lane."""
    said = admin("events", "replay", doubt.event.raw_id)
    assert said.code == 0
    assert "Nothing is done yet" in said.out
    assert "outcome unknown: checked first" in said.out
    assert record_of(ledger, doubt.event.id).runs == (doubt.run.id,)
    assert admin("events", "replay", doubt.event.id, "--yes").code == 0
    assert ledger.redis.zcard("gs:queued:bulk") == 1


def test_replay_refuses_what_it_does_not_know(admin: Admin, doubt: Claim) -> None:
    """A rule, an effect and an event that are not there are named, and nothing is queued."""
    wrong = [("--rule", "nothing"), ("--repeat", EFFECTS[0])]
    told = ["No rule is called 'nothing'; there are act", "no effect of this event that is on record as done"]
    for arguments, words in zip(wrong, told, strict=True):
        said = admin("events", "replay", doubt.event.id, *arguments, "--yes")
        assert (said.code, words in said.err) == (2, True)
    assert "No event is called" in admin("events", "replay", "nowhere").err


def test_parked_event_is_released_or_dismissed(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """What was too old to know is dispatched once a person says so."""
    long_ago = (int(time.time()) - 500 * 86_400) * 1000
    accept(redis_url, body_of("one", created=long_ago), body_of("two", created=long_ago))
    said = admin("events", "replay", "one")
    assert (said.code, "`events release`" in said.err, "--yes" in said.out) == (2, True, False)
    assert admin("events", "release", "one").code == 0
    assert admin("events", "dismiss", "two").code == 0
    said = admin("events", "dismiss", "two")
    assert (said.code, "is settled: only" in said.err) == (2, True)
    assert "No event is called" in admin("events", "release", "three").err


def test_rebuild_queue_says_how_many(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """After RQ's keys are gone, one command brings the hints back."""
    accept(redis_url, body_of("one"), body_of("two"))
    ledger.redis.delete("rq:queue:gigstack-live")
    said = admin("rebuild-queue")
    assert (said.code, "Hints written: 2." in said.out) == (0, True)
    assert ledger.redis.llen("rq:queue:gigstack-live") == 2


def test_a_wrong_result_is_corrected(admin: Admin, ledger: Ledger, doubt: Claim) -> None:
    """Where a run stumbles over what a person said, `events show` names the line that says it anew."""
    act = ("--effect", EFFECTS[0])
    admin("runs", "resolve", doubt.run.id, "--happened", "null", *act)
    admin("runs", "resolve", doubt.run.id, "--did-not-happen")
    again = take_run(ledger, "again")
    assert again
    assert admin("runs", "resolve", doubt.run.id, "--happened", "1", *act).code == 2  # it is under way
    ledger.finish(again.run.id, again.token, "failed", reason="TypeError")
    line = f"runs resolve {doubt.run.id} --effect {EFFECTS[0]} --happened"
    assert f"    {line} RESULT" in admin("events", "show", doubt.event.id).out
    assert admin(*line.split(), '{"uuid": "A"}').code == 0
    last = take_run(ledger, "last")
    assert last
    answer = ledger.effect_start(last.run.id, "last", EFFECTS[0], "receipt:stamp", "receipt_0", again=False)
    assert answer == ["done", '{"uuid":"A"}']
    ledger.finish(last.run.id, last.token, "failed")
    other = admin("runs", "resolve", doubt.run.id, "--happened", "1", "--effect", EFFECTS[1])
    assert (other.code, "no act of unknown outcome" in other.err) == (2, True)
