"""Descarga Masiva: what is asked, and what comes of the answers."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gigstack_events.api import (
    Conflict,
    Gigstack,
    InvalidInput,
    NoAnswer,
    ServerFault,
    UnexpectedAnswer,
    ValidationFailed,
    WriteRefused,
    months,
)
from tests.api.asked import Asked, asked, form
from tests.api.stand_in import Api, documented, ok

UUIDS = ("5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001122", "5f3a1c9e-0b7d-4c1e-9a52-6d8e7f001123")
JANUARY = {"start_date": "2026-01-01", "end_date": "2026-01-31"}
PHONE = "+525512345678"
_BULK = "/invoices/download"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda g: g.sat.activation(), Asked("GET", f"{_BULK}/activate/status")),
        (lambda g: g.sat.activate(), Asked("POST", f"{_BULK}/activate")),
        (lambda g: g.sat.deactivate(), Asked("POST", f"{_BULK}/deactivate")),
        (lambda g: g.sat.schedule(), Asked("GET", f"{_BULK}/schedule")),
        (lambda g: g.sat.history(), Asked("GET", f"{_BULK}/schedule/history")),
        (lambda g: g.sat.status("r/1"), Asked("GET", f"{_BULK}/status/r/1")),
        (lambda g: g.sat.fetch_invoice("u1"), Asked("GET", f"{_BULK}/invoice/u1")),
        (lambda g: g.sat.debug(), Asked("GET", f"{_BULK}/debug")),
        (lambda g: g.sat.progress(), Asked("GET", f"{_BULK}/progress")),
        (lambda g: g.sat.enable_sync(), Asked("POST", f"{_BULK}/enable-sync", {})),
        (lambda g: g.sat.extend_sync(), Asked("PUT", f"{_BULK}/sync-period", {})),
        (lambda g: g.sat.list_jobs(), Asked("GET", f"{_BULK}/jobs")),
        (lambda g: g.sat.get_job("j1"), Asked("GET", f"{_BULK}/jobs/j1")),
        (lambda g: g.sat.cancel_job("j1"), Asked("POST", f"{_BULK}/jobs/j1/cancel", {})),
        (lambda g: g.sat.get_invoice("u1"), Asked("GET", "/invoices/sat/u1")),
        (lambda g: g.sat.retry_invoice_xml("u1"), Asked("POST", "/invoices/sat/u1/retry-xml")),
        (
            lambda g: g.sat.request("2026-01-01", date(2026, 1, 31)),
            Asked("POST", f"{_BULK}/request", {**JANUARY, "rfc_type": "received"}),
        ),
        (
            lambda g: g.sat.request(*JANUARY.values(), "issued", "metadata", filters={"status": "Vigente"}),
            Asked(
                "POST",
                f"{_BULK}/request",
                {**JANUARY, "rfc_type": "issued", "request_type": "metadata", "status": "Vigente"},
            ),
        ),
        (
            lambda g: g.sat.update_schedule(time="21:00", download_types=["received"], days_back=7),
            Asked(
                "PUT",
                f"{_BULK}/schedule",
                {"time": "21:00", "download_types": ["received"], "days_back": 7},
            ),
        ),
        (
            lambda g: g.sat.preview("2026-01-01", "2026-12-31", ["issued"]),
            Asked(
                "POST",
                f"{_BULK}/preview",
                {"start_date": "2026-01-01", "end_date": "2026-12-31", "directions": ["issued"]},
            ),
        ),
        (
            lambda g: g.sat.import_xml(UUIDS, confirm_cost_mxn=0.4),
            Asked("POST", f"{_BULK}/import", {"uuids": list(UUIDS), "confirm_cost_mxn": 0.4}),
        ),
        (
            lambda g: g.sat.upload_pfx(pfx=b"pfx", password="p"),
            Asked("POST", f"{_BULK}/pfx", {"pfx": "cGZ4", "pfx_password": "p"}),
        ),
    ],
)
def test_each_call_asks_for_what_its_name_says(call: Callable[[Gigstack], Any], expected: Asked) -> None:
    """Method, path and body, as the contract lists them."""
    api = Api(ok({}))
    call(api.gigstack())
    assert asked(api.last) == expected


def test_mirrored_cfdi_are_walked_by_their_own_cursor() -> None:
    """This list takes `starting_after`, and days as `from` and `to`."""
    api = Api(ok([{"uuid": "u1"}], has_more=True, next="c1"), ok([{"uuid": "u2"}], has_more=False))
    found = api.gigstack().sat.list_invoices(start=date(2026, 1, 1), end="2026-01-31", direction="received")
    assert [invoice.uuid for invoice in found] == ["u1", "u2"]
    query = {"limit": "100", "from": "2026-01-01", "to": "2026-01-31", "direction": "received"}
    assert asked(api.last) == Asked("GET", "/invoices/sat", None, {**query, "starting_after": "c1"})


def test_the_fiel_travels_as_a_form(tmp_path: Path) -> None:
    """Both files with a name that ends as theirs do, the password and the rest as texts."""
    key = tmp_path / "claveprivada.key"
    key.write_bytes(b"\x30\x82key")
    reply = ok({"rfc": "PEGJ800101ABC", "expires_at": 1_893_456_000_000, "registered": True})
    api = Api(reply)
    today = datetime.now(UTC).date()
    sat = api.gigstack().sat
    fiel = sat.upload_fiel(cert=b"\x30\x82cer", key=key, password="s3", sync_start_date=today, phone=PHONE)
    assert (fiel.rfc, fiel.expires_at, fiel.registered) == ("PEGJ800101ABC", 1_893_456_000_000, True)
    assert (api.last.method, api.last.url.path) == ("POST", "/v2/invoices/download/fiel")
    assert form(api.last) == {
        "password": (None, b"s3"),
        "sync_start_date": (None, today.isoformat().encode()),
        "phone": (None, PHONE.encode()),
        "cert": ("cert.cer", b"\x30\x82cer"),
        "key": ("claveprivada.key", b"\x30\x82key"),
    }


def test_a_file_that_is_not_there_is_told_before_anything_is_sent() -> None:
    """The message names the field, not the password."""
    api = Api(ok({}))
    with pytest.raises(InvalidInput, match=r"^key: ") as caught:
        api.gigstack().sat.upload_fiel(cert=b"c", key=Path("/nowhere.key"), password="geheim")
    assert "geheim" not in str(caught.value)
    assert api.requests == []


def test_registering_by_hand_sends_what_it_is_given() -> None:
    """Phone and start are needed, the rest is not sent where it is not given."""
    api = Api(ok({}))
    today = datetime.now(UTC).date()
    api.gigstack().sat.register(phone=PHONE, sync_start_date=today, max_monthly_invoices=500)
    body = {"phone": PHONE, "sync_start_date": today.isoformat(), "max_monthly_invoices": 500}
    assert asked(api.last) == Asked("POST", f"{_BULK}/register", body)


def test_a_quarter_is_three_requests() -> None:
    """The SAT takes a month at a time; a repeated request answers with the first one's id."""
    replies = [ok({"request_id": f"r{n}", "duplicate": n == 2, "status": "pending"}) for n in range(3)]
    api = Api(*replies)
    sat = api.gigstack().sat
    found = [
        sat.request(start, end, rfc_type="received") for start, end in months("2026-01-01", "2026-03-31")
    ]
    assert [(request.request_id, request.duplicate) for request in found] == [
        ("r0", False), ("r1", False), ("r2", True),
    ]  # fmt: skip
    assert all(request.is_open for request in found)


