"""The examples do what they show: the drop-in as a file, the package built and installed beside the wheel."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.stack import ROOT
from tests.venvs import build_wheel, fresh_venv, install

EXAMPLES = ROOT / "examples"
PACKAGE = EXAMPLES / "ask_fiscal_data"
PLACES = ("receiver", "workers", "handlers", "admin")
OPTIONS = '{"form": "https://shop.example.mx/datos", "mail": "https://mail.example.mx"}'


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with two wheels in it: the project's and the example's."""
    folder = tmp_path_factory.mktemp("fresh")
    wheels = [build_wheel(project, folder / project.name) for project in (ROOT, PACKAGE)]
    python = fresh_venv(folder / "venv")
    install(python, *wheels)
    return python


def run(python: Path, *arguments: str, cwd: Path, **env: str) -> str:
    """Run a Python program and return what it says; it has to end well."""
    surroundings = {"PATH": os.environ["PATH"], **env}
    done = subprocess.run(
        [python, *arguments], cwd=cwd, env=surroundings, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheels_are_what_is_imported(python: Path, tmp_path: Path) -> None:
    """Neither the checkout nor the environment that runs this test lends its library."""
    program = "import gigstack_events, ask_fiscal_data as a; print(gigstack_events.__file__, a.__file__)"
    site = python.parent.parent
    for file in run(python, "-c", program, cwd=tmp_path).split():
        assert Path(file).is_relative_to(site), file


def test_the_installed_package_is_discovered(python: Path, tmp_path: Path) -> None:
    """The workers name the handler with its package and version, and it is on with its options."""
    for place in PLACES:
        shutil.copytree(ROOT / place, tmp_path / place, ignore=shutil.ignore_patterns("__pycache__"))
    own = {
        "GIGSTACK_HANDLERS": "ask_fiscal_data",
        "GIGSTACK_HANDLER_ASK_FISCAL_DATA": OPTIONS,
        "PYTHONPATH": str(tmp_path),
    }
    said = run(python, "-m", "workers", "--list", cwd=tmp_path, **own)
    assert re.search(r"^on +ask_fiscal_data +customer\.created +\(ask-fiscal-data 0\.1\.0\)$", said, re.M), (
        said
    )
    assert "BROKEN" not in said


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("ask_fiscal_data", ["test_ask_fiscal_data.py"]),
        ("drop_in", ["book_payment.py", "test_book_payment.py"]),
    ],
)
def test_their_own_tests_pass(python: Path, tmp_path: Path, folder: str, names: list[str]) -> None:
    """Beside the wheels, as an author runs them: the package's test sees the installed handler."""
    for name in names:
        shutil.copy(EXAMPLES / folder / name, tmp_path)
    said = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert re.search(r"^\d+ passed", said.splitlines()[-1]), said


def test_a_package_says_all_that_it_needs() -> None:
    """Its entry point names its module, and its README every option."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["gigstack_events.handlers"] == {"ask_fiscal_data": "ask_fiscal_data"}
    code = (PACKAGE / "ask_fiscal_data.py").read_text()
    options = re.findall(r"^    (\w+): .*\n    \"\"\"", code, re.MULTILINE)
    told = re.findall(r"^\| `(\w+)` \|", (PACKAGE / "README.md").read_text(), re.MULTILINE)
    assert told == options
