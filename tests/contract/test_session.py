"""The session that the README shows, word for word, against the sandbox that it starts."""

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gigstack_events.sandbox.process import SandboxProcess
from tests.stack import ROOT

SEED = 31
README = (ROOT / "README.md").read_text()
(SESSION,) = (
    block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "sat.request(" in block
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Run the session as it stands, but for its address and its patience."""
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("session")
    with SandboxProcess(seed=SEED, business=20, sat_delay=(0.0, 0.1), stamp_delay=(0, 0)) as sandbox:
        text = SESSION.replace("http://127.0.0.1:8001", sandbox.url).replace("sleep(5)", "sleep(0.05)")
        names: dict[str, Any] = {}
        before = Path.cwd()
        os.chdir(folder)
        try:
            exec(text, names)  # noqa: S102 - the README's own text
        finally:
            os.chdir(before)
        yield {**names, "folder": folder}
        names["gigstack"].close()


def test_a_receipt_becomes_a_cfdi_with_its_xml(done: dict[str, Any]) -> None:
    """List a client's receipts, stamp one, download the CFDI: the XML is of the receipt's amount."""
    cfdi = ElementTree.fromstring((done["folder"] / f"{done['cfdi']}.xml").read_bytes())  # noqa: S314
    assert cfdi.tag == "{http://www.sat.gob.mx/cfd/4}Comprobante"
    assert float(cfdi.attrib["Total"]) == done["receipt"].total
    assert done["gigstack"].receipts.get(done["receipt"].id).is_stamped


def test_a_quarter_is_three_requests_and_their_packages(done: dict[str, Any]) -> None:
    """The SAT takes a month at most: ask for each, wait, fetch the ZIP files of XML."""
    history = done["gigstack"].sat.history()
    assert len(done["asked"]) == len(history) == 3
    assert {row.status for row in history} == {"completed"}
    months = set()
    count = 0
    for package in done["folder"].glob("*.zip"):
        with zipfile.ZipFile(io.BytesIO(package.read_bytes())) as files:
            for name in files.namelist():
                cfdi = ElementTree.fromstring(files.read(name))  # noqa: S314 - the sandbox's own XML
                months.add(cfdi.attrib["Fecha"][:7])
                count += 1
    assert months == {"2026-01", "2026-02", "2026-03"}
    assert count == sum(row.invoice_count or 0 for row in history)


def test_the_session_is_well_typed(tmp_path: Path) -> None:
    """An editor and mypy understand each line of it."""
    file = tmp_path / "session.py"
    file.write_text(SESSION)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(file)], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
