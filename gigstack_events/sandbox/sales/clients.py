"""Clients in the sandbox."""

from secrets import token_urlsafe

from gigstack_events.sandbox.documented import complete
from gigstack_events.sandbox.invoicing.fiscal import judgement
from gigstack_events.sandbox.listing import list_page, search_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.sales.csf import read_csf
from gigstack_events.sandbox.sales.documents import support_operations
from gigstack_events.sandbox.schemas.clients import (
    Client,
    ClientFields,
    ClientInput,
    CsfForm,
    CsfQuery,
    PortalInput,
    PortalToken,
    Validation,
)
from gigstack_events.sandbox.schemas.fields import Deleted, ListQuery, SearchQuery
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_FIELDS = (
    "name", "legal_name", "company", "email", "phone", "bcc", "tax_id", "tax_system", "use", "address",
    "metadata", "defaults",
)  # fmt: skip
_SEARCHED = ("id", "name", "legal_name", "company", "email", "tax_id")
_PORTAL_SECONDS = 5 * 86_400


def make_client(sandbox: Sandbox, scope: Scope, fields: Row) -> Row:
    """Create a client and tell about it."""
    row: Row = {"id": sandbox.clients.new_id()}
    row |= {name: fields.get(name) for name in _FIELDS}
    row |= {"livemode": scope[0], "team": scope[1], "is_valid": None, "created_at": sandbox.now_ms() // 1000}
    row |= {"fiscal_validation": None, "efos": None}
    sandbox.clients.add(scope, complete("client", row))
    sandbox.emit("customer.created", row, scope)
    return row


def change_client(sandbox: Sandbox, scope: Scope, row: Row, fields: Row) -> None:
    """Change the given fields of a client and tell about it."""
    row |= {name: fields[name] for name in _FIELDS if name in fields}
    sandbox.clients.keep(row)
    sandbox.emit("customer.updated", row, scope)


def resolve(call: Call, reference: object) -> Row:
    """Find, or make, the client that another object of this call refers to."""
    return payer(call.sandbox, call.scope, reference)


def payer(sandbox: Sandbox, scope: Scope, reference: object) -> Row:
    """Find, or make, the client that another object refers to."""
    if not isinstance(reference, dict):
        raise invalid("client is required", "client")
    if id := reference.get("id"):
        return find_client(sandbox, scope, str(id))
    found = _search_key(sandbox, scope, reference)
    if found is not None:
        return found
    if not (reference.get("search") or {}).get("auto_create"):
        raise missing("Client", "")
    return make_client(sandbox, scope, reference)


def find_client(sandbox: Sandbox, scope: Scope, id: str) -> Row:
    """Return a client of this mode and team."""
    row = sandbox.clients.find(scope, id)
    if row is None:
        raise missing("Client", id)
    return row


def get_client(call: Call, id: str) -> Row:
    """Return a client that this call may see."""
    return find_client(call.sandbox, call.scope, id)


def _search_key(sandbox: Sandbox, scope: Scope, fields: Row) -> Row | None:
    search = fields.get("search") or {}
    key, value = search.get("on_key"), search.get("on_value")
    if key not in ("email", "tax_id"):
        return None
    return _by(sandbox, scope, key, value)


def _by(sandbox: Sandbox, scope: Scope, key: str, value: object) -> Row | None:
    return next((row for _, row in sandbox.clients.walk(scope) if row[key] == value), None)


async def _list(call: Call) -> Row:
    return list_page(call, call.sandbox.clients, equal=("email", "tax_id"))


async def _get(call: Call) -> Row:
    return ok(get_client(call, call.id))


async def _search(call: Call) -> Row:
    return search_page(call, call.sandbox.clients, _SEARCHED)


async def _create(call: Call) -> Row:
    found = _search_key(call.sandbox, call.scope, call.body)
    if found is None:
        row = make_client(call.sandbox, call.scope, call.body)
        return ok(row, "Client created successfully")
    if call.body["search"].get("update"):
        change_client(call.sandbox, call.scope, found, call.body)
    return ok(found)


async def _update(call: Call) -> Row:
    row = get_client(call, call.id)
    change_client(call.sandbox, call.scope, row, call.body)
    return ok(row)


async def _delete(call: Call) -> Row:
    row = get_client(call, call.id)
    if any(receipt["status"] == "pending" for _, receipt in call.sandbox.receipts.walk(call.scope, call.id)):
        raise Problem(400, "operation_not_allowed", "The client has pending receipts")
    call.sandbox.clients.remove(call.id)
    call.sandbox.emit("customer.deleted", row, call.scope)
    return ok({"deleted": True})


async def _validate(call: Call) -> Row:
    """Look at the fiscal data as the SAT would; what is found shows in the client from now on."""
    row = get_client(call, call.id)
    found = judgement(row)
    is_news = found["is_valid"] != row["is_valid"]
    row |= found
    call.sandbox.clients.keep(row)
    if is_news:
        call.sandbox.emit("customer.updated", row, call.scope)
    return ok({"id": row["id"], **found})


async def _customer_portal(call: Call) -> Row:
    id, email = call.body.get("id"), call.body.get("email")
    row = get_client(call, id) if id else _by(call.sandbox, call.scope, "email", email)
    if row is None:
        raise missing("Client", str(email))
    token = token_urlsafe(24)
    expires_at = call.sandbox.now_ms() // 1000 + _PORTAL_SECONDS
    url = f"https://portal.example/{token}"
    return ok({"url": url, "token": token, "expires_at": expires_at, "client_id": row["id"]})


async def _upload_csf(call: Call) -> Row:
    """Take the fiscal data of a PDF over into a client, a new one unless `client_id` names one."""
    fields = read_csf(call.files["file"], call.sandbox.choices("csf"))
    id = call.query.get("client_id")
    if id is None:
        row = make_client(call.sandbox, call.scope, {"name": fields["legal_name"], **fields})
        return ok(row, "Client created successfully")
    row = get_client(call, id)
    address = {**(row["address"] or {}), **fields["address"]}
    change_client(call.sandbox, call.scope, row, {**fields, "address": address})
    return ok(row, "Client updated successfully")


_CLIENTS = list[Client | None]
OPERATIONS = (
    Operation("clients.list", "GET", "/clients", _list, query=ListQuery, answer=_CLIENTS),
    Operation("clients.create", "POST", "/clients", _create, body=ClientInput, answer=Client),
    Operation("clients.search", "GET", "/clients/search", _search, query=SearchQuery, answer=list[Client]),
    Operation("clients.upload_csf", "POST", "/clients/csf", _upload_csf,
              query=CsfQuery, form=CsfForm, answer=Client),
    Operation("clients.customer_portal", "POST", "/clients/customerportal", _customer_portal,
              body=PortalInput, answer=PortalToken),
    Operation("clients.validate", "POST", "/clients/validate/{id}", _validate, answer=Validation),
    *support_operations("clients", "client", get_client),
    Operation("clients.get", "GET", "/clients/{id}", _get, answer=Client),
    Operation("clients.update", "PUT", "/clients/{id}", _update, body=ClientFields, answer=Client),
    Operation("clients.delete", "DELETE", "/clients/{id}", _delete, answer=Deleted),
)  # fmt: skip
