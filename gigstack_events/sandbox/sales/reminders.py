"""Reminders of payments that are due, and the links on which they can be made."""

from functools import partial
from secrets import token_hex

from gigstack_events.sandbox.accounts.team_rules import days_of_warning
from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, invalid, missing, ok
from gigstack_events.sandbox.schemas.payments import (
    LinkQuery,
    PaymentLink,
    ReminderOperation,
    Reminders,
    RemindersInput,
)
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import Row, Scope

_DAY_MS = 86_400_000
_UNPAID = ("requires_payment_method", "pending")


def plan_reminders(sandbox: Sandbox, scope: Scope, payment: Row) -> None:
    """Plan the usual one, a day before a payment is due unless the team has other wishes."""
    days = days_of_warning(sandbox, scope)
    if days is not None:
        payment["reminders"] = [_new(sandbox, payment["due_date"] * 1000 - days * _DAY_MS)]
    sandbox.payments.keep(payment)
    watch_reminders(sandbox, scope, payment)


def watch_reminders(sandbox: Sandbox, scope: Scope, payment: Row) -> None:
    """Let a payment's reminders be sent when their time has come, by the sandbox's clock."""
    for row in payment.get("reminders", []):
        if row["status"] == "scheduled":
            sandbox.clock.at(row["send_at"], partial(_remind, sandbox, scope, payment["id"], row["id"]))


def _new(sandbox: Sandbox, send_at: int) -> Row:
    status = "scheduled" if send_at > sandbox.now_ms() else "skipped"
    return {"id": f"reminder_{token_hex(8)}", "send_at": send_at, "status": status}


def _remind(sandbox: Sandbox, scope: Scope, id: str, reminder: str) -> None:
    """Send a reminder, unless the plan was replaced meanwhile or there is nothing left to pay."""
    payment = sandbox.payments.find(scope, id)
    found = [row for row in payment["reminders"] if row["id"] == reminder] if payment else []
    for row in found:
        is_wanted = payment is not None and payment["status"] in _UNPAID
        row["status"] = "sent" if is_wanted else "skipped"
        if payment is not None:
            sandbox.payments.keep(payment)
            if is_wanted:
                sandbox.emit("payment.upcoming_due_date", payment, scope)


def _find(call: Call) -> Row:
    payment = call.sandbox.payments.find(call.scope, call.id)
    if payment is None:
        raise missing("Payment", call.id)
    return payment


def _plan(payment: Row) -> Row:
    due = payment.get("due_date")
    return {
        "payment_id": payment["id"],
        "livemode": payment["livemode"],
        "due_date": due and due * 1000,
        "enabled": bool(payment["reminders"]),
        "reminders": payment["reminders"],
    }


async def _get(call: Call) -> Row:
    return ok(_plan(_find(call)))


async def _replace(call: Call) -> Row:
    """Put a new plan in place of the old one; a reminder of the past is skipped."""
    payment, expected = _find(call), call.body.get("expected_livemode")
    if expected is not None and expected != call.livemode:
        raise Problem(409, "resource_conflict", "expected_livemode is not the mode of the key")
    plan = call.body.get("plan") or call.body
    wanted = [] if plan.get("enabled") is False else plan.get("reminders") or []
    moments = [_moment(payment, row) for row in wanted]
    payment["reminders"] = [_new(call.sandbox, moment) for moment in moments]
    call.sandbox.payments.keep(payment)
    watch_reminders(call.sandbox, call.scope, payment)
    call.sandbox.emit("payment.updated", payment, call.scope)
    operation = {"operation_id": call.body.get("operation_id"), "status": "completed"}
    return ok({**_plan(payment), **operation}, "Reminders replaced")


def _moment(payment: Row, wanted: Row) -> int:
    if (moment := wanted.get("send_at")) is not None:
        return int(moment if moment > 10**12 else moment * 1000)
    if payment["due_date"] is None:
        raise invalid("days_before: the payment has no due date", "reminders")
    return int(payment["due_date"] * 1000 - wanted["days_before"] * _DAY_MS)


async def _list_links(call: Call) -> Row:
    """List the pages of payments that were asked for; one whose payment is settled is gone."""
    start, end = (int(call.query.get(name) or default) for name, default in (("from", 0), ("to", 10**15)))
    status = call.query.get("status")

    def test(payment: Row) -> bool:
        in_time = start <= payment["created_at"] * 1000 <= end
        return payment["due_date"] is not None and in_time and status in (None, _state(payment))

    page = list_page(call, call.sandbox.payments, tests=[test])
    rows = [payment and _link(payment) for payment in page["data"]]
    return ok(rows, has_more=page["has_more"], next_cursor=page["next"], livemode=call.livemode)


def _state(payment: Row) -> str:
    return "active" if payment["status"] in _UNPAID else "deleted"


def _link(payment: Row) -> Row:
    return {
        "id": payment["id"].replace("payment", "link"),
        "payment_id": payment["id"],
        "url": payment["short_url"],
        "status": _state(payment),
        "livemode": payment["livemode"],
        "created_at": payment["created_at"] * 1000,
    }


LINKS = (
    Operation("payments.list_links", "GET", "/payments/links", _list_links,
              query=LinkQuery, answer=list[PaymentLink | None]),
)  # fmt: skip
REMINDERS = (
    Operation("payments.get_reminders", "GET", "/payments/{id}/reminders", _get, answer=Reminders),
    Operation("payments.replace_reminders", "PUT", "/payments/{id}/reminders", _replace,
              body=RemindersInput, answer=ReminderOperation),
)  # fmt: skip
