"""The judges: a run is worth as much as what its verdict would notice."""

import json
from typing import Any

import pytest

from tests.reactions import passed_on, sat_bill, stamps, told
from tests.reactions.evidence import Death, Evidence
from tests.reactions.plan import Sent
from tests.reactions.sink import Seen

CLIENT = {"id": "client_1"}
LINK = "https://panel.example.mx/events/"


def paid(id: str, **object: Any) -> Sent:
    """A payment that the clients' rule tells of."""
    thing = {"id": f"p_{id}", "total": 1500, "client": CLIENT, "team": "team_sandbox", **object}
    return Sent(id, "payment.succeeded", True, 1, thing)


def notice(at: int, *ids: str, answer: str = "200", total: int = 0) -> Seen:
    """A message at `ops`."""
    title = f"{total or len(ids)} avisos" if total or len(ids) > 1 else "Pago"
    body = {"title": title, "message": "\n".join(f"- {LINK}{id}" for id in ids)}
    return Seen("ops", answer, at, at, {}, json.dumps(body).encode(), False)


def forwarded(at: int, event: Sent, answer: str = "200", place: str = "erp", signed: bool = True) -> Seen:
    """An event at a target."""
    body = json.dumps({"id": event.id, "type": event.type, "data": {"object": event.object}}).encode()
    return Seen(place, answer, at, at, {"webhook-id": event.id}, body, signed)


def evidence(*seen: Seen, events: tuple[Sent, ...] = (), **more: Any) -> Evidence:
    """What there is, and nothing of the rest."""
    empty: dict[str, Any] = dict.fromkeys(("runs", "cfdis", "receipts", "calls", "charges"), ())
    return Evidence(events, seen, **{**empty, **more})


def broken(found: dict[str, list[str]]) -> dict[str, int]:
    """How often each promise is broken, those that are kept left out."""
    return {name: len(rows) for name, rows in found.items() if rows}


