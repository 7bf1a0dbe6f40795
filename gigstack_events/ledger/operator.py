"""What a person tells the ledger: pauses, and verdicts on work that waits for somebody."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import redis

from gigstack_events.ledger import scripts
from gigstack_events.ledger.records import EventRecord, Plan, text

_BATCH = 500


class Operator:
    """A person's hand on the ledger behind a client. Redis errors pass through as redis.RedisError.

    `by` is who it is, as the ledger shall note beside each verdict.
    """

    def __init__(self, client: "redis.Redis", by: str = "somebody") -> None:
        self._redis = client
        self._by = by[:100]

    def pause(self, rule: str) -> None:
        """Let no run of a rule (or of `all`) start; what runs goes on, nothing is dropped."""
        self._redis.sadd("gs:paused", rule)

    def resume(self, rule: str) -> None:
        """Undo `pause`; the sweep releases what was held. `all` lifts every pause."""
        if rule == "all":
            self._redis.delete("gs:paused")
        else:
            self._redis.srem("gs:paused", rule)

    def paused(self) -> set[str]:
        """The rules that are paused."""
        return {text(member) for member in self._redis.smembers("gs:paused")}

    def retry(self, run: str) -> str:
        """Open a failed, parked or skipped run again; '' if it is queued now, else the state it stays in."""
        return self._told("retry", run, self._by)

    def cancel(self, run: str) -> str:
        """Take a run out that is queued, waiting, failed or parked; '' if it is cancelled, else its state."""
        return self._told("cancel", run, self._by)

    def resolve(self, run: str, effect: str, *, happened: bool, result: str = "null") -> str:
        """Settle an effect of unknown outcome: it `happened`, with a JSON result, or it did not.

        Returns `queued` when its run goes on, `more` when other outcomes of the run are unknown too,
        `settled` when this one is not, `busy` while somebody is at it, `unknown` for no such run, else the
        run's state.
        """
        said = result if happened else "a person looked: it did not happen"
        return self._told("resolve", run, effect, "done" if happened else "not_done", said, self._by)

    def replay(self, event: EventRecord, plans: Sequence[Plan], again: Iterable[str] = ()) -> str:
        """Create the planned runs for an event that was dispatched before; effects in `again` are repeated.

        Returns '' when that is done, `changed` when the event or an effect is not as planned any more,
        `no body` when the body is not kept any more, `unknown`, or the state that forbids it.
        """
        listed = json.dumps([asdict(plan) for plan in plans])
        return self._told("replay", event.id, event.round, listed, self._by, *again)

    def judge(self, event: str, verdict: str) -> str:
        """`release` a parked event to be dispatched, or `dismiss` a parked or unreadable one.

        Returns '' when that is done, else the state it stays in, or `unknown`.
        """
        return self._told("judge", event, verdict, self._by)

    def rebuild_queue(self) -> int:
        """Write the hints of all queued work anew, as after the loss of RQ's keys; returns how many."""
        return sum(self._rebuild(text(lane)) for lane in self._redis.smembers("gs:lanes"))

    def _rebuild(self, lane: str) -> int:
        rebuilt, last = 0, ""
        while True:
            number, last = scripts.run(self._redis, "rebuild", lane, _BATCH, last)
            rebuilt += int(number)
            if not number:
                return rebuilt

    def _told(self, name: str, *args: Any) -> str:
        return text(scripts.run(self._redis, name, *args))
