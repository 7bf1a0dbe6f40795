"""Workers as real processes, on handlers that a test writes; events go straight into the ledger."""

import json
import textwrap
from pathlib import Path
from types import TracebackType
from typing import Self

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import text
from tests.making import accept, body_of
from tests.stack import QUICK, Program, eventually


class Crew:
    """A supervisor with its workers on an empty Redis."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.url = url
        self.folder = folder
        self.handlers = folder / "handlers"
        self.handlers.mkdir()
        self.ledger = Ledger.at(url)
        self.env = {
            **QUICK,
            "REDIS_URL": url,
            "GIGSTACK_HANDLERS": "*",
            "GIGSTACK_HANDLERS_DIR": str(self.handlers),
            "GIGSTACK_API_URL": "http://127.0.0.1:9/v2",
            "GIGSTACK_API_KEY": "sk_live_x",
            "GIGSTACK_LANES": "live=2",
            **settings,
        }
        self.workers: Program | None = None

    def handler(self, name: str, body: str, *, options: str = "", top: str = "") -> None:
        """Write a handler for events called NAME.happened."""
        text = f"import os, signal, sys, time\nfrom gigstack_events import *\n{top}\n"
        text += f'@on("{name}.happened", name="{name}"{", " + options if options else ""})\n'
        text += f"def {name}(event, ctx):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
        (self.handlers / f"{name}.py").write_text(text)

    def start(self, module: str = "workers", *args: str) -> Program:
        """Start the supervisor."""
        self.workers = Program(module, *args, env=self.env, log=self.folder / "workers.log")
        return self.workers

    def send(self, name: str, count: int = 1) -> None:
        """Accept events called NAME.happened."""
        accept(self.url, *(body_of(f"{name}_{n}", type=f"{name}.happened", n=n) for n in range(count)))

    def runs(self, name: str) -> list[dict[str, str]]:
        """The runs of a handler."""
        rows = [self.ledger.redis.hgetall(key) for key in self.ledger.redis.scan_iter("gs:run:*")]
        found = [{text(key): text(value) for key, value in row.items()} for row in rows]
        return [run for run in found if run["rule"] == name]

    def wait(self, name: str, state: str, count: int = 1, within: float = 20) -> list[dict[str, str]]:
        """Wait until that many runs of a handler are in a state."""

        def there() -> list[dict[str, str]]:
            found = [run for run in self.runs(name) if run["state"] == state]
            return found if len(found) == count else []

        found: list[dict[str, str]] = eventually(there, within, f"{name}: {self.runs(name)}")
        return found

    def log(self, message: str) -> list[dict[str, object]]:
        """The log's lines of a name."""
        told = (self.folder / "workers.log").read_text().splitlines()
        lines = [
            json.loads(line) for line in told if line.startswith("{")
        ]  # a bad configuration is plain text
        return [line for line in lines if line["message"] == message]

    def pids(self) -> list[int]:
        """The worker processes now alive."""
        assert self.workers
        pid = self.workers.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.workers:
            self.workers.kill()
            # A dead worker's wait must not swallow a hint of the next test on the same server.
            eventually(lambda: not any(row["cmd"] == "blmove" for row in self.ledger.redis.client_list()))
        self.ledger.redis.close()
