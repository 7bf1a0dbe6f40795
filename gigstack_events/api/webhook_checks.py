"""What cannot be right about an endpoint. Raises InvalidInput; no I/O here."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from gigstack_events.api.errors import InvalidInput

_LONGEST_URL = 4096


def check_webhook(fields: Mapping[str, Any]) -> None:
    """Look at the address, the events and the operation's name; other names of events are legal."""
    if "url" in fields and not _is_address(fields["url"]):
        raise InvalidInput("url: is an http or https address without user and fragment")
    events = fields.get("events")
    if isinstance(events, str):
        raise InvalidInput("events: is a list of names, such as ['payment.succeeded']")
    if events is not None and not events and fields.get("status") == "active":
        raise InvalidInput("events: an active endpoint needs at least one; only an inactive one goes without")
    if "operation_id" in fields and not _is_uuid(fields["operation_id"]):
        raise InvalidInput("operation_id: is a UUID")


def _is_address(url: Any) -> bool:
    try:
        parts = urlsplit(url)
        found = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, TypeError, AttributeError):
        return False
    return found and "@" not in parts.netloc and "#" not in url and len(url) <= _LONGEST_URL


def _is_uuid(text: Any) -> bool:
    try:
        UUID(text)
    except (ValueError, TypeError, AttributeError):
        return False
    return True
