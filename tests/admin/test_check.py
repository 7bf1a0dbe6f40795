"""`check`: one line for each thing, with what to do; exit code 1 when something fails."""

import json
import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import deliver, listen
from gigstack_events.ledger.operator import Operator
from gigstack_events.sandbox.process import SandboxProcess
from tests.admin.conftest import Admin
from tests.making import accept, body_of, claimed, pass_time, plan_of, rule, take_event, take_run
from tests.stack import eventually


def findings(admin: Admin, **env: str) -> dict[str, tuple[str, str]]:
    said = admin("check", "--json", **env)
    answer: dict[str, Any] = json.loads(said.out)
    assert answer["ok"] is (said.code == 0)
    return {each["topic"]: (each["level"], each["text"]) for each in answer["findings"]}


def test_working_installation_fails_only_for_want_of_workers(admin: Admin, api: dict[str, str]) -> None:
    """Settings, keys, Redis, clock and work are fine; that no worker is alive is a failure."""
    said = admin("check", **api, GIGSTACK_VERIFY="token", GIGSTACK_WEBHOOK_TOKENS="tok-" + "x" * 40)
    assert said.code == 1
    lines = [line.split(maxsplit=1) for line in said.out.splitlines()]
    assert {rest.split("  ")[0] for level, rest in lines if level != "OK"} == {"lane live", "lane bulk"}
    assert "python -m workers" in said.out


def test_bad_settings_are_all_listed(admin: Admin) -> None:
    """Every problem of the settings has its own line, and nothing else is tried."""
    said = admin("check", GIGSTACK_LEASE="0", GIGSTACK_VERIFY="standart")
    assert said.code == 1
    assert [line.split()[:3] for line in said.out.splitlines()] == [
        ["FAIL", "settings", "GIGSTACK_LEASE:"],
        ["FAIL", "settings", "GIGSTACK_VERIFY:"],
    ]


def test_absent_redis_is_told_after_the_rest(admin: Admin) -> None:
    """Without Redis the settings are still looked at."""
    found = findings(admin, REDIS_URL="redis://127.0.0.1:9/0")
    assert found["settings"][0] == "OK"
    assert found["Redis"] == ("FAIL", "Redis does not answer: start it, or correct REDIS_URL.")


def test_moved_clock_is_refused(admin: Admin, ledger: Ledger) -> None:
    """A clock that is not that of Redis fails."""
    pass_time(ledger, 1)
    assert findings(admin)["clock"][0] == "FAIL"


