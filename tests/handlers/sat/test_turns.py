"""sat_download counts what is in flight: runs about one team do so one after the other."""

from dataclasses import replace

from gigstack_events.ledger.records import DispatchWork
from tests.handlers.conftest import Shop
from tests.handlers.sat.office import DUE_MS, HANDLER


def test_calendars_of_one_account_take_turns(shop: Shop) -> None:
    """Two rules are due and name no team: they count what is in flight one after the other."""
    for name in ("monthly", "weekly"):
        shop.handlers[name] = replace(HANDLER, name=name, lane="live", schedule="0 6 * * *")
        shop.make(id=f"{name}@1", type="schedule.due", created=DUE_MS, thing={"rule": name})
    first = shop.take_run()
    while isinstance(work := shop.take(), DispatchWork):
        shop.carry(work)
    assert work is None
    shop.carry(first)
    assert shop.take_run().run.rule != first.run.rule
