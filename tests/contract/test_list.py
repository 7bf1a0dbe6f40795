"""Every operation of the API is in the client, in the sandbox and in the manual, at the same address."""

import re
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.api.reference import operations, reference
from tests.contract.samples import SAMPLES
from tests.contract.walk import client_problems, list_problems, manual_problems, sandbox_problems

ROWS = operations()
PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ONE_OF_EACH = ("clients.get", "invoices.income.create", "sat.request", "users.delete", "catalogs.tax_regimes")


class Without:
    """A client in which one operation is missing."""

    def __init__(self, owner: Any, name: str) -> None:
        self._owner = owner
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        here, _, deeper = self._name.partition(".")
        if attribute != here:
            return getattr(self._owner, attribute)
        if not deeper:
            raise AttributeError(f"there is no {attribute}")
        return Without(getattr(self._owner, attribute), deeper)


def test_the_list_is_whole() -> None:
    """The list holds the 104 operations of the reference and the 47 beyond it."""
    assert list_problems(ROWS) == []


def test_the_client_asks_for_every_operation() -> None:
    """Each call goes out with the method and the path of the list; catalogs are data."""
    assert client_problems(ROWS) == []


def test_the_sandbox_serves_every_operation(document: dict[str, Any]) -> None:
    """The running sandbox says of itself that it serves the whole list."""
    assert sandbox_problems(ROWS, document) == []


def test_the_manual_has_every_operation() -> None:
    """Each operation has its row in docs/api.md."""
    assert manual_problems(ROWS, PAGE.read_text(encoding="utf-8")) == []


def test_the_manual_is_what_the_code_says() -> None:
    """Type `make docs` after a change of a signature or a docstring."""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_there_are_no_samples_of_what_is_not_listed() -> None:
    """A sample of an operation that is gone would prove nothing."""
    assert SAMPLES.keys() == {row["name"] for row in ROWS}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_an_operation_that_is_removed_is_missed_on_each_side(name: str, document: dict[str, Any]) -> None:
    """The walk finds one missing operation, wherever it is missing, and names it."""

    def less(gigstack: Gigstack) -> Any:
        return Without(gigstack, name)

    paths = {
        path: {method: row for method, row in methods.items() if row["operationId"] != name}
        for path, methods in document["paths"].items()
    }
    page = PAGE.read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if not re.match(rf"\| `{name}[(`]", line)]
    [client] = new(client_problems(ROWS, wrap=less), client_problems(ROWS))
    [sandbox] = new(sandbox_problems(ROWS, {"paths": paths}), sandbox_problems(ROWS, document))
    [manual] = new(manual_problems(ROWS, "\n".join(lines)), manual_problems(ROWS, page))
    assert client.startswith(f"{name}: is not there")
    assert sandbox.startswith(f"{name}: serves None")
    assert manual.startswith(f"{name}: has no row")
    assert list_problems([row for row in ROWS if row["name"] != name]) != []


def new(found: list[str], before: list[str]) -> list[str]:
    """Give what was not wrong before."""
    return [problem for problem in found if problem not in before]


def test_an_operation_at_another_address_is_missed(document: dict[str, Any]) -> None:
    """Presence alone is not enough: method and path count."""
    moved = [{**row, "path": row["path"] + "/x"} if row["name"] == "receipts.get" else row for row in ROWS]
    assert len(client_problems(moved)) == 1
    assert len(sandbox_problems(moved, document)) == 1
    assert len(manual_problems(moved, PAGE.read_text(encoding="utf-8"))) == 1
