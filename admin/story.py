"""`run` and `demo`: the whole product on one machine, telling what really happens."""

import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import httpx
import redis
from rich.console import Console

from admin.chronicle import Chronicle
from admin.invitation import invitation
from admin.processes import Broken
from admin.stack import Stack, running
from admin.surroundings import PROJECT, Mistake, console, plain
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.ledger import connect
from gigstack_events.ledger.views import Views

_LOOK_S = 0.2
_RECEIPTS = 3
_START_S = 60.0
_DEMO_S = 40.0
_DEMO_SETTINGS = {"GIGSTACK_RULES": "", "GIGSTACK_HANDLERS": "stamp_receipts", "GIGSTACK_LANES": "live=2"}
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOHUP = (signal.SIGHUP, signal.SIG_IGN)


def run(folder: Path | None = None) -> int:
    """Start everything, let a client pay, then stay up and tell what happens; Ctrl-C ends it with 0."""
    folder = (folder or PROJECT / ".data").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Mistake(
            f"{folder} cannot be made ({error.strerror}): name another folder with --data."
        ) from None
    out = console()
    deadline = time.monotonic() + _START_S
    try:
        with _interruptible(), _telling(out, folder, {}, deadline) as (stack, chronicle):
            paid = _pay(out, stack)
            if "payment.succeeded" in stack.events:
                _tell(out, stack, chronicle, lambda: chronicle.is_settled(paid["event"]), deadline)
            unsent = _let_pay(stack, send=False)
            _say(out, *invitation(stack, unsent))
            _tell(out, stack, chronicle, lambda: False, None)
    except KeyboardInterrupt:
        _say(out, "Everything has ended.")
        return 0
    except Broken as error:
        return _break(out, error)
    return 0


def demo() -> int:
    """The same once, on data of its own: 0 when the sandbox says that each receipt has exactly one CFDI."""
    folder = Path(tempfile.mkdtemp(prefix="gigstack-demo-"))
    code = 0
    try:
        code = _demo(console(), folder)
    finally:
        if code != 1:
            shutil.rmtree(folder, ignore_errors=True)
    return code


def _demo(out: Console, folder: Path) -> int:
    began = time.monotonic()
    deadline = began + _DEMO_S
    try:
        with _interruptible(), _telling(out, folder, _DEMO_SETTINGS, deadline) as (stack, chronicle):
            paid = _pay(out, stack)
            _tell(out, stack, chronicle, lambda: chronicle.is_settled(paid["event"]), deadline)
            good, verdict = _judge(chronicle, paid["receipts"])
    except KeyboardInterrupt:
        _say(out, "The demo was interrupted; everything has ended.")
        return 130
    except Broken as error:
        return _break(out, error, f"The logs are in {folder}/logs.")
    _say(out, f"\n{verdict}  [dim]{time.monotonic() - began:.1f} s in all[/]")
    if not good:
        _say(out, f"The logs are in {folder}/logs.")
    return 0 if good else 1


@contextmanager
def _telling(
    out: Console, folder: Path, extra: dict[str, str], deadline: float
) -> Iterator[tuple[Stack, Chronicle]]:
    def say(name: str, text: str, seconds: float) -> None:
        _say(out, f"  [green]✓[/] [bold]{name:<9}[/] {plain(text)}  [dim]{seconds:.1f} s[/]")

    _say(out, "[bold]gigstack events[/]: all on this machine, with a stand-in for the gigstack API\n")
    with (
        running(folder, say, extra=extra, deadline=deadline) as stack,
        connect(stack.settings.redis_url) as client,
    ):
        if stack.left_open:
            _say(out, f"\n[yellow]{_left(stack.left_open)}[/]")
        try:
            yield stack, Chronicle(stack.http, stack.sandbox_url, Views(client), Ledger(client).now())
        except KeyboardInterrupt:
            _say(out, "\nEnding everything ...")
            raise


def _pay(out: Console, stack: Stack) -> dict[str, Any]:
    paid = _let_pay(stack)
    _say(out, f"\nA client pays: {paid['payment']}, with {len(paid['receipts'])} pending receipts")
    return paid


def _left(count: int) -> str:
    runs, they = (f"{count} runs of an earlier session are", "they")
    if count == 1:
        runs, they = ("1 run of an earlier session is", "it")
    return f"{runs} open; the sandbox of that session is gone: {they} will fail."


def _let_pay(stack: Stack, *, send: bool = True) -> dict[str, Any]:
    wish = {"receipts": _RECEIPTS, "late": 0, "send": send}
    try:
        reply = stack.http.post(f"{stack.sandbox_url}/_sandbox/pay", json=wish)
        return dict(reply.raise_for_status().json())
    except httpx.HTTPError as error:
        stack.check()
        raise Broken(f"The sandbox took no payment ({error}).") from None


def _tell(
    out: Console, stack: Stack, chronicle: Chronicle, until: Callable[[], bool], deadline: float | None
) -> None:
    """Print what happens until that is so, or the deadline (monotonic) has come."""
    done = False
    while not done and (deadline is None or time.monotonic() < deadline):
        stack.check()
        try:
            done = until()
            for line in chronicle.news():
                _say(out, str(line))
        except (redis.ConnectionError, redis.TimeoutError, httpx.TransportError):
            done = False  # if something ended, the next look says what
        if not done:
            time.sleep(_LOOK_S)


def _judge(chronicle: Chronicle, receipts: list[str]) -> tuple[bool, str]:
    made = Counter(cfdi["receipt"] for cfdi in chronicle.journal()["cfdis"])
    counts = [made[receipt] for receipt in receipts]
    if counts == [1] * _RECEIPTS and sum(made.values()) == _RECEIPTS:
        return True, f"[bold green]✓ The sandbox says: {_RECEIPTS} receipts, exactly one CFDI for each.[/]"
    told = ", ".join(f"{receipt}: {made[receipt]}" for receipt in dict.fromkeys([*receipts, *made]))
    return False, f"[bold red]✗ The sandbox says how many CFDIs each receipt has: {told}.[/]"


def _break(out: Console, error: Broken, more: str = "") -> int:
    _say(out, f"\n[bold red]✗ {plain(str(error))}[/] Everything else has been ended. {more}")
    if error.tail:
        out.print("Its last words:", *error.tail.splitlines(), sep="\n  ", markup=False, soft_wrap=True)
    return 1


def _say(out: Console, *lines: str) -> None:
    for line in lines:
        out.print(line, soft_wrap=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal interrupt once; what follows is an orderly end."""

    def interrupt(signum: int, frame: object) -> NoReturn:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    # Who started us under nohup wants us to outlive the terminal.
    wanted = [number for number in _SIGNALS if (number, signal.getsignal(number)) != _NOHUP]
    before = {number: signal.signal(number, interrupt) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
