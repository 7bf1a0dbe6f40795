"""Webhooks in the sandbox: the endpoints that events are sent to. Both modes share them."""

import hashlib
import json
import re

from starlette.datastructures import URL

from gigstack_events.sandbox import signing
from gigstack_events.sandbox.event_types import EVENT_TYPES
from gigstack_events.sandbox.events import new_event
from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, now_ms, ok
from gigstack_events.sandbox.sender import Manner
from gigstack_events.sandbox.tables import Row, Scope

_PLAIN = ("url", "events", "description", "status", "version", "type")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def shown(webhook: Row) -> Row:
    """Return what the API shows of an endpoint: neither its secret nor the values of its headers."""
    public = {name: value for name, value in webhook.items() if name != "_hidden"}
    revision = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()
    return {**public, "revision": revision, "effect_scope": "shared_team_webhooks"}


def _scope(call: Call) -> Scope:
    return None, call.team


def _find(call: Call) -> Row:
    webhook = call.sandbox.webhooks.find(_scope(call), call.id)
    if webhook is None:
        raise missing("Webhook", call.id)
    return webhook


def _check(webhook: Row) -> None:
    """Refuse what the API refuses, but for private hosts and plain http, which tests live on."""
    url = URL(str(webhook["url"] or ""))
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.fragment:
        raise invalid("url is an http or https address without user and fragment", "url")
    events = webhook["events"]
    if not isinstance(events, list) or any(event not in EVENT_TYPES for event in events):
        raise invalid("events is a list of known event types", "events")
    if webhook["status"] not in ("active", "inactive"):
        raise invalid("status is active or inactive", "status")
    if not events and webhook["status"] == "active":
        raise invalid("an active webhook needs events", "events")
    if webhook["version"] not in ("v1", "v2", None):
        raise invalid("version is v1 or v2", "version")


def _change(webhook: Row, body: Row) -> Row:
    """Apply the given fields; return what is shown once: a new secret."""
    changed = {**webhook, **{name: body[name] for name in _PLAIN if name in body}}
    _check(changed)
    headers = _static_headers(body)
    webhook |= changed
    if headers is not None:
        webhook["_hidden"]["headers"] = headers
        state = "configured" if headers else "not_configured"
        webhook["security"] = {"header_names": list(headers), "configured": bool(headers), "status": state}
    return _change_signing(webhook, body.get("signing") or {})


def _static_headers(body: Row) -> dict[str, str] | None:
    headers = (body.get("security") or {}).get("headers")
    if headers is None:
        return None
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not isinstance(value, str) or not value.isprintable():
            raise invalid("headers are names with text values", "security")
    return dict(headers)


def _change_signing(webhook: Row, wanted: Row) -> Row:
    hidden = webhook["_hidden"]
    enabled = bool(wanted.get("enabled", webhook["signing"]["enabled"] or wanted.get("rotate", False)))
    webhook["signing"] = {
        "enabled": enabled,
        "configured": enabled,
        "status": "configured" if enabled else "disabled",
    }
    if wanted.get("rotate") or (not hidden["secret"] and (enabled or webhook["version"] == "v1")):
        hidden["secret"] = signing.new_secret()
        return {"signing_secret": hidden["secret"]}
    return {}


async def _list(call: Call) -> Row:
    page = list_page(call, call.sandbox.webhooks, equal=("status",), scope=_scope(call))
    rows = [row and shown(row) for row in page["data"]]
    return ok(rows, "Webhooks retrieved successfully", has_more=page["has_more"], next_cursor=page["next"])


async def _get(call: Call) -> Row:
    return ok(shown(_find(call)))


async def _create(call: Call) -> Row:
    """Create an endpoint. Where `signing` is not mentioned, this stand-in turns it on."""
    webhook: Row = {
        "id": call.sandbox.webhooks.new_id(),
        "url": None,
        "events": [],
        "status": "active",
        "description": None,
        "owner": "user_sandbox",
        "created_at": now_ms(),
        "version": None,
        "type": None,
        "security": {"header_names": [], "configured": False, "status": "not_configured"},
        "signing": {"enabled": False},
        "_hidden": {"secret": None, "headers": {}},
    }
    once = _change(webhook, {**call.body, "signing": {"enabled": True, **(call.body.get("signing") or {})}})
    call.sandbox.webhooks.add(_scope(call), webhook)
    return ok(shown(webhook), "Webhook created successfully", **once)


async def _update(call: Call) -> Row:
    webhook = _find(call)
    _check_revision(call, webhook)
    once = _change(webhook, call.body)
    call.sandbox.webhooks.keep(webhook)
    return ok(shown(webhook), **once)


async def _delete(call: Call) -> Row:
    _check_revision(call, _find(call))
    call.sandbox.webhooks.remove(call.id)
    return ok({"deleted": True})


def _check_revision(call: Call, webhook: Row) -> None:
    expected = call.body.get("expected_revision")
    if expected and expected != shown(webhook)["revision"]:
        raise Problem(409, "webhook_revision_conflict", "The webhook was changed since it was read")


async def _test(call: Call) -> Row:
    """Send the current state of an object as a new event, also to an inactive endpoint."""
    webhook = _find(call)
    object = call.sandbox.resource(str(call.body.get("resource_id")))
    type = call.body.get("event")
    if object is None or type not in EVENT_TYPES or not call.body.get("confirmed"):
        raise invalid("event, resource_id and confirmed are required")
    event = new_event(type, object, (object["livemode"], object["team"]))
    call.sandbox.sender.send(event, Manner(), only=webhook["id"])
    receipt = {
        "operation_id": call.body.get("operation_id"),
        "team_id": call.team,
        "livemode": object["livemode"],
        "endpoint_id": webhook["id"],
        "delivery_id": event.id,
        "submission": "submitted",
        "delivery": "pending",
        "duplicate_delivery_possible": True,
    }
    return ok(receipt)


OPERATIONS = (
    Operation("webhooks.list", "GET", "/webhooks", _list),
    Operation("webhooks.create", "POST", "/webhooks", _create),
    Operation("webhooks.get", "GET", "/webhooks/{id}", _get),
    Operation("webhooks.update", "PUT", "/webhooks/{id}", _update),
    Operation("webhooks.delete", "DELETE", "/webhooks/{id}", _delete),
    Operation("webhooks.test", "POST", "/webhooks/{id}/test", _test),
    Operation("webhooks.resend_current", "POST", "/webhooks/{id}/resend-current", _test),
)
