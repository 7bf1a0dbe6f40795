"""sat_download: what the SAT has of past months is asked for, paid and stored once, whatever happens."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.handlers.conftest import Shop
from tests.handlers.sat.office import DUE_MS, SPANS, Sat


def test_three_months_are_asked_for_followed_and_stored(sat: Sat) -> None:
    """One request a month; progress while the SAT works; each XML, a manifest and the cost at the end."""
    sat.due()
    sat.shop.work()
    assert sat.shop.run().reason == "0 of 3 months completed, 3 at the SAT"
    result = sat.finish()
    assert result["months"] == result["requests"] == result["own_requests"] == 3
    assert result["stored"] == result["invoices"] == len(sat.stored()) > 0
    assert result["cost_mxn"] == result["own_cost_mxn"] == sat.charged() > 0
    month = f"{SPANS[0][0]:%Y/%m}"
    rows = sat.manifest(month)
    assert {f"{row['uuid']}.xml" for row in rows} == {
        path.name for path in sat.folder.glob(f"*/{month}/*.xml")
    }
    assert all(row["date"].startswith(month.replace("/", "-")) and float(row["total"]) > 0 for row in rows)
    assert {row["receiver_rfc"] for row in rows} == {result["rfc"]} == {p.name for p in sat.folder.iterdir()}
    assert not list(sat.folder.rglob("*.part"))


def test_many_events_make_one_request_a_month(sat: Sat) -> None:
    """Fifteen events want the same months: one request and one package each, and one bill."""
    for number in range(15):
        sat.due(f"evt_{number}")
    sat.shop.work()
    for _ in range(6):
        sat.pass_time(301)
    assert {run.state for run in sat.shop.runs()} == {"done"}
    assert len(sat.calls("sat.request")) == len(sat.calls("sat.package")) == 3
    results = [json.loads(run.result) for run in sat.shop.runs()]
    assert round(sum(result["own_cost_mxn"] for result in results), 2) == sat.charged()
    assert {result["stored"] for result in results} == {len(sat.stored())}


def test_months_that_are_stored_cost_nothing_when_the_ledger_has_forgotten(sat: Sat) -> None:
    """What is stored counts, however old: no request, no package, no charge."""
    sat.due()
    first, bill = sat.finish(), sat.charged()
    sat.shop.ledger.redis.flushdb()
    sat.due("evt_2")
    second = sat.finish()
    assert (len(sat.calls("sat.request")), sat.charged()) == (3, bill)
    assert second == {**first, "own_requests": 0, "own_cost_mxn": 0.0}


def test_a_lost_answer_that_another_event_looks_up_is_billed_once(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request was made for one event, and a later one finds it: its cost is that one's."""
    sat = Sat(shop, tmp_path / "cfdi", monkeypatch)
    sat.options(months=1)
    clock = SimpleNamespace(time=lambda: shop.ledger.now() / 1000)  # it goes ahead as the ledger's does
    monkeypatch.setattr("gigstack_events.sat_requests.time", clock)
    shop.sandbox.call("POST", "/_sandbox/faults", {"op": "sat.request", "kind": "lost", "times": 1})
    sat.due()
    shop.work()
    shop.ledger.redis.zadd("gs:attention", {shop.run().id: shop.ledger.now() + 10**9})
    shop.work(seconds=301)
    sat.due("evt_2")
    shop.work()
    for _ in range(6):
        sat.pass_time(301)
    assert len(sat.calls("sat.request")) == 1
    results = [json.loads(run.result) for run in shop.runs() if run.state == "done"]
    assert [result["own_cost_mxn"] for result in results] == [sat.charged()] != [0.0]


def test_live_and_test_do_not_take_each_others_months_as_stored(sat: Sat) -> None:
    """The same RFC and months in both modes: both are asked for, and stored apart."""
    sat.steer(ready=True, livemode=False)
    sat.due()
    live, first = sat.finish(), sat.shop.run().id
    files = {path.name for path in sat.stored()}
    sat.due("evt_2", livemode=False)
    sat.shop.work()
    for _ in range(6):
        sat.pass_time(301)
    test = json.loads(next(run.result for run in sat.shop.runs() if run.id != first))
    assert (live["rfc"], live["own_requests"]) == (test["rfc"], test["own_requests"])
    assert live["own_cost_mxn"] + test["own_cost_mxn"] == pytest.approx(sat.charged())
    apart = {path.name for path in (sat.folder / "test").rglob("*.xml")}
    assert (len(apart), apart & files) == (test["stored"], set())


