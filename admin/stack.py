"""The whole product on one machine: Redis, the sandbox API, our registration with it, receiver, workers."""

import os
import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis

from admin.fleet import QUIET_S, workers_alive
from admin.processes import Broken, Program, port_near
from admin.registration import Wish, events_of_handlers, find_handlers, register
from admin.surroundings import Mistake, in_words, near, open_api
from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger.ledger import connect
from gigstack_events.ledger.views import LOOK_AT, Views
from gigstack_events.settings import Settings, load_settings

Say = Callable[[str, str, float], None]
"""Told of each thing that is ready: its name, what there is to know, the seconds it took."""

_MARK = "gs:sandbox"
# Of the user's own environment, these make sense with the sandbox; keys and secrets do not.
_KEPT = (
    "GIGSTACK_HANDLERS",
    "GIGSTACK_HANDLERS_DIR",
    "GIGSTACK_HANDLER_",
    "GIGSTACK_RULES",
    "GIGSTACK_DESTINATIONS",
    "GIGSTACK_LANES",
    "GIGSTACK_LOG_LEVEL",
)
_PATHS = ("GIGSTACK_HANDLERS_DIR", "GIGSTACK_RULES")
_OPEN = ("queued", "running", "waiting")


@dataclass(slots=True)
class Stack:
    """What runs. `folder` holds the data, `logs/` in it the logs."""

    folder: Path
    settings: Settings = field(default_factory=Settings)
    receiver_url: str = ""
    sandbox_url: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=5, trust_env=False))
    programs: list[Program] = field(default_factory=list)
    server: EmbeddedRedis | None = None
    left_open: int = 0
    """Runs that an earlier session did not end."""
    events: tuple[str, ...] = ()
    """What the endpoint is registered for."""

    @property
    def secret_file(self) -> Path:
        """Where the webhook's secret is."""
        return self.folder / "webhook.secret"

    @property
    def env_file(self) -> Path:
        """What an operator's shell reads to work on this installation."""
        return self.folder / "env"

    @property
    def delivery_url(self) -> str:
        """Where deliveries go."""
        return f"{self.receiver_url}/webhooks/gigstack"

    def answers(self, url: str) -> bool:
        """Whether a GET is answered with 200."""
        try:
            return self.http.get(url).status_code == 200
        except httpx.TransportError:
            return False

    def check(self) -> None:
        """Raise Broken when any part has ended unasked."""
        for program in self.programs:
            program.check()
        if self.server and self.server.process and self.server.process.poll() is not None:
            raise Broken("The Redis server ended.", self.server.last_words())


