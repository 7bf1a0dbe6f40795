"""What the objects of events look like, as far as it is documented: the fields of the API's models."""

import types
from collections.abc import Iterable
from functools import cache
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from gigstack_events.events import DUE, FISCAL_DATA, INTERNAL_EVENTS, KNOWN_EVENTS, RUN_EVENTS
from gigstack_events.nearest import nearest
from gigstack_events.routing import fits

Path = tuple[str, ...]
_ORIGIN = ("run", "rule", "handler", "event", "event_type")
_OURS = {
    DUE: ("rule", "due_at"),
    FISCAL_DATA: ("client", "lacks", "payment", "receipts", "lacking", *_ORIGIN, "tell"),
    **dict.fromkeys(RUN_EVENTS, (*_ORIGIN, "reason_code", "reason", "attempt", "object_id")),
}
# Seen beside what the models name, in one kind of event or another.
_ALSO = (
    "object",
    "automation_type",
    "receipts",
    "deleted",
    "updated_at",
    "completed_at",
    "error",
    "livemode",
    "team",
    "created_at",
)


def odd_fields(paths: Iterable[Path], patterns: Iterable[str]) -> list[str]:
    """A sentence for each field of `object` that no event of these types is documented to have."""
    patterns = list(patterns)
    kinds = [kind for kind in (*KNOWN_EVENTS, *INTERNAL_EVENTS) if fits(patterns, kind)]
    sentences = []
    for path in (path[1:] for path in paths if path[0] == "object" and len(path) > 1):
        told = [_odd(kind, path) for kind in kinds]
        if told and all(told):
            events = kinds[0] if len(kinds) == 1 else f"{kinds[0]} or its like"
            sentences.append(f"no event {events} is known to have the field {told[0]}")
    return list(dict.fromkeys(sentences))


def _odd(kind: str, path: Path) -> str:
    """The field that such an event does not have, with the nearest one that it has; '' where all is well."""
    if kind in _OURS:
        return "" if path[0] in _OURS[kind] else _told(path[:1], _OURS[kind])
    model = _models().get(kind.partition(".")[0])
    for step, name in enumerate(path):
        if model is None:
            return ""
        also = _ALSO if step == 0 else ()
        # Teams and the SAT's rows come in two spellings: what differs in that only is no mistake.
        if _folded(name) not in {_folded(known) for known in (*model.model_fields, *also)}:
            return _told(path[: step + 1], (*model.model_fields, *also))
        known = model.model_fields.get(name)
        model = _model_in(known.annotation) if known else None
    return ""


def _told(path: Path, known: Iterable[str]) -> str:
    near = nearest(path[-1], known)
    hint = f"; did you mean {'.'.join(('object', *path[:-1], near))}?" if near else ""
    return f"{'.'.join(('object', *path))}{hint}"


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model of a field that holds one object; None for lists and for what has no model."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType):
        found = [model for part in get_args(annotation) if (model := _model_in(part))]
        return found[0] if len(found) == 1 else None
    return None


@cache
def _models() -> dict[str, type[BaseModel]]:
    from gigstack_events.api import models  # whoever has no condition need not load them all

    return {
        "payment": models.Payment,
        "receipt": models.Receipt,
        "invoice": models.Invoice,
        "invoice_batch": models.InvoiceBatch,
        "customer": models.Client,
        "service": models.Service,
        "sat": models.SatInvoice,
        "teams": models.Team,
    }