def test_a_team_that_has_connected_gets_its_own_months(sat: Sat) -> None:
    """The event names its team as what it is about, and nowhere else."""
    sat.shop.deliver(id="evt_1", type="teams.sat.completed", created=DUE_MS, thing={"id": sat.team})
    assert sat.finish()["own_cost_mxn"] == sat.charged() > 0
    assert len(sat.calls("sat.request")) == len(sat.calls("sat.package")) == 3


@pytest.mark.parametrize("how", ["failed", "expired"])
def test_a_month_that_failed_or_expired_is_asked_for_again(sat: Sat, how: str) -> None:
    """Only that month, once more; what the SAT has charged meanwhile is told."""
    sat.steer(fail_next=how == "failed")
    sat.due()
    sat.shop.work()
    if how == "expired":
        last = sat.history()[0]
        sat.shop.sandbox.call("POST", "/_sandbox/clock", {"advance": 301})
        sat.steer(expire=last["id"])
    result = sat.finish()
    assert (result["months"], result["requests"], len(sat.calls("sat.request"))) == (3, 4, 4)
    assert result["stored"] == len(sat.stored())
    assert result["cost_mxn"] == sat.charged()


def test_a_month_that_fails_each_time_is_given_up(sat: Sat) -> None:
    """After `tries` requests the run says what the SAT said; the other months are stored all the same."""
    sat.options(months=2, tries=2)
    sat.due()
    sat.steer(fail_next="Error 5004: no se encontró")
    sat.shop.work()
    sat.steer(fail_next="Error 5004: no se encontró")
    sat.finish()
    assert sat.shop.run().state == "failed"
    assert "the SAT failed 2 times, at last with: Error 5004" in sat.shop.run().reason
    assert len(list(sat.folder.rglob("manifest.csv"))) == 1


def test_a_month_that_somebody_asked_for_before_is_taken_over(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`duplicate`: the earlier request is followed; its cost is the month's, not this run's."""
    sat = Sat(shop, tmp_path / "cfdi", monkeypatch)
    asked = {"start_date": str(SPANS[2][0]), "end_date": str(SPANS[2][1]), "rfc_type": "received"}
    path = f"/v2/invoices/download/request?team={sat.team}"
    earlier = sat.shop.sandbox.call("POST", path, asked)["data"]["request_id"]
    sat.options(months=1)
    sat.due()
    result = sat.finish()
    (summary,) = sat.folder.rglob("manifest/*.json")
    (request,) = json.loads(summary.read_text())["requests"]
    assert (request["request"], request["duplicate"]) == (earlier, True)
    assert (result["cost_mxn"], result["own_cost_mxn"]) == (sat.charged(), 0.0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_answers_are_looked_up(sat: Sat, fault: Callable[..., None], when: str) -> None:
    """A request's answer is lost: the history says whether it was made, and it is made once."""
    fault(op="sat.request", kind="lost", times=1, when=when, seconds=0)
    fault(op="sat.package", kind="lost", times=1)
    sat.due()
    sat.shop.work()
    assert sat.shop.run().reason_code == "unknown"
    result = sat.finish()
    assert len(sat.history()) == 3
    assert (result["stored"], result["cost_mxn"]) == (len(sat.stored()), sat.charged())


def test_ten_requests_at_most_are_open(sat: Sat) -> None:
    """Fourteen months: ten at the SAT, the rest once there is room; the history's 20 rows are no limit."""
    sat.options(months=14)
    sat.due()
    sat.shop.work()
    assert "10 at the SAT, 4 to be asked for once there is room" in sat.shop.run().reason
    assert len(sat.calls("sat.request")) == 10
    # One before each request, one that finds no room, and 14 checks: the event is older than the ledger.
    assert len(sat.calls("sat.history")) == 25
    result = sat.finish()
    assert (result["months"], result["cost_mxn"]) == (14, sat.charged())
