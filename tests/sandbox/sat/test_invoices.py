"""Invoices mirrored from the SAT: lists, single ones, their XMLs, PDFs and events."""

import base64

import pytest

from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from tests.sandbox.inbox import Inbox
from tests.sandbox.sat.taxpayer import QUARTER, Taxpayer


@pytest.fixture
def synced(taxpayer: Taxpayer) -> Taxpayer:
    """A team with the received invoices of a month."""
    taxpayer.request(*QUARTER[0])
    taxpayer.advance(seconds=300)
    return taxpayer


def test_each_new_invoice_is_told_of_once(taxpayer: Taxpayer, inbox: Inbox) -> None:
    """`sat.invoice.synced` carries the mirrored invoice; a second sync of the same range is silent."""
    taxpayer.post("/webhooks", {"url": inbox.url, "events": ["sat.invoice.synced"]})
    taxpayer.request(*QUARTER[0])
    taxpayer.request(*QUARTER[0], request_type="metadata")
    taxpayer.advance(seconds=300)
    events = [delivered.event for delivered in inbox.wait(12)]
    objects = {event["data"]["object"]["uuid"]: event["data"]["object"] for event in events}
    mirrored = {row["uuid"]: row for row in taxpayer.mirrored()}
    assert {event["type"] for event in events} == {"sat.invoice.synced"}
    assert objects.keys() == mirrored.keys()
    assert {row["team"] for row in objects.values()} == {taxpayer.team}
    assert taxpayer.sandbox.wait_until_quiet()["deliveries_waiting"] == 0
    assert len(inbox.delivered) == 12


def test_the_list_is_paged_by_the_last_uuid(synced: Taxpayer) -> None:
    """Pages of five, newest first, hold each invoice once."""
    seen: list[str] = []
    page = synced.send("GET", "/invoices/sat?limit=5").json()
    while True:
        seen += [row["uuid"] for row in page["data"]]
        if not page["has_more"]:
            break
        page = synced.send("GET", f"/invoices/sat?limit=5&starting_after={page['next']}").json()
    assert (len(seen), page["total_results"], page["next"]) == (12, 12, None)
    rows = synced.mirrored()
    assert seen == [row["uuid"] for row in rows]
    dates = [row["issue_date"] for row in rows]
    assert dates == sorted(dates, reverse=True)


def test_the_list_is_filtered(synced: Taxpayer) -> None:
    """By day, direction, status, type and RFC."""
    rows = synced.mirrored()
    middle = rows[5]
    day = middle["issue_date"][:10]
    expected = [row["uuid"] for row in rows if row["issue_date"][:10] == day]
    assert [row["uuid"] for row in synced.mirrored(f"&from={day}&to={day}")] == expected
    rfc = middle["issuer"]["rfc"]
    found = synced.mirrored(f"&issuer_rfc={rfc.lower()}&direction=received&status=Vigente&invoice_type=I")
    assert [row["uuid"] for row in found] == [row["uuid"] for row in rows if row["issuer"]["rfc"] == rfc]
    assert synced.mirrored("&direction=issued") == []
    assert synced.mirrored("&status=Cancelado") == []
    assert synced.mirrored(f"&receiver_rfc={middle['receiver']['rfc']}") == rows


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=many",
        "direction=both",
        "status=valid",
        "from=2026-02-30",
        "from=2026-02-02&to=2026-02-01",
        "starting_after=nothing",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(synced: Taxpayer, query: str) -> None:
    """Also where nothing would be found anyway."""
    synced.refused("GET", f"/invoices/sat?{query}")


def test_a_single_invoice_costs_each_time(synced: Taxpayer) -> None:
    """The read has a side effect: the journal shows who asked twice."""
    [row, *_] = synced.mirrored()
    before = len(synced.charges())
    for _ in range(2):
        fetched = synced.get(f"/invoices/download/invoice/{row['uuid'].lower()}")
    assert parse_xml(fetched["xml"].encode()).get("Total") == f"{row['total']:.2f}"
    charges = synced.charges()[before:]
    assert [(row["uuid"], row["reason"]) for row in charges] == [(row["uuid"], "invoice")] * 2
    assert len({row["source"] for row in charges}) == 2
    assert synced.send("GET", "/invoices/download/invoice/nothing").status_code == 404


def test_a_missing_xml_is_fetched_again(synced: Taxpayer) -> None:
    """The provider may refuse at first; then it costs once, and after that nothing."""
    uuid = synced.mirrored()[0]["uuid"]
    before = len(synced.charges())
    synced.steer(lose_xml=uuid, retry_status=422)
    assert synced.get(f"/invoices/sat/{uuid}")["resource_status"] == "error"
    assert "XML" in synced.refused("POST", f"/invoices/sat/{uuid}/pdf")
    assert synced.send("POST", f"/invoices/sat/{uuid}/retry-xml").status_code == 422
    charged = [synced.post(f"/invoices/sat/{uuid}/retry-xml")["credit_charged"] for _ in range(2)]
    assert charged == [True, False]
    assert [row["reason"] for row in synced.charges()[before:]] == ["retry"]
    assert synced.get(f"/invoices/sat/{uuid}")["has_xml"] is True


def test_a_received_invoice_has_a_pdf(synced: Taxpayer) -> None:
    """It stands at the top of the answer; an issued one has its own elsewhere."""
    [uuid] = synced.steer(invoices=[{"direction": "issued", "date": "2026-02-02"}])["invoices"]
    synced.request(*QUARTER[1], "issued")
    synced.advance(seconds=300)
    reply = synced.send("POST", f"/invoices/sat/{synced.mirrored()[-1]['uuid']}/pdf").json()
    assert base64.b64decode(reply["pdf"]).startswith(b"%PDF-")
    assert "received" in synced.refused("POST", f"/invoices/sat/{uuid}/pdf")


def test_the_progress_counts(synced: Taxpayer) -> None:
    """What is mirrored, with and without XML, and what is on its way."""
    synced.request(*QUARTER[1], request_type="metadata")
    assert synced.get("/invoices/download/progress")["status"] == "syncing"
    synced.advance(seconds=300)
    progress = synced.get("/invoices/download/progress")
    assert (progress["invoices_synced"], progress["xml_synced"]) == (24, 12)
    assert (progress["status"], progress["requests_open"]) == ("idle", 0)
