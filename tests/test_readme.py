"""The README is the manual: what it shows works, word for word."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gigstack_events.discovery import discover
from gigstack_events.ledger import Ledger
from gigstack_events.routing import Handler
from gigstack_events.settings import settings_table
from tests.engine.conftest import Bench
from tests.engine.stand_in import answering
from tests.stack import ROOT, Program, eventually, free_port

README = (ROOT / "README.md").read_text()
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSByZWFkbWU="


def snippets(language: str) -> list[str]:
    """The README's blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def handler(folder: Path, text: str, name: str) -> Handler:
    """Drop a snippet in, as a reader would."""
    (folder / f"{name}.py").write_text(text)
    found = discover(folder)
    assert (found.broken, found.warnings) == ({}, [])
    return found.handlers[name].handler


def test_settings_table_is_complete() -> None:
    """Every variable, its default and meaning, as the program knows them."""
    shown = README.split("<!-- settings -->\n")[1].split("<!-- /settings -->")[0]
    assert shown == settings_table()


def test_ten_line_handler_works(redis_url: str, tmp_path: Path) -> None:
    """The first thing that a reader sees can be dropped in and runs."""
    ledger = Ledger.at(redis_url)
    bench = Bench(redis_url, ledger)
    bench.keys.answer = answering(id="client_1")
    bench.handlers["thank"] = handler(tmp_path, snippets("python")[0], "thank")
    bench.deliver(client={"id": "client_1"})
    bench.work()
    assert (bench.run().state, bench.run().result, len(bench.run().effects)) == ("done", '"thanked"', 1)
    ledger.redis.close()


def test_signed_delivery_with_curl_and_openssl(redis_url: str, tmp_path: Path) -> None:
    """The shell lines deliver an event that the receiver accepts."""
    port = free_port()
    env = {"REDIS_URL": redis_url, "GIGSTACK_VERIFY": "standard", "GIGSTACK_WEBHOOK_SECRETS": SECRET}
    receiver = Program("receiver", "--port", str(port), env=env, log=tmp_path / "log")
    (lines,) = (block for block in snippets("sh") if "openssl" in block)
    shell = {"PATH": os.environ["PATH"], "RECEIVER": f"http://127.0.0.1:{port}", "SECRET": SECRET}

    def send() -> str:
        command = ["bash", "-euc", lines]
        return subprocess.run(command, env=shell, capture_output=True, text=True, timeout=20).stdout

    try:
        answer = eventually(send)
        assert "202 Accepted" in answer
    finally:
        receiver.kill()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z]+)`?", README))))
def test_make_targets_exist(target: str) -> None:
    """What the README tells to type is there."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", [line for line in README.splitlines() if line.startswith("python -m admin")])
def test_admin_commands_exist(line: str, redis_url: str) -> None:
    """The operator's lines are understood."""
    command = line.split("#")[0].split()[3:]
    binary = [sys.executable]
    done = subprocess.run(
        [*binary, "-m", "admin", *[word for word in command if not word.isupper()], "--help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "REDIS_URL": redis_url},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_links_lead_somewhere(page: Path) -> None:
    """Pages, files and headings that the README and the pages name exist."""
    for target in re.findall(r"\]\((?!http)([^)]+)\)", page.read_text()):
        path, _, heading = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        titles = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE) if heading else []
        anchors = [re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles]
        assert not heading or heading in anchors, target
