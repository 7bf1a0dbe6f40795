"""Where things stand in a rules file: TOML's own reader does not tell."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple[str, ...]
_PIECE = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
    r"|#[^\n]*|\n|[\[\]{}=]|[^\"'#\n\[\]{}=]+"
)


@dataclass(slots=True)
class Lines:
    """The lines of top-level keys, and of each rule's keys by their path; `()` is the rule's header."""

    top: dict[str, int] = field(default_factory=dict)
    rules: list[dict[Path, int]] = field(default_factory=list)

    def of(self, number: int, *path: str) -> int:
        """The line of a rule's key, or of the nearest thing around it that has one."""
        known = self.rules[number] if number < len(self.rules) else {}
        steps = (path[:length] for length in range(len(path), -1, -1))
        return next((known[step] for step in steps if step in known), self.top.get("rule", 1))


def find_lines(text: str) -> Lines:
    """Look through a file that TOML's reader has taken."""
    lines = Lines()
    at: Path | None = None  # the table that keys belong to; None: the top
    for line, header, words in _statements(text):
        path = _path(words)
        if header:
            at = path
            _note(lines, path, line, new=header == 2 and path == ("rule",))
        elif path:
            _note(lines, (*(at or ()), *path), line)
    return lines


def _note(lines: Lines, path: Path, line: int, *, new: bool = False) -> None:
    lines.top.setdefault(path[0], line)
    if new:
        lines.rules.append({(): line})
    elif path[0] == "rule" and lines.rules:
        for length in range(1, len(path)):
            lines.rules[-1].setdefault(path[1 : length + 1], line)


def _statements(text: str) -> Iterator[tuple[int, int, str]]:
    """Each statement's line, how many brackets a header has (0: it is no header), and its key."""
    line, began, depth = 1, 1, 0
    pieces: list[str] = []
    for piece in [*_PIECE.findall(text.replace("\r\n", "\n")), "\n"]:
        depth += (piece in ("[", "{")) - (piece in ("]", "}"))
        if piece == "\n" and depth <= 0:
            if any(part.strip() for part in pieces):
                yield began, *_key(pieces)
            pieces, depth, began = [], 0, line + 1
        elif not piece.startswith("#"):
            pieces.append(piece)
        line += piece.count("\n")


def _key(pieces: list[str]) -> tuple[int, str]:
    words = [piece for piece in pieces if piece.strip()]
    brackets = 2 if words[:2] == ["[", "["] else 1 if words[0] == "[" else 0
    if brackets:
        return brackets, "".join(words[brackets:-brackets])
    return 0, "".join(words[: words.index("=")]) if "=" in words else ""


def _path(words: str) -> Path:
    """The parts of a key, which may be dotted and quoted."""
    try:
        node: object = tomllib.loads(f"{words} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(node, dict):
        ((name, node),) = node.items()
        path.append(name)
    return tuple(path)
