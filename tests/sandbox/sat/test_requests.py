"""Bulk download requests: a quarter from the first request to the last XML, and what stands in the way."""

import re
from datetime import date, timedelta

import pytest

from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from tests.sandbox.sat.taxpayer import QUARTER, Taxpayer

_CFDI = "{http://www.sat.gob.mx/cfd/4}"
_TFD = "{http://www.sat.gob.mx/TimbreFiscalDigital}TimbreFiscalDigital"


def test_a_quarter_takes_three_requests(taxpayer: Taxpayer) -> None:
    """Each month is asked for, waited for and fetched: a dozen well-formed CFDIs 4.0 within the range."""
    requests = [taxpayer.request(first, last)["request_id"] for first, last in QUARTER]
    assert {row["status"] for row in taxpayer.history()} == {"pending"}
    taxpayer.advance(seconds=300)
    for id, (first, last) in zip(requests, QUARTER, strict=True):
        files = taxpayer.package(id)
        assert len(files) == 12
        for name, content in files.items():
            root = parse_xml(content)
            assert (root.tag, root.get("Version")) == (f"{_CFDI}Comprobante", "4.0")
            assert first <= str(root.get("Fecha"))[:10] <= last
            stamp = root.find(f"{_CFDI}Complemento/{_TFD}")
            assert stamp is not None
            assert name == f"{stamp.get('UUID')}.xml"
            issuer = root.find(f"{_CFDI}Emisor")
            assert issuer is not None
            assert rfcs.is_valid(str(issuer.get("Rfc")))


def test_a_request_passes_through_all_its_states(taxpayer: Taxpayer) -> None:
    """Pending, accepted, processing, completed: the history says so as the clock goes on."""
    id = taxpayer.request(*QUARTER[0])["request_id"]
    seen = [taxpayer.status(id)["status"]]
    while seen[-1] != "completed":
        taxpayer.advance(seconds=5)
        if (status := taxpayer.status(id)["status"]) != seen[-1]:
            seen.append(status)
    assert seen == ["pending", "accepted", "processing", "completed"]


def test_a_line_of_the_history_has_the_documented_fields(taxpayer: Taxpayer) -> None:
    """Counts and dates are there once the request is through."""
    taxpayer.request(*QUARTER[0])
    [row] = taxpayer.history()
    assert (row["invoiceCount"], row["completedAt"]) == (None, None)
    taxpayer.advance(seconds=300)
    [row] = taxpayer.history()
    assert list(row) == [
        "id", "rfcType", "startDate", "endDate", "status", "invoiceCount", "processedCount",
        "statusMessage", "source", "owner", "latestIssueDate", "earliestIssueDate", "createdAt",
        "completedAt",
    ]  # fmt: skip
    assert (row["rfcType"], row["source"], row["startDate"]) == ("received", "manual", QUARTER[0][0])
    assert (row["invoiceCount"], row["processedCount"]) == (12, 12)
    assert "2026-01-01" <= row["earliestIssueDate"] <= row["latestIssueDate"] < "2026-02-01"
    assert row["createdAt"] + 60_000 <= row["completedAt"] <= row["createdAt"] + 300_000


def test_the_same_range_again_is_a_duplicate(taxpayer: Taxpayer) -> None:
    """It names the request that is there; another direction or kind is a request of its own."""
    first = taxpayer.request(*QUARTER[0])
    assert first["duplicate"] is False
    again = taxpayer.request(*QUARTER[0])
    assert again == {"request_id": first["request_id"], "duplicate": True, "status": "pending"}
    assert taxpayer.request(*QUARTER[0], "issued")["duplicate"] is False
    assert taxpayer.request(*QUARTER[0], request_type="metadata")["duplicate"] is False
    assert len(taxpayer.history()) == 3


def test_what_failed_or_expired_can_be_asked_for_again(taxpayer: Taxpayer) -> None:
    """A failure says why; a package is gone three days after it could have been fetched."""
    taxpayer.steer(fail_next="El SAT no responde")
    failed = taxpayer.request(*QUARTER[0])["request_id"]
    taxpayer.advance(seconds=300)
    assert taxpayer.status(failed)["status"] == "failed"
    assert taxpayer.status(failed)["statusMessage"] == "El SAT no responde"
    assert taxpayer.charges() == []
    again = taxpayer.request(*QUARTER[0])
    assert again["duplicate"] is False
    taxpayer.advance(days=2.9)
    [package] = taxpayer.status(again["request_id"])["packageIds"]
    taxpayer.advance(days=0.2)
    row = taxpayer.status(again["request_id"])
    assert (row["status"], row["packageIds"]) == ("expired", [])
    assert "gone" in taxpayer.refused("GET", f"/invoices/download/package/{package}")
    assert taxpayer.request(*QUARTER[0])["duplicate"] is False


def test_a_package_that_was_fetched_does_not_expire(taxpayer: Taxpayer) -> None:
    """Who has fetched it in time can do so again; by the control route any package is gone at once."""
    id = taxpayer.request(*QUARTER[1])["request_id"]
    taxpayer.advance(seconds=300)
    files = taxpayer.package(id)
    taxpayer.advance(days=10)
    assert taxpayer.package(id) == files
    taxpayer.steer(expire=id)
    assert taxpayer.status(id)["status"] == "expired"


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("2026-01-01", "2026-02-01", "1 month"),
        ("2026-01-15", "2026-02-15", "1 month"),
        ("2025-01-01", "2026-01-01", "1 month"),
        ("2026-01-02", "2026-01-01", "before"),
        ("2026-02-30", "2026-03-01", "a day that exists"),
        ("2999-01-01", "2999-01-02", "to come"),
    ],
)
def test_a_request_spans_at_most_a_month(taxpayer: Taxpayer, first: str, last: str, reason: str) -> None:
    """What the SAT would not take is refused before anything happens."""
    body = {"start_date": first, "end_date": last, "rfc_type": "issued"}
    assert reason in taxpayer.refused("POST", "/invoices/download/request", body)
    assert taxpayer.history() == []


