"""`send`: one signed event by hand, which the receiver believes and the sandbox knows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.views import Views
from gigstack_events.sandbox.process import SandboxProcess
from tests.admin.conftest import Admin
from tests.sandbox.inbox import Inbox
from tests.stack import Program, eventually, free_port

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBvcGVyYXRvcg"  # without padding, as some write it
PROOFS = {
    "standard": {"GIGSTACK_WEBHOOK_SECRETS": f"{SECRET} whsec_c2VjcmV0IG9mIHllc3RlcmRheS4="},
    "gigstack": {"GIGSTACK_WEBHOOK_SECRETS": "just-any-text-as-a-secret"},
    "token": {"GIGSTACK_WEBHOOK_TOKENS": "token-of-the-operator"},
    "header": {"GIGSTACK_WEBHOOK_HEADER": "X-Key", "GIGSTACK_WEBHOOK_HEADER_VALUES": "value-of-the-operator"},
    "none": {},
}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """An endpoint that takes everything."""
    with Inbox() as inbox:
        yield inbox


@pytest.fixture
def signed() -> dict[str, str]:
    """The settings of a receiver."""
    return {"GIGSTACK_VERIFY": "standard", **PROOFS["standard"]}


@contextmanager
def receiving(env: dict[str, str], folder: Path) -> Iterator[str]:
    """A receiver as a process, and where it takes deliveries."""
    url = f"http://127.0.0.1:{(port := free_port())}"

    def ready() -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{url}/readyz", timeout=3, trust_env=False).status_code == 200
        return False

    receiver = Program("receiver", "--port", str(port), env=env, log=folder / "receiver.log")
    try:
        eventually(ready, said="the receiver does not get ready")
        yield f"{url}/webhooks/gigstack"
    finally:
        receiver.kill()


@pytest.mark.parametrize("scheme", PROOFS)
def test_the_receiver_believes_it(
    scheme: str, redis_url: str, ledger: Ledger, admin: Admin, api: dict[str, str], tmp_path: Path
) -> None:
    """Whatever proof the settings ask for, the event is accepted, and the line printed last shows it."""
    env = {"GIGSTACK_VERIFY": scheme, **PROOFS[scheme], "REDIS_URL": redis_url}
    with receiving(env, tmp_path) as url:
        said = admin("send", "payment.succeeded", "--url", url, **{**api, **env})
    assert (said.code, said.err) == (0, "")
    assert "The receiver answers 202: Accepted." in said.out
    (id,) = re.findall(r"-m admin events show (\S+)$", said.out.strip())
    detail = Views(ledger.redis).event(id)
    assert detail is not None
    assert detail.event.type == "payment.succeeded"
    for secret in PROOFS[scheme].values():
        assert secret.split()[0] not in said.out or scheme == "none"


def test_the_sandbox_knows_what_it_is_about(
    admin: Admin, api: dict[str, str], signed: dict[str, str], sandbox: SandboxProcess, inbox: Inbox
) -> None:
    """The object is the sandbox's; `--set` changes the event alone; nothing goes out by another way."""
    sandbox.call("POST", "/webhooks", {"url": inbox.url, "events": ["payment.succeeded"]})
    said = admin(
        "send", "payment.succeeded", "--set", "object.total=100", "--set", "object.metadata.shop=web",
        "--test-mode", "--url", inbox.url, **api, **signed,
    )  # fmt: skip
    assert said.code == 0, said.err
    (event,) = [one.event for one in inbox.wait(1)]
    told = event["data"]["object"]
    assert (told["total"], told["metadata"], event["livemode"]) == (100, {"shop": "web"}, False)
    assert f"about {told['id']}." in said.out
    known = sandbox.call("GET", f"/payments/{told['id']}", livemode=False)["data"]
    assert (known["id"], known["total"] == 100) == (told["id"], False)
    assert len(inbox.delivered) == 1


