"""What a sandbox keeps on disk: one JSON line for each change, written before the answer.

A killed process loses nothing that it has written, so that nothing is synced: this survives SIGKILL, not
a power cut. Timers and events that were not delivered yet end with the process.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gigstack_events.sandbox.tables import Row


class Store:
    """A file of lines in a folder, or nothing at all. Lines are written only after `open`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = folder / "sandbox.jsonl" if folder else None
        self._fd = -1

    def read(self) -> Iterator[Row]:
        """Give what an earlier process has written; a half line, its last one, is dropped."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open("r+b") as file:
            whole = 0
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield json.loads(line)
            file.truncate(whole)

    def open(self) -> None:
        """Begin to write; `read` comes before."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # It holds the endpoints' secrets.
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, kind: str, **facts: Any) -> None:
        """Write one line, in one call."""
        if self._fd >= 0:
            line = json.dumps({"kind": kind, **facts}, separators=(",", ":")).encode() + b"\n"
            if os.write(self._fd, line) != len(line):
                raise OSError(f"{self._path} could not be written; free some space")
