"""Over TLS: only who proves its name gets an event, and a run says why another one does not."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.discovery import discover
from gigstack_events.routing import rule_of
from tests.handlers.notifying import Desk
from tests.handlers.sink import Sink

FOUND = discover(Path(__file__).parents[2] / "handlers").handlers
NAME = "erp.example.mx"
# Who reads its authorities from where.
TRUSTED = {"forward": "SSL_CERT_FILE", "notify": "REQUESTS_CA_BUNDLE"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Certificates by their names, each with its key and its own authority."""
    assert shutil.which("openssl"), "there is no openssl here. Type: sudo apt-get install openssl"
    folder = tmp_path_factory.mktemp("certificates")
    made = {name: folder / f"{name}.pem" for name in (NAME, "other.example.mx")}
    for name, file in made.items():
        how = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
        files = ["-keyout", str(file), "-out", f"{file}.crt"]
        subprocess.run(["openssl", "req", "-x509", *how, *named, *files], check=True, capture_output=True)
        file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return made


@pytest.fixture(autouse=True)
def _forget_authorities() -> Iterator[None]:
    """The handler reads them once in the life of a process."""
    tls = FOUND["forward"].handler.function.__globals__["_tls"]
    tls.cache_clear()
    yield
    tls.cache_clear()


def told(desk: Desk, handler: str, shown: Path, trusted: Path | None) -> Sink:
    """A sink on this machine, called NAME, that shows a certificate; an event was told to it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown)
    sink, look_up = Sink(tls=server), socket.getaddrinfo

    def here(host: Any, *more: Any, **named: Any) -> Any:
        return look_up("127.0.0.1" if host == NAME else host, *more, **named)

    desk.patch.setattr(socket, "getaddrinfo", here)
    if trusted:
        desk.patch.setenv(TRUSTED[handler], str(trusted))
    addresses = {
        "forward": f'{{ url = "https://{NAME}:{sink.port}/hooks", secret = "s" }}',
        "notify": f'"jsons://{NAME}:{sink.port}/"',
    }
    desk.patch.setenv("GIGSTACK_DESTINATIONS", f"erp = {addresses[handler]}")
    options = {"to": ["erp"], **({"allow_private": True} if handler == "forward" else {})}
    desk.patch.setattr("tests.engine.conftest.rule_of", lambda handler, _: rule_of(handler, options))
    desk.handlers = {handler: FOUND[handler].handler}
    desk.tell("evt_1")
    desk.work()
    sink.stop()
    return sink


@pytest.mark.parametrize("handler", TRUSTED)
def test_a_trusted_target_gets_the_event(desk: Desk, handler: str, certificates: dict[str, Path]) -> None:
    """With its authority among those that are trusted, TLS verifies the name and the event arrives."""
    sink = told(desk, handler, certificates[NAME], certificates[NAME])
    assert (desk.run().state, len(sink.got)) == ("done", 1)


@pytest.mark.parametrize("handler", TRUSTED)
@pytest.mark.parametrize(
    ("shown", "trusted", "why"),
    [
        (NAME, None, "its certificate is not trusted: self-signed certificate"),
        ("other.example.mx", "other.example.mx", "its certificate is not trusted: it is for another name"),
    ],
    ids=["unknown authority", "other name"],
)
def test_who_cannot_prove_its_name_gets_nothing(
    desk: Desk, handler: str, certificates: dict[str, Path], shown: str, trusted: str | None, why: str
) -> None:
    """Nothing is sent, which is certain: the run waits and says why, and the address stays secret."""
    sink = told(desk, handler, certificates[shown], certificates[trusted] if trusted else None)
    run = desk.run()
    assert (run.state, sink.asked, desk.effect_states()) == ("waiting", 0, ["not_done"])
    assert f"erp cannot be reached ({why}" in run.reason
    assert NAME not in run.reason


def test_authorities_that_cannot_be_read_are_told_at_the_start(desk: Desk) -> None:
    """A file that is not there stops the workers at their start, not the first event."""
    desk.patch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    desk.patch.setenv("GIGSTACK_DESTINATIONS", 'erp = { url = "https://erp.example.mx", secret = "s" }')
    with pytest.raises(ValueError, match="SSL_CERT_FILE names no file of certificates"):
        rule_of(FOUND["forward"].handler, {"to": ["erp"]})
