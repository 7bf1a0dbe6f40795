"""A shop whose reactions stand in a file of rules, as an operator writes it."""

from pathlib import Path
from typing import Any

from gigstack_events.discovery import Discovery, discover
from gigstack_events.engine import Engine
from gigstack_events.events import RUN_EVENTS
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import listen
from gigstack_events.ledger.operator import Operator
from gigstack_events.plans import Rulebook
from gigstack_events.routing import Rule
from gigstack_events.rules import read_rules
from gigstack_events.sandbox.process import SandboxProcess
from tests.handlers.conftest import Shop
from tests.stack import ROOT

ITEM = {"description": "Servicio", "quantity": 1, "unit_price": 100}
INCOMPLETE = {"name": "Sin Datos", "email": "x@example.mx", "legal_name": "SIN DATOS", "tax_system": "612"}


class RuledShop(Shop):
    """Runs the rules of a file instead of the handlers' own."""

    found: Discovery
    rules: list[Rule]

    def __init__(self, url: str, ledger: Ledger, sandbox: SandboxProcess) -> None:
        super().__init__(url, ledger, sandbox)
        before = sandbox.journal("calls", "receipts")
        self._calls_before = len(before["calls"])
        self._receipts_before = {receipt["id"] for receipt in before["receipts"]}

    def read(self, text: str, folder: Path) -> None:
        """Take these rules, which have nothing wrong."""
        path = folder / "rules.toml"
        path.write_text(text)
        self.found = discover(ROOT / "handlers")
        read = read_rules(path, self.found, {})
        assert (read.problems, read.warnings) == ([], [])
        self.rules = read.rules

    def listen(self) -> None:
        """Let the ledger know that rules listen to the ends of runs, as workers do."""
        listen(self.ledger.redis, RUN_EVENTS, {})

    def stamp(self, folder: Path, options: str = "") -> None:
        """Take one rule with these options."""
        self.read(
            f'[[rule]]\nname = "stamp"\nhandler = "stamp_receipts"\noptions = {{ {options} }}\n', folder
        )

    def engine(self, lane: str = "live", *, stopping: bool = False) -> Engine:
        """An engine with the rules of the file."""
        engine = super().engine(lane, stopping=stopping)
        engine._rules = Rulebook(self.rules)
        engine._handlers = {name: found.handler for name, found in self.found.handlers.items()}
        return engine

    def receipt(self, client: str, **fields: Any) -> str:
        """A receipt of a client that no payment names."""
        made = self.sandbox.call("POST", "/receipts", {"client": {"id": client}, "items": [ITEM], **fields})
        return str(made["data"]["id"])

    def client(self, **fields: Any) -> str:
        """A client with what is given only."""
        return str(self.sandbox.call("POST", "/clients", fields)["data"]["id"])

    def fault(self, **wanted: Any) -> None:
        """Switch a fault of the sandbox on."""
        self.sandbox.call("POST", "/_sandbox/faults", wanted)

    def retry(self, run: str) -> None:
        """What `runs retry` does."""
        assert Operator(self.ledger.redis).retry(run) == ""

    def resolve(self, result: str) -> None:
        """What `runs resolve --happened` does for the only effect."""
        (effect,) = self.run().effects
        said = Operator(self.ledger.redis).resolve(self.run().id, effect, happened=True, result=result)
        assert said == "queued"

    def calls(self, name: str) -> list[dict[str, Any]]:
        """The calls of one operation since this shop is open."""
        calls = self.sandbox.journal("calls")["calls"][self._calls_before :]
        return [call for call in calls if call["op"] == name]

    def cfdis(self) -> list[str]:
        """The receipts made since then that have become CFDIs; a call of another shop may still be slow."""
        made = [cfdi["receipt"] for cfdi in self.sandbox.journal("cfdis")["cfdis"]]
        return sorted(receipt for receipt in made if receipt not in self._receipts_before)
