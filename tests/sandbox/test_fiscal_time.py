"""What takes its time: batches, cancellations that wait for the receiver, the end of the month."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.cfdi_reading import CFDI, check_sums, read
from tests.sandbox.inbox import Inbox

HOUR = 3600
IVA = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
ITEM = {"description": "Consultoría", "unit_price": 1000, "taxes": [IVA]}


@pytest.fixture(scope="module")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox of its own, whose time may be put forward, and that outlives its process."""
    with SandboxProcess(data=tmp_path_factory.mktemp("sandbox"), stamp_delay=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture
def later(steered: SandboxProcess, team: str) -> Iterator[Caller]:
    caller = Caller(steered, team)
    yield caller
    caller.close()


def advance(steered: SandboxProcess, seconds: float) -> None:
    steered.call("POST", "/_sandbox/clock", {"advance": seconds})


def told(api: Caller, inbox: Inbox, *types: str) -> None:
    api("POST", "/webhooks", {"url": inbox.url, "events": list(types)})


def queued(api: Caller, invoices: list[dict[str, Any]], key: str = "batch-0001") -> Any:
    return api("POST", "/invoices/income/batch", {"invoices": invoices}, headers={"Idempotency-Key": key})


def large(api: Caller) -> str:
    body = {"client": {"id": api.client()}, "items": [{**ITEM, "unit_price": 50_000}]}
    return str(api("POST", "/invoices/income", body)["uuid"])


def test_a_batch_is_queued_and_made_by_the_clock(
    steered: SandboxProcess, later: Caller, inbox: Inbox
) -> None:
    """What is wrong is rejected at once, what the SAT refuses fails later; each is judged by itself."""
    told(later, inbox, "invoice_batch.completed")
    good, bad = {"id": later.client()}, {"id": later.client(tax_id=None)}
    invoices = [{"client": good, "items": [ITEM], "idempotency_key": f"k{n}"} for n in range(30)]
    refused = {"client": bad, "items": [ITEM], "idempotency_key": "refused"}
    batch = queued(later, [*invoices, refused, {"client": good}, {"items": 7, "idempotency_key": "x"}])
    assert (batch["result"], batch["counts"]["queued"], batch["counts"]["rejected"]) == ("queued", 31, 2)
    assert [row["index"] for row in batch["rejected"]] == [31, 32]
    advance(steered, 60)
    path = f"/invoices/income/batch/{batch['id']}"
    done = later("GET", path)
    assert done["result"] == "partially_completed"
    counts = {"total": 33, "stamped": 30, "failed": 1, "rejected": 2, "queued": 0, "needs_review": 0}
    assert done["counts"] == counts
    [event] = inbox.wait(1)
    assert event.event["data"]["object"] == done
    page = later("GET", f"{path}/items?limit=20")
    rest = later("GET", f"{path}/items?limit=20&next={page['next']}")
    assert (len(page["data"]), page["has_more"], len(rest["data"]), rest["has_more"]) == (20, True, 11, False)
    [failed] = later("GET", f"{path}/items?status=failed")["data"]
    assert (failed["index"], failed["error"]["code"]) == (30, "CFDI40143")
    made = {row["uuid"] for row in later("GET", "/invoices/income?limit=100")}
    assert made == {row["invoice_id"] for row in page["data"] + rest["data"] if row["invoice_id"]}


def test_a_key_that_comes_twice_in_a_batch_makes_one_invoice(steered: SandboxProcess, later: Caller) -> None:
    """As with single calls."""
    one = {"client": {"id": later.client()}, "items": [ITEM], "idempotency_key": "same"}
    path = f"/invoices/income/batch/{queued(later, [one, one])['id']}/items"
    advance(steered, 5)
    first, second = later("GET", path)["data"]
    assert first["invoice_id"] == second["invoice_id"] is not None
    assert len(later("GET", "/invoices/income")) == 1


def test_a_batch_is_asked_for_once(later: Caller) -> None:
    """The header is required, and the same one returns the same batch."""
    body = {"invoices": [{"client": {"id": later.client()}, "items": [ITEM], "idempotency_key": "a"}]}
    assert later.refused("POST", "/invoices/income/batch", body) == (400, "missing_required_field")
    short = {"Idempotency-Key": "short"}
    assert later.refused("POST", "/invoices/income/batch", body, headers=short)[0] == 400
    assert queued(later, body["invoices"])["id"] == queued(later, body["invoices"])["id"]
    assert queued(later, body["invoices"], "batch-0002")["id"] != queued(later, body["invoices"])["id"]
    header = {"Idempotency-Key": "batch-0003"}
    many: dict[str, Any] = {"invoices": [{}] * 1001}
    assert later.refused("POST", "/invoices/income/batch", many, headers=header)[0] == 400


def test_a_large_cancellation_waits_for_the_receiver(
    steered: SandboxProcess, later: Caller, inbox: Inbox
) -> None:
    """Over 50,000 pesos it is pending for 72 hours; then it is through, and told."""
    told(later, inbox, "invoice.canceled")
    path = f"/invoices/{large(later)}"
    asked = later("DELETE", path, {"motive": "02"})
    assert (asked["status"], asked["cancellation"]["cancellation_status"]) == ("valid", "pending")
    assert later.refused("DELETE", path, {"motive": "02"}) == (400, "operation_not_allowed")
    income = path.replace("/invoices", "/invoices/income")
    advance(steered, 71 * HOUR)
    assert later("GET", income)["status"] == "valid"
    advance(steered, 2 * HOUR)
    found = later("GET", income)
    assert (found["status"], found["cancellation"]["cancellation_status"]) == ("cancelled", "accepted")
    assert found["cancellation"]["cancelled_at"] - found["cancellation"]["requested_at"] >= 72 * HOUR * 1000
    [event] = inbox.wait(1)
    assert event.event["data"]["object"]["uuid"] == found["uuid"]


def test_invoices_come_back_as_they_were(steered: SandboxProcess, later: Caller, team: str) -> None:
    """Killed, the sandbox rebuilds invoices, balances and drafts; what was to come comes all the same."""
    client = {"id": later.client()}
    sale = {"client": client, "items": [ITEM]}
    invoice = later("POST", "/invoices/income", {**sale, "payment_method": "PPD"})
    later("POST", "/invoices/payment", {"invoice_id": invoice["uuid"], "amount": 100})
    gone = later("POST", "/invoices/income", sale)
    later("DELETE", f"/invoices/{gone['uuid']}", {"motive": "02"})
    draft = later("POST", "/invoices/draft", {**sale, "invoice_type": "I"})
    later("POST", f"/invoices/draft/{draft['id']}/stamp")
    later("PUT", f"/clients/{client['id']}", {"legal_name": "OTRO"})
    pending = later("DELETE", f"/invoices/{large(later)}", {"motive": "02"})["uuid"]
    paths = [f"/invoices/income/{row['uuid']}" for row in (invoice, gone)]
    paths += ["/invoices/payment", f"/invoices/draft/{draft['id']}"]
    before = [later("GET", path) for path in paths]
    batch = queued(later, [{**sale, "idempotency_key": f"k{n}"} for n in range(40)])
    assert (before[0]["client"]["legal_name"], before[0]["last_balance"]) == ("ANA", 1060)
    steered.kill()
    with closing(Caller(steered.start(), team)) as again:
        assert [again("GET", path) for path in paths] == before
        advance(steered, 73 * HOUR)
        assert again("GET", f"/invoices/income/{pending}")["status"] == "cancelled"
        assert again("GET", f"/invoices/income/batch/{batch['id']}")["result"] == "completed"
        made = again("GET", "/invoices/income?limit=100")
    assert sorted(row["folio_number"] for row in made) == list(range(1, 45))


def test_the_month_ends_with_a_global_invoice(steered: SandboxProcess, later: Caller, team: str) -> None:
    """Expired receipts go into one, on the last day before 23:00 in Mexico City, in live mode."""
    sale = {"client": {"id": later.client()}, "items": [ITEM], "periodicity": "day"}
    receipts = [later("POST", "/receipts", sale)["id"] for _ in range(3)]
    to_last_day(steered, hour=10, day=2)
    assert later.refused("POST", "/invoices/eom/run", {}) == (400, "business_rule_violation")
    to_last_day(steered, hour=12)
    with pytest.raises(RuntimeError, match="operation_not_allowed"):
        steered.call("POST", f"/invoices/eom/run?team={team}", {}, livemode=False)
    assert later("POST", "/invoices/eom/run", {})["receipts"] == 3
    advance(steered, 5)
    [made] = later("GET", "/invoices/income")
    assert (made["total"], sorted(made["receipts"])) == (3480, sorted(receipts))
    assert {later("GET", f"/receipts/{id}")["status"] for id in receipts} == {"completed"}
    root = read(made["files"]["xml"])
    check_sums(root)
    shown = root.find(f"{CFDI}InformacionGlobal")
    assert shown is not None
    assert shown.get("Periodicidad") == "04"
    to_last_day(steered, hour=23)
    assert later.refused("POST", "/invoices/eom/run", {}) == (400, "business_rule_violation")


def to_last_day(steered: SandboxProcess, hour: int, day: int = 0) -> None:
    """Put the time forward to an hour of a month's last day (or of the day `day`) in Mexico City."""
    now = datetime.fromtimestamp(steered.call("GET", "/_sandbox/clock")["now"] / 1000, UTC) - timedelta(
        hours=6
    )
    wanted = now.replace(hour=hour, minute=1, second=0)
    while wanted < now or (wanted.day != day if day else (wanted + timedelta(days=1)).day != 1):
        wanted += timedelta(days=1)
    advance(steered, (wanted - now).total_seconds())
