"""Previews and imports: look first, then pay for what is wanted."""

import pytest

from tests.sandbox.sat.taxpayer import Taxpayer

_JOBS = "/invoices/download/jobs"


def preview(taxpayer: Taxpayer) -> str:
    body = {"start_date": "2026-01-01", "end_date": "2026-03-31", "directions": ["received"]}
    return str(taxpayer.post("/invoices/download/preview", body)["id"])


def test_a_preview_shows_what_an_import_would_cost(taxpayer: Taxpayer) -> None:
    """A quarter is mirrored without XMLs and for nothing; then three XMLs are paid for, once each."""
    id = preview(taxpayer)
    assert taxpayer.get(f"{_JOBS}/{id}")["status"] == "queued"
    taxpayer.advance(seconds=300)
    job = taxpayer.get(f"{_JOBS}/{id}")
    assert (job["status"], job["found"], job["importable"]) == ("completed", 36, 36)
    assert (job["estimated_cost_mxn"], taxpayer.charges()) == (7.2, [])
    uuids = [row["uuid"] for row in taxpayer.mirrored()[:3]]
    wanted = {"uuids": [*uuids, uuids[0].lower()], "confirm_cost_mxn": 0.6}
    done = taxpayer.post("/invoices/download/import", wanted)["id"]
    taxpayer.advance(seconds=300)
    assert taxpayer.get(f"{_JOBS}/{done}")["imported"] == 3
    assert [(row["uuid"], row["reason"]) for row in taxpayer.charges()] == [(id, "import") for id in uuids]
    assert [row["uuid"] for row in taxpayer.mirrored() if row["has_xml"]] == uuids
    assert [row["id"] for row in taxpayer.get(_JOBS)] == [done, id]


def test_another_price_than_confirmed_is_a_conflict(taxpayer: Taxpayer) -> None:
    """The answer says what it would cost; nothing is imported or charged."""
    preview(taxpayer)
    taxpayer.advance(seconds=300)
    uuids = [row["uuid"] for row in taxpayer.mirrored()[:3]]
    body = {"uuids": [*uuids, "unknown"], "confirm_cost_mxn": 0.8}
    reply = taxpayer.send("POST", "/invoices/download/import", body)
    assert reply.status_code == 409
    assert reply.json()["error"] == "cost_mismatch"
    assert reply.json()["data"] == {"estimated_cost_mxn": 0.6, "importable": 3}
    assert len(taxpayer.get(_JOBS)) == 1


def test_a_cancelled_job_does_nothing(taxpayer: Taxpayer) -> None:
    """Cancelled in time it mirrors nothing, and it cannot be cancelled again."""
    id = preview(taxpayer)
    assert taxpayer.post(f"{_JOBS}/{id}/cancel", {})["status"] == "cancelled"
    taxpayer.advance(seconds=300)
    assert taxpayer.get(f"{_JOBS}/{id}")["status"] == "cancelled"
    assert taxpayer.mirrored() == []
    assert "cancelled" in taxpayer.refused("POST", f"{_JOBS}/{id}/cancel")
    assert taxpayer.send("GET", f"{_JOBS}/nothing").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"uuids": [], "confirm_cost_mxn": 0},
        {"uuids": ["x"] * 501, "confirm_cost_mxn": 0},
        {"uuids": ["x"], "confirm_cost_mxn": "0"},
        {"uuids": [5], "confirm_cost_mxn": 0},
        {"uuids": ["x"]},
    ],
)
def test_an_import_of_the_wrong_form_is_refused(taxpayer: Taxpayer, body: dict[str, object]) -> None:
    """One to 500 UUIDs, and a number of pesos."""
    taxpayer.refused("POST", "/invoices/download/import", body)
