"""A made-up business: believable, and the same for the same seed."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.process import SandboxProcess

CHANGING = {
    "id", "uuid", "client", "team", "created_at", "date", "url", "short_url", "valid_until", "succeeded_at",
    "payments", "receipts", "invoices", "payment_complements", "stamp", "verification_url", "files",
    "livemode", "due_date", "ppd_invoice_id", "complements",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Iterator[SandboxProcess]:
    """A sandbox that begins with a business."""
    with SandboxProcess(business=12, seed=7) as sandbox:
        yield sandbox


def _all(sandbox: SandboxProcess, path: str, team: str = "team_sandbox", **mode: bool) -> list[Any]:
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = sandbox.call("GET", f"{path}?limit=100&team={team}{cursor and f'&next={cursor}'}", **mode)
        rows, cursor = [*rows, *page["data"]], page["next"]
    return rows


def test_it_is_whom_the_sat_knows(shop: SandboxProcess) -> None:
    """Every RFC has its check digit; persons have 13 characters and companies 12."""
    clients = _all(shop, "/clients")
    team = shop.call("GET", "/teams/team_sandbox")["data"]
    assert len(clients) == 12
    assert all(rfcs.is_valid(row["tax_id"]) for row in (*clients, team))
    assert {len(row["tax_id"]) for row in clients} == {12, 13}
    assert len({row["email"] for row in clients}) == 12
    for client in clients:
        assert shop.call("POST", f"/clients/validate/{client['id']}")["data"]["is_valid"] is True


def test_its_books_agree(shop: SandboxProcess) -> None:
    """What was paid, receipted and invoiced refers to each other, over months, in every state."""
    payments, receipts = _all(shop, "/payments"), _all(shop, "/receipts")
    invoices = {row["uuid"]: row for row in _all(shop, "/invoices/income")}
    assert {row["status"] for row in receipts} == {"completed", "pending", "expired"}
    assert {row["status"] for row in payments} == {"succeeded", "requires_payment_method"}
    for receipt in (row for row in receipts if row["status"] == "completed"):
        [uuid] = receipt["invoices"]
        assert invoices[uuid]["total"] == receipt["total"]
        assert invoices[uuid]["created_at"] == receipt["created_at"]
    owed = [row for row in invoices.values() if row["payment_method"] == "PPD"]
    assert {bool(row["last_balance"]) for row in owed} == {True, False}
    assert len(_all(shop, "/invoices/payment")) == sum(not row["last_balance"] for row in owed)
    folios = [row["folio_number"] for row in invoices.values()]
    assert folios == [*range(len(folios), 0, -1)]
    days = {row["created_at"] // 86_400 for row in receipts}
    assert max(days) - min(days) > 90
    issuer = shop.call("GET", "/teams/team_sandbox")["data"]
    assert {row["issuer_info"]["tax_id"] for row in invoices.values()} == {issuer["tax_id"]}


def test_it_is_in_both_modes(shop: SandboxProcess) -> None:
    """Whichever key is tried, there is something to see."""
    live, test = _all(shop, "/clients"), _all(shop, "/clients", livemode=False)
    assert [row["tax_id"] for row in live] == [row["tax_id"] for row in test]
    assert {row["id"] for row in live} & {row["id"] for row in test} == set()


def test_the_same_seed_makes_the_same_business(shop: SandboxProcess) -> None:
    """All but ids and dates; another seed makes another one, and nobody is told of either."""
    made = {
        team: shop.call("POST", "/_sandbox/business", {"clients": 5, "seed": seed, "team": team})
        for team, seed in (("team_one", 3), ("team_two", 3), ("team_three", 4))
    }
    assert made["team_one"]["clients"] == 5
    one, two, three = ([_same(shop, path, team) for path in PATHS] for team in made)
    assert one == two
    assert one[0] != three[0]
    assert shop.summary()["deliveries"] == 0
    assert Counter(len(rows) for rows in one)[0] == 0


PATHS = ("/clients", "/services", "/payments", "/receipts", "/invoices/income")


def _same(shop: SandboxProcess, path: str, team: str) -> Any:
    return _plain(_all(shop, path, team))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name not in CHANGING}
    return value


@pytest.mark.parametrize("wanted", [{"clients": 0}, {"clients": "20"}, {"client": 3}, {"months": 99}])
def test_a_slip_is_refused(shop: SandboxProcess, wanted: dict[str, Any]) -> None:
    """A size that cannot be, or a name that is not known."""
    with pytest.raises(RuntimeError, match="validation_failed"):
        shop.call("POST", "/_sandbox/business", wanted)


def test_without_faker_it_says_what_to_install(tmp_path: Path) -> None:
    """The generator needs an extra, and says which; the sandbox itself runs without it."""
    program = (
        "import sys; sys.modules['faker'] = None\n"
        "from gigstack_events.sandbox.business.plan import draw_up_business\n"
        "try:\n    draw_up_business(1, 1)\nexcept Exception as error:\n    print(error)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "gigstack-events[sandbox]" in ended.stdout
