"""`runs retry`: the way on for a run whose cause a person has mended."""

from gigstack_events.ledger import Ledger
from tests.admin.conftest import Admin
from tests.making import claimed, take_run


def test_failed_run_goes_again(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """The run is queued, and a worker takes it."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "failed")
    assert f"{claim.run.id} is queued." in admin("runs", "retry", claim.run.id).out
    assert take_run(ledger, "again")


def test_what_cannot_go_again_is_explained(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """A run under way, or none at all: one sentence and code 2."""
    claim = claimed(ledger, redis_url)
    under_way, nowhere = admin("runs", "retry", claim.run.id), admin("runs", "retry", "nowhere")
    assert (under_way.code, nowhere.code) == (2, 2)
    assert "This run is running" in under_way.err
    assert "No run has the id 'nowhere'" in nowhere.err