ONE, TWO, THREE = paid("a"), paid("b"), paid("c")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ((notice(0, "a"), notice(4000, "b", "c")), {}),
        ((notice(0, "a"), notice(4000, "b", total=2)), {}),
        ((notice(0, "a"), notice(4000, "b")), {"notices missing": 1}),
        ((notice(0, "a"), notice(4000, "b", "c", answer="500")), {"notices missing": 1}),
        ((notice(0, "a"), notice(2900, "b", "c")), {"notices beyond a limit": 1}),
        ((notice(0, "a", answer="closed"), notice(900, "a"), notice(4000, "b", "c")), {}),
        (
            (notice(0, "a", answer="closed"), notice(900, "b", "c"), notice(4000, "a")),
            {"notices beyond a limit": 1},
        ),
        ((notice(0, "a", answer="429"), notice(900, "b", "c"), notice(4000, "a")), {}),
        ((notice(0, "a"), notice(900, "a"), notice(4000, "b", "c")), {"notices twice": 1}),
        ((notice(0, "a"), notice(4000, "a", "b", "c")), {"notices twice": 1}),
        ((notice(0, "a"), notice(4000, "b", "c"), notice(9000, "x")), {"notices unwanted": 1}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_notices_is_seen(seen: tuple[Seen, ...], expected: dict[str, int]) -> None:
    """Missing, too many, twice, unwanted; a doubtful one may come again, and a refused one does not count."""
    assert broken(told.judge(evidence(*seen, events=(ONE, TWO, THREE)))) == expected


def test_a_death_excuses_only_the_act_that_it_cut_short() -> None:
    """The same again: fair where its sender died in that very act, and nobody could say that it was done."""
    notices, passed = (notice(100, "a"), notice(900, "a")), (forwarded(100, ONE), forwarded(900, ONE))
    there = forwarded(100, ONE, place="crm")
    cases: list[tuple[int, int, str, dict[str, int]]] = [
        (50, 150, "a {}", {}),
        (50, 150, "b {}", {"again": 1}),
        (50, 150, "a mail", {"again": 1}),
        (50, 150, "", {"again": 1}),
        (300, 400, "a {}", {"again": 1}),
    ]
    for since, at, act, expected in cases:
        deaths = [Death(at, since, act.format(place)) for place in ("ops", "erp")]
        again = {f"{what} twice": count for what in ("notices", "forwards") for count in expected.values()}
        found = evidence(*notices, *passed, there, events=(ONE,), deaths=deaths)
        assert broken(told_twice(found)) == again, (since, at, act)
    thrice = evidence(*passed, forwarded(1900, ONE), there, events=(ONE,), deaths=[Death(150, 50, "a erp")])
    assert broken(told_twice(thrice))["forwards twice"] == 1


def told_twice(evidence: Evidence) -> dict[str, list[str]]:
    """What came again."""
    found = told.judge(evidence) | passed_on.judge(evidence)
    return {name: rows for name, rows in found.items() if name.endswith("twice")}


def test_what_is_wrong_with_forwards_is_seen() -> None:
    """Missing at one of two, twice after a yes, unsigned, changed, unwanted, and what nobody should send."""
    here, there = forwarded(0, ONE), forwarded(0, ONE, place="crm")
    strange, other = forwarded(0, TWO), forwarded(9, paid("a", total=1), place="crm")
    never = Seen("never", "200", 0, 0, {}, b"", False)
    cases: list[tuple[tuple[Seen, ...], dict[str, int]]] = [
        ((here, there), {}),
        ((forwarded(0, ONE, "500"), forwarded(9, ONE), there), {}),
        ((here, forwarded(0, ONE, "500", "crm")), {"forwards missing": 1}),
        ((here, forwarded(9, ONE), there), {"forwards twice": 1}),
        ((forwarded(0, ONE, signed=False), there), {"forwards unsigned or changed": 1}),
        ((here, other), {"forwards unsigned or changed": 1}),
        ((here, there, strange), {"forwards unwanted": 1}),
        ((here, there, never), {"requests of rules that are in shadow or off": 1}),
    ]
    for seen, expected in cases:
        assert broken(passed_on.judge(evidence(*seen, events=(ONE,)))) == expected


def test_runs_that_end_badly_need_a_cause_and_the_alarm() -> None:
    """A target's refusal is a cause; a failure that nobody was told of is seen, and one without a run."""
    run = {"id": "r1", "rule": "forward-live", "event": "e", "event_id": "a", "state": "failed", "reason": ""}
    refusal = forwarded(0, ONE, "400", "crm")
    alarm = {"title": "x", "message": f"{LINK}r1-failed-1"}
    heard = Seen("alarm", "200", 0, 0, {}, json.dumps(alarm).encode(), False)
    good = evidence(refusal, heard, events=(ONE,), runs=[run])
    assert (passed_on.unexplained(good), passed_on.untold(good)) == ([], [])
    assert passed_on.unexplained(evidence(heard, runs=[run])) != []
    assert passed_on.untold(evidence(refusal, runs=[run])) == ["forward-live r1"]
    assert passed_on.untold(evidence(refusal)) == ["forward of a"]


def test_receipts_are_held_against_what_was_told() -> None:
    """Lost, twice and undue; what the SAT refuses is not due."""
    receipts = [
        {"id": f"r{n}", "payments": [f"p_{p}"], "client": c} for n, p, c in ((1, "a", "x"), (2, "z", "x"))
    ]
    made = {"call": 1, "receipt": "r1"}
    cases: list[tuple[list[dict[str, Any]], dict[str, int]]] = [
        ([made], {}),
        ([], {"receipts without a CFDI": 1}),
        ([made, made], {"receipts stamped twice": 1}),
        ([made, {"call": 2, "receipt": "r2"}], {"receipts stamped without being due": 1}),
    ]
    for cfdis, expected in cases:
        assert broken(stamps.judge(evidence(events=(ONE,), receipts=receipts, cfdis=cfdis))) == expected
    refused = evidence(events=(ONE,), receipts=receipts, bad_clients=frozenset("x"))
    assert broken(stamps.judge(refused)) == {}


def call(op: str, made: str | None = None, path: str = "", **more: Any) -> dict[str, Any]:
    """A call that came through."""
    plain = {"n": 1, "at": 0, "status": 200, "fault": None, "gone": False, "event_id": "e", "acted": True}
    return {**plain, "op": op, "made": made, "path": path, **more}


def test_what_is_wrong_with_the_months_of_the_sat_is_seen() -> None:
    """Each month asked for, fetched, charged, stored and billed once; anything else has a line."""
    slots = {
        f"s{n}": (True, "team_sandbox", month, "received") for n, month in ((1, "2026-10"), (2, "2026-09"))
    }
    asked = [call("sat.request", id) for id in slots]
    fetched = [call("sat.package", path=f"/p/{id}_01") for id in slots]
    charges = [{"uuid": f"u{n}", "amount_mxn": 0.2, "livemode": True, "team": "team_sandbox"} for n in (1, 2)]
    runs = [
        {"id": "r", "rule": "sat-on-news", "event": "e", "event_id": "a", "result": '{"own_cost_mxn": 0.4}'}
    ]
    places = [("u1", "x/10"), ("u2", "x/09")]
    good = {
        "calls": [*asked, *fetched], "charges": charges, "runs": runs, "slots": slots,
        "stored": places, "listed": places, "months": ["2026-10", "2026-09"],
    }  # fmt: skip
    again, stored = "SAT months requested twice", "CFDI not stored as charged"
    cost = "cost reported other than the bill"
    cases: list[tuple[dict[str, Any], dict[str, int]]] = [
        ({}, {}),
        ({"calls": [*asked, *fetched, call("sat.request")]}, {again: 1}),
        ({"calls": [*asked, *fetched, call("sat.request", "s3")], "slots": {**slots, "s3": slots["s1"]}},
         {again: 1, "SAT packages never fetched": 1}),
        ({"calls": [*asked, *fetched, fetched[0]]}, {"SAT packages fetched twice": 1}),
        ({"calls": [*asked, *fetched, fetched[0]], "deaths": [Death(9, 0, "s1_01:mark")]}, {}),
        ({"calls": [*asked, *fetched, fetched[0]], "deaths": [Death(9, 0, "s2_01:mark")]},
         {"SAT packages fetched twice": 1}),
        ({"calls": [*asked, *fetched, {**fetched[0], "fault": "lost"}]}, {}),
        ({"calls": [*asked[:1], *fetched[:1]]}, {"SAT months missing": 1}),
        ({"months": ["2026-10", "2026-08"]}, {"SAT months missing": 1, "SAT months unwanted": 1}),
        ({"charges": [*charges, charges[0]]}, {"XML charged twice": 1, cost: 1}),
        ({"stored": places[:1]}, {stored: 2}),
        ({"stored": [*places, ("u1", "test/x/10")], "listed": [*places, ("u1", "test/x/10")]}, {stored: 1}),
        ({"listed": places[:1]}, {stored: 1}),
        ({"runs": []}, {cost: 1}),
    ]  # fmt: skip
    for changed, expected in cases:
        assert broken(sat_bill.judge(evidence(events=(ONE,), **{**good, **changed}))) == expected, changed
