"""sat_download: what the SAT has of past months is asked for, paid and stored once, whatever happens."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.ledger import Ledger
from gigstack_events.sandbox.process import SandboxProcess
from tests.handlers.conftest import Shop
from tests.handlers.sat import DUE, SPANS, Sat, zipped


@pytest.fixture(scope="module")
def office() -> Iterator[SandboxProcess]:
    """One sandbox, whose clock goes ahead, for all teams here."""
    with SandboxProcess(seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sat(
    office: SandboxProcess, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sat]:
    """A shop whose SAT can be asked."""
    ledger = Ledger.at(redis_url)
    shop = Shop(redis_url, ledger, office)
    yield Sat(shop, tmp_path / "cfdi", monkeypatch)
    shop.keys.close()
    ledger.redis.close()


@pytest.fixture
def fault(office: SandboxProcess) -> Callable[..., None]:
    """Switch a fault of the sandbox on."""
    return lambda **wanted: office.call("POST", "/_sandbox/faults", wanted)


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
    assert {f"{row['uuid']}.xml" for row in rows} == {path.name for path in sat.folder.glob(f"*/{month}/*.xml")}
    assert all(row["date"].startswith(month.replace("/", "-")) and float(row["total"]) > 0 for row in rows)
    assert {row["receiver_rfc"] for row in rows} == {result["rfc"]} == {p.name for p in sat.folder.iterdir()}
    assert not list(sat.folder.rglob("*.part"))


def test_many_events_make_one_request_a_month(sat: Sat) -> None:
    """Twenty-five events want the same months: one request and one package each, and one bill over all of them."""
    for number in range(25):
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


def test_a_month_that_somebody_asked_for_before_is_taken_over(sat: Sat) -> None:
    """`duplicate`: the earlier request is followed; its cost is the month's, not this run's."""
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
    result = sat.finish()
    assert (result["months"], result["cost_mxn"]) == (14, sat.charged())


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({}, "Descarga Masiva is off: activate it"),
        ({"activation": "needs_upgrade"}, "the plan does not have Descarga Masiva"),
        ({"activation": "active"}, "there is no FIEL: upload the .cer and .key"),
    ],
)
def test_what_is_missing_is_said(sat: Sat, wanted: dict[str, Any], says: str) -> None:
    """No plan, no activation, no FIEL: plain words, what to do, and no request."""
    sat.steer(livemode=False, **wanted)
    sat.due(livemode=False)
    sat.shop.work()
    assert sat.shop.run().state == "failed"
    assert says in sat.shop.run().reason
    assert sat.calls("sat.request") == []


def test_a_setup_that_lapses_keeps_what_was_asked_for(sat: Sat) -> None:
    """Descarga Masiva is turned off meanwhile: what the SAT works on is still stored."""
    sat.due()
    sat.shop.work()
    sat.steer(activation="needs_activation")
    assert sat.finish()["months"] == 3


def test_dry_run_counts_and_asks_for_nothing(sat: Sat) -> None:
    """The plan: which months, how many CFDI, what they would cost; nothing is charged or stored."""
    sat.options(months=3, dry_run=True, storage="")
    sat.due()
    plan = sat.finish()
    assert plan["would_request"][0] == f"received of {SPANS[2][0]} to {SPANS[2][1]}"
    assert plan["estimate_mxn"] == round(plan["invoices"] * 0.2, 2) > 0
    assert (sat.charged(), sat.calls("sat.request"), sat.stored()) == (0, [], [])


def test_storage_that_fails_is_no_loss(sat: Sat) -> None:
    """The folder cannot be written: the run is tried again, and nothing was paid for meanwhile."""
    sat.options(months=1)
    sat.folder.write_text("a file stands where the folder should be")
    sat.due()
    sat.shop.work()
    sat.pass_time(301)
    assert (sat.shop.run().state, "did not give files" in sat.shop.run().reason) == ("waiting", True)
    assert sat.charged() == 0
    sat.folder.unlink()
    assert sat.finish()["stored"] == len(sat.stored()) > 0
    assert len(sat.calls("sat.request")) == 1


def test_a_crash_in_the_middle_goes_on_where_it_was(sat: Sat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies while a package is stored: the next claim stores it whole, and nothing is paid twice."""

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    sat.options(months=2)
    sat.due()
    sat.shop.work()
    with monkeypatch.context() as patch:
        patch.setattr("gigstack_events.storage.Storage.settle", die)
        sat.pass_time(301)
    assert not list(sat.folder.rglob("*.json"))
    result = sat.finish()
    assert result["stored"] == len(sat.stored()) > 0
    assert (len(sat.calls("sat.request")), result["cost_mxn"]) == (2, sat.charged())


def test_both_directions_and_the_running_month(sat: Sat) -> None:
    """Issued and received, and the month so far as a request of its own that ends yesterday."""
    sat.options(months=1, direction="both", month_to_date=True)
    sat.due()
    assert sat.finish()["requests"] == 4
    names = {path.name for path in sat.folder.rglob("*.json")}
    assert f"received_{DUE:%Y-%m}-01_{DUE:%Y-%m}-09.json" in names
    assert f"issued_{SPANS[2][0]}_{SPANS[2][1]}.json" in names


def test_metadata_is_a_list_and_costs_nothing(sat: Sat) -> None:
    """The SAT's own list, as it is."""
    sat.options(months=1, request_type="metadata")
    sat.due()
    result = sat.finish()
    (path,) = sat.folder.rglob("*.txt")
    assert len(path.read_text().splitlines()) - 1 == result["stored"] > 0
    assert (result["cost_mxn"], sat.charged()) == (0.0, 0)


def test_patience_ends(sat: Sat) -> None:
    """A SAT that does not answer for days: a person shall look."""
    sat.options(months=1, patience_days=0.01)
    sat.due()
    sat.shop.work()
    sat.shop.work(seconds=1000)
    assert sat.shop.run().state == "parked"
    assert "0 of 1 months completed, 1 at the SAT after" in sat.shop.run().reason


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.xml": b"0" * 3_000_000}, "a ZIP bomb"),
        ({"0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.xml": b"<a><b></a>"}, "no well-formed XML"),
        ({"../../escaped.xml": b"<a/>"}, "a file with the name '../../escaped.xml'"),
    ],
)
def test_bad_packages_are_parked(
    sat: Sat, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes], says: str
) -> None:
    """What cannot be trusted is not stored: a person reads why, and a retry fetches it anew."""
    sat.options(months=1)
    sat.due()
    with monkeypatch.context() as patch:
        patch.setattr("gigstack_events.api.sat.Sat.package", lambda *_: zipped(files))
        sat.finish()
    assert (sat.shop.run().state, says in sat.shop.run().reason) == ("parked", True)
    assert not list(sat.folder.rglob("*"))
