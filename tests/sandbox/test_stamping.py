"""Stamping in the sandbox judges strictly: every call that gets through makes a CFDI."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gigstack_events.api import ApiError, CfdiRefused, Gigstack, ValidationFailed
from gigstack_events.sandbox.process import SandboxProcess


def _cfdis(sandbox: SandboxProcess, team: str) -> list[dict[str, Any]]:
    return [cfdi for cfdi in sandbox.journal()["cfdis"] if cfdi["team"] == team]


def test_a_stamp_makes_one_cfdi_and_completes_the_receipt(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """The journal tells which call, on whose behalf, made it."""
    paid = sandbox.pay(team=team, receipts=1, late=0)
    [id] = paid["receipts"]
    assert gigstack.receipts.get(id).is_pending
    stamped = gigstack.bound(event_id="evt_9").receipts.stamp(id)
    receipt = gigstack.receipts.get(id)
    assert receipt.is_stamped
    [cfdi] = _cfdis(sandbox, team)
    assert receipt.invoices == [cfdi["uuid"]] == [stamped.uuid]
    assert (cfdi["receipt"], cfdi["client"], cfdi["event_id"]) == (id, paid["client"], "evt_9")
    call = next(call for call in sandbox.journal()["calls"] if call["n"] == cfdi["call"])
    assert (call["op"], call["status"], call["event_id"]) == ("receipts.stamp", 200, "evt_9")


def test_overlapping_stamps_make_two_cfdis(sandbox: SandboxProcess, gigstack: Gigstack, team: str) -> None:
    """Nothing is locked between reading and writing."""
    [id] = sandbox.pay(team=team, receipts=1, late=0)["receipts"]
    with ThreadPoolExecutor(2) as both:
        list(both.map(gigstack.receipts.stamp, [id, id]))
    assert len(_cfdis(sandbox, team)) == 2


def test_a_second_stamp_makes_a_second_cfdi(sandbox: SandboxProcess, gigstack: Gigstack, team: str) -> None:
    """Asked again later, it obeys again: the strict judge."""
    [id] = sandbox.pay(team=team, receipts=1, late=0)["receipts"]
    before = sandbox.summary()["stamped_more_than_once"]
    gigstack.receipts.stamp(id)
    gigstack.receipts.stamp(id)
    assert len(gigstack.receipts.get(id).invoices) == 2
    assert sandbox.summary()["stamped_more_than_once"] == before + 1


@pytest.mark.parametrize(
    ("fiscal", "rule"),
    [
        ({}, "CFDI40143"),
        ({"tax_id": "PEGJ800101ABC"}, "CFDI40145"),
        ({"tax_id": "nonsense", "legal_name": "ANA"}, "CFDI40143"),
        ({"tax_id": "PEGJ800101ABC", "legal_name": "ANA"}, "CFDI40147"),
        ({"tax_id": "PEGJ800101ABC", "legal_name": "ANA", "address": {"zip": "03100"}}, "CFDI40157"),
    ],
)
def test_a_client_without_fiscal_data_is_refused(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str, fiscal: dict[str, Any], rule: str
) -> None:
    """The refusal names the rule and leaves the receipt pending."""
    [id] = sandbox.pay(team=team, receipts=1, late=0, client={"name": "Ana", **fiscal})["receipts"]
    with pytest.raises(CfdiRefused) as caught:
        gigstack.receipts.stamp(id)
    assert (caught.value.cfdi_code, caught.value.outcome) == (rule, "not_done")
    assert gigstack.receipts.get(id).is_pending
    assert _cfdis(sandbox, team) == []


def test_a_refusal_can_be_asked_for(sandbox: SandboxProcess, gigstack: Gigstack, team: str) -> None:
    """A client's or receipt's `metadata.cfdi_error` is what the SAT says."""
    paid = sandbox.pay(team=team, receipts=1, late=0)
    gigstack.clients.update(paid["client"], metadata={"cfdi_error": "CFDI40161"})
    with pytest.raises(CfdiRefused) as caught:
        gigstack.receipts.stamp(paid["receipts"][0])
    assert (caught.value.status, caught.value.cfdi_code) == (422, "CFDI40161")


def test_the_general_public_needs_no_fiscal_data(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """`stamp_to` and `fiscal_information` stand in for the client's own data."""
    first, second = sandbox.pay(team=team, receipts=2, late=0, client={"name": "Ana"})["receipts"]
    gigstack.receipts.stamp(first, stamp_to="general_public_national")
    data = {"tax_id": "PEGJ800101ABC", "legal_name": "ANA", "zip": "03100", "tax_system": "612"}
    gigstack.receipts.stamp(second, fiscal_information=data)
    assert len(_cfdis(sandbox, team)) == 2


