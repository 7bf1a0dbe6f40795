"""The session that the README shows, against a real sandbox."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.samples import SAMPLES

SEED = 31
SESSION = """\
from gigstack_events.api import Gigstack, months

gigstack = Gigstack("sk_live_sandbox", base_url="http://127.0.0.1:8001")

for receipt in gigstack.receipts.list(client_id="client_1", status="pending"):
    stamped = gigstack.receipts.stamp(receipt.id)
    cfdi = gigstack.invoices.xml(stamped.uuid or stamped.id)

asked = [
    gigstack.sat.request(start, end, rfc_type="received", request_type="cfdi")
    for start, end in months("2026-01-01", "2026-03-31")
]
# The SAT takes its time; in the sandbox, POST /_sandbox/clock {"advance": 21600} lets six hours pass.
packages = [
    gigstack.sat.package(package_id)
    for request in asked
    for package_id in gigstack.sat.status(request.request_id).package_ids
]
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    print(f"seed {SEED}")
    with SandboxProcess(seed=SEED, stamp_delay=(0, 0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def done(sandbox: SandboxProcess) -> Iterator[dict[str, Any]]:
    """Run the session as it stands, but for the address and the client that it names."""
    with Gigstack("sk_live_sandbox", base_url=sandbox.url) as gigstack:
        client = SAMPLES["clients.create"](gigstack, {}).id
        service = SAMPLES["services.create"](gigstack, {}).id
        SAMPLES["receipts.create"](gigstack, {"client": client, "service": service})
        for name in ("sat.upload_fiel", "sat.register", "sat.activate"):
            SAMPLES[name](gigstack, {})
    text = SESSION.replace("http://127.0.0.1:8001", sandbox.url).replace("client_1", client)
    before, waiting, after = text.partition("# The SAT takes its time")
    names: dict[str, Any] = {"client": client}
    exec(before, names)  # noqa: S102 - the text above
    sandbox.call("POST", "/_sandbox/clock", {"advance": 21_600})
    exec(waiting + after, names)  # noqa: S102 - the text above
    yield names
    names["gigstack"].close()


def test_a_receipt_becomes_a_cfdi_with_its_xml(done: dict[str, Any]) -> None:
    """List a client's receipts, stamp one, download the CFDI: the XML is of the receipt's amount."""
    cfdi = ElementTree.fromstring(done["cfdi"])  # noqa: S314 - the sandbox's own XML
    assert cfdi.tag == "{http://www.sat.gob.mx/cfd/4}Comprobante"
    assert float(cfdi.attrib["Total"]) == done["receipt"].total
    assert list(done["gigstack"].receipts.list(client_id=done["client"], status="pending")) == []


def test_a_quarter_is_three_requests_and_their_packages(done: dict[str, Any]) -> None:
    """The SAT takes a month at most: ask for each, let time pass, fetch the ZIP files of XML."""
    history = done["gigstack"].sat.history()
    assert len(done["asked"]) == len(history) == 3
    assert {row.status for row in history} == {"completed"}
    months = set()
    count = 0
    for package in done["packages"]:
        with zipfile.ZipFile(io.BytesIO(package)) as files:
            for name in files.namelist():
                cfdi = ElementTree.fromstring(files.read(name))  # noqa: S314 - the sandbox's own XML
                months.add(cfdi.attrib["Fecha"][:7])
                count += 1
    assert months == {"2026-01", "2026-02", "2026-03"}
    assert count == sum(row.invoice_count or 0 for row in history)
