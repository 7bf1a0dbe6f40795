"""The ledger's Lua scripts: loaded from their files, run by digest."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import redis


@dataclass(frozen=True, slots=True)
class Script:
    """One script: its whole source (common part included) and the digest Redis knows it by."""

    name: str
    source: bytes
    digest: str


@cache
def script(name: str) -> Script:
    """The script in `scripts/NAME.lua`, with the common part before it."""
    folder = files(__package__) / "scripts"
    source = (folder / "common.lua").read_bytes() + b"\n" + (folder / f"{name}.lua").read_bytes()
    return Script(name, source, hashlib.sha1(source, usedforsecurity=False).hexdigest())


def run_kept(client: "redis.Redis", replicas: int, within_ms: int, name: str, *args: Any) -> tuple[Any, int]:
    """Run a script and let replicas confirm, on the connection that wrote; says how many have it."""
    chosen = script(name)
    for command in (("EVALSHA", chosen.digest), ("EVAL", chosen.source)):
        with client.pipeline(transaction=False) as pipe:
            pipe.execute_command(*command, 0, *args)  # type: ignore[no-untyped-call]  # redis-py's is not
            pipe.wait(replicas, within_ms)
            reply, kept = pipe.execute(raise_on_error=False)
        if not isinstance(reply, redis.exceptions.NoScriptError):
            break
    if isinstance(reply, Exception):
        raise reply
    return reply, 0 if isinstance(kept, Exception) else int(kept)


def greet(connection: Any) -> None:
    """What each new connection begins with: is this a server that takes writes, and is it still the same?

    Raises ReadOnlyError on a replica, so that whoever connects waits until it is the primary, or until the
    address leads to one.
    """
    connection.on_connect()
    chosen = script("epoch")
    try:
        reply = _say(connection, "EVALSHA", chosen.digest, 0)
    except redis.exceptions.NoScriptError:
        reply = _say(connection, "EVAL", chosen.source, 0)
    if reply in (b"replica", "replica"):
        raise redis.exceptions.ReadOnlyError("this Redis is a replica")


def _say(connection: Any, *command: Any) -> Any:
    connection.send_command(*command)
    return connection.read_response()


def run(client: "redis.Redis", name: str, *args: Any) -> Any:
    """Run a script by digest; a server that has forgotten it (SCRIPT FLUSH, restart) is told the source."""
    chosen = script(name)
    try:
        return client.evalsha(chosen.digest, 0, *args)
    except redis.exceptions.NoScriptError:
        return client.eval(chosen.source.decode(), 0, *args)
