"""The sweep loop: one pass at a time over all hosts, each pass bounded."""

import time

import redis
import structlog
from rq import Queue
from rq.worker_registration import clean_worker_registry

from gigstack_events.ledger import Ledger
from gigstack_events.settings import Settings

TIDY_S = 600.0
log = structlog.get_logger("sweep")


class Sweeper:
    """Takes up work that is due, orphaned or without a hint, every `sweep_interval` seconds."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._next = 0.0
        self._tidy_at = 0.0

    def maybe(self) -> None:
        """Sweep if it is time and no other host is at it."""
        if time.monotonic() < self._next:
            return
        interval = self._settings.sweep_interval
        self._next = time.monotonic() + interval
        try:
            # Not released: it ends by itself just before the next pass is due, whoever makes that one.
            if self._ledger.redis.set("gs:sweeper", 1, nx=True, px=max(1, round(interval * 800))):
                self._sweep()
            if time.monotonic() > self._tidy_at:
                self._tidy()
        except redis.RedisError as error:
            log.warning("redis.lost", error=type(error).__name__)

    def _tidy(self) -> None:
        """Forget workers that died without a word; RQ would do so in its maintenance, which is off."""
        self._tidy_at = time.monotonic() + TIDY_S
        for lane in self._settings.lanes:
            queue = Queue(f"gigstack-{lane}", connection=self._ledger.redis, serializer="json")
            clean_worker_registry(queue)

    def _sweep(self) -> None:
        swept = self._ledger.sweep(
            lost_after_ms=round(self._settings.hint_lost_after * 1000),
            lost_bound=self._settings.lost_bound,
        )
        if swept:
            log.warning("sweep.found", leases=swept.leases, hints=swept.hints, released=swept.released)
        for entry in swept.foreign:
            log.error("hint.foreign", job=entry[:100], cure="only this program may use its queues")
        if swept.more:
            self._next = 0.0
            self._ledger.redis.delete("gs:sweeper")
