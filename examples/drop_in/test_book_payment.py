"""What book_payment promises, held against an accounting system that takes each key once."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from book_payment import book_payment

from gigstack_events import Event
from gigstack_events.testing import Report, Run

MakeEvent = Callable[..., Event]
RunHandler = Callable[..., Run]


class Books:
    """An accounting system. `answers` come first, and 500 after it took the entry; `entries` are those."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.entries: list[dict[str, Any]] = []
        self._by_key: dict[str, int] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._taker())
        self.options = {"url": f"http://127.0.0.1:{self._server.server_port}/entries"}
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, key: str, entry: dict[str, Any]) -> int:
        """Take an entry, and return its number."""
        if key not in self._by_key:
            self.entries.append(entry)
            self._by_key[key] = len(self.entries)
        return self._by_key[key]

    def _taker(books) -> type[BaseHTTPRequestHandler]:
        class Taker(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, headers = books.answers.pop(0) if books.answers else (201, {})
                number = books.take(self.headers["idempotency-key"], body) if status in (201, 500) else 0
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps({"number": number}).encode())

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        return Taker


@pytest.fixture
def books() -> Iterator[Books]:
    """An accounting system without entries."""
    books = Books()
    yield books
    books.close()


def test_a_payment_is_one_entry(make_event: MakeEvent, run_handler: RunHandler, books: Books) -> None:
    """Also when its event comes twice."""
    paid_at = 1_767_247_200_000  # 1 January 2026, 06:00 UTC: midnight in Mexico City
    event = make_event("payment.succeeded", object={"total": 116, "succeeded_at": paid_at - 1})
    for _ in range(2):
        run = run_handler(book_payment, event, options=books.options)
        assert (run.state, run.result) == ("done", {"entry": 1})
    (entry,) = books.entries
    assert (entry["reference"], entry["amount"]) == (event.object["id"], 116)
    assert (entry["date"], entry["account"]) == ("2025-12-31", "102.01")


def test_a_busy_system_is_asked_again(make_event: MakeEvent, run_handler: RunHandler, books: Books) -> None:
    """When it says so, and the run says why it waits."""
    books.answers = [(503, {"retry-after": "120"})]
    run = run_handler(book_payment, make_event("payment.succeeded"), options=books.options)
    assert (run.state, run.reason) == ("waiting", "the accounting system is busy")
    assert 100 < run.again_in <= 120
    assert run.wait().state == "done"
    assert len(books.entries) == 1


def test_a_lost_answer_is_no_second_entry(
    make_event: MakeEvent, run_handler: RunHandler, books: Books
) -> None:
    """Nobody knows whether it was entered, so it is entered again, and the key says that it is the same."""
    books.answers = [(500, {})]
    run = run_handler(book_payment, make_event("payment.succeeded"), options=books.options)
    assert run.state == "waiting"
    assert run.wait().result == {"entry": 1}
    assert len(books.entries) == 1


def test_a_refusal_waits_for_a_person(make_event: MakeEvent, run_handler: RunHandler, books: Books) -> None:
    """Trying again would not help before somebody has looked."""
    books.answers = [(422, {})]
    run = run_handler(book_payment, make_event("payment.succeeded"), options=books.options)
    assert (run.state, books.entries) == ("parked", [])
    assert "refuses the entry with 422" in run.reason


def test_it_keeps_the_contract(handler_contract: Callable[..., Report], books: Books) -> None:
    """Whatever dies, fails or comes twice, a payment is entered once."""
    handler_contract(
        book_payment,
        "payment.succeeded",
        options=books.options,
        acts=lambda: [entry["reference"] for entry in books.entries],
    )
