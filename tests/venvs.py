"""Fresh environments: empty but for the dependencies, which they borrow from the one that runs the tests."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.stack import ROOT

KIT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "-p gigstack_events.testing.plugin",
}
"""The environment of a pytest that has this checkout's kit, as if it were installed."""

_PIP = ("-m", "pip", "--disable-pip-version-check", "-q", "install", "--no-deps", "--no-index")


def fresh_venv(folder: Path) -> Path:
    """Make one, and return its Python. Nothing that is installed in editable mode comes along."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
    # A path in a .pth file is searched for packages, but its own .pth files are not read.
    (Path(site) / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python


def build_wheel(project: Path, folder: Path) -> Path:
    """Build a project's wheel into an empty folder."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=project, check=True, capture_output=True)
    (wheel,) = folder.iterdir()
    return wheel


def install(python: Path, *wheels: Path) -> None:
    """Install wheels, whatever is borrowed under the same name."""
    subprocess.run([python, *_PIP, "--ignore-installed", *map(str, wheels)], cwd=ROOT, check=True)


def install_editable(python: Path, project: Path) -> None:
    """Install a project as it is, as `make .venv/ready` does."""
    command = [str(python), *_PIP, "--ignore-installed", "--no-build-isolation", "--editable", "."]
    subprocess.run(command, cwd=project, check=True)
