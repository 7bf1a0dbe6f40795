"""Judging what came back: status and bytes in, the reply's JSON object out, or the right error.

Knows both error envelopes of the API, `{message, error: "<code>"}` and
`{success: false, error: {code, message, details}}`. No I/O here.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gigstack_events.api import errors
from gigstack_events.errors import ApiError, Outcome

_SERVER_CODES = {"internal_server_error", "service_unavailable", "database_error"}
# A 409 with one of these says that what was asked is compared first, and was not carried out.
_BEFORE_ACTING = ("cost_mismatch", "webhook_revision_conflict")
# Codes by which the API says that the caller was wrong; in a 2xx reply they mean that nothing was done.
_CLIENT_CODES = {
    "unauthorized", "forbidden", "invalid_token", "insufficient_permissions", "operation_not_allowed",
    "validation_failed", "invalid_request_body", "missing_required_field", "invalid_field_value",
    "resource_not_found", "business_rule_violation", "rate_limit_exceeded", "file_not_found",
    "invalid_file_format", "team_not_found", "invalid_webhook_configuration", "webhook_plan_required",
    "webhook_configuration_forbidden", "master_team_required", *_BEFORE_ACTING,
}  # fmt: skip
_BY_CODE: dict[str, type[ApiError]] = {
    "unauthorized": errors.Unauthorized,
    "invalid_token": errors.Unauthorized,
    "forbidden": errors.Forbidden,
    "insufficient_permissions": errors.Forbidden,
    "resource_not_found": errors.NotFound,
    "resource_already_exists": errors.Conflict,
    "resource_conflict": errors.Conflict,
    "validation_failed": errors.ValidationFailed,
    "missing_required_field": errors.ValidationFailed,
    "invalid_field_value": errors.ValidationFailed,
    "invalid_request_body": errors.ValidationFailed,
    "rate_limit_exceeded": errors.RateLimited,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    400: errors.ValidationFailed,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    408: errors.ServerFault,
    409: errors.Conflict,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
}
_CFDI = re.compile(r"CFDI\d{5,6}")
_LONGEST_MESSAGE = 300
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
_ERROR_ENVELOPE = {"success", "message", "error", "code", "details", "data", "timestamp"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end; `retry_after` is in seconds."""

    status: int
    content: bytes = b""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """The error part of a reply, whichever envelope it came in."""

    code: str = ""
    message: str = ""
    details: object = None

    @property
    def cfdi_code(self) -> str:
        """The tax rule that refused, where the reply names one."""
        found = _CFDI.search(f"{self.code} {self.message} {json.dumps(self.details, default=str)}")
        return found.group() if found else ""


def read_answer(
    answer: Answer, *, safe: bool, may_be_empty: bool = False, secrets: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the reply's JSON object; raise the matching `ApiError`. `secrets` never get into its text."""
    reply = _json_object(answer.content)
    if answer.status == 204 or (may_be_empty and answer.content.strip() in (b"", b"null")):
        return {}
    if not 200 <= answer.status < 300:
        raise _error(answer, _complaint(reply or {}), safe, secrets)
    if reply is None:
        raise errors.UnexpectedAnswer(
            f"{answer.status}, but the reply is not a JSON object",
            status=answer.status,
            outcome=_if_safe(safe, "unknown"),
        )
    if _is_refusal(reply):
        raise _error(answer, _complaint(reply), safe, secrets)
    return reply


def _is_refusal(reply: dict[str, Any]) -> bool:
    """Tell a refusal under a 2xx: it says so, or it is the documented envelope of errors and no more."""
    said = reply.get("success")
    if said is None:
        return bool(reply.get("error")) and reply.get("data") is None and reply.keys() <= _ERROR_ENVELOPE
    return said == 0 or (isinstance(said, str) and said.lower() == "false")


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        reply = json.loads(content)
        if _HALVES.search(content):  # half characters cannot be stored, sent or shown
            reply = json.loads(json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return reply if isinstance(reply, dict) else None


def _complaint(reply: dict[str, Any]) -> Complaint:
    error = reply.get("error")
    if isinstance(error, dict):
        return Complaint(_text(error, "code"), _text(error, "message"), error.get("details"))
    details = reply.get("details", reply.get("data"))
    if isinstance(error, str) and re.fullmatch(r"[\w.-]+", error):
        return Complaint(error, _text(reply, "message"), details)
    # Some replies carry the reason itself in `error`.
    reason = error if isinstance(error, str) else ""
    return Complaint(_text(reply, "code"), _text(reply, "message") or reason, details)


def _text(source: dict[str, Any], key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) else ""


def _error(answer: Answer, complaint: Complaint, safe: bool, secrets: Sequence[str]) -> ApiError:
    kind = _kind(answer.status, complaint)
    error = kind(
        _sentence(answer.status, complaint, secrets),
        status=answer.status,
        code=complaint.code,
        details=complaint.details,
        outcome=_if_safe(safe, _outcome(answer.status, complaint)),
        transient=kind in (errors.ServerFault, errors.RateLimited),
        retry_after=answer.retry_after,
    )
    if isinstance(error, errors.CfdiRefused):
        error.cfdi_code = complaint.cfdi_code
    return error


def _kind(status: int, complaint: Complaint) -> type[ApiError]:
    if 300 <= status < 400 or status < 200:
        return errors.UnexpectedAnswer
    if status >= 500:
        return errors.ServerFault
    if complaint.cfdi_code and _outcome(status, complaint) == "not_done":
        return errors.CfdiRefused
    if _is_server_side(complaint.code):
        return errors.ServerFault
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if complaint.code in _BY_CODE:
        return _BY_CODE[complaint.code]
    return errors.Rejected if _outcome(status, complaint) == "not_done" else errors.UnexpectedAnswer


def _outcome(status: int, complaint: Complaint) -> Outcome:
    """Unknown, unless the API surely refused: see the project's protocol on effects."""
    if 400 <= status < 500 and status not in (408, 409):
        # A server-side code under a 4xx may hide a CFDI that was made, unless a tax rule is named.
        return "unknown" if _is_server_side(complaint.code) and not complaint.cfdi_code else "not_done"
    if status == 409:
        return "not_done" if complaint.code in _BEFORE_ACTING else "unknown"
    return "not_done" if 200 <= status < 300 and complaint.code in _CLIENT_CODES else "unknown"


def _is_server_side(code: str) -> bool:
    return code in _SERVER_CODES or code.endswith("_service_error")


def _if_safe(safe: bool, outcome: Outcome) -> Outcome:
    return "not_done" if safe else outcome


def _sentence(status: int, complaint: Complaint, secrets: Sequence[str]) -> str:
    """Secrets are covered before the text is cut: a cut one would not be found."""
    code, told = complaint.code, complaint.message
    for secret in secrets:
        code, told = code.replace(secret, "***"), told.replace(secret, "***")
    parts = (f"{status} {code[:_LONGEST_MESSAGE]}".strip(), told[:_LONGEST_MESSAGE])
    return ": ".join(part for part in parts if part)
