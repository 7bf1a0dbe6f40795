"""stamp_receipts: which payments count, and what is said of those that do not."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gigstack_events.api import NotFound, Payment, Receipt
from gigstack_events.api.payments import Payments
from gigstack_events.api.receipts import Receipts
from gigstack_events.stamp_options import StampOptions, why_left_out
from tests.handlers.stamping import RuledShop


def left_out(options: dict[str, Any], **payment: Any) -> str:
    """Why a payment is left out."""
    paid = {"id": "p", "status": "succeeded", "total": 1000, "currency": "MXN", "payment_form": "03"}
    return why_left_out(Payment.model_validate({**paid, **payment}), StampOptions(**options))


@pytest.mark.parametrize(
    ("payment", "why"),
    [
        ({}, ""),
        ({"total": 999.999}, ""),
        ({"total": 999.99}, "payment p is 999.99 pesos, less than min_amount (1,000.00)"),
        ({"currency": None}, ""),
        ({"currency": "mxn", "exchange_rate": 1}, ""),
        ({"total": None}, "payment p cannot be compared with min_amount: it names no total"),
        ({"currency": "USD", "total": 60, "exchange_rate": 17.5}, ""),
        ({"currency": "USD", "total": 50, "exchange_rate": 17.5},
         "payment p is 875.00 pesos (50.00 USD at 17.5), less than min_amount (1,000.00)"),
        *(({"currency": "USD", "total": 5000, "exchange_rate": rate},
           "payment p cannot be compared with min_amount: it is in USD and names no exchange rate")
          for rate in (None, 0, 1, -17)),
    ],
)  # fmt: skip
def test_small_payments_are_left_out(payment: dict[str, Any], why: str) -> None:
    """Pesos are compared with pesos; what cannot be compared is never taken for large or small."""
    assert left_out({"min_amount": 1000}, **payment) == why


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("03", ""),
        ("01", "payment p was paid by 01 (Efectivo), not by 03, 28"),
        ("77", "payment p was paid by 77 (which the SAT's catalogue does not have), not by 03, 28"),
        (None, "payment p names no form of payment, and payment_forms asks for 03, 28"),
    ],
)
def test_other_forms_of_payment_are_left_out(form: str | None, why: str) -> None:
    """The form is told by its name too; a payment that names none is not among those that were chosen."""
    assert left_out({"payment_forms": ["03", "28"]}, payment_form=form) == why


def test_without_options_every_succeeded_payment_counts() -> None:
    """Neither currency, amount nor form matter, and the status always does."""
    assert left_out({}, currency="USD", total=None, payment_form=None) == ""
    assert left_out({}, status="refunded") == "payment p is refunded"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"payment_forms": ["3"]}, "'3' is none of the SAT's forms of payment; the nearest is '03' (Transf"),
        ({"payment_forms": [3]}, "3 is none of the SAT's forms of payment; the nearest is '03' (Transf"),
        ({"payment_forms": ["efectvo"]}, "the nearest is '01' (Efectivo)"),
        ({"payment_forms": ["Tarjeta"]}, 'there are "04" (Tarjeta de crédito), "28" (Tarjeta de débito), '),
        ({"payment_forms": ["xyzzy"]}, 'write codes such as "03", in quotes'),
        ({"min_amount": -1}, "greater than or equal to 0"),
        ({"min_amount": float("nan")}, "finite number"),
        ({"wait_days": 0}, "greater than 0"),
        ({"lacking": "notify"}, "'fail', 'wait' or 'skip'"),
        ({"look_again": [0]}, "greater than 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], message: str) -> None:
    """A slip is told when the rules are read, with the nearest code where there is one."""
    with pytest.raises(ValidationError) as error:
        StampOptions(**options)
    assert message in str(error.value)


def test_late_looks_may_be_written_in_any_order() -> None:
    """The next one is the next by time."""
    options = StampOptions(look_again=(900, 60))
    assert [options.next_look(age) for age in (0, 60, 899, 900)] == [60, 840, 1, None]


def test_a_rule_says_why_it_left_a_payment_out(ruled: RuledShop, tmp_path: Path) -> None:
    """The run is done, has stamped nothing and tells in plain words why; the other rule stamps."""
    ruled.read(
        """
