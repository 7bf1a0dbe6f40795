"""`events show` explains: which run did what, who said what and when, why a run waits, and what to type."""

import json
import pwd
import shlex
from os import getuid

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator
from tests.admin.conftest import Admin
from tests.making import RECEIPTS, accept, begin, body_of, claimed, plan_of, rule, take_event, take_run

ME = pwd.getpwuid(getuid()).pw_name


def commands(out: str, id: str) -> list[list[str]]:
    """What `events show` says that one may type about a run or event."""
    after = out.rpartition(f"\n{id}  ")[2]
    lines = after.splitlines()[1:]
    end = next((n for n, line in enumerate(lines) if not line.startswith("    ")), len(lines))
    return [shlex.split(line) for line in lines[:end]]


def test_effect_names_its_runs(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Each effect stands beside the run that began it, and names the others that lean on it."""
    first = claimed(ledger, redis_url, id="evt_1")
    begin(ledger, first)
    ledger.effect_end(first.run.id, first.token, RECEIPTS[0], "done", "null")
    second = claimed(ledger, redis_url, id="evt_2")
    begin(ledger, second)
    for event in ("evt_1", "evt_2", RECEIPTS[0]):
        out = admin("events", "show", event).out
        assert f"\n{first.run.id}  receipt:stamp" in out
        assert f"also for {second.run.id}" in out
    (effect,) = json.loads(admin("events", "show", "evt_2", "--json").out)["effects"]
    assert (effect["run"], effect["also"]) == (first.run.id, [first.run.id, second.run.id])


def test_what_is_printed_settles_a_doubt(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """The line to type is printed whole and works; then it is on record who said what, and when."""
    claim = claimed(ledger, redis_url, id="evt_1")
    begin(ledger, claim)
    ledger.finish(claim.run.id, claim.token, "parked", reason="outcome unknown")
    happened, other = commands(admin("events", "show", "evt_1").out, claim.run.id)
    assert (happened[-2:], other[-1]) == (["--happened", "RESULT"], "--did-not-happen")
    assert admin(*happened[:-1], "null").code == 0
    shown = admin("events", "show", "evt_1")
    assert f"{ME}  said that receipt:stamp on {RECEIPTS[0]} happened" in shown.out
    assert "done   by hand" in shown.out
    (said,) = json.loads(admin("events", "show", "evt_1", "--json").out)["by_hand"]
    assert (said["by"], said["about"], said["at"][-6:]) == (ME, claim.run.id, "+00:00")


def test_every_verdict_is_on_record(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Retry, cancel and replay are told in their order, with what stood there before."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.finish(claim.run.id, claim.token, "failed", reason="no luck")
    ledger.redis.hset("gs:rules", "act", rule().snapshot())
    admin("runs", "retry", claim.run.id)
    admin("runs", "cancel", claim.run.id)
    admin("events", "replay", "evt_1", "--yes")
    said = json.loads(admin("events", "show", "evt_1", "--json").out)["by_hand"]
    told = [
        ("let go again; it was failed: no luck", claim.run.id),
        ("cancelled; it was queued", claim.run.id),
        ("replayed for act", claim.event.id),
    ]
    assert [(each["verdict"], each["about"]) for each in said] == told
    skipped = claimed(ledger, redis_url, id="evt_2")
    for number in range(12):
        ledger.redis.hset(f"gs:run:{skipped.run.id}", "state", "skipped")
        assert Operator(ledger.redis, f"person {number}").retry(skipped.run.id) == ""
    said = json.loads(admin("events", "show", "evt_2", "--json").out)["by_hand"]
    assert [each["by"] for each in said] == [f"person {number}" for number in range(2, 12)]


def test_other_runs_of_a_settled_act_are_named(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Whoever settles an act learns which other runs were put aside for it, and how they go on."""
    runs = []
    for id in ("evt_1", "evt_2"):
        claim = claimed(ledger, redis_url, id=id, token=id)
        begin(ledger, claim)
        ledger.finish(claim.run.id, claim.token, "parked", reason="outcome unknown")
        runs.append(claim.run.id)
    said = admin("runs", "resolve", runs[1], "--happened", "null")
    assert f"`runs retry {runs[0]}`" in said.out
    assert f"`runs retry {runs[0]}`" not in admin("runs", "resolve", runs[0], "--happened", "null").out
    assert admin("runs", "retry", runs[0]).code == 0


def test_why_a_run_waits(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Behind a key the holder is named, behind a pause the command that ends it, though it failed before."""
    holder = claimed(ledger, redis_url, id="evt_1", key="k")
    accept(redis_url, body_of("evt_2"))
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule(), key="k"), plan_of(event.id, rule("mail"))])
    Operator(ledger.redis).pause("mail")
    assert take_run(ledger) is None
    out = admin("events", "show", "evt_2").out
    assert f"goes on by itself after {holder.run.id}" in out
    assert "`resume mail`" in out
    ledger.finish(holder.run.id, holder.token, "failed", reason="no luck", error="no luck")
    admin("runs", "retry", holder.run.id)
    Operator(ledger.redis).pause("act")
    take_run(ledger)
    assert "no luck; held by pause:act" in admin("events", "show", "evt_1").out
    assert commands(admin("events", "show", "evt_1").out, holder.run.id) == [
        ["runs", "cancel", holder.run.id]
    ]


def test_never_started_took_no_time(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """A run that was taken out before it began took no time."""
    accept(redis_url, body_of("evt_1"))
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule())])
    (run,) = json.loads(admin("runs", "list", "--json").out)
    admin("runs", "cancel", run["id"])
    (run,) = json.loads(admin("runs", "list", "--json").out)
    assert (run["state"], run["took"]) == ("cancelled", 0)


def test_parked_event_names_both_ways(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """What was too old to know is released or dismissed by the lines that are printed."""
    accept(redis_url, body_of("one", created=1_000_000))
    (row,) = json.loads(admin("events", "list", "--json").out)
    release, dismiss = commands(admin("events", "show", "one").out, row["id"])
    assert (release[:2], admin(*dismiss).code) == (["events", "release"], 0)
    assert f"{ME}  dismissed; it was parked: it is older than" in admin("events", "show", "one").out


def test_act_that_is_done_keeps_no_old_refusal(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """An act that was refused, then done, is not shown with the reason of its refusal."""
    claim = claimed(ledger, redis_url, id="evt_1")
    begin(ledger, claim)
    ledger.effect_end(claim.run.id, claim.token, RECEIPTS[0], "not_done", "429: too many")
    assert "429: too many" in admin("events", "show", "evt_1").out
    begin(ledger, claim)
    ledger.effect_end(claim.run.id, claim.token, RECEIPTS[0], "done", "null")
    assert "429" not in admin("events", "show", "evt_1").out


def test_poison_says_how_often_and_what_to_do(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """A run whose worker died again and again names the count and the next step."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.finish(claim.run.id, claim.token, "crashed", reason="its worker died", crash_bound=1)
    out = admin("events", "show", "evt_1").out
    assert "its worker died (1 x in a row); see the log before you retry it" in out
    assert commands(out, claim.run.id)[0] == ["runs", "retry", claim.run.id]
