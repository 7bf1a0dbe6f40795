"""Whatever a call holds, the answer to nonsense is a 400 with the API's code, never a failure."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller

ITEM: dict[str, Any] = {"description": "x", "unit_price": 1}
CLIENT = {"search": {"on_key": "email", "on_value": "a@x.example", "auto_create": True}}


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        b"\xff",
        b"[]",
        b"5",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": "\\ud800"}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"name": ' + b'{"a": ' * 90 + b"1" + b"}" * 91,
    ],
)
def test_what_is_no_json_object_is_refused(api: Caller, content: bytes) -> None:
    """Broken, endless, too deep, or with values that JSON does not have."""
    assert api.refused("POST", "/clients", content=content) == (400, "invalid_request_body")


@pytest.mark.parametrize(
    "wrong",
    [
        {"client": 5},
        {"client": []},
        {"client": {"id": {}}},
        {"client": {"search": 5}},
        {"client": {"search": {"on_key": "name", "on_value": "x"}}},
        {"client": {"search": {"on_key": "email", "on_value": []}}},
        {"client": {**CLIENT, "email": "nonsense"}},
        {"client": {**CLIENT, "address": "Luna 5"}},
        {"items": {}},
        {"items": []},
        {"items": [5]},
        {"items": [None]},
        {"items": [{}]},
        {"items": [{"unit_price": {}}]},
        {"items": [{**ITEM, "unit_price": "1"}]},
        {"items": [{**ITEM, "unit_price": True}]},
        {"items": [{**ITEM, "unit_price": -1}]},
        {"items": [{**ITEM, "unit_price": 10**300}]},
        {"items": [{**ITEM, "quantity": []}]},
        {"items": [{**ITEM, "discount": 2}]},
        {"items": [{**ITEM, "taxes": {}}]},
        {"items": [{**ITEM, "taxes": [{"rate": "٣"}]}]},
        {"items": [{**ITEM, "taxes": [{"rate": 10**6}]}]},
        {"items": [{"id": 7}]},
        {"items": [{"search": "C-1"}]},
        {"items": [ITEM] * 1001},
        {"currency": "pesos"},
        {"exchange_rate": "17"},
        {"payment_form": 3},
        {"metadata": []},
        {"metadata": "x"},
        {"idempotency_key": {}},
        {"invoice_config": 5},
        {"invoice_config": {"folio": []}},
    ],
)
def test_fields_of_the_wrong_kind_are_refused(api: Caller, wrong: dict[str, object]) -> None:
    """In a receipt as in a payment, and nothing is made on the way."""
    for path in ("/receipts", "/payments/request"):
        status, code = api.refused("POST", path, {"client": CLIENT, "items": [ITEM], **wrong})
        assert (status, code != "internal_server_error") == (400, True)
    assert api("GET", "/receipts") + api("GET", "/payments") == []


@pytest.mark.parametrize("path", ["/clients", "/services", "/receipts", "/payments"])
@pytest.mark.parametrize(
    "query",
    [
        "limit=abc", "limit=0", "limit=101", "limit=٣", "limit=+5", "page=x", "next=-1", "next=x",
        f"next={'9' * 40}", "cursor=%00", "created[gte]=x", "created_lte=1e9", "sort=up", "order_by=luck",
    ],
)  # fmt: skip
def test_odd_queries_are_refused(api: Caller, path: str, query: str) -> None:
    """Numbers are digits, and few of them."""
    status, code = api.refused("GET", f"{path}?{query}")
    assert (status, code) == (400, "invalid_field_value")


@pytest.mark.parametrize("section", ["clients", "receipts", "payments"])
def test_a_search_without_a_text_is_refused(api: Caller, section: str) -> None:
    """It would find all."""
    assert api.refused("GET", f"/{section}/search") == (400, "missing_required_field")
    assert api.refused("GET", f"/{section}/search?q=")[0] == 400
    assert api("GET", f"/{section}/search?q=%00%F0%9F%98%80") == []
