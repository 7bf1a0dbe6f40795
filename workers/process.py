"""What a worker process is made of: settings, handlers, rules, engine."""

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from gigstack_events.api import clients, deadlines, models, payments, receipts
from gigstack_events.discovery import Discovery, discover, folders, missing
from gigstack_events.effect_records import Timing
from gigstack_events.engine import Engine, Worker
from gigstack_events.events import RUN_EVENTS
from gigstack_events.gates import Clients, Gates
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import listen
from gigstack_events.ledger.records import text
from gigstack_events.limiter import Limiters
from gigstack_events.routing import Rule, placeholder
from gigstack_events.rules import rules_of
from gigstack_events.settings import Settings, load_settings
from gigstack_events.watch import Unwatched, Watch

# What most handlers use is loaded before the workers are forked, so that they share it.
SHARED = (clients, deadlines, models, payments, receipts)
HANDLERS = Path(__file__).parent.parent / "handlers"
log = structlog.get_logger("workers")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the handlers and rules that they enable."""

    settings: Settings
    found: Discovery
    rules: list[Rule]
    warnings: list[str] = field(default_factory=list)

    @property
    def named(self) -> tuple[str, ...]:
        """The handlers that are enabled: by name, or by rules of the file."""
        return self.settings.handlers or tuple(rule.handler for rule in self.rules)


def load(
    settings: Settings | None = None,
    *,
    rules: str | None = None,
    off: Mapping[str, str] | None = None,
    telling: Callable[[str], None] = lambda source: None,
) -> Loaded:
    """Read the settings and find the handlers, see `discover`; raises ConfigurationError with every problem.

    `rules` is the text of the file of rules, if it was read before. `telling` hears '' once all is imported.
    """
    settings = settings or load_settings()
    found = discover(*folders(settings.handlers_dir, HANDLERS), off=off, telling=telling)
    telling("")
    read = rules_of(settings, found, rules)
    return Loaded(settings, found, read.rules, read.warnings)


def report(loaded: Loaded) -> None:
    """Log what did not load and what looks like a mistake."""
    for source, error in loaded.found.broken.items():
        log.error(
            "handler.broken", source=source, error=error, cure="mend it; its handlers are off until then"
        )
    for name in missing(loaded.found, loaded.named):
        log.error(
            "handler.missing", handler=name, cure="events it may be for make parked runs until it loads"
        )
    for warning in (*loaded.found.warnings, *loaded.warnings, *unserved(loaded)):
        log.warning("handler.warning", text=warning)


def unserved(loaded: Loaded) -> list[str]:
    """A sentence for each rule whose lane this host does not serve; another host may."""
    lanes = {"live", "bulk", *loaded.settings.lanes}
    sentence = "{0.name} wants lane {0.lane!r}: add {0.lane}=1 to GIGSTACK_LANES here or on another host"
    return [sentence.format(rule) for rule in loaded.rules if rule.lane not in lanes]


def keep_missing(loaded: Loaded, ledger: Ledger) -> Loaded:
    """Remember the rules in the ledger, and add those of enabled handlers that could not be loaded now.

    Their events then make runs that are parked, instead of passing unmatched. What an unloaded handler
    wanted is known from the last time it loaded; one that never did might want any event.
    """
    absent = missing(loaded.found, loaded.settings.handlers)
    if "*" in loaded.settings.handlers and loaded.found.broken:  # who knows what the broken module offered
        absent += [text(name) for name in ledger.redis.hkeys("gs:rules")]
    known = {rule.name for rule in loaded.rules}
    rules = [_last_known(rule, loaded, ledger) for rule in loaded.rules]
    for name in dict.fromkeys(absent):
        snapshot = ledger.redis.hget("gs:rules", name)
        options = loaded.settings.handler_options.get(name, {})
        if name not in known:
            rules.append(Rule.restore(text(snapshot)) if snapshot else placeholder(name, options))
    _announce(ledger, rules, {rule.name for rule in rules} - known)
    return Loaded(loaded.settings, loaded.found, rules, loaded.warnings)


def _last_known(rule: Rule, loaded: Loaded, ledger: Ledger) -> Rule:
    """A rule of the file; while its handler does not load, as it was when that loaded last."""
    if (
        rule.handler in loaded.found.handlers
        or (snapshot := ledger.redis.hget("gs:rules", rule.name)) is None
    ):
        return rule
    last = Rule.restore(text(snapshot))
    return last if last.handler == rule.handler else rule


def _announce(ledger: Ledger, rules: list[Rule], absent: set[str]) -> None:
    """Let the ledger know the rules of now, whose names alone it keeps, and what they listen to."""
    ours: dict[Any, Any] = {rule.name: rule.snapshot() for rule in rules if rule.name not in absent}
    gone = {text(name) for name in ledger.redis.hkeys("gs:rules")} - {rule.name for rule in rules}
    if ours:
        ledger.redis.hset("gs:rules", mapping=ours)
    if gone:
        ledger.redis.hdel("gs:rules", *gone)
    wants = {kind for kind in RUN_EVENTS if any(rule.matches(kind) for rule in rules)}
    timed = (rule for rule in rules if rule.schedule)
    schedules = {each.name: {"cron": each.schedule, "livemode": _livemode(each)} for each in timed}
    listen(ledger.redis, wants, schedules)


def _livemode(rule: Rule) -> bool:
    return rule.livemode and rule.options.get("livemode", True) is not False


def timing(settings: Settings) -> Timing:
    """When unknown outcomes are settled; the fence is a quarter of the lease, 5 s by default."""
    busy = min(5.0, settings.check_again)
    return Timing(
        settings.check_delay, settings.check_again, busy, settings.lease / 4, settings.lease * 3 / 4
    )


def engine_for(
    loaded: Loaded,
    ledger: Ledger,
    name: str,
    lane: str,
    *,
    watch: Watch | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Engine:
    """The engine of one worker process."""
    settings = loaded.settings
    allowed = {rule.handler for rule in loaded.rules}
    handlers = {name: found.handler for name, found in loaded.found.handlers.items() if name in allowed}
    clients = Clients(settings.key_for, settings.api_url, settings.call_timeout)
    return Engine(
        ledger,
        Worker(name, lane, settings.lease),
        handlers,
        loaded.rules,
        Gates(ledger, clients, Limiters(ledger.redis, settings.rate, lane)),
        timing=timing(settings),
        watch=watch or Unwatched(),
        new_token=lambda: secrets.token_hex(8),
        rng=random.SystemRandom(),
        stopping=stopping,
    )
