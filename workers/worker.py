"""One worker process: an RQ worker on one queue that carries out hints and nothing else."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Mapping
from typing import Any

import redis
import structlog
from rq.queue import Queue
from rq.worker import BaseWorker

from gigstack_events.engine import Engine, Work
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Claim, text
from gigstack_events.settings import Settings
from gigstack_events.verdicts import place_of
from workers.life import Life
from workers.memory import MIB, bound_own
from workers.output import Output, OutputWatch
from workers.process import engine_for, keep_missing, load, report
from workers.redis_trouble import tell

HEARTBEAT_S = 30.0
PR_SET_PDEATHSIG = 1
LONGEST_PAUSE_S = 5.0
log = structlog.get_logger("worker")


class HintWorker(BaseWorker):
    """Pops and claims in one step; RQ's own states, results, time-outs and maintenance are not used.

    What remains of RQ is its registry (`rq info` shows these workers) and its queues.
    """

    def __init__(self, lane: str, name: str, ledger: Ledger) -> None:
        super().__init__([f"gigstack-{lane}"], name=name, connection=ledger.redis, serializer="json")
        self._list = f"rq:queue:gigstack-{lane}"
        self._ledger = ledger
        self._beat_at = 0.0
        self.life: Life | None = None
        self.retired = False
        self.engine: Engine

    @property
    def stopping(self) -> bool:
        """Whether the process was asked to stop after its run."""
        return bool(self._stop_requested)

    def is_to_stop(self) -> bool:
        """Whether to ask for no more work: told to stop, or this process has done enough."""
        if not self.stopping and self.life and self.life.is_over():
            self._stop_requested = self.retired = True
        return self.stopping

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """Wait for work; None when the worker shall stop. A Redis that is away or refuses is waited for."""
        pause = 0.1
        while not self.stopping:
            try:
                work = self.engine.take() or (self._wait() if timeout is not None else None)
                if work is not None:
                    return work, self.queues[0]
                if timeout is None:
                    return None
                self.heartbeat()
                pause = 0.1
            except redis.RedisError as error:
                tell(error, again_in=round(pause, 1))
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
        return None

    def execute_job(self, job: Any, queue: Queue) -> None:
        """Carry out what `dequeue_job_and_maintain_ttl` returned, and what comes with its end."""
        try:
            while job is not None:
                if self.life and isinstance(job, Claim):
                    self.life.runs += 1
                job = self.engine.carry_out(job)
                self.heartbeat()
        except redis.RedisError as error:  # not recorded: the sweep takes it up again
            tell(error)
        except BaseException as error:  # RQ would log its text, which may quote people's data
            log.error("worker.broken", error=type(error).__name__, at=place_of(error))
            raise SystemExit(1) from None

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Refresh the registration now and then; RQ would do so several times per job."""
        if time.monotonic() - self._beat_at < HEARTBEAT_S:
            return
        self._beat_at = time.monotonic()
        with contextlib.suppress(redis.RedisError):
            super().heartbeat(timeout, pipeline)

    def _wait(self) -> Work | None:
        # Short, so that a stop is noticed between two waits and never in the middle of one.
        job = self._ledger.redis.blmove(self._list, f"{self._list}:intermediate", 1)
        if job and self.stopping:  # the others shall have it; a hint is never pushed at the front
            self._ledger.redis.rpush(self._list, job)
            return None
        return self.engine.take(text(job)) if job else None

    def register_death(self) -> None:
        """Sign off, if Redis listens; otherwise the registration ends by itself."""
        with contextlib.suppress(redis.RedisError):
            super().register_death()  # type: ignore[no-untyped-call]  # RQ's is not

    # RQ's habits that a ledger makes superfluous or harmful
    def _set_connection(self, connection: Any) -> Any:
        return connection  # RQ would raise its socket time-out to minutes

    def check_for_suspension(self, burst: bool) -> None:
        """`rq suspend` is not looked at: `python -m admin pause` is the switch."""

    def subscribe(self) -> None:
        """No command channel: the supervisor sends signals."""

    def unsubscribe(self) -> None:
        """There is nothing to unsubscribe from."""

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """The ledger knows what runs; RQ's copy would cost a round trip each time."""
        self._state = state

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Never: there is one recoverer, the sweep."""
        return False

    def _install_signal_handlers(self) -> None:
        def stop(signum: int, frame: Any) -> None:
            self._stop_requested = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's


def run_worker(
    settings: Settings,
    lane: str,
    name: str,
    pipe: int,
    parent: int,
    output: Output,
    off: Mapping[str, str],
    *,
    reports: bool,
) -> None:
    """The life of a worker process, from the fork to its end. It dies with its supervisor.

    `off` names sources of handlers that shall not be imported. `reports`: log what did not load; one of the
    workers is enough for that.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the supervisor died before the line above took hold
        return
    bound_own(2 * settings.memory_limit * MIB)
    watch = OutputWatch(pipe, output)
    loaded = load(settings, off=off, telling=watch.loading)
    ledger = Ledger.at(settings.redis_url, replicas=settings.replicas)
    wait_for(ledger)
    worker = HintWorker(lane, name, ledger)
    loaded = keep_missing(loaded, ledger)
    if reports:
        report(loaded)
    worker.engine = engine_for(loaded, ledger, name, lane, watch=watch, stopping=worker.is_to_stop)
    worker.life = Life(settings.recycle_after, settings.memory_limit * MIB // 2)
    worker.work(logging_level="WARNING")
    if worker.retired:
        watch.retired()


def wait_for(ledger: Ledger) -> None:
    """Wait until Redis takes writes; raises ConfigurationError for a ledger that is not for us."""
    pause = 0.1
    while True:
        try:
            ledger.redis.set("gs:probe", 1, px=1000)
            return ledger.check_schema()
        except redis.RedisError as error:
            tell(error, again_in=round(pause, 1))
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
