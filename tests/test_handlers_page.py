"""docs/handlers.md: whoever types what it says gets what it says."""

import inspect
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.retries import Retry
from gigstack_events.routing import on
from gigstack_events.sandbox.process import SandboxProcess
from tests.handlers.conftest import Shop
from tests.stack import ROOT, eventually
from tests.test_readme import handler
from tests.venvs import KIT, fresh_venv, install_editable

PAGE = (ROOT / "docs" / "handlers.md").read_text()
WALK, REFERENCE = PAGE.split("\n# Reference\n")
TYPED = re.findall(r"```sh\n(.*?)```", WALK, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
_NOT_CLONED = (".git", ".venv", ".data", ".*_cache", ".hypothesis", "tests", "benchmarks")


class Terminal:
    """A shell that blocks of lines are typed into; it ends with the first that fails."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "-e"],
            cwd=folder, env=env, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, lines: str) -> str:
        """Type lines, and return what is shown until the prompt comes back."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{lines}\necho '<prompt>'\n")
        self._shell.stdin.flush()
        shown = ""
        for line in self._shell.stdout:
            if line == "<prompt>\n":
                return shown
            shown += line
        raise AssertionError(f"{lines}\nended the shell:\n{shown}")

    def close(self) -> None:
        """Close the window."""
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.communicate()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A new user's environment, which reaches no package index."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}


@pytest.fixture
def terminal(tmp_path: Path, env: dict[str, str]) -> Iterator[Terminal]:
    """A terminal in an empty folder."""
    (folder := tmp_path / "empty").mkdir()
    terminal = Terminal(folder, env)
    yield terminal
    terminal.close()


def clone(folder: Path) -> None:
    """What `git clone` and `make .venv/ready` do, but that packages are borrowed and not fetched."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*_NOT_CLONED))
    install_editable(fresh_venv(folder / ".venv"), folder)
    (folder / ".venv" / "ready").touch()


def test_the_walk_through_ends_with_a_packaged_handler_that_reacts(
    tmp_path: Path, env: dict[str, str], terminal: Terminal
) -> None:
    """Every line of it, in an empty folder, in two terminals."""
    empty = tmp_path / "empty"
    set_up, new, tests, installation, run, send, build = TYPED
    (cloning, *ready) = set_up.splitlines()
    assert cloning == "git clone URL gigstack-events"
    clone(empty / "gigstack-events")
    assert "Setting up" not in terminal.type("\n".join(ready))
    printed = terminal.type(new)
    typed = [line.strip() for line in printed.splitlines()]
    assert {*tests.splitlines(), installation.splitlines()[0]} <= {*typed}
    assert re.search(r"^3 passed", terminal.type(tests).splitlines()[-1].strip("= "))
    (listed,) = re.findall(r"```text\n(.*)\n```", WALK)
    assert listed.split() in [line.split() for line in terminal.type(installation).splitlines()]
    log = tmp_path / "second-terminal.txt"
    with log.open("wb") as out:
        second = subprocess.Popen(
            ["bash", "-ec", run], cwd=empty, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        eventually(lambda: "Everything is up" in log.read_text() or second.poll() is not None, 40)
        (id,) = re.findall(r"-m admin events show (\S+)", terminal.type(send))
        eventually(
            lambda: "settled" in terminal.type(f"python -m admin events show {id}"), said=log.read_text()
        )
        shown = terminal.type(f"python -m admin events show {id} --body")
        assert re.search(r"first_payment +done", shown), shown
        assert '"noted"' in shown
        anywhere = printed.split("from another terminal:\n")[1]
        told = subprocess.run(["bash", "-ec", anywhere], env=env, capture_output=True, text=True, timeout=20)
        assert "The receiver answers 202: Accepted." in told.stdout, told.stderr
        assert re.search(rf"{id}.*payment\.succeeded", terminal.type(send.splitlines()[-1]))
        os.killpg(second.pid, signal.SIGINT)
        second.wait(20)
    finally:
        if second.poll() is None:
            os.killpg(second.pid, signal.SIGKILL)
            second.wait()
    assert "Everything has ended." in log.read_text()
    terminal.type(build)
    wheel = re.findall(r"`(dist/\S+\.whl)`", WALK)[0]
    assert (empty / "first-payment" / wheel).is_file()


def test_handler_with_a_check_works(redis_url: str, tmp_path: Path) -> None:
    """The handler of the reference stamps a receipt, and finds it stamped when the answer was lost."""
    ledger = Ledger.at(redis_url)
    with SandboxProcess(stamp_delay=(0.0, 0.0)) as sandbox:
        shop = Shop(redis_url, ledger, sandbox)
        shop.handlers["stamp_at_once"] = handler(tmp_path, PYTHON[0], "stamp_at_once")
        sandbox.call("POST", "/_sandbox/faults", {"op": "receipts.stamp", "kind": "lost", "times": 1})
        (receipt,) = shop.paid(receipts=1)["receipts"]
        shop.announce("receipt.created", receipt)
        for seconds in (0, 121, 11):
            shop.work(seconds=seconds)
        assert (shop.run().state, shop.cfdis()) == ("done", [receipt])
        shop.keys.close()
    ledger.redis.close()


def test_the_tests_that_are_shown_pass(tmp_path: Path) -> None:
    """The reference's handler and its tests, dropped into a folder."""
    (tmp_path / "stamp_at_once.py").write_text(PYTHON[0])
    (tmp_path / "test_stamp_at_once.py").write_text(PYTHON[1])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=tmp_path, env=KIT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert re.search(r"^2 passed", done.stdout.splitlines()[-1]), done.stdout


