"""Webhooks in the sandbox: the endpoints that events are sent to. Both modes share them."""

import hashlib
import json
import re

from starlette.datastructures import URL

from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.nearest import hint
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.schemas.webhooks import (
    ConfigurationOperation,
    Webhook,
    WebhookChange,
    WebhookInput,
    WebhookRemoval,
    WebhooksQuery,
)  # fmt: skip
from gigstack_events.sandbox.tables import TEAM, Row, Scope
from gigstack_events.sandbox.webhooks import signing
from gigstack_events.sandbox.webhooks.event_types import EVENT_TYPES

_PLAIN = ("url", "events", "description", "status", "version", "type")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def shown(webhook: Row) -> Row:
    """Return what the API shows of an endpoint: neither its secret nor the values of its headers."""
    public = {name: value for name, value in webhook.items() if name != "_hidden"}
    revision = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()
    return {**public, "revision": revision, "effect_scope": "shared_team_webhooks"}


def find_webhook(call: Call) -> Row:
    """Return the endpoint that the path names, of the call's team."""
    webhook = call.sandbox.webhooks.find(_scope(call), call.id)
    if webhook is None:
        raise missing("Webhook", call.id)
    return webhook


def _scope(call: Call) -> Scope:
    return None, call.team


def _check(webhook: Row) -> None:
    """Refuse what the API refuses, but for private hosts and plain http, which tests live on."""
    if not _is_address(URL(str(webhook["url"] or ""))):
        raise invalid("url is an http or https address without user and fragment", "url")
    if unknown := next((event for event in webhook["events"] if event not in EVENT_TYPES), None):
        raise invalid(f"there is no event {unknown}; {hint(unknown, EVENT_TYPES)}", "events")
    if not webhook["events"] and webhook["status"] == "active":
        raise invalid("an active webhook needs events", "events")


def _is_address(url: URL) -> bool:
    try:
        return bool(
            url.scheme in ("http", "https") and url.hostname and not url.username and not url.fragment
        )
    except ValueError:  # brackets that hold no IPv6 address
        return False


def _change(webhook: Row, body: Row) -> Row:
    """Apply the given fields; return what is shown once: a new secret."""
    given = {name: body[name] for name in _PLAIN if name in body}
    # Null clears what can be null, and leaves the rest as it is.
    kept = {name for name in ("url", "events", "status") if given.get(name) is None}
    changed = {**webhook, **{name: value for name, value in given.items() if name not in kept}}
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
    """List a team's endpoints, of both modes."""
    page = list_page(call, call.sandbox.webhooks, equal=("status",), scope=_scope(call))
    rows = [row and shown(row) for row in page["data"]]
    beside = {"has_more": page["has_more"], "next_cursor": page["next"], "timestamp": call.sandbox.now_ms()}
    return ok(rows, "Webhooks retrieved successfully", **beside)


async def _get(call: Call) -> Row:
    """Get an endpoint, and what the caller may do with it."""
    webhook = shown(find_webhook(call))
    access = {
        "can_manage": True,
        "can_configure": True,
        "team_id": call.team,
        "webhook_id": webhook["id"],
        "actor_id": webhook["owner"],
        "revision": webhook["revision"],
    }
    return ok(webhook, configuration_access=access, timestamp=call.sandbox.now_ms())


async def _create(call: Call) -> Row:
    """Create an endpoint. Where `signing` is not mentioned, this stand-in turns it on."""
    if (known := _repeated(call, "create")) is not None:
        return known
    webhook: Row = {
        "id": call.sandbox.webhooks.new_id(),
        "url": None,
        "events": [],
        "status": "active",
        "description": None,
        "owner": "user_sandbox",
        "created_at": call.sandbox.now_ms(),
        "version": None,
        "type": None,
        "security": {"header_names": [], "configured": False, "status": "not_configured"},
        "signing": {"enabled": False},
        "_hidden": {"secret": None, "headers": {}},
    }
    _check_type(call)
    once = _change(webhook, {**call.body, "signing": {"enabled": True, **(call.body.get("signing") or {})}})
    call.sandbox.webhooks.add(_scope(call), webhook)
    beside = {**once, **_remember(call, webhook, "create", once)}
    return ok(shown(webhook), "Webhook created successfully", **beside)


