"""Types: what an author gets wrong is underlined before it runs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRONG = """
from gigstack_events.api import Gigstack

gigstack = Gigstack("sk_test_0")
gigstack.receipts.stmap("receipt_1")
gigstack.receipts.create(items=[])
gigstack.receipts.stamp("receipt_1", stamp_to="nobody")
gigstack.payments.register(client="client_1", items=[], payment_form=3)
gigstack.sat.request("2026-01-01", "2026-01-31", rfc_type="both")
total: int = gigstack.invoices.income.get("invoice_1").total
"""


def check(*files: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--no-color-output", *files]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_right_uses_are_typed_and_every_wrong_one_is_found(tmp_path: Path) -> None:
    """mypy accepts the typed file, and finds each wrong line with what is wrong in it."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG, encoding="utf-8")
    ended = check("tests/contract/typed.py", str(wrong))
    found = [line for line in ended.stdout.splitlines() if ": error: " in line]
    assert [int(line.split(":")[1]) for line in found] == [5, 6, 7, 8, 9, 10], ended.stdout
    assert all("wrong.py" in line for line in found)
    for line, kind in zip(found, WRONG_KINDS, strict=True):
        assert line.endswith(f"[{kind}]")


WRONG_KINDS = ("attr-defined", "call-arg", "arg-type", "arg-type", "arg-type", "assignment")
