"""Objects that the API writes in more than one way: camelCase here and snake_case there, older names,
nested in a field or bare. Whatever the way, they are read into the same fields.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BeforeValidator, model_validator
from pydantic.functional_validators import ModelWrapValidatorHandler

from gigstack_events.api.fields import ApiObject

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

T = TypeVar("T")


class Spelled(ApiObject):
    """An `ApiObject` that reads several spellings; `invoiceCount` is always read as `invoice_count`."""

    _other_names: ClassVar[Mapping[str, str]] = {}
    """Other names of fields, beyond camelCase: the name to the field."""
    _nested: ClassVar[str] = ""
    """The field in which some replies hold the whole object."""
    _bare: ClassVar[str] = ""
    """The field whose value stands alone in some replies. Where a write's answer is not documented, a name
    that is no field: whatever came is then kept in `model_extra`, for a write that was done must not fail."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_one_spelling(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if cls._bare and not isinstance(data, dict):
            data = {cls._bare: data}
        if not isinstance(data, dict):
            return handler(data)
        inner = data.get(cls._nested)
        return handler(cls._renamed(inner if isinstance(inner, dict) else data))

    @classmethod
    def _renamed(cls, data: dict[str, Any]) -> dict[str, Any]:
        given = dict(data)
        for name in data:
            field = cls._field(name)
            if field != name and given.get(field) is None:
                given[field] = given.pop(name)
        return given

    @classmethod
    def _field(cls, name: str) -> str:
        if name in cls.model_fields:
            return name
        field = cls._other_names.get(name, _HUMP.sub("_", name).lower())
        return field if field in cls.model_fields else name


def to_objects(value: Any) -> Any:
    """Keep the rows of a list that can be read as objects."""
    return [row for row in value if isinstance(row, (dict, str))] if isinstance(value, list) else []


Objects = Annotated[list[T], BeforeValidator(to_objects)]
"""Several objects of one kind."""
