"""How a worker tells its supervisor, through a pipe, which claim it holds."""

import json
import os
import random
import time
from dataclasses import asdict, dataclass
from typing import Any

from gigstack_events.ledger.records import Claim
from gigstack_events.retries import Retry
from gigstack_events.routing import Rule
from gigstack_events.verdicts import Verdict, retry_verdict

LOADING, RETIRED = "loading", "retired"


@dataclass(frozen=True, slots=True)
class Note:
    """One claim as the supervisor needs it: to renew its lease, to end it when its time is up.

    `at` is CLOCK_BOOTTIME seconds from before the claim was asked for; `timeout` is in seconds, and so is
    `old`, the run's age when it was claimed; `retry` is the policy as JSON values.
    """

    run: str
    token: str
    rule: str
    timeout: float
    at: float
    failures: int
    old: float
    retry: list[Any]

    def failed(self, why: str, kind: str, rng: random.Random) -> Verdict:
        """What it means for the run that a limit ended it; `kind` is the policy's word for that limit."""
        age = self.old + boottime() - self.at
        return retry_verdict(Retry.of_list(self.retry), self.failures + 1, why, rng, code=kind, age=age)


def boottime() -> float:
    """Seconds since boot, suspension and SIGSTOP included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class PipeWatch:
    """The worker's end of the pipe. A full pipe makes the worker wait, before it starts a run."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._asked_at = boottime()

    def asking(self) -> None:
        """Note when work was asked for: a claim's lease is at least as young."""
        self._asked_at = boottime()

    def claimed(self, claim: Claim, rule: Rule) -> None:
        """Tell what is being carried out."""
        note = Note(
            claim.run.id,
            claim.token,
            rule.name,
            rule.timeout,
            self._asked_at,
            claim.run.failures,
            claim.age,
            rule.retry.to_list(),
        )
        self._write(json.dumps(asdict(note), separators=(",", ":")))

    def ended(self) -> None:
        """Tell that it is over."""
        self._write("")

    def loading(self, source: str) -> None:
        """Tell what is about to be imported, or '' that all is."""
        self._write(f"{LOADING} {' '.join(source.split())}")

    def retired(self) -> None:
        """Tell that the process ends by itself, because it has done enough."""
        self._write(RETIRED)

    def _write(self, line: str) -> None:
        os.write(self._fd, line.encode("utf-8", "backslashreplace") + b"\n")


class Inbox:
    """The supervisor's end: `read` drains the pipe and returns the claim that stands last, if any.

    `loading` is what the worker was importing when it was last heard (at `heard_at`, monotonic); '' once
    all is loaded. `retired` says that it ends by itself.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._rest = b""
        self.note: Note | None = None
        self.loading = "itself"
        self.heard_at = time.monotonic()
        self.retired = False

    def read(self) -> Note | None:
        """The claim the worker holds now, as far as it has said so."""
        while chunk := self._chunk():
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            said = [line for line in lines if not self._take_in(line)]
            if said:
                self.note = _note(said[-1])
        return self.note

    def close(self) -> None:
        """Close the pipe."""
        os.close(self.fd)

    def _take_in(self, line: bytes) -> bool:
        """Whether a line is about the process itself, not about a claim."""
        if line[:1] in (b"", b"{"):
            return False
        word, _, source = line.decode("utf-8", "replace").partition(" ")
        self.heard_at = time.monotonic()
        self.loading = source
        self.retired = word == RETIRED
        return True

    def _chunk(self) -> bytes:
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return b""


def _note(line: bytes) -> Note | None:
    if not line:
        return None
    return Note(**json.loads(line))
