"""Conditions: what they see, what they cannot decide, and how long they may take."""

from typing import Any

import pytest

from gigstack_events.conditions import (
    MOST_ROWS,
    Facts,
    NoCondition,
    Undecided,
    compile_condition,
    decide,
)
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import text
from gigstack_events.plans import plan_runs
from tests.making import accept, body_of, event_of, record_of, rule


def facts(**object: Any) -> Facts:
    """What conditions see of an event about such an object."""
    return Facts(event_of(**object))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("object.total > 1000", True),
        ("object.total > 1000 && event.livemode", True),
        ("event.type == 'payment.created'", False),
        ("object.client.name.startsWith('Ana')", True),
        ("has(object.metadata) && object.metadata.shop == 'mx'", False),
        ("object.items.exists(item, item.total > 900.0)", True),
        ("object['payment_form'] in ['03', '04']", True),
        ("object.nothing == 1 || object.total > 1", True),
    ],
)
def test_condition_says_yes_or_no(text: str, holds: bool) -> None:
    """Numbers compare whatever their kind, and what does not matter for the answer may be missing."""
    seen = facts(total=1500, client={"name": "Ana López"}, items=[{"total": 950.5}], payment_form="03")
    assert decide(text, seen) is holds


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("object.nothing > 1", "the event has no field 'nothing'"),
        ("object.client.name == 'x'", "a value is null or of another type"),
        ("object.total > 'x'", "a value is null or of another type"),
        ("object.total", "it gives a int, not true or false"),
        ("object.total / 0 > 1", "division by zero"),
        ("object.id.matches('(')", "not a valid regex"),
    ],
)
def test_what_cannot_be_decided_says_why(text: str, why: str) -> None:
    """A missing field is no `false`: somebody should look."""
    with pytest.raises(Undecided) as told:
        decide(text, facts(total=3, client=None))
    assert why in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1001,
        "(" * 300 + "true" + ")" * 300,
        "&&".join(["object.a.exists(x, x > 1)"] * 6),
        "object.a.exists(x, object.a.exists(y, object.a.exists(z, x > 1)))",
        "object.a.filter(x, object.a.exists(y, x > y)) == []",
        "object.a.exists(event, event > 1)",
        "now() > 1",
        "optional.of(1) == optional.of(1)",
    ],
)
def test_what_might_take_long_or_is_not_there_is_refused_at_start(text: str) -> None:
    """Length, nesting, and the number of macros are bounded, and there are no other functions."""
    with pytest.raises(NoCondition):
        compile_condition(text)


def test_condition_with_a_macro_looks_at_no_long_list() -> None:
    """The square of a sender's list is no worker's business; without a macro its length does not matter."""
    many = facts(items=[{"n": n} for n in range(MOST_ROWS + 1)])
    with pytest.raises(Undecided, match="conditions look at 500 at most"):
        decide("object.items.filter(x, x.n > 3).size() > 1", many)
    assert decide("object.items.size() > 500", many)


def test_worst_condition_ends_in_time() -> None:
    """Five macros over the longest list that is looked at: some half a second at most."""
    worst = " && ".join(["object.items.filter(x, x.n >= 0).size() > 0"] * 5)
    assert decide(worst, facts(items=[{"n": n} for n in range(MOST_ROWS)]))


def test_plan_has_a_run_where_it_holds_and_where_nobody_can_say(redis_url: str) -> None:
    """`false` makes no run; what cannot be decided makes one, so that it can be explained and retried."""
    accept(redis_url, body_of(total=5))
    ledger = Ledger.at(redis_url)
    rules = [
        rule("yes", when="object.total > 1"),
        rule("no", when="object.total > 10"),
        rule("odd", when="object.nope > 1"),
        rule("all"),
        rule("other", "receipt.*"),
    ]
    (id,) = [text(key).removeprefix("gs:event:") for key in ledger.redis.keys("gs:event:*")]
    record = record_of(ledger, id)
    assert [plan.rule for plan in plan_runs(rules, record, event_of(total=5))] == ["yes", "odd", "all"]
    assert [plan.rule for plan in plan_runs(rules, record, None)] == ["yes", "no", "odd", "all"]
    ledger.redis.close()
