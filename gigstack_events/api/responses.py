"""What arrives: a response's content, bounded and in time, and how long it asks to wait."""

import math
import time
from email.utils import parsedate_to_datetime

import httpx

MOST_BYTES = 100 * 1024 * 1024
"""More than any package of the SAT is; what goes on for longer must not fill the memory."""


class TooLarge(httpx.ReadError):
    """The response goes on for longer than any reply of the API."""


def content_of(response: httpx.Response, until: float) -> bytes:
    """Read a response to its end; raise httpx's errors where it breaks off, is late or too large."""
    content = bytearray()
    try:
        for part in response.iter_bytes():
            content += part
            if len(content) > MOST_BYTES:
                raise TooLarge(f"the reply is larger than {MOST_BYTES} bytes: it is not read to its end")
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the time for this call is over")
    except httpx.HTTPError:
        # A refusal is a refusal even where its text got lost.
        if response.status_code < 400:
            raise
        return b""
    return bytes(content)


def retry_after(response: httpx.Response) -> float | None:
    """Read seconds or a date; anything else counts as not said."""
    told = response.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = _seconds_until(told)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return math.nan