def test_a_package_is_its_bytes() -> None:
    """The reply's base64 is undone."""
    content = base64.b64encode(b"PK\x03\x04zip").decode()
    api = Api(ok({"encoding": "base64", "content": content}))
    assert api.gigstack().sat.package("p1") == b"PK\x03\x04zip"
    assert asked(api.last) == Asked("GET", f"{_BULK}/package/p1")


@pytest.mark.parametrize(
    "data",
    [
        {"encoding": "base64", "content": "PK?!"},
        {"encoding": "base64", "content": "UEsD="},
        {"encoding": "hex", "content": "UEsD"},
        {"encoding": "base64", "content": ""},
        {"encoding": "base64"},
    ],
)
def test_a_package_that_cannot_be_read_is_no_empty_file(data: dict[str, str]) -> None:
    """Half a ZIP must not pass for one; a read may be asked again."""
    with pytest.raises(UnexpectedAnswer) as caught:
        Api(ok(data)).gigstack().sat.package("p1")
    assert caught.value.outcome == "not_done"


def test_a_pdf_stands_beside_the_data() -> None:
    """The PDF of a mirrored CFDI comes at the top of the reply."""
    api = Api(httpx.Response(200, json={"success": True, "pdf": base64.b64encode(b"%PDF-").decode()}))
    assert api.gigstack().sat.invoice_pdf("u1") == b"%PDF-"
    assert asked(api.last) == Asked("POST", "/invoices/sat/u1/pdf")


def test_a_read_that_costs_is_no_read() -> None:
    """Fetching one CFDI may be charged: it is not tried again, its outcome is unknown, the guard is told."""
    api = Api(httpx.Response(503))
    told: list[bool] = []
    with pytest.raises(ServerFault) as caught:
        api.gigstack().bound(guard=told.append).sat.fetch_invoice("u1")
    assert caught.value.outcome == "unknown"
    assert (len(api.requests), told) == (1, [False])
    with pytest.raises(NoAnswer) as lost:
        Api(httpx.ReadTimeout("late")).gigstack().sat.fetch_invoice("u1")
    assert lost.value.outcome == "unknown"


def test_a_key_that_may_only_read_may_not_buy() -> None:
    """A key of unknown mode cannot charge anybody."""
    api = Api(ok({}))
    with pytest.raises(WriteRefused):
        api.gigstack("key_of_unknown_mode", may_write=False).sat.fetch_invoice("u1")
    assert api.requests == []


def test_another_cost_than_confirmed_is_told() -> None:
    """The caller finds the new price in the error."""
    details = {"estimated_cost_mxn": 1.2, "importable": 6}
    reply = httpx.Response(
        409, json={"success": False, "error": "cost_mismatch", "message": "x", "data": details}
    )
    with pytest.raises(Conflict) as caught:
        Api(reply).gigstack().sat.import_xml(UUIDS, 0.2)
    assert (caught.value.code, caught.value.details) == ("cost_mismatch", details)


def test_a_refused_credential_does_not_come_back_in_the_error() -> None:
    """Neither the password nor the key's content is in what may be logged."""
    api = Api(documented(400, "invalid_field_value", "wrong password"))
    with pytest.raises(ValidationFailed, match="wrong password") as caught:
        api.gigstack().sat.upload_fiel(cert=b"cer", key=b"llave", password="geheim")
    assert not {"geheim", "llave"} & set(f"{caught.value!r} {vars(caught.value)}".split("'"))