@contextmanager
def running(folder: Path, say: Say, *, extra: Mapping[str, str], deadline: float) -> Iterator[Stack]:
    """Start everything in order, each part once the one before is ready; end it in the opposite order.

    `extra` are settings of receiver and workers; `deadline` (monotonic) is for the start.
    Raises Broken, or Mistake and ConfigurationError for what the user can mend.
    """
    stack = Stack(folder)
    (folder / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as cleanup:
        cleanup.callback(stack.http.close)
        env = {**_environment(stack, cleanup, say), **extra}
        stack.left_open = _left_open(env["REDIS_URL"])
        start = _Start(stack, cleanup, say, deadline)
        start.sandbox(env)
        env["GIGSTACK_API_URL"] = f"{stack.sandbox_url}/v2"
        stack.receiver_url = f"http://127.0.0.1:{port_near(8000)}"
        start.webhook(env)
        env |= {"GIGSTACK_VERIFY": "standard", "GIGSTACK_WEBHOOK_SECRETS_FILE": str(stack.secret_file)}
        start.receiver(env)
        start.workers(env)
        _write_environment(stack.env_file, env)
        yield stack


class _Start:
    def __init__(self, stack: Stack, cleanup: ExitStack, say: Say, deadline: float) -> None:
        self._stack = stack
        self._cleanup = cleanup
        self._say = say
        self._deadline = deadline

    def sandbox(self, env: Mapping[str, str]) -> None:
        began = time.monotonic()
        port = port_near(8001)
        self._stack.sandbox_url = f"http://127.0.0.1:{port}"
        program = self._program("sandbox", "gigstack_events.sandbox", "--port", str(port), env=env)
        program.until(
            lambda: self._stack.answers(f"{self._stack.sandbox_url}/_sandbox/summary"), self._deadline
        )
        self._say(
            "sandbox", f"the gigstack API's stand-in at {self._stack.sandbox_url}", time.monotonic() - began
        )

    def webhook(self, env: Mapping[str, str]) -> None:
        began = time.monotonic()
        stack = self._stack
        stack.settings = load_settings(env)
        wish = Wish(stack.delivery_url, events_of_handlers(find_handlers(stack.settings), stack.settings))
        with open_api(stack.settings, livemode=True) as gigstack:
            register(gigstack, wish, stack.secret_file)
        stack.events = wish.events
        told = f"registered for {', '.join(wish.events)}; secret in {near(stack.secret_file)}"
        self._say("webhook", told, time.monotonic() - began)

    def receiver(self, env: Mapping[str, str]) -> None:
        began = time.monotonic()
        port = self._stack.receiver_url.rpartition(":")[2]
        program = self._program("receiver", "receiver", "--port", port, env=env)
        program.until(lambda: self._stack.answers(f"{self._stack.receiver_url}/readyz"), self._deadline)
        self._say("receiver", f"ready at {self._stack.receiver_url}", time.monotonic() - began)

    def workers(self, env: Mapping[str, str]) -> None:
        began = time.monotonic()
        lanes = self._stack.settings.lanes
        born_after = time.time()
        program = self._program("workers", "workers", env=env)
        with connect(self._stack.settings.redis_url) as client:

            def ready() -> bool:
                alive = Counter(worker.lane for worker in workers_alive(client) if worker.born >= born_after)
                return all(alive[lane] >= count for lane, count in lanes.items())

            program.until(ready, self._deadline)
        told = ", ".join(f"{count} in lane {lane}" for lane, count in lanes.items())
        self._say("workers", told, time.monotonic() - began)

    def _program(self, name: str, module: str, *arguments: str, env: Mapping[str, str]) -> Program:
        log = self._stack.folder / "logs" / f"{name}.log"
        program = Program(name, module, *arguments, env=env, log=log)
        self._cleanup.callback(program.stop)
        self._stack.programs.append(program)
        return program


def _environment(stack: Stack, cleanup: ExitStack, say: Say) -> dict[str, str]:
    began = time.monotonic()
    url = load_settings(_named("REDIS_URL")).redis_url
    if url:
        _claim(url)
        say("Redis", "the one that REDIS_URL names", time.monotonic() - began)
    else:
        stack.server = EmbeddedRedis(stack.folder / "redis")
        cleanup.callback(stack.server.stop)
        stack.server.start()
        url = stack.server.url
        told = f"{stack.server.binary.name} at {url}, its data in {near(stack.server.data_dir)}"
        say("Redis", told, time.monotonic() - began)
    ours = _named("GIGSTACK_", "REDIS_URL")
    kept = {name: _from_anywhere(name, text) for name, text in _named(*_KEPT).items()}
    if not kept.get("GIGSTACK_RULES"):  # rules name their handlers themselves
        kept["GIGSTACK_HANDLERS"] = f"stamp_receipts,{kept.get('GIGSTACK_HANDLERS', '')}".rstrip(",")
    own = {name: text for name, text in os.environ.items() if name not in ours}
    return {
        **own,
        **kept,
        "REDIS_URL": url,
        "GIGSTACK_API_KEY": "sk_live_sandbox",
        "GIGSTACK_TEST_API_KEY": "sk_test_sandbox",
        "GIGSTACK_STOP_GRACE": "3",
        "PYTHONUNBUFFERED": "1",
    }


def _write_environment(file: Path, env: Mapping[str, str]) -> None:
    wanted = {name: text for name, text in env.items() if name.startswith(("GIGSTACK_", "REDIS_URL"))}
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text("".join(f"export {name}={shlex.quote(text)}\n" for name, text in sorted(wanted.items())))


def _left_open(url: str) -> int:
    with connect(url) as client:
        views = Views(client)
        return sum(len(views.runs(state=state, limit=LOOK_AT).rows) for state in _OPEN)


def _from_anywhere(name: str, text: str) -> str:
    """The programs run in the project's folder: a path means what it means here."""
    return str(Path(text).absolute()) if text and (name in _PATHS or name.endswith("_FILE")) else text


def _named(*prefixes: str) -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name.startswith(prefixes)}


def _claim(url: str) -> None:
    """Use the user's own Redis only where no real events are, or they would be acted on in the sandbox."""
    try:
        with connect(url) as client:
            if client.exists("gs:events") and not client.exists(_MARK):
                raise Mistake(
                    "The Redis that REDIS_URL names holds events that are not from a sandbox: name another "
                    "database (the number at the end of the URL), or unset REDIS_URL."
                )
            if any(worker.heard > time.time() - QUIET_S for worker in workers_alive(client)):
                raise Mistake(
                    "Other workers serve the Redis that REDIS_URL names: stop them, or unset REDIS_URL."
                )
            client.set(_MARK, 1)
    except redis.RedisError as error:
        raise Mistake(in_words(error)) from None
