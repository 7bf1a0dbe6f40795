"""Objects that are written in more than one way are read into the same fields."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigstack_events.api import models
from gigstack_events.api.fields import ApiObject
from gigstack_events.api.models import SatInvoice, SatRequest
from gigstack_events.api.spellings import Spelled

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_MODELS: list[type[ApiObject]] = [
    model for model in vars(models).values() if isinstance(model, type) and issubclass(model, Spelled)
]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


@pytest.mark.parametrize("model", _MODELS)
@settings(max_examples=15)
@given(data=st.data())
def test_no_reply_breaks_a_model(model: type[ApiObject], data: st.DataObject) -> None:
    """Whatever a field holds, however it is spelled and nested, nothing raises."""
    names = sorted(model.model_fields)
    names += [_camel(name) for name in names] + list(getattr(model, "_other_names", {}))
    names += [name for name in (getattr(model, "_nested", ""), "packages", "settings") if name]
    found: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(names), _JSON, max_size=6))
    model.model_validate(found)
    repr(model.model_validate({names[0]: found}))


def test_the_field_itself_wins_over_its_other_names() -> None:
    """Where a reply has both; a null one is as good as absent."""
    both = {"invoice_count": 1, "invoiceCount": 2, "start_date": None, "startDate": "2026-01-01"}
    found = SatRequest.model_validate(both)
    assert (found.invoice_count, found.start_date) == (1, "2026-01-01")


def test_unknown_fields_are_kept_as_they_are() -> None:
    """A field that the API adds can be used before this library knows it."""
    assert SatInvoice.model_validate({"uuid": "u1", "newField": 1}).model_extra == {"newField": 1}


def test_an_unreadable_field_costs_only_itself() -> None:
    """Also where it came under another name."""
    found = SatInvoice.model_validate({"uuid": "u1", "exchangeRate": [], "hasXml": True, "issuer": 5})
    assert (found.uuid, found.exchange_rate, found.has_xml, found.issuer.rfc) == ("u1", None, True, None)
