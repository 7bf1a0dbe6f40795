"""Handlers to write rules for, and a place for the file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from gigstack_events import Retry, on
from gigstack_events.discovery import Discovery
from gigstack_events.rules import RuleFile, read_rules

Read = Callable[[str | bytes], RuleFile]


class Options(BaseModel):
    """What a rule of these tests may choose."""

    model_config = ConfigDict(extra="forbid")

    colour: str = "green"
    most: int = 5
    sizes: tuple[str, ...] = ()


@pytest.fixture
def found() -> Discovery:
    """Two handlers: one with options that wants to be sure, one for whatever comes."""
    found = Discovery()
    stamp = on("payment.succeeded", name="stamp", options=Options, trust="signed", key="object.client")
    found.add(stamp(lambda event, ctx: None), "tests")
    notify = on("*", name="notify", writes=False, trust="none", retry=Retry(3, kinds={"KeyError": None}))
    found.add(notify(lambda event, ctx: None), "tests")
    return found


@pytest.fixture
def read(tmp_path: Path, found: Discovery, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Write a file of rules and read it."""
    monkeypatch.chdir(tmp_path)

    def write_and_read(content: str | bytes) -> RuleFile:
        path = Path("rules.toml")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_rules(path, found, {})

    return write_and_read
