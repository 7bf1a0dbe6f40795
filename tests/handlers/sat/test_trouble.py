"""sat_download where something is missing, breaks or is odd: nothing is lost, nothing is paid twice."""

from collections.abc import Callable
from typing import Any

import pytest

from gigstack_events.api import sat as api_sat
from gigstack_events.sat_archive import Archive
from tests.handlers.sat.office import DUE, SPANS, Sat, zipped


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
    """The process dies while a package is stored: the next claim stores it, and nothing is paid twice."""

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


def test_an_api_that_is_down_uses_up_no_tries(sat: Sat, fault: Callable[..., None]) -> None:
    """Before and between the looks: the run waits, and does not count it as a failure."""
    sat.options(months=1)
    sat.due()
    fault(op="sat.activation", kind="500", times=4)
    sat.shop.work()
    assert (sat.shop.run().state, sat.shop.run().failures) == ("waiting", 0)
    sat.pass_time(61)
    fault(op="sat.status", kind="500", times=4)
    assert sat.finish()["stored"] == len(sat.stored())
    assert sat.shop.run().failures == 0


def test_no_storage_is_said(sat: Sat) -> None:
    """Without a place to store to nothing is asked for, and the run says which option it needs."""
    sat.options(storage="")
    sat.due()
    sat.shop.work()
    assert (sat.shop.run().state, sat.calls("sat.request")) == ("failed", [])
    assert "set the option `storage`" in sat.shop.run().reason


def test_a_count_that_is_missing_once_is_no_empty_month(sat: Sat, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer says that the SAT is through, and neither how many CFDI there are nor in which packages."""
    plain, left_out = api_sat.Sat.status, [True]

    def status(self: Any, request: str) -> Any:
        row = plain(self, request)
        if row.is_completed and left_out:
            left_out.clear()
            return row.model_copy(update={"invoice_count": None, "package_ids": []})
        return row

    monkeypatch.setattr(api_sat.Sat, "status", status)
    sat.options(months=1)
    sat.due()
    assert sat.finish()["stored"] == len(sat.stored()) > 0
    assert not left_out


def test_an_activation_without_a_word_counts_as_there(sat: Sat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says neither yes nor no: the request itself tells whether the SAT can be asked."""
    plain, silent = api_sat.Sat.activation, {"status": "", "is_activated": None}
    monkeypatch.setattr(api_sat.Sat, "activation", lambda self: plain(self).model_copy(update=silent))
    sat.options(months=1)
    sat.due()
    assert sat.finish()["stored"] > 0


def test_an_rfc_that_is_missing_once_is_asked_for_again(sat: Sat, fault: Callable[..., None]) -> None:
    """The API leaves it out in one answer: the run looks again before it gives up."""
    sat.options(months=1)
    sat.due()
    fault(op="sat.debug", kind="drift", shape="missing", times=1)
    fault(op="teams.get", kind="drift", shape="missing", times=1)
    sat.shop.work()
    assert sat.shop.run().state == "waiting"
    assert sat.finish()["months"] == 1


def test_a_crash_after_a_month_was_completed_needs_nobody(sat: Sat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The month is stored as complete when the process dies: the next claim is done, nobody is asked."""
    finish = Archive.finish

    def die(*wanted: Any) -> None:
        finish(*wanted)
        raise KeyboardInterrupt

    sat.options(months=1)
    sat.due()
    sat.shop.work()
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "finish", die)
        sat.pass_time(301)
    result = sat.finish()
    assert (sat.shop.run().state, sat.shop.run().reason) == ("done", "")
    assert result["stored"] == len(sat.stored()) > 0
