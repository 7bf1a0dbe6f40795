"""What an operation takes: models that check a call the way the API does, and that describe it in OpenAPI.

Only what is known to be required is required, and fields that are not listed pass: the API's own list is
not published in full.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from gigstack_events.sandbox.bodies import Upload
from gigstack_events.sandbox.replies import Problem

_CODES = {
    "missing": "missing_required_field",
    "enum": "invalid_field_value",
    "greater_than": "invalid_field_value",
    "greater_than_equal": "invalid_field_value",
    "less_than": "invalid_field_value",
    "less_than_equal": "invalid_field_value",
    "literal_error": "invalid_field_value",
    "string_pattern_mismatch": "invalid_field_value",
    "string_too_long": "invalid_field_value",
    "string_too_short": "invalid_field_value",
    "value_error": "invalid_field_value",
}

File = Annotated[InstanceOf[Upload], WithJsonSchema({"type": "string", "format": "binary"})]
"""A file in a form."""


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
        details = [{"field": ".".join(map(str, row["loc"])), "message": _told(row)} for row in problems]
        first, code = details[0], _CODES.get(problems[0]["type"], "validation_failed")
        raise Problem(400, code, ": ".join(filter(None, first.values())), details) from None


def _told(problem: ErrorDetails) -> str:
    """Say what is wrong without a word about the model behind it."""
    if problem["type"] == "model_type":
        return "Input should be an object"
    return problem["msg"].removeprefix("Value error, ")
