"""The envelopes of replies, and errors as exceptions."""

import time
from typing import Any


class Problem(Exception):
    """An answer that is not a success."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: object = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers

    def envelope(self, newer: bool) -> dict[str, Any]:
        """Return the body in the newer or in the documented shape; only the newer one has details."""
        if newer or self.details is not None:
            error = {"code": self.code, "message": self.message, "details": self.details}
            return {"success": False, "error": error}
        return {"message": self.message, "error": self.code}


def ok(data: object, message: str = "ok", **beside: object) -> dict[str, Any]:
    """Return the envelope of a success."""
    return {"success": True, "message": message, "data": data, **beside}


def invalid(message: str, field: str = "") -> Problem:
    """Make the answer to a call that makes no sense."""
    return Problem(400, "validation_failed", message, [{"field": field}] if field else None)


def missing(kind: str, id: str) -> Problem:
    """Make the answer to a call about something that is not there, or not in this mode and team."""
    return Problem(404, "resource_not_found", f"{kind} {id} does not exist")


def now_ms() -> int:
    """Return the time as epoch milliseconds."""
    return time.time_ns() // 1_000_000
