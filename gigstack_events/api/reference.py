"""The manual page of the client, made of its code: `python -m gigstack_events.api.reference`."""

import inspect
import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, Required, Union, Unpack, get_args, get_origin, get_type_hints, is_typeddict

from gigstack_events.api import errors, inputs
from gigstack_events.api.gigstack import Gigstack

_HEADINGS = {
    "sat": "SAT downloads (Descarga Masiva)",
    "catalogs": "Catalogs",
    "auth": "Signup and health",
    "sat_lists": "SAT lists",
    "api_logs": "API logs",
}
_BEYOND = "Beyond"

_START = """\
# The API client, call by call

`ctx.gigstack` in a handler, or `Gigstack(api_key)` from `gigstack_events.api`, has every operation of the
gigstack API v2 as a method with typed arguments and answers. This page is made of the code by `make docs`.

```python
from gigstack_events.api import Gigstack

with Gigstack("sk_test_...", team="team_1") as gigstack:
    for receipt in gigstack.receipts.list(status="pending"):
        print(receipt.id, receipt.total)
```

- Amounts are pesos (or the `currency` named), times epoch milliseconds, whatever unit the API used.
- A call that lists yields rows and fetches page by page as you go on.
- Every field of an answer may be missing; fields that this library does not know are in `model_extra`.
- `gigstack.bound(team="team_2", timeout=60)` is a copy for another team or a longer time, in seconds.

How sure a call is speaks of its method and path only:

| sure | what shows it |
| --- | --- |
| H | an official page, or the vendor's own clients |
| M | official sources disagree, or only a weak one shows it |
| inferred | nothing shows it; the path follows the API's own conventions |

A `+` marks what stands beyond the vendor's reference: its newer documentation or its own clients show it.
"""

_INPUTS = """\
## Keyword arguments

What stands for `**fields` and the like above. A `*` marks what must be given. Fields that are not listed may
be passed as well: the API's own list is not published in full.
"""

_END = """\
## Errors and behaviour

What a call can end in. `error.outcome` tells what a write may assume: `not_done`, or `unknown` where it may
have happened.

```text
{tree}
```

- Inputs are looked at before anything is sent: an RFC, a date, the month of a SAT request, a code that none
  of the SAT's catalogues has raise `InvalidInput` with the nearest valid value. `check_inputs=False` turns
  it off, for the SAT adds codes.
- Reads are tried again after a lost connection, a 429 or a 5xx, within the call's total time; `Retry-After`
  is kept to. Writes are tried again only where an idempotency key makes that harmless.
- A write whose answer never came raises `NoAnswer` with `outcome == "unknown"` and is never sent again by
  itself: look whether it happened, or let `ctx.effect(..., check=...)` do so.
- Redirects are not followed: a key goes to the address that it was given for, and to no other.
- `gigstack.livemode` is the mode that the key says it is for, None where it does not say.
"""


def operations() -> list[dict[str, str]]:
    """Return the machine-readable list of the API's operations."""
    text = files("gigstack_events.api").joinpath("operations.json").read_text(encoding="utf-8")
    return list(json.loads(text))


def find(name: str) -> Any:
    """Return the method of a client that a name such as `invoices.income.create` stands for.

    For data, such as `catalogs.tax_regimes`, return the data. AttributeError: there is none.
    """
    return attrgetter(name)(Gigstack("sk_test_nobody"))


def reference() -> str:
    """Return the page."""
    sections = [_section(heading, list(rows)) for heading, rows in groupby(_sorted(), key=_heading)]
    end = _END.format(tree=_tree())
    return "\n".join([_START, *sections, _inputs(), end]).rstrip() + "\n"


def _sorted() -> list[dict[str, str]]:
    """Keep the list's order, with what stands beyond the reference behind the rest of its section."""
    order = {heading: None for heading in map(_heading, operations())}
    return sorted(operations(), key=lambda row: list(order).index(_heading(row)))


def _heading(row: Mapping[str, str]) -> str:
    resource = row["name"].partition(".")[0]
    return _HEADINGS.get(resource, resource.capitalize())


def _section(heading: str, rows: list[dict[str, str]]) -> str:
    head = [_row("`gigstack.`", "what it does", "request", "sure"), _row("---", "---", "---", "---")]
    lines = [_row(f"`{_call(row)}`", _told(row), _sent(row), _sure(row)) for row in rows]
    return "\n".join([f"## {heading}", "", *head, *lines, ""])