def test_a_cancelled_receipt_is_not_stamped(sandbox: SandboxProcess, gigstack: Gigstack, team: str) -> None:
    """Cancelling is for good, and only for what is pending."""
    [id] = sandbox.pay(team=team, receipts=1, late=0)["receipts"]
    gigstack.receipts.cancel(id)
    with pytest.raises(ValidationFailed):
        gigstack.receipts.stamp(id)
    with pytest.raises(ValidationFailed):
        gigstack.receipts.cancel(id)


def test_pending_receipts_are_stamped_a_hundred_at_a_time(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """The caller asks again while some remain; each receipt gets one CFDI."""
    client = sandbox.pay(team=team, receipts=130, late=0)["client"]
    first = gigstack.clients.stamp_pending_receipts(client)
    assert (first.stamped, first.failed, first.remaining, len(first.results)) == (100, 0, 30, 100)
    second = gigstack.clients.stamp_pending_receipts(client)
    assert (second.stamped, second.remaining) == (30, 0)
    counts = Counter(cfdi["receipt"] for cfdi in _cfdis(sandbox, team))
    assert set(counts.values()) == {1}
    assert len(counts) == 130


def test_a_partial_failure_is_a_success_with_failed_receipts(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """200, although some failed: the caller has to look."""
    client = sandbox.pay(team=team, receipts=1, late=0)["client"]
    item = {"description": "x", "unit_price": 10, "quantity": 1}
    bad = gigstack.receipts.create(client=client, items=[item], metadata={"cfdi_error": "CFDI40161"})
    result = gigstack.clients.stamp_pending_receipts(client)
    assert (result.stamped, result.failed, result.remaining) == (1, 1, 1)
    assert {row["status"] for row in result.results if row["id"] == bad.id} == {"failed"}


def test_both_modes_and_other_teams_are_out_of_sight(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """A key sees its mode and team only."""
    [id] = sandbox.pay(team=team, receipts=1, late=0, livemode=False)["receipts"]
    with pytest.raises(ApiError) as caught:
        gigstack.receipts.stamp(id)
    assert caught.value.status == 404
    with Gigstack("sk_test_sandbox", base_url=sandbox.url, team=team) as test:
        assert test.receipts.get(id).livemode is False
        with pytest.raises(ApiError):
            test.bound(team="team_other").receipts.get(id)
    assert _cfdis(sandbox, team) == []


def test_a_stamp_for_the_general_public_names_its_period(
    sandbox: SandboxProcess, gigstack: Gigstack, team: str
) -> None:
    """As the SAT wants it of every CFDI for PUBLICO EN GENERAL."""
    [id] = sandbox.pay(team=team, receipts=1, late=0)["receipts"]
    uuid = gigstack.receipts.stamp(id, stamp_to="general_public_national").uuid
    made = sandbox.call("GET", f"/invoices/income/{uuid}?team={team}")["data"]
    assert (made["client"]["tax_id"], made["use"]) == ("XAXX010101000", "S01")
    assert (made["global"]["periodicity"], len(made["global"]["months"])) == ("04", 2)
