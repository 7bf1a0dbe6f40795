"""What ask_fiscal_data promises, held against a mail service that tells what it has sent."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ask_fiscal_data import ask_fiscal_data

from gigstack_events import Event
from gigstack_events.testing import LocalGigstack, Report, Run, World

MakeEvent = Callable[..., Event]
RunHandler = Callable[..., Run]


class Outbox:
    """A mail service; `sent` are its messages, `failures` how often it fails after it has sent one."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.failures = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._mailer())
        url = f"http://127.0.0.1:{self._server.server_port}"
        self.options = {"mail": url, "form": "https://shop.example.mx/datos", "patience": 0}
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def _mailer(outbox) -> type[BaseHTTPRequestHandler]:
        class Mailer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outbox.sent.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                outbox.tokens.append(self.headers.get("authorization", ""))
                failed, outbox.failures = outbox.failures > 0, outbox.failures - 1
                self._answer(502 if failed else 202)

            def do_GET(self) -> None:
                known = self.path.rpartition("/")[2] in {message["id"] for message in outbox.sent}
                self._answer(200 if known else 404)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        return Mailer


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """A mail service that has sent nothing."""
    outbox = Outbox()
    yield outbox
    outbox.close()


def newcomer(gigstack: LocalGigstack, make_event: MakeEvent, **fields: object) -> Event:
    """The event about a new client, who has given a name and a mail address and nothing else."""
    wanted = {"name": "Ana", "email": "ana@example.mx", **fields}
    client = gigstack.call("POST", "/clients", wanted)["data"]
    return make_event("customer.created", about=client["id"])


def test_a_client_without_data_is_asked_once(
    gigstack: LocalGigstack, make_event: MakeEvent, run_handler: RunHandler, outbox: Outbox, tmp_path: Path
) -> None:
    """The mail says in Spanish what is missing; a duplicate of the event sends no second one."""
    (tmp_path / "token").write_text("token-of-the-shop\n")
    event = newcomer(gigstack, make_event, tax_id="GODE561231GR8")
    for _ in range(2):
        options = {**outbox.options, "token_file": str(tmp_path / "token")}
        run = run_handler(ask_fiscal_data, event, options=options)
        assert (run.state, run.result) == ("done", "asked")
    (message,) = outbox.sent
    assert message["to"] == "ana@example.mx"
    assert "nombre o razón social, régimen fiscal, código postal" in message["text"]
    assert "RFC" not in message["text"]
    assert outbox.tokens == ["Bearer token-of-the-shop"]


def test_clients_have_time_to_complete_their_data(
    gigstack: LocalGigstack, make_event: MakeEvent, run_handler: RunHandler, outbox: Outbox
) -> None:
    """Whoever does so within the hour is not asked."""
    event = newcomer(gigstack, make_event)
    run = run_handler(ask_fiscal_data, event, options={**outbox.options, "patience": 3600})
    assert run.state == "waiting"
    fiscal = {"legal_name": "ANA GOMEZ DIAZ", "tax_id": "GODE561231GR8", "tax_system": "612"}
    gigstack.call("PUT", f"/clients/{event.object['id']}", {**fiscal, "address": {"zip": "03100"}})
    assert run.wait().result == "complete"
    assert outbox.sent == []


def test_a_client_without_an_address_waits_for_a_person(
    gigstack: LocalGigstack, make_event: MakeEvent, run_handler: RunHandler, outbox: Outbox
) -> None:
    """Nobody can be asked by mail, and the run says so."""
    run = run_handler(ask_fiscal_data, newcomer(gigstack, make_event, email=None), options=outbox.options)
    assert run.state == "parked"
    assert "no e-mail address" in run.reason


def test_a_lost_answer_is_looked_up(
    gigstack: LocalGigstack, make_event: MakeEvent, run_handler: RunHandler, outbox: Outbox
) -> None:
    """The mail went out although the service failed: the check finds it, and none is sent again."""
    outbox.failures = 1
    run = run_handler(ask_fiscal_data, newcomer(gigstack, make_event), options=outbox.options)
    assert run.state == "waiting"
    while run.state == "waiting":
        run = run.wait()
    assert (run.state, len(outbox.sent)) == ("done", 1)


def test_nobody_is_asked_in_test_mode(make_event: MakeEvent, run_handler: RunHandler, outbox: Outbox) -> None:
    """Test mode has made-up clients, but its mails would be real."""
    run = run_handler(ask_fiscal_data, make_event("customer.created", livemode=False), options=outbox.options)
    assert (run.result, outbox.sent) == ("nobody is asked in test mode", [])


def test_it_keeps_the_contract(handler_contract: Callable[..., Report], outbox: Outbox) -> None:
    """Whatever dies, fails or comes twice, a client gets one mail."""

    def given(world: World) -> Event:
        return newcomer(world.gigstack, world.make_event)

    handler_contract(
        ask_fiscal_data,
        "customer.created",
        options=outbox.options,
        given=given,
        acts=lambda: [message["id"] for message in outbox.sent],
    )
