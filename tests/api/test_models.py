"""Models read whatever the API sends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigstack_events.api import Client, Payment, Receipt, models
from gigstack_events.api.fields import ApiObject, to_millis
from tests.api.stand_in import Api, ok

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_MODELS: list[type[ApiObject]] = [getattr(models, name) for name in models.__all__]
_FIELDS = sorted({name for model in _MODELS for name in model.model_fields})
_REPLIES = st.dictionaries(st.sampled_from([*_FIELDS, "created", "validUntil", "global", "xml_url"]), _JSON)


@given(st.sampled_from(_MODELS), _REPLIES)
def test_no_reply_breaks_a_model(model: type[ApiObject], data: dict[str, Any]) -> None:
    """A field of another type than expected counts as absent; nothing raises."""
    read = model.model_validate(data)
    read.model_dump(mode="json", exclude_unset=True)


@pytest.mark.parametrize(
    ("value", "millis"),
    [
        (1_677_651_234, 1_677_651_234_000),
        (1_709_090_576_567, 1_709_090_576_567),
        ("1677651234", 1_677_651_234_000),
        ("2025-10-02T10:30:00Z", 1_759_401_000_000),
        ("2025-10-02T04:30:00-06:00", 1_759_401_000_000),
        ("2025-10-02T10:30:00", 1_759_401_000_000),
        ({"_seconds": 1_677_651_234, "_nanoseconds": 0}, 1_677_651_234_000),
        ({"seconds": 1_677_651_234}, 1_677_651_234_000),
        ("soon", None),
        (None, None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_times_of_all_kinds_become_milliseconds(value: object, millis: int | None) -> None:
    """Seconds, milliseconds, text and Firestore's objects all occur."""
    assert to_millis(value) == millis


def test_a_receipt_reads_both_generations_of_names() -> None:
    """The documented list and the newer objects name times differently."""
    older = Receipt.model_validate({"id": "receipt_1", "created": 1_677_651_234, "validUntil": 1_680_243_234})
    newer = Receipt.model_validate({"id": 1, "created_at": 1_677_651_234, "valid_until": 1_680_243_234})
    assert (older.created_at, older.valid_until) == (newer.created_at, newer.valid_until)
    assert newer.id == "1"


@pytest.mark.parametrize(
    ("status", "pending", "stamped"),
    [
        ("pending", True, False),
        ("open", True, False),
        ("invoiced", False, True),
        ("completed", False, True),
        ("stamped", False, True),
        ("cancelled", False, False),
        ("expired", False, False),
        (None, False, False),
    ],
)
def test_a_receipt_knows_whether_it_waits_for_its_cfdi(status: object, pending: bool, stamped: bool) -> None:
    """The API has two words for each."""
    receipt = Receipt.model_validate({"status": status})
    assert (receipt.is_pending, receipt.is_stamped) == (pending, stamped)


def test_nulls_numbers_as_text_and_unknown_fields_are_fine() -> None:
    """Almost every field is nullable, amounts may be text, new fields appear."""
    payment = Payment.model_validate(
        {"id": "payment_1", "total": "1160.00", "client": None, "invoices": None, "receipts": ["r", None],
         "payment_form": 3, "metadata": None, "brand_new": 1}
    )  # fmt: skip
    assert payment.total == 1160.0
    assert payment.receipts == ["r"]
    assert (payment.invoices, payment.metadata, payment.payment_form) == ([], {}, "3")
    assert payment.model_extra == {"brand_new": 1}


def test_references_may_be_ids_or_objects() -> None:
    """A client may come as its id alone, invoices as objects with a uuid."""
    receipt = Receipt.model_validate({"client": "client_1", "invoices": [{"uuid": "U"}, "V"]})
    assert receipt.client is not None
    assert receipt.client.id == "client_1"
    assert receipt.invoices == ["U", "V"]


def test_a_client_tells_what_its_cfdi_lacks() -> None:
    """An operator reads which fields to ask for."""
    client = Client.model_validate({"id": "client_1", "legal_name": "ANA", "address": {"zip": 3100}})
    assert client.missing_fiscal_data == ["tax_id", "tax_system"]


def test_a_repr_shows_no_personal_data() -> None:
    """Models end up in logs and tracebacks."""
    receipt = Receipt.model_validate({"id": "receipt_1", "status": "open", "client": {"email": "ana@x.mx"}})
    assert repr(receipt) == "Receipt(id='receipt_1', status='open')"
    assert "ana" not in repr(Client.model_validate({"id": "c", "name": "ana", "email": "ana@x.mx"}))


@pytest.mark.parametrize(
    "reply", [ok({"id": "wh_1"}, signing_secret="whsec_x"), ok({"id": "wh_1", "signing_secret": "whsec_x"})]
)
def test_a_secret_is_found_beside_the_data_or_in_it(reply: Any) -> None:
    """It is told once; it must not be missed, and it does not show in a repr."""
    webhook = Api(reply).gigstack().webhooks.create(url="https://x.example", events=["payment.succeeded"])
    assert webhook.signing_secret is not None
    assert webhook.signing_secret.get_secret_value() == "whsec_x"
    assert "whsec_x" not in repr(webhook)


def test_a_way_into_the_portal_does_not_show() -> None:
    """Whoever has the link is the client."""
    data = {"url": "https://portal.example/?t=secret", "token": "secret", "expires_at": 1_700_000_000}
    access = Api(ok(data)).gigstack().clients.customer_portal(email="ana@x.mx")
    assert access.url is not None
    assert access.url.get_secret_value().endswith("secret")
    assert access.expires_at == 1_700_000_000_000
    assert "secret" not in repr(access) + str(access) + access.model_dump_json()


def test_a_client_shows_what_the_sat_says() -> None:
    """Handlers decide on these before they stamp."""
    data = {
        "id": "c", "efos": {"is_valid": False}, "fiscal_validation": {"status": "error", "message": "zip"},
        "sat_status": {"is_risky": True, "hits": [{"list": "69-B"}]},
        "defaults": {"keep_full_legal_name": True},
    }  # fmt: skip
    client = Client.model_validate(data)
    assert client.efos is not None
    assert client.efos.is_valid is False
    assert client.fiscal_validation is not None
    assert client.fiscal_validation.message == "zip"
    assert client.sat_status is not None
    assert (client.sat_status.is_risky, client.sat_status.hits) == (True, [{"list": "69-B"}])
    assert client.defaults.keep_full_legal_name is True


def test_a_payment_has_its_lines_and_refunds() -> None:
    """Allowed methods come as objects, and lines with their taxes."""
    data = {
        "allowed_payment_methods": [{"id": "card"}, "spei"], "refunds": [{"id": "r", "amount": "10"}],
        "items": [{"quantity": 2, "unit_price": 50, "taxes": [{"type": "IVA", "rate": 0.16}]}],
        "status": "canceled",
    }  # fmt: skip
    payment = Payment.model_validate(data)
    assert payment.allowed_payment_methods == ["card", "spei"]
    assert (payment.refunds[0].amount, payment.items[0].taxes[0].rate) == (10.0, 0.16)
    assert payment.is_cancelled
