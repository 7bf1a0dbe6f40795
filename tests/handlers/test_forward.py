"""forward: another system gets each event once, signed, and nobody leads us into our own network."""

import json
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from gigstack_events.addresses import PrivateAddress, is_public, place_of
from gigstack_events.discovery import discover, rules_for
from gigstack_events.errors import ConfigurationError
from gigstack_events.events import normalise
from gigstack_events.routing import rule_of
from tests.handlers.notifying import Desk, crashed

ROOT = Path(__file__).parents[2]
HANDLER = discover(ROOT / "handlers").handlers["forward"].handler
SECRET = "whsec_c2VjcmV0LW9mLXRoZS1lcnA="


def aim(desk: Desk, **options: Any) -> None:
    """Let the sink be the target of a rule."""
    desk.handlers = {"forward": HANDLER}
    url = f"http://127.0.0.1:{desk.sink.port}/hooks"
    desk.patch.setenv(
        "GIGSTACK_DESTINATIONS", f'erp = {{ url = "{url}", secret = "{SECRET}" }}\nops = "json://x"'
    )
    chosen = {"to": ["erp"], "allow_private": True, **options}
    desk.patch.setattr("tests.engine.conftest.rule_of", lambda handler, _: rule_of(handler, chosen))


def test_an_event_is_passed_on_signed(desk: Desk) -> None:
    """The other side verifies it by the standard, and reads the same event."""
    aim(desk)
    desk.tell("evt_1")
    desk.tell("evt_1")
    desk.work()
    ((headers, body),) = desk.sink.raw
    assert Webhook(SECRET).verify(body, headers)
    assert (normalise(body, {}).id, normalise(body, {}).object["total"]) == ("evt_1", 1160.0)
    assert headers["host"] == f"127.0.0.1:{desk.sink.port}"
    assert json.loads(desk.run().result) == {"answers": {"erp": 200}}


def test_a_worker_that_dies_passes_it_on_again(desk: Desk) -> None:
    """Better twice than never."""
    aim(desk)
    desk.tell("evt_1")
    crashed(desk, "gigstack_events.ledger.Ledger.effect_end", after=False)
    assert (desk.run().state, len(desk.sink.got)) == ("done", 2)


def test_a_private_address_is_refused(desk: Desk) -> None:
    """Unless it is allowed, nothing is sent into a private network, and the run says why."""
    aim(desk, allow_private=False)
    desk.tell("evt_1")
    desk.work()
    assert (desk.run().state, desk.sink.asked) == ("failed", 0)
    assert "allow_private = true" in desk.run().reason


@pytest.mark.parametrize("status", [302, 404])
def test_a_refusal_or_redirect_fails_the_run(desk: Desk, status: int) -> None:
    """Redirects lead nowhere, and what is refused is not sent again and again."""
    aim(desk)
    desk.sink.status = status
    desk.tell("evt_1")
    desk.work()
    assert (desk.run().state, desk.sink.asked) == ("failed", 1)
    assert f"erp refuses the event with {status}" in desk.run().reason


def test_a_target_that_fails_is_left_alone_for_a_while(desk: Desk) -> None:
    """After so many failures in a row nobody calls it until the pause is over; then all arrives."""
    aim(desk, breaker=3, pause=60)
    desk.sink.status = 503
    for n in range(10):
        desk.tell(f"evt_{n}")
    desk.work()
    assert desk.sink.asked == 3
    desk.work(seconds=30)
    assert desk.sink.asked == 3
    desk.work(seconds=31)
    assert desk.sink.asked == 4
    desk.sink.status = 200
    for _ in range(4):
        desk.work(seconds=200)
    assert (desk.states(), len(desk.sink.got)) == ({"done"}, 10)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    """Loopback, private, link-local, metadata, and IPv6 addresses that carry one of them."""
    assert not is_public(address)
    with pytest.raises(PrivateAddress):
        place_of("https://erp.example.mx/", allow_private=False, resolving=lambda *_: ["8.8.8.8", address])


def test_the_checked_address_is_the_one_that_is_called() -> None:
    """The name is looked up once; it stands in the header and in what TLS verifies."""
    asked: list[str] = []

    def resolving(name: str, port: int) -> list[str]:
        asked.append(f"{name}:{port}")
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    place = place_of("https://u:p@erp.example.mx:8443/a?b=1#c", allow_private=False, resolving=resolving)
    assert (place.url, place.host, place.name) == (
        "https://8.8.8.8:8443/a?b=1", "erp.example.mx:8443", "erp.example.mx"
    )  # fmt: skip
    assert asked == ["erp.example.mx:8443"]


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("epr", "did you mean 'erp'?"),
        ("ops", "'ops' is a destination of notify"),
        ("ftp", "ftp: its url in GIGSTACK_DESTINATIONS must begin with"),
        ("bad", "bad: its secret in GIGSTACK_DESTINATIONS is whsec_ but no base64"),
        ("who", "who: its url in GIGSTACK_DESTINATIONS holds a user or password"),
    ],
)
def test_what_cannot_work_is_told_at_the_start(desk: Desk, to: str, sentence: str) -> None:
    """A wrong name, or an address that is none, stops the workers at their start."""
    both = f'erp = {{ url = "https://x", secret = "{SECRET}" }}\nftp = {{ url = "ftp://x", secret = "y" }}\n'
    both += 'bad = { url = "https://x", secret = "whsec_a" }\nwho = { url = "https://u:p@x", secret = "y" }'
    desk.patch.setenv("GIGSTACK_DESTINATIONS", f'{both}\nops = "json://x"')
    with pytest.raises(ConfigurationError, match="GIGSTACK_HANDLER_FORWARD") as told:
        rules_for(discover(ROOT / "handlers"), ("forward",), {"forward": {"to": [to]}})
    assert sentence in str(told.value)
