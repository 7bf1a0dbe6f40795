"""What stands in a CEL expression: the fields that it names, and its macros. Nothing is evaluated."""

import re
from dataclasses import dataclass

MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
LINEAR = frozenset({"all", "exists"})
MOST_MACROS = 5
TYPES = frozenset({"bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"})
FUNCTIONS = (
    "contains", "duration", "double", "endsWith", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
    "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "int", "matches",
    "size", "startsWith", "string", "timestamp", "type", "uint", "has", *sorted(MACROS),
)  # fmt: skip
_WORD = re.compile(
    r"//[^\n]*|[rRbB]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    r"|[A-Za-z_]\w*|\d[\w.]*|\S"
)
_PLAIN = re.compile(r"[\"'](\w+)[\"']")


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields that are named, the names that macros bind, how many macros, and what is wrong, or ''."""

    paths: tuple[tuple[str, ...], ...]
    bound: frozenset[str]
    macros: int
    mistake: str


def read_expression(text: str) -> Reading:
    """Read an expression that is well formed."""
    words = [word for word in _WORD.findall(text) if not word.startswith("//")]
    bound, macros, mistake = _macros(words)
    paths = dict.fromkeys(
        _path(words, at)
        for at, word in enumerate(words)
        if word in ("event", "object") and (at == 0 or words[at - 1] != ".")
    )
    return Reading(tuple(paths), frozenset(bound), macros, mistake)


def _macros(words: list[str]) -> tuple[set[str], int, str]:
    bound: set[str] = set()
    opened: list[str] = []
    count, mistake = 0, ""
    for at, word in enumerate(words):
        if word == "(":
            macro = words[at - 1] if at > 1 and words[at - 2] == "." and words[at - 1] in MACROS else ""
            if macro:
                count += 1
                bound.add(words[at + 1])
                mistake = mistake or _nested([*filter(None, opened), macro])
            opened.append(macro)
        elif word == ")" and opened:
            opened.pop()
    if bound & {"event", "object"}:
        mistake = "uses `event` or `object` as a name of its own; choose another one"
    if count > MOST_MACROS:
        mistake = f"uses {count} of {', '.join(sorted(MACROS))}; {MOST_MACROS} is the most"
    return bound, count, mistake


def _nested(macros: list[str]) -> str:
    if len(macros) == 1 or (len(macros) == 2 and LINEAR.issuperset(macros)):
        return ""
    return "nests macros: only `all` and `exists` may stand in one another, and only two deep"


def _path(words: list[str], at: int) -> tuple[str, ...]:
    """The dotted path that begins here; a method's name is no part of it."""
    path = [words[at]]
    while True:
        ahead = words[at + 1 : at + 4]
        if len(ahead) > 1 and ahead[0] == "." and ahead[1].isidentifier() and ahead[2:] != ["("]:
            path.append(ahead[1])
            at += 2
        elif (
            len(ahead) == 3 and ahead[0] == "[" and ahead[2] == "]" and (named := _PLAIN.fullmatch(ahead[1]))
        ):
            path.append(named[1])
            at += 3
        else:
            return tuple(path)
