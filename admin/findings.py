"""What `check` looks at. Each function looks at one thing and yields findings: a level, and what to do."""

import time
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Literal

from admin.fleet import QUIET_S, workers_alive
from admin.registration import find_handlers
from admin.surroundings import open_api
from admin.switches import told
from gigstack_events.discovery import missing
from gigstack_events.errors import ApiError, ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.audit import audit
from gigstack_events.ledger.internal import unsent
from gigstack_events.ledger.operator import Operator
from gigstack_events.ledger.records import text
from gigstack_events.ledger.schema import SCHEMA, refusal, schema_of
from gigstack_events.ledger.views import Views
from gigstack_events.rules import rules_of
from gigstack_events.safety import redis_warnings
from gigstack_events.settings import Settings, variable

Level = Literal["OK", "WARN", "FAIL"]

_LATE_MS = 60_000
_MEND = "mend what does not load, or take the name out of GIGSTACK_HANDLERS or the rules"
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`."""

    level: Level
    topic: str
    text: str


def look_at_settings(settings: Settings) -> Iterator[Finding]:
    """What the receiver and the handlers lack."""
    if settings.verify == ("none",):
        yield Finding("WARN", "receiver", "GIGSTACK_VERIFY is 'none': anybody may send events; set a scheme")
    elif settings.verify:
        yield Finding("OK", "receiver", f"deliveries are verified by {', '.join(settings.verify)}")
    else:
        yield Finding(
            "WARN", "receiver", "GIGSTACK_VERIFY is not set here; the receiver does not start without it"
        )
    yield from _handlers(settings)


def _handlers(settings: Settings) -> Iterator[Finding]:
    found = find_handlers(settings)
    for source, error in found.broken.items():
        yield Finding("FAIL", "handlers", f"{source} does not load ({error}): mend it; its handlers are off")
    for warning in found.warnings:
        yield Finding("WARN", "handlers", warning)
    topic = "rules" if settings.rules else "handlers"
    try:
        read = rules_of(settings, found)
    except ConfigurationError as error:
        for problem in str(error).splitlines():
            yield Finding("FAIL", topic, problem)
        return
    for warning in read.warnings:
        yield Finding("WARN", topic, warning)
    if found.broken:  # else `rules_of` names them
        for name in missing(found, settings.handlers or tuple(rule.handler for rule in read.rules)):
            yield Finding("FAIL", "handlers", f"{name!r} is enabled, but not in what loads: {_MEND}")
    names = [rule.name for rule in read.rules]
    if names:
        yield Finding("OK", topic, f"enabled: {', '.join(sorted(names))}")
    elif not settings.handlers and not settings.rules:
        told = "GIGSTACK_HANDLERS is not set here, nor GIGSTACK_RULES; workers without them do nothing"
        yield Finding("WARN", "handlers", told)


def look_at_keys(settings: Settings) -> Iterator[Finding]:
    """Each mode's key: whether it says its mode, and whether the API takes it."""
    for livemode, mode in ((True, "live"), (False, "test")):
        name = variable("api_key" if livemode else "test_api_key")
        key = settings.key_for(livemode)
        if key is None:
            yield Finding(
                "WARN", f"{mode} key", f"{name} is not set here: {mode} events that need the API are skipped"
            )
            continue
        if not key.may_write:
            yield Finding(
                "WARN", f"{mode} key", f"{name} does not say its mode, so it may only read; use another key"
            )
        yield _try_key(settings, livemode, mode)


def _try_key(settings: Settings, livemode: bool, mode: str) -> Finding:
    try:
        with open_api(settings, livemode=livemode) as gigstack:
            rows = list(zip(range(1), gigstack.receipts.list(limit=1), strict=False))
    except ApiError as error:
        return Finding("FAIL", f"{mode} key", f"{settings.api_url} does not take it: {error}")
    if rows and rows[0][1].livemode is (not livemode):
        return Finding(
            "FAIL", f"{mode} key", f"the API answers with data of the other mode; set a {mode} key"
        )
    return Finding("OK", f"{mode} key", f"{settings.api_url} takes it")


def look_at_redis(ledger: Ledger) -> Iterator[Finding]:
    """Whether Redis keeps what it is given, and whether the ledger is one of ours."""
    ledger.redis.set("gs:probe", 1, px=1000)  # a refusal is told as it is
    warnings = redis_warnings(ledger.redis)
    yield from (Finding("WARN", "Redis", sentence) for sentence in warnings)
    if not warnings:
        yield Finding("OK", "Redis", "answers, and keeps what it is given")
    found = schema_of(ledger.redis)
    if why := refusal(found):
        yield Finding("FAIL", "schema", why)
    elif 0 < found < SCHEMA:
        due = "once all receivers and workers are of this version, run `python -m admin migrate`"
        yield Finding("WARN", "schema", f"the ledger has schema {found}, the one of now is {SCHEMA}: {due}")
    else:
        yield Finding("OK", "schema", f"the ledger's is that of this program, {SCHEMA}")
    if offset := int(ledger.redis.get("gs:clock:offset") or 0):
        yield Finding("FAIL", "clock", f"is moved by {offset} ms, which only tests do: DEL gs:clock:offset")
    else:
        yield Finding("OK", "clock", "is that of Redis")


def look_at_replicas(ledger: Ledger, settings: Settings) -> Iterator[Finding]:
    """Whether as many replicas follow as must have a write before it counts."""
    asked, name = settings.replicas, variable("replicas")
    there = int(ledger.redis.info("replication").get("connected_slaves", 0))
    if there < asked:
        text = f"{name} is {asked}, but {there} follow: deliveries get 503 and no effect begins; start them"
        yield Finding("WARN", "replicas", text)
    elif there and not asked:
        text = f"{there} follow, but {name} is 0 here: a failover may lose the last writes; set it to 1"
        yield Finding("WARN", "replicas", text)
    elif asked:
        yield Finding("OK", "replicas", f"{there} follow, {asked} must have a write before it counts")


def look_at_workers(ledger: Ledger, settings: Settings) -> Iterator[Finding]:
    """Whether each lane has workers that are heard of."""
    now = time.time()
    workers = workers_alive(ledger.redis)
    heard = Counter(worker.lane for worker in workers if worker.heard > now - QUIET_S)
    known = Counter(worker.lane for worker in workers)
    lanes = dict.fromkeys([*settings.lanes, *(text(lane) for lane in ledger.redis.smembers("gs:lanes"))])
    for lane in lanes:
        quiet = known[lane] - heard[lane]
        also = f"; {quiet} not heard of for {QUIET_S:.0f} s: in a long run, or dead" if quiet else ""
        if heard[lane]:
            yield Finding("OK", f"lane {lane}", f"workers alive: {heard[lane]}{also}")
        elif known[lane]:
            yield Finding("WARN", f"lane {lane}", f"{also.removeprefix('; ')}: look at the workers' log")
        elif lane in settings.lanes:
            yield Finding("FAIL", f"lane {lane}", "no worker is alive: start `python -m workers`")
        else:
            yield Finding("FAIL", f"lane {lane}", f"no worker serves it: add {lane}=1 to GIGSTACK_LANES")


def look_at_work(ledger: Ledger) -> Iterator[Finding]:
    """Whether open work adds up, is late, is held, or waits for a person."""
    audited = audit(ledger.redis)
    for problem in audited.problems[:_MOST_PROBLEMS]:
        yield Finding("FAIL", "open work", f"{problem}: report this, and keep a copy of the Redis data")
    if len(audited.problems) > _MOST_PROBLEMS:
        yield Finding("FAIL", "open work", f"{len(audited.problems) - _MOST_PROBLEMS} more of this kind")
    if not audited.problems:
        among = "" if audited.complete else f" (the newest {audited.events} events were looked at)"
        yield Finding("OK", "open work", f"{audited.open} open, each in exactly one index{among}")
    totals = Views(ledger.redis).totals()
    yield _lateness(
        "due work", totals.oldest_due, ledger.now(), "the sweep does not take it up; start the workers"
    )
    yield _lateness(
        "queue", totals.oldest_queued, ledger.now(), "add workers to the lane, or look why they are slow"
    )
    if totals.held:
        held = ", ".join(f"{count} by {kind}" for kind, count in sorted(totals.held.items()))
        yield Finding("OK", "held", f"{held}; they go on by themselves, those by pause after `resume`")
    if totals.stuck:
        cure = (
            "`runs list --state parked` (or failed) and `events list --state parked` show them; "
            "`runs resolve`, `runs retry`, `runs cancel`, `events release`, `events dismiss` settle them"
        )
        yield Finding("WARN", "stuck", f"{totals.stuck} wait for a person: {cure}")
    else:
        yield Finding("OK", "stuck", "nothing waits for a person")


def look_at_outbox(ledger: Ledger) -> Iterator[Finding]:
    """Whether the runs that ended badly are told to the rules that react to that."""
    count, oldest = unsent(ledger.redis)
    cure = f"{count} failed or parked runs wait to be told of as run.failed or run.parked; start the workers"
    yield _lateness(
        "outbox", oldest, ledger.now(), f"{cure}, or look into their log for what stops the sweep"
    )


def look_at_pauses(ledger: Ledger) -> Iterator[Finding]:
    """What is switched off."""
    paused = Operator(ledger.redis).paused()
    yield Finding("WARN" if paused else "OK", "pauses", told(paused) + _undo(paused))


def _undo(paused: Set[str]) -> str:
    lines = [f"`python -m admin resume {rule}`" for rule in (["all"] if "all" in paused else sorted(paused))]
    return f" {' and '.join(lines)} {'undoes' if len(lines) == 1 else 'undo'} it" if lines else ""


def _lateness(topic: str, oldest: int, now: int, cure: str) -> Finding:
    late = now - oldest if oldest else 0
    if late > _LATE_MS:
        return Finding("WARN", topic, f"the oldest has waited for {late // 1000} s: {cure}")
    return Finding(
        "OK", topic, "nothing is late" if late <= 0 else f"the oldest has waited for {late / 1000:.1f} s"
    )