[[rule]]
name = "cash"
handler = "stamp_receipts"
options = { payment_forms = ["01"] }
[[rule]]
name = "small"
handler = "stamp_receipts"
options = { min_amount = 100.50, payment_forms = ["03", "01"] }
""",
        tmp_path,
    )
    paid = ruled.paid(receipts=1)
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    cash, small = ruled.runs()
    why = f"payment {paid['payment']} was paid by 03 (Transferencia electrónica de fondos), not by 01"
    assert (cash.state, json.loads(cash.result)) == ("done", {"skipped": why})
    assert json.loads(small.result)["stamped"] == ruled.cfdis() == paid["receipts"]


def test_a_receipt_s_payment_is_read_as_it_is_now(ruled: RuledShop, tmp_path: Path) -> None:
    """`receipt.created` names a payment only; what it was paid by comes from the API."""
    ruled.stamp(tmp_path, 'payment_forms = ["28"]')
    paid = ruled.paid(receipts=1)
    ruled.announce("receipt.created", paid["receipts"][0])
    ruled.work()
    assert "was paid by 03" in json.loads(ruled.run().result)["skipped"]
    assert ruled.cfdis() == []


def test_a_payment_that_was_given_back_since_is_not_stamped(ruled: RuledShop, tmp_path: Path) -> None:
    """The event still says that it succeeded; the API says that it is refunded by now."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    object = ruled.sandbox.call("GET", f"/payments/{paid['payment']}")["data"]
    back = {"amount": object["total"], "reason": "devuelto"}
    ruled.sandbox.call("POST", f"/payments/{paid['payment']}/refund", back)
    ruled.deliver(type="payment.succeeded", thing=object)
    ruled.work()
    assert json.loads(ruled.run().result) == {"skipped": f"payment {paid['payment']} is refunded"}
    assert ruled.cfdis() == []


@pytest.mark.parametrize(("lag", "state"), [(1, "waiting"), (3601, "failed")])
def test_an_api_that_lags_behind_its_event_loses_no_receipt(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lag: int, state: str
) -> None:
    """The payment is still pending for the API: the run looks again, and fails rather than forget it."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=1)
    ruled.announce("payment.succeeded", paid["payment"])
    real = Payments.get
    with monkeypatch.context() as patch:
        patch.setattr(
            Payments, "get", lambda payments, id: real(payments, id).model_copy(update={"status": "pending"})
        )
        ruled.work()
        assert ruled.run().reason.endswith("is pending, though its event says that it succeeded")
        ruled.work(seconds=lag)
    assert (ruled.run().state, ruled.cfdis()) == (state, [])
    if state == "failed":
        ruled.retry(ruled.run().id)
    ruled.work(seconds=61)
    assert (ruled.run().state, ruled.cfdis()) == ("done", paid["receipts"])


def test_a_receipt_that_is_not_shown_yet_is_waited_for(
    ruled: RuledShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payment names a receipt that the API does not know yet: the other is stamped, this one later."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=2)
    late, here = sorted(paid["receipts"])
    ruled.announce("payment.succeeded", paid["payment"])
    plain, listed = Receipts.get, Receipts.list

    def get(receipts: Receipts, id: str) -> Receipt:
        if id == late:
            raise NotFound("no such receipt", status=404, outcome="not_done")
        return plain(receipts, id)

    with monkeypatch.context() as patch:
        patch.setattr(Receipts, "get", get)
        patch.setattr(
            Receipts, "list", lambda receipts, **by: [r for r in listed(receipts, **by) if r.id != late]
        )
        ruled.work()
    assert (ruled.run().state, ruled.run().reason) == ("waiting", f"gigstack shows no receipt {late}")
    assert ruled.cfdis() == [here]
    ruled.work(seconds=61)
    assert (ruled.run().state, ruled.cfdis()) == ("done", sorted(paid["receipts"]))
