"""What nobody may reach, make endless or bring down: other teams' objects, floods, races."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from secrets import token_hex
from uuid import uuid4

import httpx
import pytest

from gigstack_events.sandbox.invoicing.xml_reading import parse_xml
from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller
from tests.sandbox.inbox import Inbox

ITEM = {"description": "x", "unit_price": 100}
PPD = {"items": [ITEM], "payment_method": "PPD", "payment_form": "99"}


@pytest.fixture
def stranger(sandbox: SandboxProcess) -> Iterator[Caller]:
    caller = Caller(sandbox, f"team_{token_hex(4)}")
    yield caller
    caller.close()


def test_no_team_is_sent_what_another_one_has(api: Caller, stranger: Caller, inbox: Inbox) -> None:
    """Naming the other team as the source opens no way to its objects."""
    webhook = api("POST", "/webhooks", {"url": inbox.url, "events": ["customer.created"]})["id"]
    wanted = {"operation_id": str(uuid4()), "expected_livemode": True, "confirmed": True,
              "event": "customer.created", "resource_id": stranger.client()}  # fmt: skip
    source = stranger("GET", "/clients")[0]["team"]
    for action, more in (("test", {}), ("resend-current", {"acknowledge_duplicate_delivery": True})):
        body = {**wanted, "source_team_id": source, **more}
        assert api.refused("POST", f"/webhooks/{webhook}/{action}", body) == (404, "resource_not_found")


def test_an_address_that_is_none_is_refused(api: Caller) -> None:
    """Also where brackets hold no address."""
    body = {"url": "http://[::1", "events": ["customer.created"]}
    assert api.refused("POST", "/webhooks", body) == (400, "validation_failed")


def test_a_draft_may_be_deleted_while_it_is_stamped(team: str) -> None:
    """Its CFDI is made by then, and the call says so."""
    with SandboxProcess(stamp_delay=(0.5, 0.5)) as sandbox, closing(Caller(sandbox, team)) as api:
        draft = {"invoice_type": "I", "client": {"id": api.client()}, "items": [ITEM]}
        id = api("POST", "/invoices/draft", draft)["id"]
        with ThreadPoolExecutor() as threads:
            stamped = threads.submit(api, "POST", f"/invoices/draft/{id}/stamp")
            while sandbox.journal("calls")["calls"][-1]["op"] != "invoices.drafts.stamp":
                pass
            api("DELETE", f"/invoices/draft/{id}")
            invoice = stamped.result()
        assert api("GET", f"/invoices/income/{invoice['id']}")["status"] == "valid"


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/_sandbox/pay", {"duplicates": 1e9}),
        ("/_sandbox/pay", {"late": 1e300}),
        ("/_sandbox/send", {"duplicates": "inf"}),
        ("/_sandbox/send", {"duplicates": 1e9}),
        ("/_sandbox/send", {"duplicates": -1}),
        ("/_sandbox/send", {"reorder": "inf"}),
        ("/_sandbox/receipts", {"receipts": 10**9}),
        ("/_sandbox/receipts", {"receipts": -1}),
    ],
)
def test_no_slip_floods_the_sandbox(
    path: str, wrong: dict[str, object], api: Caller, sandbox: SandboxProcess, team: str
) -> None:
    """A number with too many digits is told at once; it would keep the sandbox busy for ever."""
    payment = sandbox.pay(team=team, send=False)["payment"]
    about = {
        "/_sandbox/pay": {},
        "/_sandbox/send": {"type": "payment.succeeded", "resource": payment},
        "/_sandbox/receipts": {"payment": payment},
    }
    assert api.refused("POST", path, {**about[path], **wrong}) == (400, "validation_failed")


def test_the_time_stays_one_that_can_be_written() -> None:
    """However often it is put forward."""
    with SandboxProcess() as sandbox:
        decade = {"advance": 10 * 366 * 86_400}
        replies = [httpx.post(f"{sandbox.url}/_sandbox/clock", json=decade) for _ in range(11)]
    assert [reply.status_code for reply in replies] == [200] * 10 + [400]


def test_a_payment_is_in_the_money_of_its_invoice(api: Caller, sandbox: SandboxProcess) -> None:
    """Dollars are paid in dollars, unless said otherwise; and pesos do not pay them one for one."""
    client = {"id": api.client()}
    dollars = {**PPD, "client": client, "currency": "USD", "exchange_rate": 17.5}
    invoice = api("POST", "/invoices/income", dollars)["id"]
    paid = {"invoice_id": invoice, "amount": 60}
    refused = api.refused("POST", "/invoices/payment", {**paid, "currency": "MXN"})
    assert refused == (400, "business_rule_violation")
    complement = api("POST", "/invoices/payment", paid)["id"]
    xml = parse_xml(httpx.get(f"{sandbox.url}/_sandbox/files/{complement}.xml").content)
    shown = {name: value for element in xml.iter() for name, value in element.attrib.items()}
    kept = [shown[name] for name in ("MonedaP", "MonedaDR", "TipoCambioP", "Monto", "MontoTotalPagos")]
    assert kept == ["USD", "USD", "17.5", "60.00", "1050.00"]
    assert (shown["ValorUnitario"], shown["Importe"]) == ("0", "0")  # the SAT wants no decimals here
