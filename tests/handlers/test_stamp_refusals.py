"""stamp_receipts: what the SAT refuses is explained by gigstack's catalogue; nothing hangs on that."""

import time
from pathlib import Path
from typing import Any, cast

import pytest

from gigstack_events.api.errors import CfdiRefused, ValidationFailed
from gigstack_events.cfdi_refusals import Refusals
from tests.handlers.stamping import RuledShop

EXPLAINED = (
    "La razón social difiere de la registrada. Qué hacer: Cópiela de la constancia, sin régimen societario"
)


def refused(shop: RuledShop, *codes: str) -> list[str]:
    """A payment whose receipts are refused with these codes, in their order."""
    paid = shop.paid(receipts=0)
    bad = [shop.receipt(paid["client"], metadata={"cfdi_error": code}) for code in codes]
    shop.announce("payment.succeeded", paid["payment"], receipts=bad)
    return bad


def test_a_code_is_explained(ruled: RuledShop, tmp_path: Path) -> None:
    """The reason has receipt, code, what it means and what to do; the act is on record as not done."""
    ruled.stamp(tmp_path)
    [bad] = refused(ruled, "CFDI40145")
    ruled.work()
    assert (ruled.run().state, ruled.run().reason_code) == ("failed", "gave_up")
    assert ruled.run().reason.startswith(
        f"receipt {bad} cannot become a CFDI: 422 business_rule_violation: CFDI"
    )
    assert EXPLAINED in ruled.run().reason
    assert ruled.effect_states() == ["not_done"]


def test_receipts_with_one_code_are_one_matter(ruled: RuledShop, tmp_path: Path) -> None:
    """The catalogue is asked once for each code, and each code has one sentence."""
    ruled.stamp(tmp_path)
    bad = refused(ruled, "CFDI40145", "CFDI40148", "CFDI40145")
    ruled.work()
    together = ", ".join(sorted((bad[0], bad[2])))
    assert f"receipts {together} cannot become CFDI: " in ruled.run().reason
    assert f"receipt {bad[1]} cannot become a CFDI: " in ruled.run().reason
    assert ruled.run().reason.count("Qué hacer: ") == len(ruled.calls("invoices.list_cfdi_errors")) == 2


@pytest.mark.parametrize("fault", [{"kind": "500"}, {"kind": "429"}, {"kind": "reset"}, {"kind": "drift"}])
def test_without_the_catalogue_the_refusal_stands(
    ruled: RuledShop, tmp_path: Path, fault: dict[str, Any]
) -> None:
    """The outcome is the same: failed, with the SAT's own words; nothing is stamped or tried again."""
    ruled.stamp(tmp_path)
    [bad] = refused(ruled, "CFDI40145")
    ruled.fault(op="invoices.list_cfdi_errors", **fault)
    ruled.work()
    assert (ruled.run().state, ruled.run().failures) == ("failed", 1)
    assert f"receipt {bad} cannot become a CFDI" in ruled.run().reason
    assert "CFDI40145" in ruled.run().reason
    assert ruled.effect_states() == ["not_done"]
    assert ruled.calls("invoices.list_cfdi_errors")


def test_a_code_that_the_catalogue_does_not_have(ruled: RuledShop, tmp_path: Path) -> None:
    """Nothing is made up."""
    ruled.stamp(tmp_path)
    refused(ruled, "CFDI49999")
    ruled.work()
    assert "CFDI49999" in ruled.run().reason
    assert "Qué hacer" not in ruled.run().reason


def test_a_client_whom_the_sat_refuses(ruled: RuledShop, tmp_path: Path) -> None:
    """All receipts of the client have the same reason; corrected, a retry stamps them."""
    ruled.stamp(tmp_path)
    paid = ruled.paid(receipts=2)
    ruled.sandbox.call("PUT", f"/clients/{paid['client']}", {"metadata": {"cfdi_error": "CFDI40145"}})
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    first, second = sorted(paid["receipts"], key=ruled.run().reason.index)
    assert ruled.run().reason.startswith(f"receipts {first}, {second} cannot become CFDI: 422 business")
    ruled.sandbox.call("PUT", f"/clients/{paid['client']}", {"metadata": {}})
    ruled.retry(ruled.run().id)
    ruled.work()
    assert (ruled.run().state, ruled.cfdis()) == ("done", sorted(paid["receipts"]))


def test_a_run_that_is_about_to_end_asks_for_no_explanation() -> None:
    """The time limit would end it as a failure of another kind; many receipts are counted, not listed."""
    refusals = Refusals()
    error = CfdiRefused("400: CFDI40145: no", status=400, outcome="not_done")
    error.cfdi_code = "CFDI40145"
    for number in range(7):
        refusals.add(f"r{number}", error)
    refusals.add("r7", ValidationFailed("400: items", status=400, outcome="not_done"))
    nobody = cast(Any, None)
    assert refusals.sentences(nobody, time.time() + 5) == [
        "receipts r0, r1, r2, r3, r4 and 2 more cannot become CFDI: 400: CFDI40145: no",
        "receipt r7 was refused: 400: items",
    ]
