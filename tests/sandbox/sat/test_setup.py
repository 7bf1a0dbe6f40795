"""Before the first download: the plan, the FIEL, the registration and the daily run."""

from typing import Any

import pytest

from tests.sandbox.sat.taxpayer import QUARTER, Taxpayer

_FIEL = "/invoices/download/fiel"
_CERT, _KEY = ("fiel.cer", b"certificate"), ("fiel.key", b"key")


def upload(taxpayer: Taxpayer, **fields: str) -> Any:
    reply = taxpayer.send("POST", _FIEL, files={"cert": _CERT, "key": _KEY}, data={"password": "x", **fields})
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


def test_each_prerequisite_is_asked_for(newcomer: Taxpayer) -> None:
    """Activation, FIEL, registration: what is missing is said, and once all is there the request is taken."""
    body = {"start_date": QUARTER[0][0], "end_date": QUARTER[0][1], "rfc_type": "received"}

    def missing() -> str:
        return newcomer.refused("POST", "/invoices/download/request", body)

    assert "not active" in missing()
    assert newcomer.post("/invoices/download/activate") == {"type": "included"}
    assert "fiel_uploaded is false" in missing()
    assert upload(newcomer)["registered"] is False
    assert "registered is false" in missing()
    newcomer.post("/invoices/download/register", {"phone": "+525512345678", "sync_start_date": "2025-01-01"})
    assert newcomer.post("/invoices/download/request", body)["status"] == "pending"


def test_a_fiel_with_day_and_phone_registers(newcomer: Taxpayer) -> None:
    """The answer, the schedule and the diagnosis tell the same."""
    data = upload(newcomer, sync_start_date="2025-06-01", phone="+525512345678")
    assert (data["registered"], data["sync_start_date"], data["phone"]) == (
        True,
        "2025-06-01",
        "+525512345678",
    )
    assert data["expires_at"] > data["registered_at"]
    schedule = newcomer.get("/invoices/download/schedule")
    assert (schedule["fiel_uploaded"], schedule["registered"]) == (True, True)
    assert schedule["prodigia"]["synced"] is True
    assert newcomer.get("/invoices/download/debug")["fiel"] == data


def test_a_certificate_tells_its_owner(newcomer: Taxpayer) -> None:
    """The RFC in a certificate is taken from it, not the one of the SAT that issued it."""
    certificate = ("fiel.cer", b"\x30\x82\x13\x0cSAT970701NN3\x13\x0cEKU9003173C9\x00")
    files = {"cert": certificate, "key": _KEY}
    reply = newcomer.send("POST", _FIEL, files=files, data={"password": "x"})
    assert reply.json()["data"]["rfc"] == "EKU9003173C9"


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        ({"cert": _CERT}, {"password": "x"}),
        ({"cert": _CERT, "key": ("fiel.key", b"")}, {"password": "x"}),
        ({"cert": _CERT, "key": _KEY}, {}),
        ({"cert": _CERT, "key": _KEY}, {"password": "x", "sync_start_date": "1999-01-01"}),
        ({"cert": _CERT, "key": _KEY}, {"password": "x", "sync_start_date": "soon"}),
        ({"cert": _CERT, "key": _KEY}, {"password": "x", "phone": "5512345678"}),
        ({"password": _CERT, "key": _KEY}, {"cert": "text"}),
    ],
)
def test_an_incomplete_fiel_is_refused(
    newcomer: Taxpayer, files: dict[str, Any], fields: dict[str, str]
) -> None:
    """Nothing is kept of it."""
    assert newcomer.send("POST", _FIEL, files=files, data=fields).status_code == 400
    assert newcomer.get("/invoices/download/schedule")["fiel_uploaded"] is False


def test_a_pfx_is_a_fiel(newcomer: Taxpayer) -> None:
    """It comes as base64, and what is not base64 is refused."""
    bad = {"pfx": "***", "pfx_password": "x"}
    assert "base64" in newcomer.refused("POST", "/invoices/download/pfx", bad)
    newcomer.post("/invoices/download/pfx", {"pfx": "cGZ4", "pfx_password": "x"})
    newcomer.post("/invoices/download/enable-sync")
    assert newcomer.get("/invoices/download/debug")["sync_enabled"] is True
    assert "registered is false" in newcomer.refused("PUT", "/invoices/download/sync-period")


