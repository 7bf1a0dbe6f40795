"""The README's way into production: the part that is typed on the host, word for word."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from gigstack_events.sandbox.process import SandboxProcess
from gigstack_events.settings import load_settings
from tests.stack import ROOT

STORE_KEY = "(umask 077; mkdir -p secrets; read -rsp 'API key: ' key; printf %s \"$key\" > secrets/api_key)"
REGISTER = (
    "GIGSTACK_HANDLERS=stamp_receipts GIGSTACK_API_KEY_FILE=secrets/api_key .venv/bin/python -m admin "
    "webhooks register --url https://you.example/webhooks/gigstack --secret-file secrets/webhook_secrets"
)
ROTATE = f"{REGISTER} --rotate"


def test_typed_lines_prepare_the_containers(sandbox: SandboxProcess, tmp_path: Path) -> None:
    """Key and signing secret end in files of ours alone, and rotations leave what the receiver takes."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
        "GIGSTACK_API_URL": f"{sandbox.url}/v2",
    }
    for line in (STORE_KEY, REGISTER, ROTATE, ROTATE):
        subprocess.run(
            ["/bin/bash", "-ec", line],
            cwd=tmp_path, env=env, input="sk_live_sandbox\n", text=True, check=True, timeout=30,
        )  # fmt: skip
    secrets = tmp_path / "secrets"
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {
        "api_key": 0o600,
        "webhook_secrets": 0o600,
    }
    names = {"GIGSTACK_VERIFY": "standard", "GIGSTACK_WEBHOOK_SECRETS_FILE": str(secrets / "webhook_secrets")}
    assert len(load_settings(names).webhook_secrets) == 3


def test_readme_shows_these_lines() -> None:
    """What is tried here is what a reader types."""
    readme = (ROOT / "README.md").read_text()
    for line in (STORE_KEY, REGISTER):
        assert line in readme
