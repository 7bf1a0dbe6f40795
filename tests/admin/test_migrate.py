"""`migrate`: one command brings the ledger up, once no worker of the version before is left."""

from typing import Any

import pytest
from rq.worker import BaseWorker

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.schema import SCHEMA, bring_up
from tests.admin.conftest import Admin
from tests.admin.test_check import findings
from tests.ledger.first_version import load_first_version


def test_ledger_is_brought_up_once(admin: Admin, ledger: Ledger) -> None:
    """It says what it did, and the second time that there is nothing to do."""
    load_first_version(ledger.redis)
    said = admin("migrate")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"18 events looked at, 18 brought up. The ledger has schema {SCHEMA} now.\n"
    assert ledger.redis.get("gs:schema") == str(SCHEMA).encode()
    assert "there is nothing to do" in admin("migrate").out


def test_what_was_stopped_in_the_middle_goes_on(admin: Admin, ledger: Ledger) -> None:
    """Killed after some events, it is due still, and the next call brings up the others."""
    load_first_version(ledger.redis)
    ledger.redis.set("gs:schema", SCHEMA - 1)
    next(bring_up(ledger.redis, look_at=5))
    assert findings(admin)["schema"][0] == "WARN"
    assert admin("migrate").out.startswith("18 events looked at, 13 brought up.")
    assert findings(admin)["schema"][0] == "OK"


def test_check_says_when_it_is_due(admin: Admin, ledger: Ledger) -> None:
    """Where the schema is the one of before, check warns; further back it fails; it names the command."""
    load_first_version(ledger.redis)
    level, told = findings(admin)["schema"]
    assert (level, "python -m admin migrate" in told) == ("FAIL", True)
    ledger.redis.set("gs:schema", SCHEMA - 1)
    level, told = findings(admin)["schema"]
    assert (level, "python -m admin migrate" in told) == ("WARN", True)
    admin("migrate")
    found = findings(admin)
    assert (found["schema"][0], found["open work"][0]) == ("OK", "OK")


@pytest.mark.parametrize("migrated", [False, True])
def test_what_the_first_version_left_is_shown(admin: Admin, ledger: Ledger, migrated: bool) -> None:
    """Each of its events and runs can be looked at, migrated or only marked by the version before."""
    load_first_version(ledger.redis)
    ledger.redis.set("gs:schema", SCHEMA - 1)
    assert not migrated or admin("migrate").code == 0
    for kind, listing in (("event", "events"), ("run", "runs")):
        ids = [key.decode().rpartition(":")[2] for key in ledger.redis.scan_iter(f"gs:{kind}:*")]
        listed = admin(listing, "list").out
        assert [id for id in ids if id not in listed] == []
        shown = [admin("events", "show", id) for id in ids]  # takes a run's id, too
        assert [(said.code, said.err) for said in shown] == [(0, "")] * len(ids)
    assert admin("check", "--json").code == 1  # for want of workers
    assert "payment_doubtful_1" in admin("events", "show", "evt_doubtful_1").out


def register(ledger: Ledger, name: str) -> None:
    """A worker in RQ's registry, as each worker registers itself."""
    BaseWorker(["gigstack-live"], name=name, connection=ledger.redis, serializer="json").register_birth()  # type: ignore[no-untyped-call]  # RQ's is not


@pytest.mark.parametrize("older", ["worker", "supervisor"])
def test_older_workers_are_not_left_behind(admin: Admin, ledger: Ledger, older: str) -> None:
    """While one is alive, nothing is changed; it is named, with what to do. Those of now may work."""
    load_first_version(ledger.redis)
    ledger.present(f"host/{SCHEMA}.8", {"live": 2}, 60_000)
    register(ledger, f"host/{SCHEMA}.8.live.0.9")
    if older == "worker":
        register(ledger, "there.8.live.0.9")
    else:
        ledger.present("there.8", {"bulk": 2}, 60_000)
    said = admin("migrate")
    assert said.code == 2
    assert "there.8" in said.err
    assert "host/" not in said.err
    assert "start them anew in this version" in said.err
    assert ledger.redis.get("gs:schema") == b"1"
    assert list(ledger.redis.scan_iter("gs:alias:live::*"))  # the names of before
    if older == "worker":
        ledger.redis.delete("rq:worker:there.8.live.0.9")
    ledger.absent("there.8", {"bulk": 2})
    assert admin("migrate").code == 0


@pytest.mark.parametrize("command", [("events", "list"), ("pause", "all"), ("rebuild-queue",)])
def test_commands_refuse_what_they_do_not_know(admin: Admin, ledger: Ledger, command: Any) -> None:
    """On a ledger that is too new or too old they do nothing, and say what to do."""
    for found, cure in ((SCHEMA + 1, "deploy the newer version"), (1, "python -m admin migrate")):
        ledger.redis.set("gs:schema", found)
        said = admin(*command)
        assert said.code == 2
        assert cure in said.err


def test_newer_ledger_is_not_touched(admin: Admin, ledger: Ledger) -> None:
    """`migrate` goes one way only."""
    ledger.redis.set("gs:schema", SCHEMA + 1)
    said = admin("migrate")
    assert (said.code, "deploy the newer version" in said.err) == (2, True)
    assert ledger.redis.get("gs:schema") == str(SCHEMA + 1).encode()
