"""A registration whose answer is lost: the operator learns that a secret may exist which nobody saw."""

from pathlib import Path

from gigstack_events.sandbox.process import SandboxProcess
from tests.admin.conftest import Admin

URL = "https://events.example/webhooks/gigstack"


def test_lost_answer_names_the_cure(
    admin: Admin, api: dict[str, str], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """After a lost answer `--rotate` is named, and it works on the endpoint that was made."""
    sandbox.call("POST", "/_sandbox/faults", {"op": "webhooks.create", "kind": "lost", "times": 1})
    file = tmp_path / "secret"
    call = ("webhooks", "register", "--url", URL, "--secret-file", str(file))
    said = admin(*call, **{**api, "GIGSTACK_CALL_TIMEOUT": "2"})
    assert said.code == 2
    assert "--rotate" in said.err
    assert not file.exists()
    assert admin(*call, "--rotate", **api).code == 0
    assert file.read_text().startswith("whsec_")
    assert len(sandbox.call("GET", "/webhooks")["data"]) == 1
