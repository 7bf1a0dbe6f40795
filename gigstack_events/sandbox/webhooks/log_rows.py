"""The log of deliveries as the API shows it: one row for each event on its way to one endpoint."""

import json
from typing import Any

from gigstack_events.sandbox.replies import now_ms
from gigstack_events.sandbox.tables import Row

_NAMES: dict[type, str] = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
_LONGEST_BODY = 65_536


class DeliveryLog:
    """Rows in the order in which deliveries began. Names with an underscore are not shown.

    Rows follow from the journal's attempts, so that an earlier process's rows come back with them.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._by_id: dict[str, Row] = {}

    def begin(self, id: str, **facts: Any) -> Row:
        """Add a delivery that waits for its first attempt."""
        row: Row = {
            "id": id,
            "timestamp": now_ms(),
            "updated_at": now_ms(),
            "redaction": "metadata_and_body_shape",
            "status": "pending",
            "response_code": None,
            "retry_requested": False,
            "attempts": 0,
            "latency_ms": None,
            "error_category": None,
            "_response_shape": None,
            **facts,
        }
        self.rows.append(row)
        self._by_id[id] = row
        return row

    def find(self, id: str) -> Row | None:
        """Return the row of this id."""
        return self._by_id.get(id)

    def take(self, entry: Row, *, restored: bool = False) -> None:
        """Enter an attempt of the journal. What an earlier process had still to do, it did not do."""
        facts = {"event": entry["type"], "webhook_id": entry["webhook"], "_event": entry["event"]}
        names = {"livemode": "livemode", "resource_id": "resource", "_team": "team"}
        facts |= {name: entry.get(source) for name, source in names.items()}
        id = str(entry.get("delivery") or f"whd_{entry['n']}")
        row = self._by_id.get(id) or self.begin(id, **facts)
        good = entry["status"] is not None and 200 <= entry["status"] < 300
        over = "unknown" if restored else "retrying"
        if restored and not row["attempts"]:
            row["timestamp"] = entry["at"]
        row |= {
            "status": "succeeded" if good else "failed" if entry.get("last") else over,
            "updated_at": entry["at"],
            "response_code": entry["status"],
            "attempts": entry["attempt"],
            "latency_ms": entry.get("latency_ms"),
            "error_category": None if good else _category(entry),
            "_response_shape": entry.get("response_shape"),
        }

    def lose(self, id: str) -> None:
        """Note that a delivery's endpoint is not there any more."""
        self._by_id[id] |= {
            "status": "failed",
            "error_category": "endpoint_unavailable",
            "updated_at": now_ms(),
        }


def shown(row: Row) -> Row:
    """Return what the API shows of a row."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def shape_of(body: bytes | None) -> Any:
    """Return a JSON body with the type of each value in its place; None where there is no such body."""
    if not body or len(body) > _LONGEST_BODY:
        return None
    try:
        return _shape(json.loads(body))
    except (ValueError, RecursionError):
        return None


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return _NAMES[type(value)]


def _category(entry: Row) -> str:
    if entry["status"] is not None:
        return "redirect" if 300 <= entry["status"] < 400 else "http_response"
    return {"InvalidURL": "malformed", "UnsupportedProtocol": "protocol"}.get(
        str(entry["error"]), "network_or_timeout"
    )
