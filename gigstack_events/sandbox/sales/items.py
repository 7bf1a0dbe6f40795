"""What is sold: items that stand for themselves, or for a service of the catalogue."""

from gigstack_events.sandbox.invoicing.lines import lines, sums
from gigstack_events.sandbox.replies import Problem, invalid, missing
from gigstack_events.sandbox.sales.services import FIELDS, find_service, make_service, service_by_sku
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_WANTED = ("description", "unit_price")


def amounts(items: list[Row]) -> Row:
    """Add items up: subtotal, discount, taxes, withheld taxes and total, in pesos."""
    return sums(lines(items))


def priced(sandbox: Sandbox, scope: Scope, items: object) -> list[Row]:
    """Return items with all that they take over from their services; Problem where one cannot be sold."""
    if not isinstance(items, list) or not items:
        raise invalid("items is required", "items")
    whole = [_whole(sandbox, scope, item) for item in items]
    if any(line.discount > line.amount for line in lines(whole)):
        raise Problem(400, "invalid_field_value", "items: a discount is more than the price")
    return whole


def _whole(sandbox: Sandbox, scope: Scope, item: Row) -> Row:
    own = {name: value for name, value in item.items() if name != "search" and value is not None}
    service = _service(sandbox, scope, item)
    if service is not None:
        inherited = {name: service[name] for name in FIELDS if service[name] is not None}
        own = {**inherited, **own, "id": service["id"]}
    if lacking := [name for name in _WANTED if name not in own]:
        message = f"items: an item needs {' and '.join(lacking)}, or the id or search of a service"
        raise Problem(400, "missing_required_field", message)
    return {"quantity": 1, **own}


def _service(sandbox: Sandbox, scope: Scope, item: Row) -> Row | None:
    if id := item.get("id"):
        return find_service(sandbox, scope, id)
    search = item.get("search")
    if not search:
        return None
    found = service_by_sku(sandbox, scope, search["on_value"])
    if found is not None:
        return found
    if not search.get("auto_create") or any(item.get(name) is None for name in _WANTED):
        raise missing("Service", search["on_value"])
    return make_service(sandbox, scope, {"sku": search["on_value"], **item})
