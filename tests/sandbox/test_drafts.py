"""Drafts: invoices that can wait, change and be looked at before they are CFDIs."""

from base64 import b64decode

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller

ITEM = {"description": "Consultoría", "unit_price": 1000, "quantity": 2}


@pytest.fixture
def sandbox(prompt: SandboxProcess) -> SandboxProcess:
    """The one that does not keep anybody waiting."""
    return prompt


def test_a_draft_grows_into_a_cfdi(sandbox: SandboxProcess, api: Caller, team: str) -> None:
    """Its type is enough to begin with; what it lacks is asked for when it is stamped."""
    draft = api("POST", "/invoices/draft", {"invoice_type": "I"})
    path = f"/invoices/draft/{draft['id']}"
    assert (draft["draft"], draft["status"], draft["total"]) == (True, "draft", 0)
    assert api.refused("POST", f"{path}/stamp") == (400, "missing_required_field")
    changed = api("PUT", path, {"client": {"id": api.client()}, "items": [ITEM], "series": "D"})
    assert changed["total"] == 2000
    assert api("GET", path) == changed
    assert [row["id"] for row in api("GET", "/invoices/draft")] == [draft["id"]]
    made = api("POST", f"{path}/stamp")
    assert (made["status"], made["total"], made["series"]) == ("valid", 2000, "D")
    assert api("GET", f"/invoices/income/{made['uuid']}") == made
    [cfdi] = [row for row in sandbox.journal("cfdis")["cfdis"] if row["team"] == team]
    assert (cfdi["uuid"], cfdi["made_from"]) == (made["uuid"], [draft["id"]])
    assert api("GET", "/invoices/draft") == []
    assert (api("GET", path)["status"], api("GET", path)["uuid"]) == ("stamped", made["uuid"])


def test_a_draft_that_is_stamped_twice_is_two_cfdis(sandbox: SandboxProcess, api: Caller) -> None:
    """The strict judge's rule, as with receipts; the summary tells."""
    body = {"invoice_type": "I", "client": {"id": api.client()}, "items": [ITEM]}
    path = f"/invoices/draft/{api('POST', '/invoices/draft', body)['id']}"
    before = sandbox.summary()["stamped_more_than_once"]
    assert len({api("POST", f"{path}/stamp")["uuid"] for _ in "ab"}) == 2
    assert sandbox.summary()["stamped_more_than_once"] == before + 1
    assert api.refused("PUT", path, {"items": [ITEM]}) == (400, "operation_not_allowed")
    assert api.refused("DELETE", path) == (400, "operation_not_allowed")


def test_an_update_is_partial(api: Caller) -> None:
    """What is left out stays, null clears."""
    body = {"invoice_type": "E", "items": [ITEM], "series": "NC", "metadata": {"a": 1}}
    path = f"/invoices/draft/{api('POST', '/invoices/draft', body)['id']}"
    changed = api("PUT", path, {"series": "X", "metadata": None})
    kept = (changed["invoice_type"], changed["series"], changed["metadata"], changed["total"])
    assert kept == ("E", "X", None, 2000)
    assert changed["updated_at"] >= changed["created_at"] > 10**12
    assert api("PUT", path, {"items": None})["total"] == 0


def test_a_preview_is_worth_nothing_and_says_so(api: Caller) -> None:
    """It is kept with the draft until that changes."""
    path = f"/invoices/draft/{api('POST', '/invoices/draft', {'invoice_type': 'I', 'items': [ITEM]})['id']}"
    assert api("GET", path)["pdf"] is None
    pdf = api("POST", f"{path}/preview")["pdf"]
    assert b64decode(pdf).startswith(b"%PDF-")
    assert b"Sin Validez Fiscal" in b64decode(pdf)
    assert api("GET", path)["pdf"] == pdf
    assert api("PUT", path, {"items": [ITEM]})["pdf"] is None


def test_a_deleted_draft_is_gone(api: Caller) -> None:
    """For all calls."""
    path = f"/invoices/draft/{api('POST', '/invoices/draft', {'invoice_type': 'I'})['id']}"
    assert api("DELETE", path) == {"deleted": True}
    for method, rest in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/stamp"), ("POST", "/preview")):
        assert api.refused(method, path + rest) == (404, "resource_not_found")


@pytest.mark.parametrize(
    "body", [{}, {"invoice_type": "Z"}, {"invoice_type": "I", "items": [{"quantity": "x"}]}]
)
def test_a_draft_that_makes_no_sense_is_a_400(api: Caller, body: dict[str, object]) -> None:
    """Incomplete is fine, wrong is not."""
    assert api.refused("POST", "/invoices/draft", body)[0] == 400


def test_drafts_are_listed_by_their_time(api: Caller) -> None:
    """The range is in seconds as everywhere, though a draft's times are in milliseconds."""
    draft = api("POST", "/invoices/draft", {"invoice_type": "I"})
    now = draft["created_at"] // 1000
    for query, count in ((f"created[gte]={now}&created[lte]={now}", 1), (f"created_gte={now + 1}", 0)):
        assert len(api("GET", f"/invoices/draft?{query}")) == count
