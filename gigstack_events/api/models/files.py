"""The files of a CFDI: links to them, or what they hold."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from gigstack_events.api.fields import ApiObject

_KINDS = ("pdf", "xml")
_SPELLINGS = ("{}", "{}_url", "{}Url", "{}_content", "{}_base64")
_INSIDE = ("url", "content", "base64", "data")


class InvoiceFiles(ApiObject):
    """The files of a CFDI; each is a link, base64 or the text itself, and None where there is none.

    A link may open the file to anybody who has it: keep it out of logs.
    """

    pdf: str | None = None
    xml: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _any_spelling(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        nested = data.get("files")
        sources = [data, nested] if isinstance(nested, Mapping) else [data]
        found = {kind: _find(sources, kind) for kind in _KINDS}
        return {**data, **{kind: value for kind, value in found.items() if value}}


def _find(sources: list[Mapping[str, Any]], kind: str) -> str | None:
    """The API is known to answer in several ways, and none of them is published."""
    for source in sources:
        for spelling in _SPELLINGS:
            if value := _text(source.get(spelling.format(kind))):
                return value
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = next((value[name] for name in _INSIDE if value.get(name)), None)
    return value if isinstance(value, str) else None
