"""`runs retry`: the way on for a run whose cause a person has mended."""

from gigstack_events.ledger import Ledger
from tests.admin.conftest import Admin
from tests.making import RECEIPTS, begin, claimed, take_run


def test_failed_run_goes_again(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """The run is queued, and a worker takes it; while it does, the reason of before is no reason."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "failed", reason="no luck", error="no luck")
    assert f"{claim.run.id} is queued." in admin("runs", "retry", claim.run.id).out
    assert "no luck" in admin("runs", "list").out
    assert take_run(ledger, "again")
    assert "no luck" not in admin("runs", "list").out


def test_what_cannot_go_again_is_explained(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """A run under way, or none at all: one sentence and code 2."""
    claim = claimed(ledger, redis_url)
    under_way, nowhere = admin("runs", "retry", claim.run.id), admin("runs", "retry", "nowhere")
    assert (under_way.code, nowhere.code) == (2, 2)
    assert f"{claim.run.id} is running" in under_way.err
    assert "No run has the id 'nowhere'" in nowhere.err


def test_several_go_again_at_once(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """What one of many is refused for stops none of the others; it is said, with code 2."""
    claims = [claimed(ledger, redis_url, id=f"evt_{number}") for number in range(3)]
    for claim in claims[::2]:
        ledger.finish(claim.run.id, claim.token, "failed")
    said = admin("runs", "retry", *(claim.run.id for claim in claims), "nowhere")
    assert said.code == 2
    assert [line.split()[0] for line in said.out.splitlines()] == [claim.run.id for claim in claims[::2]]
    assert f"{claims[1].run.id} is running" in said.err
    assert "'nowhere'" in said.err


def test_other_ids_lead_to_the_runs(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """An event's id, ours or the sender's, or an effect's, is answered with the runs that may be meant."""
    claim = claimed(ledger, redis_url, id="evt_1")
    begin(ledger, claim)
    for name in ("evt_1", claim.event.id, RECEIPTS[0]):
        for verb in (("retry",), ("cancel",), ("resolve", "--did-not-happen")):
            said = admin("runs", *verb, name)
            assert (said.code, f"  {claim.run.id}   act, running" in said.err) == (2, True)
    cut = admin("runs", "retry", claim.run.id[:11])
    assert (cut.code, "26 characters, this has 11" in cut.err) == (2, True)
    assert "26 characters, this has 11" in admin("events", "show", claim.event.id[:11]).err
