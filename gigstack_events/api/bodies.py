"""From the fields of a call to what the API reads, and back where little is known of its answer."""

from collections.abc import Mapping
from typing import Any, TypeVar

from gigstack_events.api.fields import ApiObject
from gigstack_events.api.resources import read, reference

M = TypeVar("M", bound=ApiObject)

# Older texts of the API name a payment's automations in their own way; they are not sent any more.
_TODAYS = {
    "payment": "pue_invoice",
    "stamp_invoice": "pue_invoice",
    "payment_and_complement": "ppd_invoice_and_complement",
}


def invoice_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Refer to the client, and name `global` as the API does."""
    body = {name.removesuffix("_"): value for name, value in fields.items()}
    return _referring(body)


def payment_body(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Refer to the client, and say today's word for the automation."""
    body = dict(fields)
    if isinstance(word := body.get("automation_type"), str):
        body["automation_type"] = _TODAYS.get(word, word)
    return _referring(body)


def _referring(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "client": reference(body["client"])} if "client" in body else body


def read_about(model: type[M], id: str, reply: Mapping[str, Any]) -> M:
    """Read an answer that is not documented: it is about the object that was named, whatever it says."""
    says_more = isinstance(reply.get("data"), Mapping | None)
    return read(model, {"id": id, **reply} if says_more else {"id": id})
