"""The stack under fire: our own programs have crash points, and each is started again when it dies."""

import subprocess
from pathlib import Path
from typing import Any

from tests.chaos.keeper import Keeper, children, quiet_port
from tests.stack import Program, Stack, eventually


class Stage(Stack):
    """One receiver and one supervisor with its workers, both kept up."""

    def __init__(self, folder: Path, **how: Any) -> None:
        super().__init__(folder, **how)
        self.port = quiet_port()
        self.door = Keeper("receiver", lambda: self._armed("receiver", "--port", str(self.port)))
        self.crew = Keeper("supervisor", lambda: self._armed("workers"))

    def start_receiver(self) -> None:
        """Start the receiver and wait until it is ready."""
        self.door.start()
        eventually(self.ready, said="the receiver does not get ready")

    def start_workers(self) -> None:
        """Start the supervisor; it starts its workers."""
        self.crew.start()

    def worker_pids(self) -> list[int]:
        """The workers now alive."""
        return children(self.crew.pid) if self.crew.pid else []

    def stop(self) -> None:
        """End everything."""
        for keeper in (self.crew, self.door):
            if keeper.is_alive():
                keeper.stop()
        super().stop()

    def _armed(self, program: str, *args: str) -> "subprocess.Popen[Any]":
        log = self.folder / f"{program}.log"
        started = Program("tests.chaos.armed", str(self.folder), program, *args, env=self.env, log=log)
        started.close_log()
        return started.process