def _row(*cells: str) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _call(row: Mapping[str, str]) -> str:
    found = find(row["name"])
    if isinstance(found, Mapping):
        return row["name"]
    returns = _type(get_type_hints(found).get("return"))
    return f"{row['name']}({', '.join(_arguments(found))}) -> {returns}"


def _arguments(method: Callable[..., Any]) -> Iterator[str]:
    hints = get_type_hints(method, include_extras=True)
    keyword_only = False
    for parameter in inspect.signature(method).parameters.values():
        shown = f"{parameter.name}: {_type(hints[parameter.name])}"
        if parameter.default is not parameter.empty:
            shown += f" = {parameter.default!r}".replace("'", '"')
        if parameter.kind is parameter.VAR_KEYWORD:
            shown = "**" + shown
        elif parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            keyword_only, shown = True, "*, " + shown
        yield shown


def _told(row: Mapping[str, str]) -> str:
    found = find(row["name"])
    if isinstance(found, Mapping):
        return f"Data, no call: {len(found)} codes with their descriptions."
    return (inspect.getdoc(found) or "").partition("\n")[0]


def _sent(row: Mapping[str, str]) -> str:
    return f"`{row['method']} {row['path']}`"


def _sure(row: Mapping[str, str]) -> str:
    return row["confidence"] + (" +" if row["section"].startswith(_BEYOND) else "")


def _inputs() -> str:
    """Describe what `**fields` and the like hold, and what that is made of."""
    found: dict[str, Any] = {}
    waiting = [hint for row in operations() for hint in _hints(find(row["name"]))]
    while waiting:
        hint = waiting.pop()
        if is_typeddict(hint) and hint.__name__ not in found:
            found[hint.__name__] = hint
            waiting += [*get_type_hints(hint).values(), *filter(None, [_base(hint)])]
        waiting += get_args(hint)
    return "\n".join([_INPUTS, _aliases(), *(_input(found[name]) for name in sorted(found))])


def _hints(method: Any) -> Iterable[Any]:
    return () if isinstance(method, Mapping) else get_type_hints(method).values()


def _input(given: Any) -> str:
    told = " ".join((inspect.getdoc(given) or "").split())
    hints = get_type_hints(given, include_extras=True)
    base = _base(given)
    inherited = get_type_hints(base) if base else {}
    fields = [
        f"`{name}{'*' if get_origin(hint) is Required else ''}: {_type(hint)}`"
        for name, hint in hints.items()
        if name not in inherited
    ]
    rest = [f"and those of {base.__name__}"] if base else []
    return "\n".join([f"### {given.__name__}", "", told, "", ", ".join([*fields, *rest]) + ".", ""])


def _base(given: Any) -> Any:
    """Return the largest of the inputs that this one goes on from; at run time no class knows."""
    fields = get_type_hints(given, include_extras=True).items()
    others = [row for name, row in vars(inputs).items() if is_typeddict(row) and name not in _NO_BASES]
    bases = [row for row in others if get_type_hints(row, include_extras=True).items() < fields]
    return max(bases, key=lambda row: len(get_type_hints(row)), default=None)


_NO_BASES = {"ReceiptFilters", "PaymentFilters", "InvoiceFilters"}
"""They have fields in common by chance."""


def _aliases() -> str:
    lines = [_row(f"`{name}`", f"`{_type(hint, named=False)}`") for name, hint in _named()]
    return "\n".join([_row("type", "stands for"), _row("---", "---"), *lines, ""])


def _named() -> list[tuple[str, Any]]:
    return [(name, hint) for name, hint in sorted(vars(inputs).items()) if get_origin(hint) is not None]


def _type(hint: Any, *, named: bool = True) -> str:
    """Write a type as an author would."""
    origin, inner = get_origin(hint), get_args(hint)
    if named and (alias := [name for name, other in _named() if other == hint]):
        return alias[0]
    if origin in (Unpack, Required):
        return _type(inner[0])
    if origin in (Union, types.UnionType):
        return " | ".join(map(_type, inner))
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in inner)
    if hint in (None, types.NoneType):
        return "None"
    if origin is not None and inner:
        return f"{origin.__name__}[{', '.join(map(_type, inner))}]"
    return str(getattr(hint, "__name__", hint))


def _tree() -> str:
    return (errors.__doc__ or "").partition("\n\n")[2].partition("\n\n")[0]


if __name__ == "__main__":
    print(reference(), end="")
