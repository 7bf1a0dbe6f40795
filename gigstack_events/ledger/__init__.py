"""The ledger: the record in Redis of every event, run and effect. `docs/ledger.md` gives its rules."""

from gigstack_events.ledger.acceptance import Accepted
from gigstack_events.ledger.door import AsyncLedger
from gigstack_events.ledger.ledger import Ledger

__all__ = ["Accepted", "AsyncLedger", "Ledger"]
