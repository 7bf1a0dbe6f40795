"""Crash points: none can be forgotten."""

from pathlib import Path

from tests.chaos.points import Points, expected, take


def step(point: str) -> str:
    return point.split(".")[1]


def test_a_new_script_is_a_point_that_was_not_hit(tmp_path: Path) -> None:
    """Whoever adds a script finds it in the table until the scenario reaches it; operators' are left out."""
    for script in ("common", "take", "finish", "effect_new", "retry", "epoch"):
        (tmp_path / f"{script}.lua").touch()
    found = expected(["one", "other"], tmp_path)
    assert {*map(step, found)} >= {"take", "epoch", "finish", "effect_new", "blmove", "do"}
    assert "retry" not in {*map(step, found)}
    assert {"worker.effect_new.before@one", "worker.effect_new.before@other"} <= {*found}
    assert {"supervisor.finish.after", "worker.finish.after@one", "worker.do.before@other"} <= {*found}


def test_an_armed_point_kills_one_process_only(tmp_path: Path) -> None:
    """Of all that come by, one dies; the others go on."""
    points = Points(tmp_path, ["one"])
    points.arm("worker.take.before")
    assert [take(tmp_path, "worker.take.before") for _ in range(3)] == [True, False, False]
    assert "worker.take.before" in points.missing


def test_hits_are_read_line_by_line(tmp_path: Path) -> None:
    """A half line is one that is still being written."""
    points = Points(tmp_path, ["one"])
    hits = tmp_path / "hits.jsonl"
    hits.write_text('{"point":"worker.take.before"}\n{"point":"worker.ta')
    assert [row["point"] for row in points.fresh()] == ["worker.take.before"]
    hits.write_text(hits.read_text() + 'ke.after"}\n')
    assert [row["point"] for row in points.fresh()] == ["worker.take.after"]
    assert not {"worker.take.before", "worker.take.after"} & {*points.missing}
