"""What the tests of sat_download share: a shop whose SAT can be asked, and ways to look at the outcome."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gigstack_events.discovery import discover
from gigstack_events.routing import rule_of
from gigstack_events.sat_plans import ranges
from tests.handlers.conftest import Shop

HANDLER = discover(Path(__file__).parents[3] / "handlers").handlers["sat_download"].handler
_FIRST = datetime.now(UTC).date().replace(day=1)
DUE = (_FIRST - timedelta(days=1)).replace(day=10)  # of last month: the sandbox keeps to the real time
DUE_MS = round(datetime(DUE.year, DUE.month, DUE.day, 18, tzinfo=UTC).timestamp() * 1000)
SPANS = ranges(DUE, 3)
"""The three months before that day, the oldest first."""
_NUMBERS = count(1)


class Sat:
    """A shop with sat_download, its options, and the folder it stores to."""

    def __init__(self, shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each test has a team of its own in the one sandbox."""
        self.shop = shop
        self.team = f"team_{next(_NUMBERS)}"
        self.folder = folder
        self._patch = monkeypatch
        shop.handlers["sat_download"] = HANDLER
        self.options(months=3)
        self.steer(ready=True)

    def options(self, **options: Any) -> None:
        """Give the handler options, as settings would; it stores to the folder unless told otherwise."""
        given = {"storage": str(self.folder), **options}
        self._patch.setattr("tests.engine.conftest.rule_of", lambda handler, _: rule_of(handler, given))

    def steer(self, **wanted: Any) -> Any:
        """Let the SAT be as wanted."""
        return self.shop.sandbox.call("POST", "/_sandbox/sat", {"team": self.team, **wanted})

    def due(self, id: str = "evt_1", created: int = DUE_MS, **fields: Any) -> None:
        """A calendar's time has come."""
        thing = {"rule": "sat_download", "team": self.team}
        self.shop.make(id=id, type="schedule.due", created=created, thing=thing, **fields)

    def pass_time(self, seconds: float) -> None:
        """Let the SAT work for a while, then look."""
        self.shop.sandbox.call("POST", "/_sandbox/clock", {"advance": seconds})
        self.shop.work(seconds=seconds)

    def finish(self, most: int = 12) -> Any:
        """Let time pass until the only run is at rest; return its result."""
        self.shop.work()
        for _ in range(most):
            if self.shop.run().state != "waiting":
                break
            self.pass_time(301)
        return json.loads(self.shop.run().result or "null")

    def calls(self, op: str) -> list[dict[str, Any]]:
        """The calls of an operation so far."""
        calls = self.shop.sandbox.journal("calls")["calls"]
        return [call for call in calls if (call["op"], call["team"]) == (op, self.team)]

    def history(self) -> list[dict[str, Any]]:
        """The requests of the team, newest first."""
        path = f"/v2/invoices/download/schedule/history?team={self.team}"
        found: list[dict[str, Any]] = self.shop.sandbox.call("GET", path)["data"]["history"]
        return found

    def charged(self) -> float:
        """The sandbox's bill, in pesos."""
        charges = self.shop.sandbox.journal("charges")["charges"]
        return round(sum(float(row["amount_mxn"]) for row in charges if row["team"] == self.team), 2)

    def stored(self) -> list[Path]:
        """Every CFDI in the folder."""
        return sorted(self.folder.rglob("*.xml"))

    def manifest(self, month: str) -> list[dict[str, str]]:
        """The list of a month such as `2026/01`."""
        (path,) = self.folder.glob(f"*/{month}/manifest.csv")
        return list(csv.DictReader(io.StringIO(path.read_text())))


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