def test_lost_work_is_a_failure(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """An open event that stands in no index is named."""
    (lost,) = accept(redis_url, body_of())
    assert findings(admin)["open work"][0] == "OK"
    ledger.redis.delete("gs:queued:live")
    level, told = findings(admin)["open work"]
    assert level == "FAIL"
    assert lost.id in told


def test_late_stuck_and_paused_are_warnings(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """What waits for a person, what is late and what is switched off is shown."""
    claim = claimed(ledger, redis_url, id="evt_1")
    ledger.finish(claim.run.id, claim.token, "parked", reason="look")
    claimed(ledger, redis_url, id="evt_2")
    accept(redis_url, body_of(id="evt_3"))
    Operator(ledger.redis).pause("all")
    pass_time(ledger, 200_000)
    found = findings(admin)
    for topic in ("due work", "queue", "stuck", "pauses"):
        assert found[topic][0] == "WARN", topic
    assert found["stuck"][1].startswith("1 wait")


def test_failures_that_nobody_tells_of_are_a_warning(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Ended runs whose internal events are not made are counted, with what to do; young ones are fine."""
    assert findings(admin)["outbox"] == ("OK", "nothing is late")
    listen(ledger.redis, ["run.failed"], {})
    for number in range(2):
        claim = claimed(ledger, redis_url, id=f"evt_{number}")
        ledger.finish(claim.run.id, claim.token, "failed", reason="no luck")
    assert findings(admin)["outbox"][0] == "OK"
    pass_time(ledger, 61_000)
    level, told = findings(admin)["outbox"]
    assert level == "WARN"
    assert re.search("waited for 6[12] s: 2 failed or parked runs .* start the workers", told)
    deliver(ledger, 10)
    assert findings(admin)["outbox"][0] == "OK"


@pytest.mark.parametrize(
    ("paused", "cure"),
    [
        (["all", "act"], "`python -m admin resume all` undoes it"),
        (["act"], "`python -m admin resume act` undoes it"),
        (["act", "bill"], "`python -m admin resume act` and `python -m admin resume bill` undo it"),
    ],
)
def test_the_cure_of_a_pause_can_be_typed(admin: Admin, ledger: Ledger, paused: list[str], cure: str) -> None:
    """What is paused is named with the very command that lets it go on."""
    for name in paused:
        Operator(ledger.redis).pause(name)
    assert findings(admin)["pauses"][1].endswith(cure)


def test_lane_that_nobody_serves_is_a_failure(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """A run in a lane that the settings do not name says how to serve it."""
    accept(redis_url, body_of())
    event = take_event(ledger).event
    ledger.dispatch(event, [plan_of(event.id, rule(lane="slow"))])
    found = findings(admin)
    assert found["lane slow"] == ("FAIL", "no worker serves it: add slow=1 to GIGSTACK_LANES")
    assert "python -m workers" in found["lane live"][1]


def test_what_is_not_set_may_be_set_elsewhere(admin: Admin) -> None:
    """`check` sees its own environment only, and says so."""
    lines = admin("check", REDIS_URL="").out.splitlines()
    assert len([line for line in lines if "not set here" in line]) == 5
    assert [line for line in lines if "not set" in line and "not set here" not in line] == []


def test_keys_are_tried(admin: Admin, api: dict[str, str], sandbox: SandboxProcess) -> None:
    """A key that the API refuses fails, a missing one is a warning, the good one is fine."""
    found = findings(admin, **{**api, "GIGSTACK_TEST_API_KEY": "sk_test_wrong"})
    assert (found["live key"][0], found["test key"][0]) == ("OK", "FAIL")
    assert findings(admin)["live key"][0] == "WARN"
    opaque = findings(admin, **{**api, "GIGSTACK_API_KEY": "opaque"})["live key"]
    assert opaque[0] == "FAIL"
    assert "opaque" not in opaque[1]


def test_handlers_that_cannot_be_loaded_fail(admin: Admin, tmp_path: Path) -> None:
    """A broken module, the handler in it and an unknown name are failures, none enabled is a warning."""
    (tmp_path / "mine.py").write_text("1 / 0\n")
    broken = admin("check", GIGSTACK_HANDLERS_DIR=str(tmp_path), GIGSTACK_HANDLERS="mine").out
    assert "ZeroDivisionError" in broken
    assert re.search("^FAIL  handlers   'mine' is enabled, but", broken, re.MULTILINE)
    assert findings(admin, GIGSTACK_HANDLERS="stamp")["handlers"][0] == "FAIL"
    assert findings(admin)["handlers"][0] == "WARN"


@pytest.mark.parametrize(("fsync", "level"), [("everysec", "WARN"), ("always", "OK")])
def test_unsafe_redis_is_a_warning(admin: Admin, ledger: Ledger, fsync: str, level: str) -> None:
    """A Redis that may lose the last second is reported by name."""
    ledger.redis.config_set("appendfsync", fsync)
    try:
        found = findings(admin)["Redis"]
    finally:
        ledger.redis.config_set("appendfsync", "always")
    assert found[0] == level
    assert ("appendfsync" in found[1]) is (level == "WARN")


def test_replicas_are_compared_with_the_setting(admin: Admin, ledger: Ledger) -> None:
    """Too few replicas stop everything; some that nobody waits for may lack the last writes."""
    assert "replicas" not in findings(admin)
    level, told = findings(admin, GIGSTACK_REPLICAS="1")["replicas"]
    assert level == "WARN"
    assert "GIGSTACK_REPLICAS is 1, but 0 follow" in told
    # Whoever asks for the stream counts as one.
    with socket.create_connection(("127.0.0.1", ledger.redis.get_connection_kwargs()["port"])) as replica:
        replica.sendall(b"SYNC\r\n")
        eventually(lambda: ledger.redis.info("replication")["connected_slaves"] == 1)
        found = [findings(admin, GIGSTACK_REPLICAS=asked)["replicas"] for asked in ("0", "1")]
    assert [level for level, _ in found] == ["WARN", "OK"]
    assert "set it to 1" in found[0][1]


def test_a_redis_that_refuses_is_looked_at_all_the_same(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """With memory short, the refusal is a failure with its cure, and open work is still told of."""
    accept(redis_url, body_of())
    ledger.redis.config_set("maxmemory", "1")
    try:
        found = findings(admin)
    finally:
        ledger.redis.config_set("maxmemory", "0")
    assert found["Redis"] == ("FAIL", "Redis is out of memory: raise maxmemory or free some.")
    assert found["open work"] == ("OK", "1 open, each in exactly one index")


def test_killed_workers_do_not_count(admin: Admin, ledger: Ledger) -> None:
    """RQ's registry keeps killed ones for a while, and may be lost: supervisors know how many there are."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for number in range(5):
        seen: dict[Any, Any] = {"queues": "gigstack-live", "birth": now, "last_heartbeat": now}
        ledger.redis.hset(f"rq:worker:{number}", mapping=seen)
        ledger.redis.sadd("rq:workers", f"rq:worker:{number}")
    assert findings(admin)["lane live"] == ("OK", "workers alive: 5")
    ledger.present("here", {"live": 2}, 60_000)
    assert findings(admin)["lane live"] == ("OK", "workers alive: 2")
    ledger.redis.hset("rq:worker:0", "last_heartbeat", "2026-01-01T00:00:00Z")
    assert findings(admin)["lane live"] == ("OK", "workers alive: 2")
    ledger.redis.delete("rq:workers")
    assert findings(admin)["lane live"] == ("OK", "workers alive: 2")


def test_a_long_wait_for_a_key_is_a_warning(admin: Admin, ledger: Ledger, redis_url: str) -> None:
    """Whoever holds a key for very long is named, beside the run that waits for it."""
    holder = claimed(ledger, redis_url, id="evt_1", key="k")
    accept(redis_url, body_of("evt_2"))
    event = take_event(ledger).event
    plan = plan_of(event.id, rule(), key="k")
    ledger.dispatch(event, [plan])
    assert take_run(ledger) is None
    assert findings(admin)["held"][0] == "OK"
    pass_time(ledger, 601_000)
    level, told = findings(admin)["held"]
    assert level == "WARN"
    assert re.search(f"^{plan.id} has waited for 60[12] s for key k, which {holder.run.id} holds", told)
