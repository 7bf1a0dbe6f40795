"""`pause` and `resume`: the kill switch, which knows the rules by name."""

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.operator import Operator
from tests.admin.conftest import Admin
from tests.making import accept, body_of, plan_of, rule, sweep, take_event, take_run


def test_paused_rule_does_not_run_until_resumed(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """A run of a paused rule is held, not dropped; after `resume` the sweep lets it go on."""
    assert "Paused: stamp_receipts." in admin("pause", "stamp_receipts").out
    accept(redis_url, body_of())
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule("stamp_receipts"))])
    assert take_run(ledger) is None
    assert "Nothing is paused." in admin("resume", "stamp_receipts").out
    sweep(ledger)
    assert take_run(ledger) is not None


def test_all_is_a_rule_of_its_own(admin: Admin, ledger: Ledger) -> None:
    """`pause all` holds everything; to resume one rule does not lift it, `resume all` does."""
    admin("pause", "stamp_receipts")
    assert "All rules are paused, and by themselves: stamp_receipts." in admin("pause", "all").out
    assert "All rules are paused." in admin("resume", "stamp_receipts").out
    assert "Nothing is paused." in admin("resume", "all").out
    assert Operator(ledger.redis).paused() == set()


def test_rule_of_workers_is_known(admin: Admin, ledger: Ledger) -> None:
    """A rule that only the workers have loaded can be paused too."""
    ledger.redis.hset("gs:rules", "theirs", rule("theirs").snapshot())
    assert admin("pause", "theirs").code == 0


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_unknown_rule_is_refused(admin: Admin, ledger: Ledger, command: str) -> None:
    """A typing error pauses nothing silently; the nearest name is offered."""
    said = admin(command, "stamp_receits")
    assert said.code == 2
    assert "did you mean 'stamp_receipts'?" in said.err
    assert Operator(ledger.redis).paused() == set()


def test_resuming_what_runs_is_harmless(admin: Admin) -> None:
    """To resume a rule that is not paused says so and is no error."""
    said = admin("resume", "stamp_receipts")
    assert (said.code, said.out) == (0, "stamp_receipts was not paused.\nNothing is paused.\n")
