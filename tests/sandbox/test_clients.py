"""Clients in the sandbox beyond making and changing them: fiscal data, files, the portal."""

import time

from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

CSF = "%PDF-1.4\nRFC: GOMA8001017X1\nNombre: ALMA GÓMEZ\nRégimen: 605\nCódigo Postal: 01000\n".encode()


def pdf(content: bytes = b"%PDF-1.4") -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("Prueba.pdf", content, "application/pdf")}


def test_a_validation_tells_what_the_sat_would_say(api: Caller, inbox: Inbox) -> None:
    """It names the rule, shows in the client, and is told when it is news."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["customer.updated"]})
    good, bad = api.client(), api.client(address={"zip": "abc"})
    found = api("POST", f"/clients/validate/{good}")
    assert (found["is_valid"], found["efos"], found["fiscal_validation"]["status"]) == (
        True,
        {"is_valid": True},
        "valid",
    )
    found = api("POST", f"/clients/validate/{bad}")
    assert found["fiscal_validation"]["message"].startswith("CFDI40147")
    assert [api("GET", f"/clients/{id}")["is_valid"] for id in (good, bad)] == [True, False]
    api("POST", f"/clients/validate/{bad}")
    told = [one.event["data"]["object"]["id"] for one in inbox.wait(2)]
    assert sorted(told) == sorted([good, bad])
    assert api.refused("POST", "/clients/validate/client_none") == (404, "resource_not_found")


def test_the_portal_opens_for_five_days(api: Caller) -> None:
    """Asked for by id or by e-mail, not by both and not by none."""
    id, five_days = api.client(), 5 * 86_400
    for who in ({"id": id}, {"email": "ana@x.example"}):
        token = api("POST", "/clients/customerportal", who)
        assert abs(token["expires_at"] - time.time() - five_days) < 2 * 86_400  # its clock may be ahead
        assert (token["client_id"], token["token"] in token["url"]) == (id, True)
    assert api.refused("POST", "/clients/customerportal", {})[0] == 400
    assert api.refused("POST", "/clients/customerportal", {"email": "no@x.example"})[0] == 404


def test_a_csf_makes_a_client_or_changes_one(api: Caller) -> None:
    """What its text says is taken over; what is not found there is made up."""
    made = api("POST", "/clients/csf", files=pdf(CSF))
    assert (made["tax_id"], made["legal_name"], made["tax_system"]) == (
        "GOMA8001017X1",
        "ALMA GÓMEZ",
        "605",
    )
    assert made["address"]["zip"] == "01000"
    id = api.client(name="Alma", address={"street": "Luna"})
    changed = api("POST", f"/clients/csf?client_id={id}", files=pdf(CSF))
    assert (changed["id"], changed["name"], changed["tax_id"]) == (id, "Alma", "GOMA8001017X1")
    assert changed["address"] == {"street": "Luna", "country": "MEX", "zip": "01000"}
    assert api("GET", f"/clients/{id}") == changed
    unknown = api("POST", "/clients/csf", files=pdf())
    assert api("POST", f"/clients/validate/{unknown['id']}")["is_valid"] is True


def test_what_is_no_csf_is_refused(api: Caller) -> None:
    """No PDF, no file, no form, or too large a one."""
    path = "/clients/csf"
    assert api.refused("POST", path, files=pdf(b"nonsense")) == (400, "invalid_file_format")
    assert api.refused("POST", path, files=pdf(b"%PDF-" + b"x" * 5 * 2**20)) == (400, "file_upload_error")
    other = {"other": ("x.pdf", b"%PDF-")}
    assert api.refused("POST", path, files=other) == (400, "missing_required_field")
    assert api.refused("POST", path, {"file": "x"}) == (400, "invalid_request_body")
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert api.refused("POST", path, content=b"nonsense", headers=headers) == (400, "invalid_request_body")
    assert api.refused("POST", f"{path}?client_id=client_none", files=pdf()) == (404, "resource_not_found")


def test_support_documents_show_where_they_belong(api: Caller) -> None:
    """With their client or payment, and in the list of all, which can be narrowed down."""
    client = api.client()
    item = {"description": "x", "unit_price": 1}
    payment = api("POST", "/payments/request", {"client": {"id": client}, "items": [item]})["id"]
    form = {"documentType": "contract", "name": "Contrato"}
    one = api("POST", f"/clients/{client}/support-documents", files=pdf(), data=form)
    proof = {"documentType": "payment_proof"}
    other = api("POST", f"/payments/{payment}/support-documents", files=pdf(), data=proof)
    assert (one["name"], one["mime_type"], one["file_size"]) == ("Contrato", "application/pdf", 8)
    assert api("GET", f"/clients/{client}/support-documents") == [one]
    assert api("GET", f"/payments/{payment}/support-documents") == [other]
    page = api("GET", "/documents?limit=1")
    assert (page["data"], page["has_more"]) == ([other], True)
    assert api("GET", f"/documents?limit=1&cursor={page['next_cursor']}")["data"] == [one]
    for query in ("document_type=contract", f"entity_type=client&entity_id={client}"):
        assert api("GET", f"/documents?{query}")["data"] == [one]


def test_what_is_no_support_document_is_refused(api: Caller) -> None:
    """Wrong kinds of documents and files, and files that are not what their name says."""
    path, form = f"/clients/{api.client()}/support-documents", {"documentType": "contract"}
    assert api.refused("POST", path, files=pdf(), data={}) == (400, "missing_required_field")
    wrong = {"documentType": "novel"}
    assert api.refused("POST", path, files=pdf(), data=wrong) == (400, "invalid_field_value")
    for file in (("x.exe", b"%PDF-"), ("x.pdf", b"MZ"), ("", b"%PDF-")):
        assert api.refused("POST", path, files={"file": file}, data=form)[0] == 400
    large = pdf(b"%PDF-" + b"x" * 10 * 2**20)
    assert api.refused("POST", path, files=large, data=form) == (400, "file_upload_error")
    none = "/clients/client_none/support-documents"
    assert api.refused("POST", none, files=pdf(), data=form) == (404, "resource_not_found")


def test_an_upsert_is_told_only_where_something_changes(api: Caller, inbox: Inbox) -> None:
    """Found and updated is an update; found alone is a read."""
    api("POST", "/webhooks", {"url": inbox.url, "events": ["customer.created", "customer.updated"]})
    id = api.client()
    search = {"on_key": "tax_id", "on_value": "PEGJ800101ABC"}
    assert api("POST", "/clients", {"name": "X", "search": search})["name"] == "Ana"
    updated = api("POST", "/clients", {"name": "Ana M.", "search": {**search, "update": True}})
    assert (updated["id"], updated["name"], updated["legal_name"]) == (id, "Ana M.", "ANA")
    types = [one.event["type"] for one in inbox.wait(2)]
    assert sorted(types) == ["customer.created", "customer.updated"]
