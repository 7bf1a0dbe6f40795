"""Watching a handler at work: what it does outside its effects, and whether it lets itself be ended."""

import http.client
import inspect
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from types import FrameType
from typing import Any

import httpx

from gigstack_events.routing import Handler

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")
_CHANGES = ("os.remove", "os.rename", "os.truncate", "os.link", "os.symlink", "os.mkdir", "os.rmdir")
_WITHIN = ("os.remove", "os.rmdir")  # with the folder's number: the folder itself is said too
_PASSING = (os.path.join(tempfile.gettempdir(), tempfile.gettempprefix()), "/dev/")
_BUDGET = 20_000
"""How many calls a handler may make on its way out."""


class TimeIsUp(BaseException):
    """The run has had its time; in production its process is ended now."""


class Watch:
    """One handler under observation. `outside` are sentences about acts outside its effects.

    Those that fit a pattern of `harmless` are none. `returned` says that it came to its end by itself,
    `inside` that one of its effects is under way, and `unchecked` has the effects (name, on) that it asked
    for in its latest attempt, and of which only a person can say whether they took place.
    """

    def __init__(self, handler: Handler, *, own: str = "", harmless: Sequence[str] = ()) -> None:
        self.handler = replace(handler, function=self._watched(handler.function))
        self.outside: list[str] = []
        self.unchecked: set[tuple[str, str]] = set()
        self.returned = False
        self.inside = 0
        self.at_work = False
        self._own = own
        self._harmless = harmless
        self._thread = 0
        self._threads: list[threading.Thread] = []

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(event: Any, ctx: Any) -> Any:
            ctx.effect = self._entering(ctx.effect)
            self.returned, self.at_work, self._thread = False, True, threading.get_ident()
            self.unchecked.clear()
            self._threads.clear()
            try:
                result = function(event, ctx)
                self.returned = True
                return result
            finally:
                self.at_work = False

        return watched

    def _entering(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        def entered(name: str, do: Callable[[str], Any], **how: Any) -> Any:
            if not (how.get("check") or how.get("repeatable")):
                self.unchecked.add((name, how.get("on") or ""))
            self.inside += 1
            try:
                return effect(name, do, **how)
            finally:
                self.inside -= 1

        return entered

    def saw(self, what: str) -> None:
        """Something was done; it counts where the handler did it, and not in an effect."""
        if self._is_here and not any(fnmatchcase(what, pattern) for pattern in self._harmless):
            self.outside.append(what)

    def saw_thread(self, thread: threading.Thread) -> None:
        """A thread begins; what one of the handler's does is the handler's."""
        if self._is_here:
            self._threads.append(thread)

    @property
    def _is_here(self) -> bool:
        """Whether this thread is the handler's, at work, and in none of its effects."""
        ours = (self._thread, *(thread.ident for thread in self._threads if thread.is_alive()))
        return self.at_work and not self.inside and threading.get_ident() in ours

    def saw_request(self, method: str, url: str) -> None:
        """A request leaves; those to the sandbox are judged by the fence."""
        if method.upper() not in _SAFE and not (self._own and url.startswith(self._own)):
            self.saw(f"{method.upper()} {url.partition('?')[0]}")


_watching: list[Watch] = []
_hooked = False


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """See what is sent, written and started meanwhile."""
    global _hooked
    if not _hooked:  # an audit hook stays for good
        sys.addaudithook(_audit)
        _hooked = True
    plain: list[tuple[Any, Any]] = [(kind, kind.send) for kind in (httpx.Client, httpx.AsyncClient)]
    for kind, send in plain:
        kind.send = _noting(send, watch)
    start = threading.Thread.start
    threading.Thread.start = _beginning(start, watch)  # type: ignore[method-assign]
    _watching.append(watch)
    try:
        yield
    finally:
        _watching.remove(watch)
        threading.Thread.start = start  # type: ignore[method-assign]
        for kind, send in plain:
            kind.send = send


def _noting(send: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    def noted(self: Any, request: httpx.Request, **more: Any) -> Any:
        watch.saw_request(request.method, str(request.url))
        return send(self, request, **more)

    return noted


def _beginning(start: Callable[..., None], watch: Watch) -> Callable[..., None]:
    def begun(self: threading.Thread) -> None:
        watch.saw_thread(self)
        start(self)

    return begun


def _audit(event: str, args: tuple[Any, ...]) -> None:
    for watch in _watching[-1:]:
        if not watch.at_work:
            return
        if event == "open":
            path, mode, flags = args
            written = any(letter in mode for letter in "wax+") if isinstance(mode, str) else flags & _WRITING
            if written and isinstance(path, str) and not _passes(path):
                watch.saw(f"writing to {path}")
        elif event == "http.client.send":
            _saw_http(watch, *args)
        elif event == "smtplib.connect":
            watch.saw("sending mail")
        elif event in _STARTS:
            watch.saw(f"starting {args[0] if args else 'a process'}")
        elif event in _CHANGES and not (_passes(str(args[0])) or (event in _WITHIN and args[1] != -1)):
            watch.saw(f"{event} {args[0]}")


def _passes(path: str) -> bool:
    """Whether nothing stays of it: a temporary file, or what Python keeps of a module."""
    return path.startswith(_PASSING) or path == tempfile.gettempdir() or "__pycache__" in path


def _saw_http(watch: Watch, connection: Any, data: Any) -> None:
    words = data[:2000].decode("latin-1").split(" ", 2) if isinstance(data, bytes) else []
    if len(words) == 3 and words[2].startswith("HTTP/"):
        secure = isinstance(connection, http.client.HTTPSConnection)
        host = f"{connection.host}:{connection.port}"
        watch.saw_request(words[0], f"http{'s' * secure}://{host}{words[1]}")


class Tracer:
    """Follows the lines of the handler's own file, and at `strike`, a line, says that time is up.

    `lines` are those that were run through, in order. `swallowed` says that the handler went on afterwards;
    it then stands still for good, in the thread that it has to be in.
    """

    def __init__(self, handler: Handler, watch: Watch, strike: int = 0) -> None:
        self._file = inspect.unwrap(handler.function).__code__.co_filename
        self._watch = watch
        self._strike = strike
        self._left = _BUDGET
        self.lines: dict[int, bool] = {}
        self.struck = False
        self.swallowed = threading.Event()
        self.over = threading.Event()

    @property
    def outside(self) -> list[int]:
        """The lines that were run through outside the effects."""
        return [line for line, outside in self.lines.items() if outside]

    def run(self, work: Callable[[], None], within: float) -> None:
        """Do the work in a thread of its own, until it ends or has swallowed the end of its time."""
        errors: list[BaseException] = []

        def inside() -> None:
            sys.setprofile(self._count)
            sys.settrace(self._trace)
            try:
                work()
            except BaseException as error:
                errors.append(error)
            finally:
                sys.settrace(None)
                sys.setprofile(None)
                self.over.set()

        threading.Thread(target=inside, name="handler", daemon=True).start()
        self.over.wait(within)
        if errors:
            raise errors[0]

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != self._file or not self._watch.at_work:
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event != "line":
            return self._line
        self.lines.setdefault(frame.f_lineno, not self._watch.inside)
        if frame.f_lineno == self._strike and not (self.struck or self._watch.inside):
            self.struck = True
            raise TimeIsUp  # Python follows no more lines now
        return self._line

    def _count(self, frame: FrameType, event: str, arg: Any) -> None:
        if self.struck and self._watch.at_work and event.endswith("call"):
            self._left -= 1
            if self._left <= 0:  # nothing but this ends it: it stands still for good
                self.swallowed.set()
                self.over.set()
                threading.Event().wait()
