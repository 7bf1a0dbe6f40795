"""The gates before a handler: the event's mode has a key, and the event is believed enough to act on."""

from collections.abc import Callable
from typing import NamedTuple

import redis
from pydantic import BaseModel, ValidationError

from gigstack_events.api import Gigstack, Tries
from gigstack_events.api_keys import ApiKey
from gigstack_events.conditions import withheld
from gigstack_events.confirm import Disagrees, MovedOn, confirm
from gigstack_events.events import TRUST_RANK, Event, normalise, to_body
from gigstack_events.fence import Fence
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Claim
from gigstack_events.limiter import Limiters, Permits
from gigstack_events.outcomes import Unrecorded
from gigstack_events.routing import Handler, Rule, heard, read_options

AGAIN_S = 5.0
LONGEST_PAUSE_S = 2.0  # for longer ones the run waits, and its worker does something else


class Refusal(Exception):
    """A run that may not go on: `outcome` is skipped or parked, `code` a word for machines."""

    def __init__(self, outcome: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.code = code


def options_of(handler: Handler, rule: Rule) -> BaseModel:
    """The options of a rule as it was when its run was made; raises Refusal where they are bad by now."""
    try:
        return read_options(handler, rule.options, heard(rule))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in wrong["loc"]) or "options"
        why = f"{handler.name} does not take its options any more ({where}: {wrong['msg']})"
        cure = "replay the event, which goes by the rules of now, and cancel this run"
        raise Refusal("parked", "options", f"{why}: {cure}") from None


class Clients:
    """One API client per mode and process, built when first needed (an httpx client costs some 30 ms)."""

    def __init__(self, key_for: Callable[[bool], ApiKey | None], base_url: str, call_timeout: float) -> None:
        self._key_for = key_for
        self._base_url = base_url
        self._call_timeout = call_timeout
        self._clients: dict[bool, Gigstack] = {}

    def of(self, livemode: bool) -> Gigstack | None:
        """The client of a mode; None when that mode has no key."""
        if livemode not in self._clients:
            key = self._key_for(livemode)
            if key is None:
                return None
            self._clients[livemode] = Gigstack(
                key.value.get_secret_value(),
                base_url=self._base_url,
                timeout=self._call_timeout,
                may_write=key.may_write,
                tries=Tries(longest=LONGEST_PAUSE_S),
            )
        return self._clients[livemode]

    def close(self) -> None:
        """Close the connections of both."""
        for client in self._clients.values():
            client.close()


class Passed(NamedTuple):
    """The event as the handler may see it, the client it may use, and what limits its calls."""

    event: Event
    gigstack: Gigstack | None
    permits: Permits | None


class Gates:
    """Mode and trust, checked for each run before its handler sees the event."""

    def __init__(self, ledger: Ledger, clients: Clients, limiters: Limiters | None = None) -> None:
        self._ledger = ledger
        self._clients = clients
        self._limiters = limiters

    def pass_through(self, event: Event, claim: Claim, rule: Rule, fence: Fence) -> Passed:
        """What the handler may see and use; raises Refusal."""
        passed = self._believed(event, claim, rule, fence)
        # Judged here, for it was another body, maybe a forged one, that the run was made for.
        if rule.when and (why := withheld(rule.when, passed.event)):
            raise Refusal("skipped", "when", why)
        return passed

    def _believed(self, event: Event, claim: Claim, rule: Rule, fence: Fence) -> Passed:
        gigstack, permits = self._client(event, claim, rule, fence)
        if TRUST_RANK[claim.event.trust] >= TRUST_RANK[rule.trust] or claim.event.confirmed:
            return Passed(event, gigstack, permits)
        short = f"trust is {claim.event.trust!r}, {rule.name} asks for {rule.trust!r}"
        if gigstack is None:
            raise Refusal("skipped", "trust", short)
        try:
            body = to_body(confirm(event, gigstack))
        except Disagrees as why:
            raise Refusal("skipped", "trust", f"{short}, and the API does not confirm it: {why}") from None
        except MovedOn as why:
            raise Refusal("skipped", "moved_on", f"{short}, and for the API {why}") from None
        self._keep(claim, body)
        return Passed(normalise(body, {}), gigstack, permits)  # what later runs will read in the ledger

    def _keep(self, claim: Claim, body: bytes) -> None:
        try:
            self._ledger.confirm(claim, body)
        except redis.RedisError as error:  # no failure of the handler's, which has not begun
            why = f"what the API confirmed is not on record ({type(error).__name__})"
            raise Unrecorded(AGAIN_S, why) from error

    def _client(
        self, event: Event, claim: Claim, rule: Rule, fence: Fence
    ) -> tuple[Gigstack | None, Permits | None]:
        if event.livemode is None:
            if rule.writes:
                raise Refusal("parked", "mode", "the event does not say whether it is live or test")
            return None, None
        client = self._clients.of(event.livemode)
        if client is None:
            if rule.writes:
                variable = "GIGSTACK_API_KEY" if event.livemode else "GIGSTACK_TEST_API_KEY"
                mode = "live" if event.livemode else "test"
                raise Refusal("skipped", "mode", f"there is no API key for {mode} mode; set {variable}")
            return None, None
        limiter = self._limiters.of(event.livemode) if self._limiters else None
        permits = Permits(limiter, fence) if limiter else None
        bound = client.bound(team=event.team, event_id=claim.event.id, guard=fence.check, limiter=permits)
        return bound, permits
