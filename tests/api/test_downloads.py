"""The files of a CFDI: in the answer or behind a link, and what can go wrong on the way."""

from base64 import b64encode
from typing import Any

import httpx
import pytest

from gigstack_events.api import (
    Forbidden,
    Gigstack,
    NoAnswer,
    NotFound,
    Rejected,
    ServerFault,
    UnexpectedAnswer,
)
from gigstack_events.api.downloads import MOST_BYTES
from gigstack_events.errors import ApiError
from tests.api.stand_in import KEY, Api, http, ok, raw_server

XML = '<?xml version="1.0" encoding="UTF-8"?><cfdi:Comprobante Nombre="Peña"/>'
LINK = "https://files.example/cfdi.xml?token=secret"


@pytest.mark.parametrize(
    "data",
    [
        {"xml": XML},
        {"xml": "\ufeff\n" + XML},
        {"xml": b64encode(XML.encode()).decode()},
        {"xml": "data:application/xml;base64," + b64encode(XML.encode()).decode()},
        {"xml": {"content": b64encode(XML.encode()).decode(), "encoding": "base64"}},
        {"files": {"xml": XML}},
        {"xml_content": XML},
        {"content": XML},
    ],
)
def test_a_file_in_the_answer_needs_no_download(data: dict[str, Any]) -> None:
    """The API may answer with the file itself, in several ways."""
    api = Api(ok(data))
    assert api.gigstack().invoices.xml("x").decode().lstrip("\ufeff\n") == XML
    assert [request.url.path for request in api.requests] == ["/v2/invoices/x/files"]


@pytest.mark.parametrize(
    "data",
    [
        {"xml": LINK, "pdf": "https://files.example/other"},
        {"xml_url": LINK},
        {"files": {"xml": {"url": LINK}}},
        {"url": LINK},
    ],
)
def test_a_link_is_followed_without_the_key(data: dict[str, Any]) -> None:
    """The file's host is another: it gets neither key nor event."""
    api = Api(ok(data), httpx.Response(200, content=XML.encode()))
    assert api.gigstack().bound(event_id="evt_1").invoices.xml("x") == XML.encode()
    assert str(api.last.url) == LINK
    assert not {"authorization", "x-gigstack-event-id", "cookie"} & set(api.last.headers)
    assert KEY not in str(api.last.headers.raw)


@pytest.mark.parametrize(
    ("answer", "kind", "transient"),
    [
        (httpx.Response(302, headers={"location": "https://other.example"}), UnexpectedAnswer, False),
        (httpx.Response(204), UnexpectedAnswer, False),
        (httpx.Response(403), Forbidden, False),
        (httpx.Response(404), NotFound, False),
        (httpx.Response(410), NotFound, False),
        (httpx.Response(416), Rejected, False),
        (httpx.Response(503), ServerFault, True),
        (httpx.Response(200, content=b"x" * (MOST_BYTES + 1)), UnexpectedAnswer, False),
        (httpx.ConnectError(LINK), NoAnswer, True),
        (httpx.ReadError(LINK), NoAnswer, True),
    ],
)
def test_a_download_ends_in_the_errors_of_the_tree(
    answer: httpx.Response | Exception, kind: type[ApiError], transient: bool
) -> None:
    """A handler tells passing from lasting trouble; the link, which opens the file, is in no message."""
    api = Api(ok({"xml": LINK}), answer)
    with pytest.raises(kind) as caught:
        api.gigstack().invoices.xml("x")
    assert (caught.value.outcome, caught.value.transient) == ("not_done", transient)
    assert "secret" not in str(caught.value)
    assert len(api.requests) == 2


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({}, NotFound),
        ({"xml": None, "pdf": LINK}, NotFound),
        ({"xml": "not base64!"}, UnexpectedAnswer),
        ({"xml": "http://files.example/x"}, UnexpectedAnswer),
        ({"xml": "https://files.example:port/x"}, UnexpectedAnswer),
    ],
)
def test_what_is_no_file_is_not_guessed(data: dict[str, Any], kind: type[ApiError]) -> None:
    """Nothing is asked of a link that is not https, nor of what is none."""
    api = Api(ok(data))
    with pytest.raises(kind) as caught:
        api.gigstack().invoices.xml("x")
    assert caught.value.outcome == "not_done"
    assert len(api.requests) == 1


def test_an_api_without_tls_may_link_without_tls() -> None:
    """The sandbox has no certificate, and its files neither; here a real connection carries both."""
    asked: list[bytes] = []

    def answer(connection: Any, request: bytes) -> None:
        asked.append(request)
        path = request.split()[1].decode()
        content = XML.encode() if path == "/xml" else None
        link = {"data": {"xml": f"http://{request.split(b'ost: ')[1].split()[0].decode()}/xml"}}
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        connection.sendall(http(link) if content is None else head % len(content) + content)

    with raw_server(answer) as address, Gigstack(KEY, base_url=f"{address}/v2", timeout=5) as gigstack:
        assert gigstack.invoices.xml("x") == XML.encode()
    assert KEY.encode() in asked[0]
    assert b"uthorization" not in asked[1]


def test_a_file_that_trickles_ends_in_time() -> None:
    """The total time of a call holds for its file, too."""

    def answer(connection: Any, request: bytes) -> None:
        if b"/files" in request:
            host = request.split(b"ost: ")[1].split()[0].decode()
            connection.sendall(http({"data": {"xml": f"http://{host}/xml"}}))
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 50)
            connection.settimeout(0.05)
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    with (
        raw_server(answer) as address,
        Gigstack(KEY, base_url=address, timeout=0.5) as gigstack,
        pytest.raises(NoAnswer) as caught,
    ):
        gigstack.invoices.xml("x")
    assert caught.value.transient


def test_a_preview_is_the_pdf_itself() -> None:
    """The API sends it as base64."""
    reply = ok({"pdf": b64encode(b"%PDF-1.7").decode()})
    assert Api(reply).gigstack().invoices.drafts.preview("draft_1") == b"%PDF-1.7"
