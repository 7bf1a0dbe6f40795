"""Crash points: none can be forgotten."""

import os
from pathlib import Path

from tests.chaos.hands import Hands, left
from tests.chaos.points import Acting, Points, expected, passed, take


def step(point: str) -> str:
    return point.split(".")[1]


def test_a_new_script_is_a_point_that_was_not_hit(tmp_path: Path) -> None:
    """Whoever adds a script finds it in the table until the scenario reaches it; operators' are left out."""
    for script in ("common", "take", "finish", "effect_new", "retry", "epoch", "new"):
        (tmp_path / f"{script}.lua").touch()
    found = expected([Acting("one"), Acting("other")], tmp_path)
    assert {*map(step, found)} >= {"take", "epoch", "finish", "effect_new", "blmove", "do", "new"}
    assert "retry" not in {*map(step, found)}
    assert {"worker.effect_new.before@one", "worker.effect_new.before@other"} <= {*found}
    assert {"supervisor.finish.after", "worker.finish.after@one", "worker.do.before@other"} <= {*found}


def test_a_handler_comes_by_what_it_does() -> None:
    """Turns only of who limits itself, checks and confirmations of who needs them; all the rest of all."""
    steps = {step(point) for point in expected([Acting("", False, False, False)])}
    assert not {"confirm", "effect_answer", "turn_ask", "turn_end"} & steps
    assert {"effect_start", "effect_end", "do", "finish"} <= steps
    more = {step(point) for point in expected([Acting("one", turns=True)], listening=True)} - steps
    assert more == {"confirm", "effect_answer", "turn_ask", "turn_end", "outbox"}


def test_a_point_that_nobody_was_expected_at_is_seen(tmp_path: Path) -> None:
    """Whoever says of a handler that it never asks anybody is told so, once it does."""
    points = Points(tmp_path, [Acting("one", checks=False)], general=False)
    for point in ("worker.finish.before@one", "worker.take.before", "worker.epoch.after@one"):
        passed(tmp_path, point)
    assert points.unforeseen == []
    for point in ("worker.effect_answer.after@one", "worker.accept.before"):
        passed(tmp_path, point)
    assert points.unforeseen == ["worker.accept.before", "worker.effect_answer.after@one"]


def test_what_is_in_hand_outlives_its_worker(tmp_path: Path) -> None:
    """A run, its open act and since when; nothing once its end is on record; and all of a dead supervisor."""
    hands = Hands(tmp_path, 7)
    hands.take("r1", "t1")
    hands.begin("evt_1 erp")
    assert [held.act for held in left(tmp_path, os.getpid())] == ["evt_1 erp"]
    assert [*left(tmp_path, os.getpid())] == []
    hands = Hands(tmp_path, 7)
    hands.take("r1", "t1")
    hands.begin("evt_1 erp")
    hands.end()
    assert [(held.run, held.act, held.since) for held in left(tmp_path, 7)] == [("r1", "", 0)]
    hands = Hands(tmp_path, 7)
    hands.take("r1", "t1")
    hands.let_go()
    assert [*left(tmp_path, 7)] == []


def test_an_armed_point_kills_one_process_only(tmp_path: Path) -> None:
    """Of all that come by, one dies; the others go on."""
    points = Points(tmp_path, [Acting("one")])
    points.arm("worker.take.before")
    assert [take(tmp_path, "worker.take.before") for _ in range(3)] == [True, False, False]
    assert "worker.take.before" in points.missing


def test_hits_are_read_line_by_line(tmp_path: Path) -> None:
    """A half line is one that is still being written."""
    points = Points(tmp_path, [Acting("one")])
    hits = tmp_path / "hits.jsonl"
    hits.write_text('{"point":"worker.take.before"}\n{"point":"worker.ta')
    assert [row["point"] for row in points.fresh()] == ["worker.take.before"]
    hits.write_text(hits.read_text() + 'ke.after"}\n')
    assert [row["point"] for row in points.fresh()] == ["worker.take.after"]
    assert not {"worker.take.before", "worker.take.after"} & {*points.missing}
