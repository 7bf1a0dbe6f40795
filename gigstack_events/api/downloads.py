"""Files beside the API, such as a CFDI's XML: by their links, which never see the API key. Read to the end
or not at all, within the total time of one call."""

import binascii
import time
from base64 import b64decode
from typing import Literal

import httpx

from gigstack_events.api import errors
from gigstack_events.api.call_log import quiet_httpx
from gigstack_events.api.deadlines import DeadlineTransport
from gigstack_events.api.models import InvoiceFiles
from gigstack_events.api.resources import Session
from gigstack_events.errors import ApiError

MOST_BYTES = 20 * 1024 * 1024
_LINK = ("http://", "https://")
_REFUSED: dict[int, type[ApiError]] = {
    401: errors.Forbidden,
    403: errors.Forbidden,
    404: errors.NotFound,
    408: errors.ServerFault,
    410: errors.NotFound,
    429: errors.RateLimited,
}


def content_of(files: InvoiceFiles, kind: Literal["pdf", "xml"], session: Session) -> bytes:
    """Return what one of the files holds, whether the API gave its link, base64 or the text itself."""
    told = (files.pdf if kind == "pdf" else files.xml) or _only_one(files)
    if not told:
        message = f"the API names no {kind.upper()} file; there is one once the CFDI is stamped"
        raise errors.NotFound(message, outcome="not_done")
    return _download(told, kind, session) if told.lower().startswith(_LINK) else _decoded(told, kind)


def _only_one(files: InvoiceFiles) -> str | None:
    """Where one kind of file was asked for, it may come without its name."""
    beside = files.model_extra or {}
    told = beside.get("url") or beside.get("content")
    return told if isinstance(told, str) else None


def _decoded(told: str, kind: str) -> bytes:
    if told.lstrip("\ufeff \r\n\t").startswith("<"):
        return told.encode()
    try:
        return b64decode("".join(told.rpartition("base64,")[2].split()), validate=True)
    except (binascii.Error, ValueError):
        message = f"what the API gives as {kind.upper()} is neither a link nor a file"
        raise errors.UnexpectedAnswer(message, outcome="not_done") from None


def _download(link: str, kind: str, session: Session) -> bytes:
    base_url, seconds, transport = session.connection.ground
    if link.lower().startswith("http://") and not base_url.lower().startswith("http://"):
        message = f"the link to the {kind.upper()} is not https: it is not followed"
        raise errors.UnexpectedAnswer(message, outcome="not_done")
    until = time.monotonic() + (session.timeout or seconds)
    try:
        with quiet_httpx():
            return _fetched(link, kind, until, transport)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _lost(kind, error) from None


def _fetched(link: str, kind: str, until: float, transport: httpx.BaseTransport | None) -> bytes:
    client = httpx.Client(
        transport=transport or DeadlineTransport(link),
        headers={"User-Agent": "gigstack-events"},
        follow_redirects=False,
    )
    seconds = max(until - time.monotonic(), 0.001)
    # Our own transport takes moments, others durations.
    each = until if transport is None else seconds
    try:
        with client.stream("GET", link, timeout=httpx.Timeout(each, pool=seconds)) as response:
            if response.status_code != 200:
                raise _refused(kind, response.status_code)
            return _content(response, kind, until)
    finally:
        if transport is None:  # a transport of the caller's own serves on
            client.close()


def _content(response: httpx.Response, kind: str, until: float) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            message = f"the {kind.upper()} is larger than {MOST_BYTES} bytes: it is not read to its end"
            raise errors.UnexpectedAnswer(message, outcome="not_done")
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the time for this call is over")
    return bytes(content)


def _refused(kind: str, status: int) -> ApiError:
    refused = errors.Rejected if 400 <= status < 500 else errors.UnexpectedAnswer
    error = errors.ServerFault if status >= 500 else _REFUSED.get(status, refused)
    return error(
        f"the link to the {kind.upper()} answered {status}; links end after a while, a new call gets others",
        status=status,
        outcome="not_done",
        transient=error in (errors.ServerFault, errors.RateLimited),
    )


def _lost(kind: str, error: Exception) -> ApiError:
    """A link may open the file to anybody, and errors may quote it: their text is not told."""
    message = f"the {kind.upper()} could not be downloaded ({type(error).__name__})"
    # A ValueError comes from a host that cannot be written in a request.
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
        return errors.UnexpectedAnswer(message, outcome="not_done")
    return errors.NoAnswer(message, outcome="not_done", transient=True)
