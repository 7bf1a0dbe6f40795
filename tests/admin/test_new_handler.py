"""`new-handler`: what it writes is good, what it cannot write it explains, and what is there it leaves."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gigstack_events.discovery import GROUP, discover
from tests.admin.conftest import Admin
from tests.stack import ROOT
from tests.venvs import KIT

FILES = ("thank_client.py", "test_thank_client.py")


def test_a_drop_in_is_found_by_the_workers(tmp_path: Path, admin: Admin) -> None:
    """The file is a handler as it stands, its test beside it is none, and its options can be set."""
    said = admin("new-handler", "thank_client", GIGSTACK_HANDLERS_DIR=str(tmp_path))
    assert (said.code, said.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    found = discover(tmp_path)
    assert (list(found.handlers), found.broken, found.warnings) == (["thank_client"], {}, [])
    options = found.handlers["thank_client"].handler.options
    assert options.model_validate({"at_least": 5}).model_dump() == {"at_least": 5}


def test_the_lines_that_are_printed_test_it(tmp_path: Path, admin: Admin) -> None:
    """Typed as they are, from anywhere; what was written passes."""
    (mine := tmp_path / "my handlers").mkdir()
    said = admin("new-handler", "thank_client", "--into", str(mine))
    test = said.out.split("Test it:\n")[1].split("Let it run")[0]
    done = subprocess.run(["bash", "-ec", test], cwd="/", env=KIT, capture_output=True, text=True, timeout=60)
    assert "3 passed" in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert f"GIGSTACK_HANDLERS_DIR='{mine}' GIGSTACK_HANDLERS=thank_client" in said.out


def test_a_package_names_its_entry_point(tmp_path: Path, admin: Admin) -> None:
    """The module that pyproject.toml names for the group and for the wheel is the one that was written."""
    assert admin("new-handler", "thank_client", "--package", "--into", str(tmp_path)).code == 0
    home = tmp_path / "thank-client"
    project = tomllib.loads((home / "pyproject.toml").read_text())
    assert project["project"]["name"] == "thank-client"
    assert project["project"]["entry-points"][GROUP] == {"thank_client": "thank_client"}
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["include"] == ["thank_client.py"]
    assert {path.name for path in home.iterdir()} == {*FILES, "pyproject.toml", "README.md"}
    for path in home.iterdir():
        assert not {"NAME", "UPPER", "DASHED"} & set(path.read_text().replace("_", " ").split()), path


def test_what_is_written_is_in_good_style(tmp_path: Path, admin: Admin) -> None:
    """The project's own linter and formatter find nothing in it."""
    assert admin("new-handler", "thank_client", "--into", str(tmp_path)).code == 0
    written = [str(tmp_path / name) for name in FILES]
    ruff, settings = Path(sys.executable).with_name("ruff"), ["--config", str(ROOT / "pyproject.toml")]
    for check in (["check", "--ignore", "S101"], ["format", "--check"]):
        done = subprocess.run([ruff, *check, *settings, *written], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("thank-client", "did you mean thank_client?"),
        ("ThankClient", "did you mean thank_client?"),
        ("2nd", "64 of a-z, 0-9 and _ at most"),
        ("x" * 65, "64 of a-z, 0-9 and _ at most"),
        ("class", "a word of Python itself"),
        ("print", "a word of Python itself"),
        ("json", "A module is called 'json' already"),
        ("workers", "A module is called 'workers' already"),
        ("notify", "exists already, in "),
        ("test_it", "would be taken for tests"),
        ("conftest", "would be taken for tests"),
        ("from_file", "ends in _file"),
    ],
)
def test_a_name_that_cannot_be_is_explained(name: str, told: str, tmp_path: Path, admin: Admin) -> None:
    """One line that says why and what to do, exit code 2, and no file."""
    said = admin("new-handler", name, "--into", str(tmp_path))
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert len(said.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", FILES)
def test_nothing_is_overwritten(there: str, tmp_path: Path, admin: Admin) -> None:
    """One of the files is there: it stays, and the other is not written either."""
    (tmp_path / there).write_text("mine")
    said = admin("new-handler", "thank_client", "--into", str(tmp_path))
    assert said.code == 2
    assert f"{there}: take another name or another folder" in said.err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_packages_folder_is_left_alone_too(tmp_path: Path, admin: Admin) -> None:
    """An empty folder of that name is somebody's as well."""
    (tmp_path / "thank-client").mkdir()
    said = admin("new-handler", "thank_client", "--package", "--into", str(tmp_path))
    assert said.code == 2
    assert list((tmp_path / "thank-client").iterdir()) == []


def test_a_folder_that_is_not_there_or_not_ones_own(tmp_path: Path, admin: Admin) -> None:
    """It says what to type; the project's own folders take no files."""
    missing = admin("new-handler", "thank_client", "--into", str(tmp_path / "mine"))
    assert (missing.code, f"`mkdir -p {tmp_path}/mine`" in missing.err) == (2, True)
    for own in (ROOT, ROOT / "handlers"):
        said = admin("new-handler", "thank_client", "--into", str(own))
        assert (said.code, "belongs to gigstack-events itself" in said.err) == (2, True)
    assert not (ROOT / "handlers" / "thank_client.py").exists()


def test_a_handler_of_ones_own_keeps_its_name(tmp_path: Path, admin: Admin) -> None:
    """A name that GIGSTACK_HANDLERS_DIR has already is told with its file, wherever one writes to."""
    first, other = tmp_path / "first", tmp_path / "other"
    first.mkdir()
    other.mkdir()
    (first / "some.py").write_text(
        "from gigstack_events import on\n@on('payment.succeeded')\ndef thank_client(event, ctx): ...\n"
    )
    said = admin("new-handler", "thank_client", "--into", str(other), GIGSTACK_HANDLERS_DIR=str(first))
    assert said.code == 2
    assert f"exists already, in {first}/some.py: take another name, such as my_thank_client" in said.err
