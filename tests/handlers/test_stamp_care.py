"""stamp_receipts: odd payments, odd receipts, and outcomes that are on record in the end."""

import json
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.api import Payment, Receipt
from gigstack_events.api.payments import Payments
from gigstack_events.api.receipts import Receipts
from tests.handlers.stamping import RuledShop


def result(ruled: RuledShop) -> Any:
    """What the only run returned."""
    assert ruled.run().state == "done"
    return json.loads(ruled.run().result)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unknown_outcome_is_settled(ruled: RuledShop, tmp_path: Path, when: str) -> None:
    """Also where the receipt has its CFDI when the run comes back: nothing stays unknown in the ledger."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=2)
    ruled.fault(op="receipts.stamp", kind="500", times=1, when=when)
    ruled.announce("payment.succeeded", paid["payment"])
    for seconds in (0, 121, 11, 11):
        ruled.work(seconds=seconds)
    assert sorted(result(ruled)["stamped"]) == ruled.cfdis() == sorted(paid["receipts"])
    assert ruled.effect_states() == ["done", "done"]


def test_what_others_stamped_is_told_apart(ruled: RuledShop, tmp_path: Path) -> None:
    """A receipt that was stamped by hand, and one that was cancelled, are said to be so."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=3)
    ours, by_hand, gone = paid["receipts"]
    ruled.sandbox.call("POST", f"/receipts/{by_hand}/stamp")
    ruled.sandbox.call("DELETE", f"/receipts/{gone}")
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    told = result(ruled)
    assert (told["stamped"], told["already"]) == ([ours], [by_hand])
    assert told["left"] == [f"receipt {gone} is cancelled"]


def test_a_receipt_that_the_payment_does_not_name(ruled: RuledShop, tmp_path: Path) -> None:
    """`receipt.created` is enough, also where the receipt is another client's than the payment's."""
    ruled.stamp(tmp_path)
    paid, other = ruled.paid(receipts=0), ruled.paid(receipts=0)
    late = ruled.receipt(other["client"])
    ruled.announce("receipt.created", late, payments=[paid["payment"]])
    ruled.work()
    assert result(ruled)["stamped"] == ruled.cfdis() == [late]


def test_one_of_several_payments_is_enough(ruled: RuledShop, tmp_path: Path) -> None:
    """The first payment that a receipt names is not paid yet, the second is."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    owed = ruled.paid(client=paid["client"], receipts=0, paid=False)
    ruled.announce("receipt.created", paid["receipts"][0], payments=[owed["payment"], paid["payment"]])
    ruled.work()
    assert result(ruled)["payment"] == paid["payment"]
    assert ruled.cfdis() == paid["receipts"]


def bare(patch: pytest.MonkeyPatch) -> None:
    """The API's payments have nothing but their ids."""
    patch.setattr(Payments, "get", lambda payments, id: Payment(id=id))