def test_the_plan_decides(newcomer: Taxpayer) -> None:
    """All four states can be had; a plan that is too small is not activated."""
    activate = "/invoices/download/activate"
    newcomer.steer(activation="needs_upgrade")
    assert newcomer.get(f"{activate}/status")["planIncludesFeature"] is False
    assert "upgrade" in newcomer.refused("POST", activate)
    newcomer.steer(activation="needs_addon")
    assert newcomer.post(activate) == {"type": "addon"}
    status = newcomer.get(f"{activate}/status")
    assert (status["status"], status["pricing"]["perDownload"]) == ("active", "$0.20 MXN")
    newcomer.post("/invoices/download/deactivate")
    newcomer.post("/invoices/download/deactivate")
    assert newcomer.get(f"{activate}/status")["status"] == "needs_activation"


def test_the_longest_window_can_be_registered(taxpayer: Taxpayer) -> None:
    """71 months back from today."""
    extended = taxpayer.put("/invoices/download/sync-period", {})
    assert extended["months"] == 71
    assert taxpayer.get("/invoices/download/schedule")["sync_start_date"] == extended["sync_start_date"]


def test_the_schedule_runs_once_a_day(taxpayer: Taxpayer) -> None:
    """Two days make two runs; each asks for the days before and pays for the new; deactivation ends it."""
    added = taxpayer.steer(invoices=2)["invoices"]
    wanted = {"enabled": True, "time": "21:00", "download_types": ["received"], "days_back": 1}
    saved = taxpayer.put("/invoices/download/schedule", wanted)["schedule"]
    assert (saved["downloadTypes"], saved["daysBack"], saved["lastRunAt"]) == (["received"], 1, None)
    taxpayer.put("/invoices/download/schedule", {"time": "21:00", "days_back": 2})
    taxpayer.advance(days=2)
    runs = {row["createdAt"] for row in taxpayer.history()}
    days = {(row["startDate"], row["endDate"]) for row in taxpayer.history()}
    assert {row["source"] for row in taxpayer.history()} == {"schedule"}
    assert max(runs) - min(runs) == pytest.approx(86_400_000, abs=5000)
    assert len(days) == len(taxpayer.history())
    schedule = taxpayer.get("/invoices/download/schedule")["schedule"]
    assert (schedule["lastRunStatus"], schedule["lastRunAt"]) == (
        "success",
        pytest.approx(max(runs), abs=5000),
    )
    charged = [row["uuid"] for row in taxpayer.charges()]
    assert {*added} <= {*charged}
    assert len(charged) == len(set(charged))
    count = len(taxpayer.history())
    taxpayer.post("/invoices/download/deactivate")
    taxpayer.advance(days=2)
    assert len(taxpayer.history()) == count
    assert taxpayer.get("/invoices/download/schedule")["schedule"]["enabled"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"enabled": True},
        {"time": "24:00"},
        {"time": "9:00"},
        {"time": "21:00", "days_back": 0},
        {"time": "21:00", "days_back": 91},
        {"time": "21:00", "days_back": "7"},
        {"time": "21:00", "download_types": "issued"},
        {"time": "21:00", "enabled": "yes"},
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(taxpayer: Taxpayer, body: dict[str, object]) -> None:
    """The schedule stays as it was."""
    taxpayer.refused("PUT", "/invoices/download/schedule", body)
    assert taxpayer.get("/invoices/download/schedule")["schedule"]["daysBack"] == 7


def test_the_lists_know_some_rfcs(newcomer: Taxpayer) -> None:
    """An RFC that stands on two lists is found on both, one that stands on none is not."""
    assert "69b" in [row["id"] for row in newcomer.get("/sat-lists")]
    found = newcomer.get("/sat-lists/check?rfc=cfs1503093w7")
    assert newcomer.get("/sat-lists/check?rfc=EKU9003173C9")["found"] is False
    newcomer.refused("GET", "/sat-lists/check")
    newcomer.refused("GET", "/sat-lists/check?rfc=nobody")
    assert [row["list_id"] for row in found["matches"]] == ["69b", "69"]
