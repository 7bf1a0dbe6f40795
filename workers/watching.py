"""How a worker tells its supervisor, through a pipe, which claim it holds."""

import json
import os
import random
import time
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from gigstack_events.ledger.records import Claim
from gigstack_events.retries import Retry, mistake
from gigstack_events.routing import Rule
from gigstack_events.verdicts import Verdict, retry_verdict

LOADING, ASKING, RETIRED = "loading", "asking", "retired"
ASKING_S = 1.0
MOST_CHUNKS = 32
LONGEST_LINE = 1 << 16


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
        self._told_at = 0.0

    def asking(self) -> None:
        """Note when work was asked for: a claim's lease is at least as young. Tell so now and then."""
        self._asked_at = boottime()
        if self._asked_at >= self._told_at + ASKING_S:
            self._told_at = self._asked_at
            self._write(ASKING)

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
    all is loaded. `ready` says that it has asked for work, `retired` that it ends by itself, `garbled` that
    it said what makes no sense: a handler may write to any file descriptor.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._rest = b""
        self.note: Note | None = None
        self.loading = "itself"
        self.heard_at = time.monotonic()
        self.ready = self.retired = self.garbled = False

    def read(self) -> Note | None:
        """The claim the worker holds now, as far as it has said so."""
        for _ in range(MOST_CHUNKS):
            if not (chunk := self._chunk()):
                break
            self.heard_at = time.monotonic()
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                self._hear(line)
            if len(self._rest) > LONGEST_LINE:
                self.garbled, self._rest = True, b""
        return self.note

    def _hear(self, line: bytes) -> None:
        try:
            self._take_in(line)
        except (ValueError, TypeError, AttributeError):
            self.garbled = True

    def close(self) -> None:
        """Close the pipe."""
        os.close(self.fd)

    def _take_in(self, line: bytes) -> None:
        if line[:1] in (b"", b"{"):
            self.note = _note(line)
            return
        word, _, source = line.decode("utf-8", "replace").partition(" ")
        if word not in (LOADING, ASKING, RETIRED):
            raise ValueError(word)
        self.loading = source
        self.ready = self.ready or word == ASKING
        self.retired = word == RETIRED

    def _chunk(self) -> bytes:
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return b""


def _note(line: bytes) -> Note | None:
    if not line:
        return None
    note = _NOTES.validate_json(line)
    if wrong := mistake(Retry.of_list(note.retry)):
        raise ValueError(wrong)
    return note


_NOTES = TypeAdapter(Note)
