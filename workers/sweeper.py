"""The sweep loop: one pass at a time over all hosts, each pass bounded."""

import time

import redis
import structlog
from rq import Queue
from rq.worker_registration import clean_worker_registry

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import deliver
from gigstack_events.settings import Settings
from gigstack_events.verdicts import place_of
from workers.calendar import Calendar
from workers.redis_trouble import tell

TIDY_S = 600.0
MOST_SENT = 50
LONGEST_PAUSE_S = 5.0
log = structlog.get_logger("sweep")


class Sweeper:
    """Takes up work that is due, orphaned or without a hint, every `sweep_interval` seconds."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._next = 0.0
        self._tidy_at = 0.0
        self._pause = settings.sweep_interval
        self._calendar = Calendar(ledger)

    def maybe(self) -> None:
        """Sweep if it is time and no other host is at it."""
        if time.monotonic() < self._next:
            return
        interval = self._settings.sweep_interval
        self._next = time.monotonic() + interval
        try:
            if self._alone(interval):
                self._sweep()
            if time.monotonic() > self._tidy_at:
                self._tidy()
            self._pause = interval
        except redis.RedisError as error:
            self._pause = min(self._pause * 2, max(interval, LONGEST_PAUSE_S))
            self._next = time.monotonic() + self._pause
            tell(error, again_in=round(self._pause, 1))
        except Exception as error:  # a record that makes no sense must not end the workers
            self._next = time.monotonic() + max(interval, LONGEST_PAUSE_S)
            log.error("sweep.broken", error=type(error).__name__, at=place_of(error))

    def _alone(self, interval: float) -> bool:
        # Not released: it ends by itself just before the next pass is due, whoever makes that one.
        try:
            return bool(self._ledger.redis.set("gs:sweeper", 1, nx=True, px=max(1, round(interval * 800))))
        except redis.exceptions.OutOfMemoryError as error:
            tell(error)
            return True  # no room for the mark; a sweep more does no harm

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
        sent = deliver(self._ledger, MOST_SENT)
        self._calendar.look()
        if swept.more or sent == MOST_SENT:
            self._next = 0.0
            self._ledger.redis.delete("gs:sweeper")