def test_retry_policy_that_is_shown_can_be_written_so() -> None:
    """The line about kinds of errors is Python that the library takes."""
    (policy,) = re.findall(r"^`(Retry\(.*kinds=.*\))`:", REFERENCE, re.MULTILINE)
    program = f"from gigstack_events import Retry; print({policy} == Retry())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


def test_every_argument_of_on_is_told_as_it_is() -> None:
    """The table of `@on` has all arguments, and the defaults that the code has."""
    table = REFERENCE.split("## `@on`")[1].split("\n## ")[0]
    shown = dict(re.findall(r"^\| `(\w+)` \| (\S.*?) \|", table, re.MULTILINE))
    actual = {name: part.default for name, part in inspect.signature(on).parameters.items()}
    retry = Retry()
    assert shown.keys() == actual.keys() - {"patterns"}
    assert {name: text.strip("`") for name, text in shown.items() if text.startswith("`")} == {
        **{name: repr(actual[name]).replace("'", '"') for name in ("trust", "lane", "writes")},
        "timeout": f"{actual['timeout']:g}",
        "retry": f"Retry(attempts={retry.attempts}, base={retry.base:g}, cap={retry.cap:g})",
    }


def test_the_fixtures_are_told_as_they_are() -> None:
    """Every fixture of the kit is there, with the arguments and defaults that the code has."""
    from gigstack_events.testing import Bench, LocalGigstack, plugin
    from gigstack_events.testing.contract import check_handler

    told = dict(
        re.findall(r"^\| `(\w+)(\(.*?\))?` \|", REFERENCE.split("## The testing kit")[1], re.MULTILINE)
    )
    fixtures = {name for name, value in vars(plugin).items() if isinstance(value, type(plugin.gigstack))}
    assert told.keys() == {name for name in fixtures if not name.startswith("_")}
    real: dict[str, Callable[..., object]] = {
        "make_event": LocalGigstack.event,
        "run_handler": Bench.run,
        "handler_contract": check_handler,
    }
    for name, function in real.items():
        parts = inspect.signature(function).parameters
        named = re.findall(r"(\w+)(?:=([\w\"]+))?", told[name])
        assert {word for word, _ in named} <= {*parts}, name
        for word, default in named:
            if default and parts[word].default is not None and word != "livemode":
                assert default.strip('"') == str(parts[word].default), (name, word)


def test_the_image_that_is_shown_is_well_made(tmp_path: Path) -> None:
    """The linter of the project's own Dockerfile finds nothing in it, and its paths are the image's."""
    (recipe,) = re.findall(r"```dockerfile\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "Dockerfile").write_text(recipe)
    linter = str(Path(sys.executable).with_name("hadolint"))
    lint = [linter, "--ignore", "DL3006", str(tmp_path / "Dockerfile")]
    done = subprocess.run(lint, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    own = (ROOT / "Dockerfile").read_text()
    assert "python -m venv --without-pip /venv" in own
    assert re.findall(r"^USER (\d+)$", recipe, re.MULTILINE)[-1] in own