def test_an_answer_without_fields_loses_nothing(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the API's answer lacks what the signed event has, status, amount and form are the event's."""
    ruled.stamp(tmp_path, 'min_amount = 1, payment_forms = ["03"]')
    paid = ruled.paid(receipts=1)
    ruled.announce("payment.succeeded", paid["payment"])
    bare(monkeypatch)
    ruled.work()
    assert result(ruled)["stamped"] == ruled.cfdis() == paid["receipts"]


def test_a_payment_of_no_status_is_asked_for_again(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt's event does not know it: the run tries again rather than leave the receipt out."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    ruled.announce("receipt.created", paid["receipts"][0])
    with monkeypatch.context() as patch:
        bare(patch)
        ruled.work()
    assert (ruled.run().state, ruled.run().reason_code) == ("waiting", "UnexpectedAnswer")
    ruled.work(seconds=60)
    assert result(ruled)["stamped"] == paid["receipts"]


def test_a_receipt_of_no_status_is_asked_for_again(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither stamped nor left out before the API has said what it is."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    ruled.announce("payment.succeeded", paid["payment"])
    with monkeypatch.context() as patch:
        patch.setattr(Receipts, "get", lambda receipts, id: Receipt(id=id))
        ruled.work()
    assert (ruled.run().reason_code, ruled.effect_states()) == ("UnexpectedAnswer", ["not_done"])
    ruled.work(seconds=60)
    assert result(ruled)["stamped"] == ruled.cfdis() == paid["receipts"]


def test_a_receipt_that_cannot_be_read_holds_up_no_other(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its failure ends each attempt, and each attempt begins with another receipt."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=4)
    odd, real = paid["receipts"][2], Receipts.get
    patched = lambda receipts, id: Receipt(id=id) if id == odd else real(receipts, id)  # noqa: E731
    monkeypatch.setattr(Receipts, "get", patched)
    ruled.announce("payment.succeeded", paid["payment"])
    for _ in range(4):
        ruled.work(seconds=60)
    assert ruled.run().state == "waiting"
    assert ruled.cfdis() == sorted({*paid["receipts"]} - {odd})


def test_the_cap_counts_all_that_would_be_stamped(ruled: RuledShop, tmp_path: Path) -> None:
    """With scope `client` the receipts that the event names count, too; `most` itself is allowed."""
    ruled.stamp(tmp_path, 'scope = "client", most = 2')
    paid, other = ruled.paid(receipts=2), ruled.paid(receipts=1)
    ruled.announce("payment.succeeded", paid["payment"], receipts=other["receipts"])
    ruled.work()
    assert (ruled.run().state, ruled.cfdis()) == ("parked", [])
    assert "raise `most` and replay the event" in ruled.run().reason
    ruled.announce("payment.succeeded", paid["payment"], id="evt_2")
    ruled.work()
    assert sorted(ruled.cfdis()) == sorted(paid["receipts"])


@pytest.mark.parametrize(("type", "stamps"), [("payment.updated", True), ("customer.updated", False)])
def test_other_events_that_a_rule_names(ruled: RuledShop, tmp_path: Path, type: str, stamps: bool) -> None:
    """Any event about a payment or receipt will do; of others the run says that they are about neither."""
    ruled.read(f'[[rule]]\nname = "s"\nhandler = "stamp_receipts"\non = ["{type}"]\n', tmp_path)
    paid = ruled.paid(receipts=1)
    object = ruled.sandbox.call("GET", f"/payments/{paid['payment']}")["data"]
    ruled.deliver(type=type, thing=object)
    ruled.work()
    told = result(ruled)
    assert ruled.cfdis() == (paid["receipts"] if stamps else [])
    assert stamps or told == {"skipped": f"{type} is about neither a payment nor a receipt"}


def test_more_receipts_than_there_is_time_for(ruled: RuledShop, tmp_path: Path) -> None:
    """Before its time is over the run stops, and goes on at once where it was; each receipt has one CFDI."""
    ruled.read('[[rule]]\nname = "stamp"\nhandler = "stamp_receipts"\ntimeout = 0.5\n', tmp_path)
    paid = ruled.paid(receipts=3)
    ruled.fault(op="receipts.stamp", kind="slow", seconds=0.3)
    ruled.announce("payment.succeeded", paid["payment"])
    claim = ruled.take_run()
    ruled.carry(claim)
    assert ruled.run().state == "waiting"
    assert ruled.run().reason.startswith("there are more receipts than one run has time for")
    assert 1 <= len(ruled.cfdis()) < 3
    for _ in range(3):
        ruled.work(seconds=1)
    assert sorted(result(ruled)["stamped"]) == ruled.cfdis() == sorted(paid["receipts"])


def test_refusals_that_fill_a_run_end_it(ruled: RuledShop, tmp_path: Path) -> None:
    """A run that gets no further than its refusals does not begin with them for ever: it fails."""
    ruled.read('[[rule]]\nname = "stamp"\nhandler = "stamp_receipts"\ntimeout = 0.3\n', tmp_path)
    paid = ruled.paid(receipts=0)
    bad = {"metadata": {"cfdi_error": "CFDI40145"}}
    receipts = [ruled.receipt(paid["client"], **bad) for _ in range(4)]
    ruled.fault(op="receipts.stamp", kind="slow", seconds=0.3)
    ruled.announce("payment.succeeded", paid["payment"], receipts=receipts)
    for _ in range(3):
        ruled.work(seconds=1)
    assert (ruled.run().state, ruled.run().attempt, len(ruled.calls("receipts.stamp"))) == ("failed", 1, 1)
    assert "CFDI40145" in ruled.run().reason
    assert "3 more receipts had no turn in the time of the run" in ruled.run().reason


def test_a_check_does_not_guess(ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a lost answer, a receipt without its status is not taken for one that has no CFDI."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    ruled.fault(op="receipts.stamp", kind="lost", times=1)
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    real = Receipts.get
    with monkeypatch.context() as patch:
        patch.setattr(
            Receipts,
            "get",
            lambda receipts, id: real(receipts, id).model_copy(update={"status": "", "invoices": []}),
        )
        for seconds in (121, 11, 11):
            ruled.work(seconds=seconds)
    assert (ruled.run().state, ruled.effect_states()) == ("waiting", ["started"])
    for _ in range(4):
        ruled.work(seconds=61)
    assert result(ruled)["stamped"] == ruled.cfdis() == paid["receipts"]


def test_a_run_does_not_fail_over_an_unknown_outcome(ruled: RuledShop, tmp_path: Path) -> None:
    """The client lost data after the lost answer: the outcome is looked at before the run fails for that."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    place = f"/clients/{paid['client']}"
    before = ruled.sandbox.call("GET", place)["data"]
    ruled.fault(op="receipts.stamp", kind="lost", times=1, when="before")
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    ruled.sandbox.call("PUT", place, {"tax_id": ""})
    ruled.work(seconds=121)
    assert (ruled.run().state, ruled.effect_states()) == ("waiting", ["started"])
    ruled.work(seconds=11)
    assert (ruled.run().state, ruled.effect_states()) == ("failed", ["not_done"])
    assert f"client {paid['client']} lacks tax_id" in ruled.run().reason
    ruled.sandbox.call("PUT", place, {"tax_id": before["tax_id"]})
    ruled.retry(ruled.run().id)
    for seconds in (0, 11):
        ruled.work(seconds=seconds)
    assert result(ruled)["stamped"] == ruled.cfdis() == paid["receipts"]


@pytest.mark.parametrize("said", ["null", "7", '"by hand"'])
def test_whatever_a_person_says_of_an_outcome(ruled: RuledShop, tmp_path: Path, said: str) -> None:
    """`runs resolve --happened` takes any JSON, and the run goes on."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    ruled.fault(op="receipts.stamp", kind="lost", times=1)
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    ruled.resolve(said)
    ruled.work(seconds=121)
    assert result(ruled)["stamped"] == paid["receipts"]
