"""What an operation takes: models that check a call the way the API does, and that describe it in OpenAPI.

Only what is known to be required is required, and fields that are not listed pass: the API's own list is
not published in full.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from gigstack_events.sandbox.replies import Problem

_CODES = {"missing": "missing_required_field"}


class Schema(BaseModel):
    """A JSON body, a query or a form."""

    model_config = ConfigDict(extra="allow", defer_build=True)


def check(schema: type[Schema] | None, given: dict[str, Any]) -> None:
    """Raise Problem (400) with the API's code and every field that does not fit."""
    if schema is None:
        return
    try:
        schema.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        details = [{"field": ".".join(map(str, row["loc"])), "message": row["msg"]} for row in problems]
        first = problems[0]
        code = _CODES.get(first["type"], "validation_failed")
        raise Problem(400, code, f"{details[0]['field']}: {first['msg']}", details) from None