def test_it_goes_to_the_registered_endpoint_of_this_machine(
    admin: Admin, api: dict[str, str], signed: dict[str, str], sandbox: SandboxProcess, inbox: Inbox
) -> None:
    """An endpoint elsewhere is not asked, however it is registered, unless `--url` names it."""
    here = inbox.url.replace("/hook", "/webhooks/gigstack")
    away = "https://elsewhere.example/webhooks/gigstack"
    for url in (f"{away}/one", here, f"{away}/other"):
        sandbox.call("POST", "/webhooks", {"url": url, "events": ["receipt.created"]})
    assert admin("send", "customer.created", **api, **signed).code == 0
    assert [one.event["type"] for one in inbox.wait(1)] == ["customer.created"]


@pytest.mark.parametrize("type", KNOWN_EVENTS)
def test_without_a_sandbox_the_object_is_made_up_and_that_is_said(
    type: str, admin: Admin, signed: dict[str, str], inbox: Inbox
) -> None:
    """All 26 types, with no sandbox about."""
    said = admin("send", type, "--url", inbox.url, **signed)
    assert said.code == 0, said.err
    (event,) = [one.event for one in inbox.wait(1)]
    assert event["type"] == type
    assert "made up: the API that the settings lead to does not know it" in said.out


SLIPS = [
    (["payment.suceeded"], "did you mean 'payment.succeeded'?"),
    (["xyz"], "there are payment.created, "),
    (["payment.succeeded", "--set", "object.totl=1"], "did you mean object.total?"),
    (["payment.succeeded", "--set", "total=1"], "did you mean object.total?"),
    (["payment.succeeded", "--set", "objct.x=1"], "did you mean 'object'?"),
    (["payment.succeeded", "--set", "object.total"], "write it like --set object.total=100"),
    (["payment.succeeded", "--set", "object.items.7.sku=x"], "no place object.items.7.sku"),
    (["payment.succeeded", "--set", "object=3"], "object is an object"),
    (["payment.succeeded", "--set", "id=dos palabras"], "travels in a header"),
    (["payment.succeeded", "--url", "nowhere"], "--url is not an address"),
]


@pytest.mark.parametrize("sandboxed", [True, False])
@pytest.mark.parametrize(("words", "told"), SLIPS)
def test_a_slip_is_told_and_nothing_is_sent(
    words: list[str], told: str, sandboxed: bool, admin: Admin, api: dict[str, str], signed: dict[str, str]
) -> None:
    """One message with the nearest word, exit code 2, with a sandbox as without."""
    said = admin("send", *words, **(api if sandboxed else {}), **signed)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert len(said.err.splitlines()) == 1


def test_a_receiver_that_is_away_is_one_line(admin: Admin, signed: dict[str, str]) -> None:
    """It says what to do; a secret that ends the path is not shown."""
    url = f"http://127.0.0.1:{free_port()}/webhooks/gigstack/a-secret-token-of-ours"
    said = admin("send", "payment.succeeded", "--url", url, **signed)
    assert said.code == 2
    assert "start it (`make run`), or name its address with --url" in said.err
    assert "a-secret-token" not in said.err
    assert len(said.err.splitlines()) == 1


def test_what_the_receiver_refuses_is_told(
    admin: Admin, redis_url: str, signed: dict[str, str], tmp_path: Path
) -> None:
    """Its reason is shown, and the exit code is 1."""
    other = {"GIGSTACK_WEBHOOK_SECRETS": "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=="}
    with receiving({"GIGSTACK_VERIFY": "standard", "REDIS_URL": redis_url, **other}, tmp_path) as url:
        said = admin("send", "payment.succeeded", "--url", url, **signed)
    assert said.code == 1
    assert "answers 401: The webhook-signature is not right" in said.out


def test_unset_settings_are_told(admin: Admin, api: dict[str, str]) -> None:
    """Without a scheme nothing is signed; the message leads to the settings of `make run`."""
    said = admin("send", "payment.succeeded", **api)
    assert said.code == 2
    assert "`. .data/env`" in said.err


def test_an_api_that_is_no_sandbox_is_left_alone(admin: Admin, signed: dict[str, str], inbox: Inbox) -> None:
    """What answers otherwise gets no second call, and no key."""
    base = inbox.url.removesuffix("/hook")
    said = admin("send", "payment.succeeded", "--url", inbox.url, GIGSTACK_API_URL=base, **signed)
    assert said.code == 0, said.err
    assert "made up" in said.out
    assert [one.event["type"] for one in inbox.delivered] == ["payment.succeeded"]