async def _update(call: Call) -> Row:
    """Change the given fields of an endpoint, if it still has the expected revision."""
    webhook = find_webhook(call)
    if (known := _repeated(call, "update")) is not None:
        return known
    _check_revision(call, webhook)
    _check_type(call)
    once = _change(webhook, call.body)
    call.sandbox.webhooks.keep(webhook)
    return ok(shown(webhook), **once, **_remember(call, webhook, "update", once))


async def _delete(call: Call) -> Row:
    """Remove an endpoint, if it still has the expected revision."""
    _check_revision(call, find_webhook(call))
    call.sandbox.webhooks.remove(call.id)
    return ok({"deleted": True})


def _check_revision(call: Call, webhook: Row) -> None:
    expected = call.body.get("expected_revision")
    if expected and expected != shown(webhook)["revision"]:
        raise Problem(409, "webhook_revision_conflict", "The webhook was changed since it was read")


def _check_type(call: Call) -> None:
    if call.body.get("type") == "gigstack_connect" and call.team != TEAM:
        raise Problem(403, "master_team_required", "Only the master team hears of its sub-teams")


def _repeated(call: Call, action: str) -> Row | None:
    """Return the answer that this `operation_id` had before, without the secret."""
    known = call.sandbox.webhook_operations.find(_scope(call), _key(call, call.body.get("operation_id")))
    if known is None:
        return None
    if known["fingerprint"] != _fingerprint(call, action):
        raise Problem(409, "resource_conflict", "This operation_id was used for something else")
    return ok(known["webhook"], operation=known["operation"])


def _remember(call: Call, webhook: Row, action: str, once: Row) -> Row:
    """Keep the operation under its `operation_id`; return what is shown of it beside the endpoint."""
    if not (id := call.body.get("operation_id")):
        return {}
    operation = {
        "operation_id": id,
        "team_id": call.team,
        "webhook_id": webhook["id"],
        "action": action,
        "status": "completed",
        "created_at": call.sandbox.now_ms(),
        "effect_scope": "shared_team_webhooks",
        "secret_attempts": len(once),
        "error": None,
        "credential_delivery": "not_replayed",
    }
    row = {
        "id": _key(call, id),
        "operation": operation,
        "webhook": shown(webhook),
        "fingerprint": _fingerprint(call, action),
    }
    call.sandbox.webhook_operations.add(_scope(call), row)
    return {"operation": operation}


def _key(call: Call, operation_id: object) -> str:
    return f"{call.team}:{operation_id}"


def _fingerprint(call: Call, action: str) -> str:
    asked = json.dumps([action, call.id, call.body], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


async def _get_operation(call: Call) -> Row:
    """Get what has become of a change, by its `operation_id`."""
    id = call.path["operationId"]
    row = call.sandbox.webhook_operations.find(_scope(call), _key(call, id))
    if row is None or "webhook" not in row:
        raise missing("Operation", id)
    return ok(row["operation"])


OPERATIONS = (
    Operation("webhooks.list", "GET", "/webhooks", _list, query=WebhooksQuery, answer=list[Webhook]),
    Operation("webhooks.create", "POST", "/webhooks", _create, body=WebhookInput, answer=Webhook),
    Operation(
        "webhooks.get_configuration_operation", "GET", "/webhooks/configuration-operations/{operationId}",
        _get_operation, answer=ConfigurationOperation,
    ),
    Operation("webhooks.get", "GET", "/webhooks/{id}", _get, answer=Webhook),
    Operation("webhooks.update", "PUT", "/webhooks/{id}", _update, body=WebhookChange, answer=Webhook),
    Operation("webhooks.delete", "DELETE", "/webhooks/{id}", _delete, body=WebhookRemoval),
)  # fmt: skip
