"""Services in the sandbox: the catalogue that items refer to."""

from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import missing, ok
from gigstack_events.sandbox.schemas.fields import Deleted, ListQuery
from gigstack_events.sandbox.schemas.services import Service, ServiceInput, ServiceUpdate
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

FIELDS = (
    "description", "unit_price", "quantity", "discount", "product_key", "unit_key", "unit_name", "sku",
    "taxability", "taxes", "metadata",
)  # fmt: skip


def make_service(sandbox: Sandbox, scope: Scope, fields: Row) -> Row:
    """Create a service and tell about it."""
    row: Row = {"id": sandbox.services.new_id()}
    row |= {name: fields.get(name) for name in FIELDS}
    row |= {"livemode": scope[0], "team": scope[1], "created_at": sandbox.now_ms() // 1000}
    sandbox.services.add(scope, row)
    sandbox.emit("service.created", row, scope)
    return row


def find_service(sandbox: Sandbox, scope: Scope, id: str) -> Row:
    """Return a service of this mode and team."""
    row = sandbox.services.find(scope, id)
    if row is None:
        raise missing("Service", id)
    return row


def service_by_sku(sandbox: Sandbox, scope: Scope, sku: str) -> Row | None:
    """Return the newest service with this SKU."""
    return next((row for _, row in sandbox.services.walk(scope) if row["sku"] == sku), None)


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.services, equal=("sku", "product_key"))


async def _get(call: Call) -> Row:
    return ok(find_service(call.sandbox, call.scope, call.id))


async def _create(call: Call) -> Row:
    return ok(make_service(call.sandbox, call.scope, call.body), "Service created successfully")


async def _update(call: Call) -> Row:
    row = find_service(call.sandbox, call.scope, call.id)
    row |= {name: call.body[name] for name in FIELDS if name in call.body}
    call.sandbox.services.keep(row)
    call.sandbox.emit("service.updated", row, call.scope)
    return ok(row)


async def _delete(call: Call) -> Row:
    """Delete a service; what was sold keeps its own copy of it."""
    row = find_service(call.sandbox, call.scope, call.id)
    call.sandbox.services.remove(call.id)
    call.sandbox.emit("service.deleted", row, call.scope)
    return ok({"deleted": True})


OPERATIONS = (
    Operation("services.list", "GET", "/services", _list, query=ListQuery, answer=list[Service | None]),
    Operation("services.create", "POST", "/services", _create, body=ServiceInput, answer=Service),
    Operation("services.get", "GET", "/services/{id}", _get, answer=Service),
    Operation("services.update", "PUT", "/services/{id}", _update, body=ServiceUpdate, answer=Service),
    Operation("services.delete", "DELETE", "/services/{id}", _delete, answer=Deleted),
)
