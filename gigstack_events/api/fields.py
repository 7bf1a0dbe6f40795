"""The lenient ground of all models: whatever the API sends, a reply never fails for one odd field.

Null and unreadable fields count as absent, unknown ones are kept in `model_extra`, numbers may come as
text and text as numbers. Times are epoch milliseconds, whatever unit the API used.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

# The official client reads larger numbers as milliseconds and all others as seconds.
_SECONDS_END = 1e12


class ApiObject(BaseModel):
    """Anything that the API answers with; its repr shows no personal data."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        coerce_numbers_to_str=True,
        defer_build=True,  # a program that uses one resource does not pay for all
    )

    _bare: ClassVar[str] = ""
    """The field that takes an answer which is no object. Where a write's answer is not documented, a name
    that is no field: a write that was done must not fail for what it said."""

    @model_validator(mode="wrap")
    @classmethod
    def _leniently(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if cls._bare and not isinstance(data, dict):
            data = {cls._bare: data}
        if isinstance(data, str):
            data = {"id": data}
        if not isinstance(data, dict):
            return handler(data)
        given = {name: value for name, value in data.items() if value is not None}
        try:
            return handler(given)
        except ValidationError as error:
            odd = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
            return handler({name: value for name, value in given.items() if name not in odd})

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Show the id and the status only."""
        return [(name, getattr(self, name)) for name in ("id", "status") if name in type(self).model_fields]


def to_millis(value: Any) -> int | None:
    """Read seconds, milliseconds, numbers as text, ISO text or `{_seconds}`; None: not readable."""
    if isinstance(value, dict):
        value = value.get("_seconds", value.get("seconds"))
    try:
        number = float(value)
        return int(number if abs(number) > _SECONDS_END else number * 1000)
    except (TypeError, ValueError, OverflowError):
        return _iso_millis(value)


def _iso_millis(value: Any) -> int | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def to_ids(value: Any) -> Any:
    """Read a list of ids, given as text or as objects that have one."""
    if not isinstance(value, list):
        return [] if value is None else [value]
    return [row.get("id") or row.get("uuid") if isinstance(row, dict) else row for row in value if row]


def without_nulls(value: Any) -> Any:
    """Drop the null rows of a list."""
    return [row for row in value if row is not None] if isinstance(value, list) else value


Millis = Annotated[int | None, BeforeValidator(to_millis)]
"""A time as epoch milliseconds."""
Ids = Annotated[list[str], BeforeValidator(to_ids)]
"""The ids of other objects."""
Rows = Annotated[list[dict[str, Any]], BeforeValidator(without_nulls)]
"""Parts that have no model of their own."""
