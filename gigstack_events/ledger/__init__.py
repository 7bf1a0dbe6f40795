"""The ledger: the record in Redis of every event, run and effect. `docs/ledger.md` gives its rules."""

from gigstack_events.ledger.door import AsyncLedger
from gigstack_events.ledger.ledger import Ledger
from gigstack_events.ledger.records import Accepted

__all__ = ["Accepted", "AsyncLedger", "Ledger"]
