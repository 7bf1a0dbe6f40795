"""A Redis that follows another, for tests of what a failover may lose."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gigstack_events.embedded import EmbeddedRedis

AT_ONCE = ("--repl-diskless-sync-delay", "0")
"""A primary with this argument does not wait for more replicas before it serves the first."""


@contextmanager
def following(primary: EmbeddedRedis, folder: Path) -> Iterator[EmbeddedRedis]:
    """A replica of a server, which may be started later."""
    with EmbeddedRedis(folder, extra=("--replicaof", f"127.0.0.1 {primary.port}")) as replica:
        try:
            yield replica
        finally:
            thaw(replica)


def freeze(server: EmbeddedRedis) -> None:
    """It keeps its connections and answers nothing."""
    assert server.process
    os.kill(server.process.pid, signal.SIGSTOP)


def thaw(server: EmbeddedRedis) -> None:
    """It goes on."""
    assert server.process
    os.kill(server.process.pid, signal.SIGCONT)