@pytest.mark.parametrize("days", [("2026-01-31", "2026-02-28"), ("2026-01-15", "2026-02-14")])
def test_a_month_may_begin_on_any_day(taxpayer: Taxpayer, days: tuple[str, str]) -> None:
    """A whole month is taken, wherever it begins."""
    assert taxpayer.request(*days)["status"] == "pending"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"start_date": 5, "end_date": "2026-01-31", "rfc_type": "issued"},
        {"start_date": "2026-01-01", "end_date": None, "rfc_type": "issued"},
        {"start_date": "2026-01-01", "end_date": "2026-01-31", "rfc_type": "both"},
        {"start_date": "2026-01-01", "end_date": "2026-01-31", "rfc_type": ["issued"]},
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-31", "rfc_type": "issued"},
    ],
)
def test_a_request_of_the_wrong_form_is_refused(taxpayer: Taxpayer, body: dict[str, object]) -> None:
    """Wrong types and missing fields are the caller's fault, never the server's."""
    taxpayer.refused("POST", "/invoices/download/request", body)


def test_the_history_has_the_last_twenty(taxpayer: Taxpayer) -> None:
    """Newest first; an older request is still known by its id."""
    start = date(2025, 1, 1)
    days = [(start + timedelta(days=number)).isoformat() for number in range(23)]
    ids = [taxpayer.request(day, day)["request_id"] for day in days]
    assert [row["id"] for row in taxpayer.history()] == ids[:2:-1]
    assert taxpayer.status(ids[0])["startDate"] == "2025-01-01"


def test_the_own_invoices_are_issued_ones(taxpayer: Taxpayer) -> None:
    """A CFDI that was stamped here is in the SAT of this team and mode, and in no other."""
    made = taxpayer.sandbox.pay(team=taxpayer.team, receipts=2, late=0)
    for receipt in made["receipts"]:
        taxpayer.post(f"/receipts/{receipt}/stamp")
    cfdis = taxpayer.sandbox.journal("cfdis")["cfdis"]
    mine = {f"{row['uuid']}.xml" for row in cfdis if row["team"] == taxpayer.team}
    today = taxpayer.sandbox.call("GET", "/_sandbox/clock")["now"] / 1000
    first, last = (date.fromtimestamp(today + days * 86_400).isoformat() for days in (-1, 1))
    id = taxpayer.request(first, last, "issued")["request_id"]
    tester = Taxpayer(taxpayer.sandbox, taxpayer.team, livemode=False)
    tester.steer(ready=True)
    other = tester.request(first, last, "issued")["request_id"]
    taxpayer.advance(seconds=300)
    assert set(taxpayer.package(id)) == mine
    assert len(mine) == 2
    assert (tester.status(other)["invoiceCount"], tester.status(other)["packageIds"]) == (0, [])


def test_metadata_is_a_list(taxpayer: Taxpayer) -> None:
    """It names every invoice, costs nothing and brings no XML."""
    id = taxpayer.request(*QUARTER[0], request_type="metadata")["request_id"]
    taxpayer.advance(seconds=300)
    [content] = taxpayer.package(id).values()
    heading, *rows = content.decode().splitlines()
    assert heading.startswith("Uuid~RfcEmisor~")
    assert len(rows) == 12
    assert all(re.match(r"[0-9A-F-]{36}~[A-ZÑ&]{3,4}\d{6}", row) for row in rows)
    assert taxpayer.charges() == []
    assert not any(row["has_xml"] for row in taxpayer.mirrored())


def test_every_xml_is_paid_for_once(taxpayer: Taxpayer) -> None:
    """20 cents each as a request completes; fetching its package again is free, an overlap is not."""
    id = taxpayer.request(*QUARTER[0])["request_id"]
    taxpayer.advance(seconds=300)
    uuids = sorted(name.removesuffix(".xml") for name in taxpayer.package(id))
    taxpayer.package(id)
    assert sorted(row["uuid"] for row in taxpayer.charges()) == uuids
    assert {(row["amount_mxn"], row["reason"], row["source"]) for row in taxpayer.charges()} == {
        (0.2, "request", id)
    }
    taxpayer.request("2026-01-01", "2026-01-30")
    taxpayer.advance(seconds=300)
    charged = [row["uuid"] for row in taxpayer.charges()]
    assert len(charged) > len(set(charged)) == 12


def test_added_invoices_are_found(taxpayer: Taxpayer) -> None:
    """What a test wants the SAT to have, it has, beside the made-up ones."""
    wanted = {"date": "2026-02-14", "issuer_info": {"tax_id": "XIA190128J61"}, "status": "canceled"}
    [uuid] = taxpayer.steer(invoices=[wanted])["invoices"]
    id = taxpayer.request(*QUARTER[1])["request_id"]
    taxpayer.advance(seconds=300)
    assert b'Rfc="XIA190128J61"' in taxpayer.package(id)[f"{uuid}.xml"]
    [row] = taxpayer.mirrored("&issuer_rfc=XIA190128J61")
    assert (row["uuid"], row["status"], row["issue_date"][:10]) == (uuid, "Cancelado", "2026-02-14")
    assert taxpayer.send("GET", "/invoices/download/package/nothing_01").status_code == 404
