"""`check`: is everything as it should be? 0 when nothing fails, 1 otherwise."""

from collections.abc import Iterator
from typing import Annotated

import redis
import typer

from admin import findings
from admin.findings import Finding
from admin.surroundings import console, in_words, plain, print_json
from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import Ledger
from gigstack_events.settings import Settings, load_settings

_COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


def check(json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False) -> None:
    """Look at settings, keys, Redis, workers and open work; exit code 1 when something fails."""
    found: list[Finding] = []
    out = console()
    for finding in look():
        found.append(finding)
        if not json:
            colour = _COLOURS[finding.level]
            out.print(
                f"[{colour}]{finding.level:<5}[/] [bold]{finding.topic:<10}[/] {plain(finding.text)}",
                soft_wrap=True,
            )
    failed = any(finding.level == "FAIL" for finding in found)
    if json:
        lines = [{"level": each.level, "topic": each.topic, "text": each.text} for each in found]
        print_json({"ok": not failed, "findings": lines})
    raise typer.Exit(1 if failed else 0)


def look() -> Iterator[Finding]:
    """Everything that is found, in the order in which an operator mends it."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        yield from (Finding("FAIL", "settings", problem) for problem in str(error).splitlines())
        return
    yield Finding("OK", "settings", "all of them can be used")
    yield from findings.look_at_settings(settings)
    yield from findings.look_at_keys(settings)
    yield from _look_at_ledger(settings)


def _look_at_ledger(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        yield Finding(
            "FAIL", "Redis", "REDIS_URL is not set here: name the Redis that receiver and workers use"
        )
        return
    ledger = Ledger.at(settings.redis_url)
    try:
        yield from findings.look_at_redis(ledger)
        yield from findings.look_at_replicas(ledger, settings)
        yield from findings.look_at_workers(ledger, settings)
        yield from findings.look_at_work(ledger)
        yield from findings.look_at_outbox(ledger)
        yield from findings.look_at_pauses(ledger)
    except redis.RedisError as error:
        yield Finding("FAIL", "Redis", in_words(error))
    finally:
        ledger.redis.close()
