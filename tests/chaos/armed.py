"""The product's own programs with crash points: `python -m tests.chaos.armed FOLDER workers|receiver ...`.

The wrapping happens here only; the product has no hooks. Forked workers inherit it.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from gigstack_events.effect_records import Effect
from gigstack_events.effects import Effects
from gigstack_events.engine import Engine
from gigstack_events.errors import ConfigurationError
from gigstack_events.ledger import AsyncLedger, scripts
from tests.chaos.hands import Hands
from tests.chaos.points import name, passed, take

PR_SET_PDEATHSIG = 1


class Armed:
    """What one process knows: where the points are, what it is, which claim it carries out."""

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder
        self._program = program
        self._parent = os.getpid()
        self._passed: set[str] = set()
        self.handler = ""
        self.hands = Hands(folder, self._parent)

    def reached(self, step: str, side: str) -> None:
        """Die here if this point is armed."""
        process = self._program
        if process == "workers":
            process = "supervisor" if os.getpid() == self._parent else "worker"
        points = dict.fromkeys((name(process, step, side, self.handler), name(process, step, side)))
        if (point := next(iter(points))) not in self._passed:
            self._passed.add(point)
            passed(self._folder, point)
        for point in points:
            if take(self._folder, point):
                self._die(process, point)

    def around(self, step: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same act with a point before and a point after it."""

        def armed(*args: Any, **named: Any) -> Any:
            self.reached(step, "before")
            result = act(*args, **named)
            self.reached(step, "after")
            return result

        return armed

    def claim(self, run: str, token: str, handler: str) -> None:
        """A run begins."""
        self.handler = handler
        self.hands.take(run, token)

    def over(self) -> None:
        """The worker looks for other work."""
        self.handler = ""
        self.hands.let_go()

    def _die(self, process: str, point: str) -> None:
        held = self.hands.held
        hit = {
            "point": point, "process": process, "pid": os.getpid(), "at": time.time(),
            "held": (held.run, held.token) if held else None,
        }  # fmt: skip
        hits = os.open(self._folder / "hits.jsonl", os.O_WRONLY | os.O_APPEND)
        os.write(hits, json.dumps(hit).encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)


def arm_workers(armed: Armed) -> None:
    """Put points around the ledger's scripts, its plain writes and every `do`; note what is in hand."""
    run, act, carry_out, zrem = scripts.run, Effects._act, Engine.run, redis.Redis.zrem

    def _run(client: Any, name: str, *args: Any) -> Any:
        armed.reached(name, "before")
        reply = run(client, name, *args)
        if name == "finish":
            armed.hands.let_go()
        if name == "effect_end" and reply != b"stale":
            armed.hands.end()
        armed.reached(name, "after")
        return reply

    def _act(self: Effects, effect: Effect, do: Callable[[str], Any], key: str, doubts: int) -> Any:
        armed.hands.begin(effect.on or effect.name)
        return act(self, effect, armed.around("do", do), key, doubts)

    def _carry_out(self: Engine, claim: Any) -> Any:
        armed.claim(claim.run.id, claim.token, claim.run.handler)
        try:
            return carry_out(self, claim)
        finally:
            armed.over()

    def _zrem(self: Any, key: Any, *values: Any) -> Any:
        return (armed.around("outbox", zrem) if key == "gs:outbox" else zrem)(self, key, *values)

    scripts.run = _run
    scripts.greet = armed.around("epoch", scripts.greet)
    Effects._act = _act  # type: ignore[method-assign]
    Engine.run = _carry_out  # type: ignore[method-assign]
    redis.Redis.blmove = armed.around("blmove", redis.Redis.blmove)  # type: ignore[method-assign]
    redis.Redis.zrem = _zrem  # type: ignore[method-assign,assignment]


def arm_receiver(armed: Armed) -> None:
    """Put points around the call that accepts a delivery."""
    call = AsyncLedger._call

    async def _call(self: AsyncLedger, arguments: tuple[Any, ...]) -> Any:
        armed.reached("accept", "before")
        reply = await call(self, arguments)
        armed.reached("accept", "after")
        return reply

    AsyncLedger._call = _call  # type: ignore[method-assign]


def main() -> int:
    """Arm the program that is named, then run it as it is."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a killed conductor leaves nothing behind
    folder, program = Path(sys.argv[1]), sys.argv[2]
    sys.argv = [program, *sys.argv[3:]]
    armed = Armed(folder, program)
    if program == "receiver":
        import receiver.__main__  # each is started often, and needs its own half only

        arm_receiver(armed)
        return receiver.__main__.main()
    import workers.__main__
    from workers.process import load

    with contextlib.suppress(ConfigurationError):  # workers are born often here, and need not load it each
        load()
    arm_workers(armed)
    return workers.__main__.main()


if __name__ == "__main__":
    sys.exit(main())
