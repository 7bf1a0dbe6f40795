"""`events` and `runs`: what an operator, or a script, sees of the ledger."""

import io
import json

import pytest
import redis
from rich.console import Console

from admin.surroundings import in_words
from admin.tables import print_table
from gigstack_events.ledger import Ledger
from tests.admin.conftest import Admin
from tests.making import accept, body_of, claimed


def test_events_list(admin: Admin, redis_url: str) -> None:
    """Each event has a line with its id, type, trust and state."""
    (first,) = accept(redis_url, body_of(id="evt_1"))
    said = admin("events", "list")
    assert said.code == 0
    assert all(word in said.out for word in (first.id, "payment.succeeded", "signed", "accepted"))


def test_events_list_for_scripts(admin: Admin, redis_url: str) -> None:
    """JSON has one object for each event, filtered and limited as asked."""
    accept(redis_url, body_of(id="evt_1"), body_of(id="evt_2", type="receipt.created"), body_of(id="evt_3"))
    said = admin("events", "list", "--json", "--type", "payment.*", "--limit", "1", "--since", "1h")
    (row,) = json.loads(said.out)
    assert (row["raw_id"] in ("evt_1", "evt_3"), row["type"]) == (True, "payment.succeeded")
    assert row["received"].endswith("+00:00")


@pytest.mark.parametrize("arguments", [("events", "list"), ("runs", "list", "--state", "failed")])
def test_empty_lists_say_so(admin: Admin, arguments: tuple[str, ...]) -> None:
    """An empty list is told in words, and as an empty list to scripts."""
    assert "No such" in admin(*arguments).out
    assert json.loads(admin(*arguments, "--json").out) == []


def test_show_holds_no_payload_unless_asked(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Body and results may hold personal data: they come with --body only, in both forms."""
    claim = claimed(ledger, redis_url, id="evt_1", email="ana@example.com")
    ledger.finish(claim.run.id, claim.token, "done", result='"told ana@example.com"')
    for form in ((), ("--json",)):
        shown = admin("events", "show", "evt_1", *form)
        assert claim.run.id in shown.out
        assert "ana@example.com" not in shown.out
        assert admin("events", "show", "evt_1", "--body", *form).out.count("ana@example.com") == 2


def test_show_takes_every_name(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Our id, the sender's id and a run's id show the same event."""
    claim = claimed(ledger, redis_url, id="evt_1")
    shown = {admin("events", "show", name).out for name in (claim.event.id, "evt_1", claim.run.id)}
    assert len(shown) == 1


def test_runs_list(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """What is parked is found with its reason; other states do not show it."""
    claim = claimed(ledger, redis_url)
    ledger.finish(claim.run.id, claim.token, "parked", reason="[look] at this")
    said = admin("runs", "list", "--state", "parked")
    assert claim.run.id in said.out
    assert "[look] at this" in said.out
    (row,) = json.loads(admin("runs", "list", "--json").out)
    assert (row["state"], row["reason"], "result" in row) == ("parked", "[look] at this", False)
    assert json.loads(admin("runs", "list", "--state", "done", "--json").out) == []


@pytest.mark.parametrize(
    ("reason", "error", "shown"),
    [
        ("will be tried again", "KeyError: 'rfc'", "will be tried again: KeyError: 'rfc' (again"),
        ("again after KeyError: 'rfc'", "KeyError: 'rfc'", "  again after KeyError: 'rfc' (again"),
        ("no receipts yet", "", "  no receipts yet (again"),
    ],
)
def test_waiting_run_shows_its_error(
    admin: Admin, ledger: Ledger, redis_url: str, reason: str, error: str, shown: str
) -> None:
    """Why a run waits is said in full, and nothing of it twice."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.finish(claim.run.id, claim.token, "waiting", reason=reason, error=error, delay_ms=60_000)
    assert shown in admin("runs", "list").out
    assert shown in admin("events", "show", "evt_1").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("events", "show", "nothing"), "No event is called 'nothing'"),
        (("events", "list", "--since", "yesterday"), "--since"),
        (("events", "list", "--state", "done"), "--state is one of accepted"),
        (("runs", "list", "--state", "settled"), "--state is one of queued"),
        (("events", "list", "--limit", "0"), "--limit"),
        (("evnts",), "No such command"),
        (("runs", "retry", "\udcff"), "is not UTF-8"),
    ],
)
def test_mistakes_are_explained(admin: Admin, arguments: tuple[str, ...], told: str) -> None:
    """What cannot be shown is refused with a sentence and exit code 2."""
    said = admin(*arguments)
    assert said.code == 2
    assert told in said.err


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"REDIS_URL": "redis://:hunter2@127.0.0.1:9/0"}, "Redis does not answer"),
        ({"REDIS_URL": ""}, "REDIS_URL is not set"),
        ({"GIGSTACK_LEASE": "0", "GIGSTACK_LANE": "x"}, "did you mean GIGSTACK_LANES?"),
        ({"GIGSTACK_LEASE": "0", "GIGSTACK_LANE": "x"}, "GIGSTACK_LEASE"),
    ],
)
def test_bad_surroundings_are_explained(admin: Admin, env: dict[str, str], told: str) -> None:
    """Without Redis, or with settings that cannot be used, all that is wrong is said, but no secret."""
    said = admin("events", "list", **env)
    assert said.code == 2
    assert told in said.err
    assert "hunter2" not in said.err


def test_table_fits_what_it_can() -> None:
    """A note that does not fit stands below its row; other people's brackets and escapes are harmless."""
    out = Console(file=io.StringIO(), width=30)
    print_table(
        out, ("id", "state", "why"), [("r1", "done", "ok"), ("[r2]", "odd", "[/x] \x1b" + "long " * 9)]
    )
    assert isinstance(out.file, io.StringIO)
    assert [line.rstrip() for line in out.file.getvalue().splitlines()] == [
        "id    state  why",
        "r1    done   ok",
        "[r2]  odd",
        "    [/x]  " + " ".join(["long"] * 9),
    ]


def test_a_redis_that_loads_is_not_called_absent() -> None:
    """After a restart Redis reads its data for a while: the operator is told to wait, not to start it."""
    told = in_words(redis.BusyLoadingError("LOADING Redis is loading the dataset in memory"))
    assert told == "Redis is still loading its data."
