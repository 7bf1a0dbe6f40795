"""The session that the README shows, against a real sandbox."""

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from gigstack_events.api import Gigstack, months
from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.samples import SAMPLES

SEED = 31


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    print(f"seed {SEED}")
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def gigstack(sandbox: SandboxProcess) -> Iterator[Gigstack]:
    with Gigstack("sk_live_sandbox", base_url=sandbox.url) as gigstack:
        yield gigstack


def test_a_receipt_becomes_a_cfdi_with_its_xml(gigstack: Gigstack) -> None:
    """List a client's receipts, stamp one, download the CFDI: the XML is of the receipt's amount."""
    client = SAMPLES["clients.create"](gigstack, {})
    service = SAMPLES["services.create"](gigstack, {})
    SAMPLES["receipts.create"](gigstack, {"client": client.id, "service": service.id})

    for receipt in gigstack.receipts.list(client_id=client.id, status="pending"):
        stamped = gigstack.receipts.stamp(receipt.id)
        xml = gigstack.invoices.xml(stamped.uuid or stamped.id)

    cfdi = ElementTree.fromstring(xml)  # noqa: S314 - the sandbox's own XML
    assert cfdi.tag == "{http://www.sat.gob.mx/cfd/4}Comprobante"
    assert float(cfdi.attrib["Total"]) == receipt.total
    assert list(gigstack.receipts.list(client_id=client.id, status="pending")) == []


def test_a_quarter_is_three_requests_and_their_packages(sandbox: SandboxProcess, gigstack: Gigstack) -> None:
    """The SAT takes a month at most: ask for each, let time pass, fetch the ZIP files of XML."""
    for name in ("sat.upload_fiel", "sat.register", "sat.activate"):
        SAMPLES[name](gigstack, {})

    asked = [
        gigstack.sat.request(start, end, rfc_type="received", request_type="cfdi")
        for start, end in months("2026-01-01", "2026-03-31")
    ]
    sandbox.call("POST", "/_sandbox/clock", {"advance": 6 * 3600})
    packages = [
        gigstack.sat.package(package_id)
        for request in asked
        for package_id in gigstack.sat.status(request.request_id).package_ids
    ]

    assert len(asked) == 3
    assert {row.status for row in gigstack.sat.history()} == {"completed"}
    names = [name for package in packages for name in zipfile.ZipFile(io.BytesIO(package)).namelist()]
    assert len(names) == sum(row.invoice_count or 0 for row in gigstack.sat.history()) > 0
    with zipfile.ZipFile(io.BytesIO(packages[0])) as package:
        root = ElementTree.fromstring(package.read(package.namelist()[0]))  # noqa: S314 - as above
    assert root.attrib["Fecha"].startswith("2026-01")
