"""Finding handlers: modules dropped into a folder first, then installed packages' entry points."""

import importlib.util
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from pydantic import ValidationError

from gigstack_events.errors import ConfigurationError
from gigstack_events.nearest import or_which
from gigstack_events.routing import Handler, Rule, rule_of, unknown_patterns

GROUP = "gigstack_events.handlers"
IMPORT_S = 10.0
_NO_HANDLERS = ("test_*", "conftest", "_*")


@dataclass(frozen=True, slots=True)
class Found:
    """A handler and where it comes from (a file, or a package with its version)."""

    handler: Handler
    source: str


@dataclass(slots=True)
class Discovery:
    """What was found: `handlers` by name, `broken` sources with their error, `warnings` as sentences.

    `bare` are files without a handler, by the name of the module.
    """

    handlers: dict[str, Found] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    bare: dict[str, str] = field(default_factory=dict)

    def add(self, handler: Handler, source: str) -> None:
        """Take a handler in; the first of a name wins, folder before packages."""
        if handler.name in self.handlers:
            first = self.handlers[handler.name].source
            self.warnings.append(
                f"{source}: a handler {handler.name!r} exists already in {first}; this one is off"
            )
            return
        self.handlers[handler.name] = Found(handler, source)
        self.warnings += [f"{source}: {sentence}" for sentence in unknown_patterns(handler.patterns)]


def folders(own: Path | None, built_in: Path) -> list[Path]:
    """Where modules are dropped in: the user's own folder first, then the built-in one."""
    return [own, built_in] if own and own.resolve() != built_in.resolve() else [built_in]


def discover(
    *places: Path, off: Mapping[str, str] | None = None, telling: Callable[[str], None] = lambda source: None
) -> Discovery:
    """Import every module in these folders, then every entry point of the group `gigstack_events.handlers`.

    A module that cannot be imported disables only itself; its error is kept in `broken`. `off` maps sources
    that are not even tried to what is wrong with them; `telling` hears of each source before it is imported.
    Tests may lie beside the handlers: `test_*.py`, `conftest.py` and `_*.py` are not looked into.
    """
    found = Discovery(broken=dict(off or {}))
    for number, folder in enumerate(places):
        for path in sorted(folder.glob("*.py")):
            if any(fnmatchcase(path.stem, name) for name in _NO_HANDLERS):
                continue
            source = _near(path)
            load = partial(_load, path, f"dropped_in_{number}.{path.stem}")
            if not _take_in(found, telling, source, load) and source not in found.broken:
                found.bare[path.stem] = source
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        source = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        _take_in(found, telling, source, entry.load)
    return found


def missing(found: Discovery, allowed: tuple[str, ...]) -> list[str]:
    """The handlers that are enabled but were not found."""
    return [name for name in dict.fromkeys(allowed) if name != "*" and name not in found.handlers]


def rules_for(
    found: Discovery, allowed: tuple[str, ...], options: Mapping[str, dict[str, Any]]
) -> list[Rule]:
    """The rules of the handlers that may run (`*`: all), with their options checked.

    With `*`, a handler that cannot do without options and has none stays off: it is not set up yet.
    Raises ConfigurationError with every problem at once: an unknown name, an option that does not fit.
    """
    problems: list[str] = []
    rules: list[Rule] = []
    wanted = _all(found, allowed, options) if "*" in allowed else list(dict.fromkeys(allowed))
    for name in wanted:
        if name in found.handlers:
            rules += _rule(found.handlers[name].handler, options.get(name, {}), problems)
        elif not found.broken:  # otherwise it may stand in the module that did not load
            problems.append(_unknown("GIGSTACK_HANDLERS", name, found))
    for name in options:
        if name not in found.handlers and not found.broken:
            problems.append(_unknown(f"GIGSTACK_HANDLER_{name.upper()}", name, found))
    if problems:
        raise ConfigurationError("\n".join(problems))
    return rules


def _all(found: Discovery, allowed: tuple[str, ...], options: Mapping[str, Any]) -> list[str]:
    def set_up(name: str) -> bool:
        fields = found.handlers[name].handler.options.model_fields.values()
        return name in allowed or name in options or not any(field.is_required() for field in fields)

    return list(filter(set_up, found.handlers))


def _rule(handler: Handler, options: dict[str, Any], problems: list[str]) -> list[Rule]:
    try:
        return [rule_of(handler, options)]
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            where = ".".join(str(step) for step in problem["loc"]) or "options"
            near = (
                or_which(where, handler.options.model_fields) if problem["type"] == "extra_forbidden" else ""
            )
            message = "is not an option" if problem["type"] == "extra_forbidden" else problem["msg"]
            problems.append(f"GIGSTACK_HANDLER_{handler.name.upper()}: {where}: {message}{near}")
        return []


def _unknown(variable: str, name: str, found: Discovery) -> str:
    if name in found.bare:
        cure = "write @on('payment.succeeded') above its function (event, ctx)"
        return f"{variable}: {found.bare[name]} has no handler: {cure}"
    return f"{variable}: no handler is called {name!r}{or_which(name, found.handlers)}"


def _take_in(found: Discovery, telling: Callable[[str], None], source: str, load: Callable[[], Any]) -> int:
    """Import a source and take its handlers in; returns how many it offers."""
    if source in found.broken:
        return 0
    telling(source)
    offered = 0
    try:
        with _time_limit(IMPORT_S):
            for handler in _handlers_of(load()):
                found.add(handler, source)
                offered += 1
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        found.broken[source] = f"{type(error).__name__}: {error} ({_place(error, source)})"
    return offered


def _place(error: BaseException, source: str) -> str:
    """The line of the author's that it comes from, not ours or Python's."""
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or source).name}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).name == Path(source).name]
    last = (own or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _near(path: Path) -> str:
    """A path as an operator would type it from here."""
    resolved = path.resolve()
    return str(resolved.relative_to(Path.cwd())) if resolved.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise in the middle of an import that hangs; signals reach only the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(signum: int, frame: object) -> NoReturn:
        raise TimeoutError(f"importing it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _handlers_of(thing: Any) -> Iterator[Handler]:
    if isinstance(thing, Handler):
        yield thing
    elif isinstance(thing, ModuleType):
        for value in vars(thing).values():
            # A module that imports another's handler does not offer it a second time.
            if isinstance(value, Handler) and value.function.__module__ == thing.__name__:
                yield value
