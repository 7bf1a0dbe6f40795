"""The catalogue: services, and the items that refer to them."""

from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

IVA = {"type": "IVA", "rate": 0.16, "factor": "Tasa", "withholding": False}
SERVICE = {"description": "Consultoría", "unit_price": 1000, "sku": "C-1", "taxes": [IVA]}


def test_a_service_is_made_changed_and_deleted_with_an_event_each(api: Caller, inbox: Inbox) -> None:
    """Every write shows in the next read; null clears a field."""
    events = [f"service.{what}" for what in ("created", "updated", "deleted")]
    api("POST", "/webhooks", {"url": inbox.url, "events": events})
    made = api("POST", "/services", SERVICE)
    assert api("GET", f"/services/{made['id']}") == made
    changed = api("PUT", f"/services/{made['id']}", {"unit_price": 120, "sku": None})
    assert (changed["unit_price"], changed["sku"], changed["description"]) == (120, None, "Consultoría")
    assert [row["id"] for row in api("GET", "/services")] == [made["id"]]
    assert api("DELETE", f"/services/{made['id']}") == {"deleted": True}
    assert api.refused("GET", f"/services/{made['id']}") == (404, "resource_not_found")
    assert sorted(one.event["type"] for one in inbox.wait(3)) == sorted(events)


def test_a_service_needs_a_description_and_a_price(api: Caller) -> None:
    """What is missing or of a wrong kind is told by the API's codes."""
    assert api.refused("POST", "/services", {"unit_price": 1}) == (400, "missing_required_field")
    wrong = {**SERVICE, "unit_price": "1000"}
    assert api.refused("POST", "/services", wrong) == (400, "validation_failed")
    assert api.refused("POST", "/services", {**SERVICE, "unit_price": -1}) == (400, "invalid_field_value")


def test_an_item_takes_over_what_its_service_has(api: Caller) -> None:
    """By id or SKU; what the item says itself comes first, and the sums follow."""
    service, client = api("POST", "/services", SERVICE), api.client()
    items = [{"id": service["id"], "quantity": 2}, {"search": _sku("C-1"), "unit_price": 500}]
    sale = api("POST", "/receipts", {"client": {"id": client}, "items": items})
    assert [item["unit_price"] for item in sale["items"]] == [1000, 500]
    assert {item["description"] for item in sale["items"]} == {"Consultoría"}
    assert (sale["subtotal"], sale["taxes"], sale["total"]) == (2500, 400, 2900)


def test_an_item_may_make_its_service(api: Caller) -> None:
    """With `auto_create`, once; without it, an unknown service is not found."""
    item = {"search": {**_sku("N-1"), "auto_create": True}, "description": "Nuevo", "unit_price": 5}
    for _ in "ab":
        api("POST", "/payments/request", {"client": {"id": api.client()}, "items": [item]})
    assert [(row["sku"], row["description"]) for row in api("GET", "/services")] == [("N-1", "Nuevo")]
    for unknown in ({"id": "service_none"}, {"search": _sku("none")}):
        sale = {"client": {"id": api.client()}, "items": [unknown]}
        assert api.refused("POST", "/receipts", sale) == (404, "resource_not_found")


def test_discounts_inclusive_and_withheld_taxes_add_up(api: Caller) -> None:
    """A price that holds its tax already comes to that price; what is withheld is taken off."""
    isr = {"type": "ISR", "rate": "0.10", "factor": "Tasa", "withholding": True}
    items = [
        {"description": "a", "unit_price": 116, "taxes": [{**IVA, "inclusive": True}]},
        {"description": "b", "unit_price": 100, "quantity": 2, "discount": 50, "taxes": [IVA, isr]},
    ]
    sale = api("POST", "/receipts", {"client": {"id": api.client()}, "items": items})
    sums = {name: sale[name] for name in ("subtotal", "discount", "taxes", "withholding_taxes", "total")}
    assert sums == {"subtotal": 300, "discount": 50, "taxes": 40, "withholding_taxes": 15, "total": 275}
    items[0] |= {"discount": 200}
    sale = {"client": {"id": api.client()}, "items": items}
    assert api.refused("POST", "/receipts", sale) == (400, "invalid_field_value")


def _sku(value: str) -> dict[str, str]:
    return {"on_key": "sku", "on_value": value}
