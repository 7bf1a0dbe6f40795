"""`new-handler`: a handler with its test, as a file to drop in or as a package to install."""

import builtins
import importlib.util
import keyword
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from admin.registration import find_handlers
from admin.surroundings import PROJECT, Mistake, console, near, plain, typed_python
from gigstack_events.settings import Settings, load_settings

_SKELETON = Path(__file__).resolve().parent / "skeleton"
_DROP_IN = {"{name}.py": "handler.txt", "test_{name}.py": "test.txt"}
_PACKAGE = {**_DROP_IN, "pyproject.toml": "pyproject.txt", "README.md": "readme.txt"}


def new_handler(
    name: Annotated[str, typer.Argument(help="Its name: a-z, 0-9 and _, such as thank_client.")],
    package: Annotated[
        bool, typer.Option("--package", help="A package to install, in a new folder.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(help="The folder to write into. Default: GIGSTACK_HANDLERS_DIR, or this one."),
    ] = None,
) -> None:
    """Write a handler with its test, ready to be changed, and say what to type next."""
    settings = load_settings()
    folder = _folder(into, settings, package=package)
    if wrong := _wrong_name(name):
        raise Mistake(wrong)
    home = folder / name.replace("_", "-") if package else folder
    files = {
        home / path.format(name=name): text for path, text in (_PACKAGE if package else _DROP_IN).items()
    }
    _insist_on_room(home, files, package=package)
    _insist_on_a_free_name(name, settings)
    try:
        if package:
            home.mkdir()
        for path, template in files.items():
            with path.open("x", encoding="utf-8") as file:  # what is there is never overwritten
                file.write(_filled(template, name))
    except OSError as error:
        raise Mistake(f"{error.filename or home} cannot be written: {error.strerror}.") from None
    out = console()
    out.print(f"Written: {', '.join(plain(near(path)) for path in files)}", soft_wrap=True)
    for line in _next(name, home, package=package):
        out.print(line, soft_wrap=True, markup=False)


def _folder(into: Path | None, settings: Settings, *, package: bool) -> Path:
    folder = (into or (None if package else settings.handlers_dir) or Path()).absolute()
    if not folder.is_dir():
        typed = shlex.quote(str(into or folder))
        raise Mistake(f"{folder} is no folder: make it with `mkdir -p {typed}`, or name another with --into.")
    if folder.resolve().is_relative_to(PROJECT):
        raise Mistake(f"{folder} belongs to gigstack-events itself: name a folder of your own with --into.")
    return folder


def _wrong_name(name: str) -> str:
    """Why a handler cannot be called so and what to do, or ''."""
    if not re.fullmatch(r"[a-z]([a-z0-9_]{0,62}[a-z0-9])?", name):
        better = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_")
        hint = f"; did you mean {better}?" if better != name and not _wrong_name(better) else "."
        return f"{name!r} is no name for a handler: it is 64 of a-z, 0-9 and _ at most{hint}"
    if name in {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}:
        return f"{name!r} is a word of Python itself: take another, such as {name}_it."
    if name.startswith("test_") or name == "conftest":
        return f"{name}.py would be taken for tests, and no handler looked for in it: take another name."
    if name.endswith("_file"):
        return f"{name!r} ends in _file, and so do the settings that name a file: take another."
    return ""


def _insist_on_room(home: Path, files: Mapping[Path, str], *, package: bool) -> None:
    if taken := [home] if package and home.exists() else [path for path in files if path.exists()]:
        names = " and ".join(map(near, taken))
        raise Mistake(f"Nothing is overwritten, and there is {names}: take another name or another folder.")


def _insist_on_a_free_name(name: str, settings: Settings) -> None:
    found = find_handlers(settings)
    cure = f"take another name, such as my_{name}."
    if name in found.handlers:
        raise Mistake(f"A handler {name!r} exists already, in {found.handlers[name].source}: {cure}")
    if importlib.util.find_spec(name):
        raise Mistake(f"A module is called {name!r} already, and one would hide the other: {cure}")


def _filled(template: str, name: str) -> str:
    text = (_SKELETON / template).read_text(encoding="utf-8")
    words = {"NAME": name, "UPPER": name.upper(), "DASHED": name.replace("_", "-")}
    return re.sub(r"NAME|UPPER|DASHED", lambda word: words[word[0]], text)


def _next(name: str, home: Path, *, package: bool) -> list[str]:
    """The lines to type: test it, let it run, send it an event. A `cd` is among them, so paths are whole."""
    python, settings = typed_python(whole=True), f"GIGSTACK_HANDLERS={name}"
    if package:
        test = [f"cd {shlex.quote(str(home))}", f"{python} -m pytest"]
        install = [f"{python} -m pip install -q --no-build-isolation --editable ."]
    else:
        test, install = [f"{python} -m pytest {shlex.quote(str(home / f'test_{name}.py'))}"], []
        settings = f"GIGSTACK_HANDLERS_DIR={shlex.quote(str(home))} {settings}"
    return [
        "Test it:",
        *(f"  {line}" for line in test),
        "Let it run, with a sandbox in gigstack's place:",
        *(f"  {line}" for line in (*install, f"{settings} {python} -m admin run")),
        "Send it an event, from another terminal:",
        f"  . {shlex.quote(str(PROJECT / '.data' / 'env'))}",
        f"  {shlex.quote(sys.executable)} -m admin send payment.succeeded",
    ]
