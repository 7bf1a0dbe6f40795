"""The judge: a chaos run is worth as much as what its verdict would notice."""

from typing import Any

from tests.chaos.table import Table, percentile
from tests.chaos.verdict import Verdict, judge

Row = dict[str, Any]


def told(payment: str, *due: str, true: bool = True) -> Row:
    return {"event": "e", "payment": payment, "trust": "signed", "due": due, "true": true}


def receipt(id: str, payment: str) -> Row:
    return {"id": id, "payments": [payment]}


def stamp(n: int, id: str, began: int, ended: int, **more: Any) -> tuple[Row, Row]:
    """A CFDI and the call that made it, all of one client."""
    cfdi = {"receipt": id, "client": "client_1", "call": n, "at": ended}
    return cfdi, {"n": n, "at": began, "gone": False, "fault": None, **more}


def verdict(taken: list[Row], stamps: list[tuple[Row, Row]], receipts: list[Row]) -> Verdict:
    return judge(taken, [cfdi for cfdi, _ in stamps], [call for _, call in stamps], receipts)


RECEIPTS = [receipt("r1", "p1"), receipt("r2", "p1"), receipt("r3", "p2")]


def test_what_is_due_and_has_no_cfdi_is_lost() -> None:
    """A 202 is a promise for every receipt that it makes due."""
    found = verdict([told("p1", "r1", "r2")], [stamp(1, "r1", 0, 5)], RECEIPTS)
    assert (sorted(found.due), found.lost, found.cfdis) == (["r1", "r2"], ("r2",), 1)


def test_late_receipts_are_due_once_their_payment_was_told_of() -> None:
    """Without any 202 for the payment nobody can know of them."""
    late = {"late": ["r2"], "payment": "p1"}
    assert verdict([told("p1"), late], [], RECEIPTS).lost == ("r2",)
    assert verdict([told("p2"), late], [], RECEIPTS).lost == ()


def test_a_second_cfdi_is_seen() -> None:
    """The fault that the whole product is there to prevent."""
    found = verdict([told("p1", "r1")], [stamp(1, "r1", 0, 5), stamp(2, "r1", 9, 12)], RECEIPTS)
    assert (found.twice, found.lost) == (("r1",), ())


def test_what_a_lie_got_stamped_is_seen() -> None:
    """A lie was answered 202 too, and gives nobody the right to a CFDI."""
    lie = told("p2", "r3", true=False)
    found = verdict([told("p1", "r1"), lie], [stamp(1, "r1", 0, 5), stamp(2, "r3", 6, 9)], RECEIPTS)
    assert (found.undue, found.lost) == (("r3",), ())


def test_two_stamps_of_a_client_at_a_time_are_seen() -> None:
    """Unless the first one's caller was dead by then, or may have lost its claim to a slow API."""
    taken = [told("p1", "r1", "r2")]
    for more, overlaps in (({}, ("r1 and r2",)), ({"gone": True}, ()), ({"fault": "slow"}, ())):
        stamps = [stamp(1, "r1", 0, 5, **more), stamp(2, "r2", 4, 9)]
        assert verdict(taken, stamps, RECEIPTS).overlaps == overlaps
    assert verdict(taken, [stamp(1, "r1", 0, 5), stamp(2, "r2", 5, 9)], RECEIPTS).overlaps == ()


def test_a_broken_promise_is_a_failing_line_with_names() -> None:
    """Whoever reads the table sees which receipts to look at."""
    table = Table()
    table.promise("lost", [f"r{n}" for n in range(7)])
    table.promise("made twice", [])
    table.least("kills", 3, 20)
    assert str(table).splitlines() == [
        "lost        7",
        "made twice  0",
        "FAIL lost: 7 (r0, r1, r2, r3, r4 and 2 more)",
        "FAIL kills: 3, less than 20",
    ]


def test_percentiles_are_values_that_were_measured() -> None:
    """The slowest one in a hundred is what the promise is about."""
    values = [float(n) for n in range(200)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.99)) == (100.0, 198.0, 0.0)
