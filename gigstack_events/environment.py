"""From an environment to a settings model, with all that is wrong on the way told at once."""

import base64
import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

PREFIX = "GIGSTACK_"
OPTIONS_PREFIX = "GIGSTACK_HANDLER_"


class Contradictions(ValueError):
    """Settings that do not fit together: for each, the fields concerned and a sentence."""

    def __init__(self, problems: list[tuple[set[str], str]]) -> None:
        super().__init__("; ".join(sentence for _, sentence in problems))
        self.problems = problems


@dataclass(slots=True)
class Reading:
    """What was found: texts by variable, options by handler, problems, and the variables they concern."""

    texts: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def refuse(self, variable: str, problem: str) -> None:
        """Note that `variable` cannot be used, and why."""
        self.problems.append(f"{variable}: {problem}")
        self.broken.add(variable)


def read(env: Mapping[str, str], variables: Iterable[str], secrets: Iterable[str]) -> Reading:
    """Read the known `variables`; those in `secrets` may come from the file that NAME_FILE names."""
    variables, secrets = list(variables), set(secrets)
    reading = Reading()
    for variable in variables:
        text = _text(env, variable, reading, from_file=variable in secrets)
        if text:
            reading.texts[variable] = text
    for variable in sorted(name for name in env if name.startswith(OPTIONS_PREFIX)):
        _read_options(env, variable.removesuffix("_FILE"), reading)
    known = {*variables, *(f"{name}_FILE" for name in secrets)}
    for name in sorted(env):
        if name.startswith(PREFIX) and not name.startswith(OPTIONS_PREFIX) and name not in known:
            reading.problems.append(f"{name}: {_unknown(name, known)}")
    return reading


def _text(env: Mapping[str, str], variable: str, reading: Reading, *, from_file: bool) -> str:
    value, path = env.get(variable, "").strip(), env.get(f"{variable}_FILE", "").strip() if from_file else ""
    if value and path:
        reading.refuse(variable, f"is set, and so is {variable}_FILE; keep one of the two")
        return ""
    return _file_text(variable, path, reading) if path else value


def _file_text(variable: str, path: str, reading: Reading) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        reading.refuse(
            variable, f"{variable}_FILE names {path!r}, which cannot be read ({why}); mend the file or path"
        )
        return ""
    if not text:
        reading.refuse(variable, f"{variable}_FILE names {path!r}, which is empty; write the value into it")
    return text


def _read_options(env: Mapping[str, str], variable: str, reading: Reading) -> None:
    name = variable.removeprefix(OPTIONS_PREFIX).lower()
    if name in reading.options or variable in reading.broken:
        return
    text = _text(env, variable, reading, from_file=True)
    if variable in reading.broken:
        return
    try:
        options = json.loads(text or "{}")
    except ValueError:
        options = None
    if isinstance(options, dict):
        reading.options[name] = options
    else:
        reading.refuse(variable, """is not a JSON object; write the options like {"dry_run": true}""")


def _unknown(name: str, known: Iterable[str]) -> str:
    tails = {other.removeprefix(PREFIX): other for other in known}  # the prefix makes all names alike
    near = difflib.get_close_matches(name.removeprefix(PREFIX), tails, n=1)
    return f"is not a setting; {f'did you mean {tails[near[0]]}?' if near else 'remove it'}"


def build(
    model: type[Model], values: Mapping[str, Any], variable: Callable[[str], str], broken: Set[str]
) -> tuple[Model | None, list[str]]:
    """Make the model, or tell all that is wrong with the values.

    Contradictions that concern a `broken` variable are not judged: its value is not known.
    """
    try:
        return model(**values), []
    except ValidationError as error:
        problems: list[str] = []
        wrong: set[str] = set()
        for detail in error.errors():
            cause = detail.get("ctx", {}).get("error")
            if isinstance(cause, Contradictions):
                problems += [
                    text for fields, text in cause.problems if broken.isdisjoint(map(variable, fields))
                ]
            else:
                field_name = str(detail["loc"][0])
                wrong.add(field_name)
                problems.append(f"{variable(field_name)}: {_sentence(detail)}")
        if wrong:
            rest = {name: value for name, value in values.items() if name not in wrong}
            problems += build(model, rest, variable, {*broken, *map(variable, wrong)})[1]
        return None, problems


def _sentence(detail: ErrorDetails) -> str:
    """Say what is wrong without the value, which may be a secret."""
    message = detail["msg"].removeprefix("Value error, ").partition(", unable to")[0]
    message = message.replace("Input should", "must")
    return message[:1].lower() + message[1:]


def like(pattern: str, example: str) -> AfterValidator:
    """A check that a text begins as `pattern` says and names no port 0; '' passes."""

    def check(text: str) -> str:
        try:
            usable = re.match(pattern, text) and urlsplit(text).port != 0
        except ValueError:
            usable = False
        if text and not usable:
            raise ValueError(f"write it like {example}")
        return text

    return AfterValidator(check)


def folder(path: Path) -> Path:
    """A check that a path leads to a folder; told whole, for it may be meant from elsewhere."""
    if not path.is_dir():
        raise ValueError(f"{path.absolute()} is no folder; mend the path, or make the folder")
    return path


def signing_key(secret: str) -> bytes:
    """The key in a `whsec_` secret, with or without its padding; empty where it is not base64."""
    key = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    except ValueError:
        return b""
