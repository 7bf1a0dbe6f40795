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


def run(client: "redis.Redis", name: str, *args: Any) -> Any:
    """Run a script by digest; a server that has forgotten it (SCRIPT FLUSH, restart) is told the source."""
    chosen = script(name)
    try:
        return client.evalsha(chosen.digest, 0, *args)
    except redis.exceptions.NoScriptError:
        return client.eval(chosen.source.decode(), 0, *args)
