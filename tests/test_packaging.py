"""What is shipped: the wheel, the locks, the image's recipe."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME, EVERYTHING = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) [;\\]", lock.read_text(), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in requirements}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built here and now."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True)
    [file] = folder.iterdir()
    with zipfile.ZipFile(file) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_library_only(wheel: set[str]) -> None:
    """Names such as `handlers` or `admin` never land in anybody's site-packages."""
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"gigstack_events", f"gigstack_events-{PROJECT['version']}.dist-info"}


def test_the_wheel_holds_all_of_the_library(wheel: set[str]) -> None:
    """Scripts and the typing marker are in it as well as the modules."""
    files = (path for path in (ROOT / "gigstack_events").rglob("*") if path.is_file())
    expected = {str(path.relative_to(ROOT)) for path in files if path.suffix in {".py", ".lua", ".typed"}}
    assert expected <= wheel
    assert {"gigstack_events/py.typed", "gigstack_events/ledger/scripts/accept.lua"} <= wheel


def test_an_editable_install_brings_the_places(tmp_path: Path) -> None:
    """It puts the project's folder on the path, so that receiver, workers, handlers and admin are found."""
    program = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=True)
    with zipfile.ZipFile(next(tmp_path.iterdir())) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".pth")]
        assert archive.read(path).decode().split() == [str(ROOT)]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """A dependency that is added to the project is locked too."""
    extras = PROJECT["optional-dependencies"]
    assert names(PROJECT["dependencies"]) <= set(pins(RUNTIME))
    assert names([*extras["dev"], *extras["embedded"]]) - {PROJECT["name"]} <= set(pins(EVERYTHING))


def test_both_locks_agree() -> None:
    """What is tested is what is deployed."""
    assert pins(RUNTIME).items() <= pins(EVERYTHING).items()


@pytest.mark.parametrize("lock", [RUNTIME, EVERYTHING], ids=["runtime", "everything"])
def test_every_pin_is_hashed_and_no_index_is_named(lock: Path) -> None:
    """The lock decides what is installed, and leaves open from where."""
    entries = re.split(r"^(?=[a-z])", re.sub(r"#.*", "", lock.read_text()), flags=re.MULTILINE)
    assert [entry.split()[0] for entry in entries[1:] if "--hash=sha256:" not in entry] == []
    assert "://" not in lock.read_text()


def test_the_engines_version_is_pinned() -> None:
    """The ledger writes RQ's own layout, which a minor version may change."""
    assert "rq==3.0.*" in PROJECT["dependencies"]
    assert pins(RUNTIME)["rq"].startswith("3.0.")


def test_the_image_holds_every_place() -> None:
    """The recipe copies what the project is made of, and the folder that is sent to the builder has it."""
    parts = {"gigstack_events", "receiver", "workers", "handlers", "admin"}
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    sent = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == sent == parts


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last user named is a number above the system's own."""
    users = re.findall(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert int(users[-1]) >= 1000


def test_a_replaced_secret_is_seen_in_the_containers() -> None:
    """Each secret is a file in a mounted folder: mounted by itself, the file before a rotation would stay."""
    compose = (ROOT / "compose.yaml").read_text()
    assert 'volumes: ["./secrets:/run/gigstack:ro"]' in compose
    places = re.findall(r"^ +GIGSTACK_\w+_FILE: (?:\$\{\w+-)?(/[a-z/]+/)?", compose, re.MULTILINE)
    # Destinations and the key for test mode are off until wanted.
    assert places == ["/run/gigstack/", "", "/run/gigstack/", ""]
    assert not re.search(r"^ *secrets:", compose, re.MULTILINE)
