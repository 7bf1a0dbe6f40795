"""The SAT's lists of taxpayers to be careful with, and whether an RFC stands on one."""

from datetime import date
from typing import Any

from gigstack_events.sandbox.business import rfcs
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import ok
from gigstack_events.sandbox.sat.dates import day_of, moment, utc_text
from gigstack_events.sandbox.schemas.sat_lists import ListCheck, ListDefinition, ListQuery
from gigstack_events.sandbox.tables import Row

_LISTS = {
    "69b": ("Artículo 69-B (EFOS)", "Contribuyentes con operaciones presuntamente inexistentes"),
    "69": ("Artículo 69", "Contribuyentes incumplidos"),
    "69b_bis": ("Artículo 69-B Bis", "Transmisión indebida de pérdidas fiscales"),
}
# Made-up names with the RFCs that follow from them: list, situation, name, founded or born.
_ENTRIES = (
    ("69b", "Definitivo", "COMERCIALIZADORA FANTASMA DEL SUR", date(2015, 3, 9)),
    ("69b", "Presunto", "SERVICIOS SIMULADOS DEL CENTRO", date(2018, 11, 22)),
    ("69b", "Desvirtuado", "CONSTRUCTORA ACLARADA", date(2011, 6, 1)),
    ("69", "No localizados", "COMERCIALIZADORA FANTASMA DEL SUR", date(2015, 3, 9)),
    ("69", "Créditos firmes", "TRANSPORTES MOROSOS DEL GOLFO", date(2009, 1, 15)),
    ("69b_bis", "Definitivo", "PERDIDAS TRANSMITIDAS", date(2013, 8, 30)),
)


def hits(rfc: str) -> list[Row]:
    """Return every entry of an RFC on any list."""
    return [entry for entry in _entries() if entry["rfc"] == rfc.upper()]


def _entries() -> list[Row]:
    return [
        {
            "list_id": list_id,
            "list_name": _LISTS[list_id][0],
            "rfc": rfcs.company_rfc(name, founded),
            "name": name,
            "situation": situation,
            "published_at": "2024-05-02",
        }
        for list_id, situation, name, founded in _ENTRIES
    ]


async def _list(call: Call) -> Row:
    """List the lists; the sandbox reads them each night."""
    last_night = utc_text(moment(day_of(call.sandbox.now_ms()), 3, 0) - 86_400_000)
    entries = _entries()
    return ok([_definition(id, entries, last_night) for id in _LISTS], "retrieved successfully")


def _definition(id: str, entries: list[Row], synced_at: str) -> dict[str, Any]:
    count = sum(entry["list_id"] == id for entry in entries)
    name, description = _LISTS[id]
    facts = {"status": "completed", "entries": count, "last_sync": synced_at}
    return {"id": id, "name": name, "description": description, **facts}


async def _check(call: Call) -> Row:
    rfc = call.query["rfc"].upper()
    found = hits(rfc)
    return ok({"rfc": rfc, "found": bool(found), "matches": found, "checked_at": call.sandbox.now_ms()})


OPERATIONS = (
    Operation("sat_lists.list", "GET", "/sat-lists", _list, answer=list[ListDefinition]),
    Operation("sat_lists.check", "GET", "/sat-lists/check", _check, query=ListQuery, answer=ListCheck),
)
