"""Clients in the sandbox."""

from gigstack_events.sandbox.listing import list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_FIELDS = (
    "name", "legal_name", "company", "email", "phone", "bcc", "tax_id", "tax_system", "use", "address",
    "metadata", "defaults",
)  # fmt: skip
_SEARCHED = ("id", "name", "legal_name", "company", "email", "tax_id")


def make_client(sandbox: Sandbox, scope: Scope, fields: Row) -> Row:
    """Create a client and tell about it."""
    row: Row = {"id": sandbox.clients.new_id()}
    row |= {name: fields.get(name) for name in _FIELDS}
    row |= {"livemode": scope[0], "team": scope[1], "is_valid": None, "created_at": sandbox.now_ms() // 1000}
    sandbox.clients.add(scope, row)
    sandbox.emit("customer.created", row, scope)
    return row


def resolve(call: Call, reference: object) -> Row:
    """Find, or make, the client that another object refers to."""
    if not isinstance(reference, dict):
        raise invalid("client is required", "client")
    if id := reference.get("id"):
        return get_client(call, str(id))
    found = _search_key(call, reference)
    if found is not None:
        return found
    if not (reference.get("search") or {}).get("auto_create"):
        raise missing("Client", "")
    return make_client(call.sandbox, call.scope, reference)


def get_client(call: Call, id: str) -> Row:
    """Return a client of this mode and team."""
    row = call.sandbox.clients.find(call.scope, id)
    if row is None:
        raise missing("Client", id)
    return row


def _search_key(call: Call, fields: Row) -> Row | None:
    search = fields.get("search") or {}
    key, value = search.get("on_key"), search.get("on_value")
    if key not in ("email", "tax_id"):
        return None
    return next((row for _, row in call.sandbox.clients.walk(call.scope) if row[key] == value), None)


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.clients)


async def _get(call: Call) -> Row:
    return ok(get_client(call, call.id))


async def _search(call: Call) -> Row:
    return search_page(call, call.sandbox.clients, _SEARCHED)


async def _create(call: Call) -> Row:
    found = _search_key(call, call.body)
    if found is None:
        row = make_client(call.sandbox, call.scope, call.body)
        return ok(row, "Client created successfully")
    if call.body["search"].get("update"):
        found |= {name: call.body[name] for name in _FIELDS if name in call.body}
        call.sandbox.clients.keep(found)
    return ok(found)


async def _update(call: Call) -> Row:
    row = get_client(call, call.id)
    row |= {name: call.body[name] for name in _FIELDS if name in call.body}
    call.sandbox.clients.keep(row)
    call.sandbox.emit("customer.updated", row, call.scope)
    return ok(row)


async def _delete(call: Call) -> Row:
    row = get_client(call, call.id)
    if any(receipt["status"] == "pending" for _, receipt in call.sandbox.receipts.walk(call.scope, call.id)):
        raise Problem(400, "operation_not_allowed", "The client has pending receipts")
    call.sandbox.clients.remove(call.id)
    call.sandbox.emit("customer.deleted", row, call.scope)
    return ok({"deleted": True})


OPERATIONS = (
    Operation("clients.list", "GET", "/clients", _list),
    Operation("clients.create", "POST", "/clients", _create),
    Operation("clients.search", "GET", "/clients/search", _search),
    Operation("clients.get", "GET", "/clients/{id}", _get),
    Operation("clients.update", "PUT", "/clients/{id}", _update),
    Operation("clients.delete", "DELETE", "/clients/{id}", _delete),
)
