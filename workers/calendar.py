"""The calendar: rules whose time has come get an event. Workers keep their schedules in the ledger."""

import json
from zoneinfo import ZoneInfoNotFoundError

import structlog
from cronsim import CronSimError

from gigstack_events.ledger import Ledger
from gigstack_events.ledger.internal import due, keep
from gigstack_events.ledger.records import fields_of
from gigstack_events.schedules import local, look

log = structlog.get_logger("calendar")


class Calendar:
    """Looks at the ledger's clock for each rule with a schedule; several of them make one event."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._wrong: set[str] = set()

    def look(self) -> None:
        """Make the events that are due."""
        server = self._ledger.redis
        schedules = fields_of(server.hgetall("gs:schedules").items())
        if not schedules:
            return
        considered, now = fields_of(server.hgetall("gs:considered").items()), self._ledger.now()
        for rule, schedule in schedules.items():
            try:
                self._look_at(rule, json.loads(schedule), considered.get(rule, ""), now)
            except (CronSimError, ZoneInfoNotFoundError) as error:  # another host took what we would refuse
                if schedule not in self._wrong:
                    log.error("schedule.wrong", rule=rule, error=str(error))
                self._wrong.add(schedule)

    def _look_at(self, rule: str, schedule: dict[str, object], known: str, now: int) -> None:
        cron = str(schedule["cron"])
        considered, _, same = known.partition(" ")
        if same != cron:  # new, or another schedule than before: what is past does not count
            self._note(rule, cron, now)
            return
        seen = look(cron, int(considered), now)
        if seen.due and not keep(self._ledger, due(rule, seen.due, livemode=schedule["livemode"] is True)):
            return
        if seen.missed:
            last = local(seen.due) if seen.due else "none"
            log.warning("schedule.missed", rule=rule, since=local(seen.missed), made_up=last)
        if seen.considered != int(considered):
            self._note(rule, cron, seen.considered)

    def _note(self, rule: str, cron: str, moment: int) -> None:
        # After the event: whoever dies in between makes it again, which is a duplicate.
        self._ledger.redis.hset("gs:considered", rule, f"{moment} {cron}")
