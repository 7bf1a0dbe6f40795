"""The gates before a handler: the event's mode has a key, and the event is believed enough to act on."""

from collections.abc import Callable

import redis

from gigstack_events.api import Gigstack
from gigstack_events.api_keys import ApiKey
from gigstack_events.confirm import Disagrees, MovedOn, confirm
from gigstack_events.events import TRUST_RANK, Event, normalise, to_body
from gigstack_events.fence import Fence
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.records import Claim
from gigstack_events.outcomes import Unrecorded
from gigstack_events.routing import Rule

AGAIN_S = 5.0


class Refusal(Exception):
    """A run that may not go on: `outcome` is skipped or parked, `code` a word for machines."""

    def __init__(self, outcome: str, code: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.code = code


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
            )
        return self._clients[livemode]

    def close(self) -> None:
        """Close the connections of both."""
        for client in self._clients.values():
            client.close()


class Gates:
    """Mode and trust, checked for each run before its handler sees the event."""

    def __init__(self, ledger: Ledger, clients: Clients) -> None:
        self._ledger = ledger
        self._clients = clients

    def pass_through(
        self, event: Event, claim: Claim, rule: Rule, fence: Fence
    ) -> tuple[Event, Gigstack | None]:
        """The event as the handler may see it and the client it may use; raises Refusal."""
        gigstack = self._client(event, claim, rule, fence)
        if TRUST_RANK[claim.event.trust] >= TRUST_RANK[rule.trust] or claim.event.confirmed:
            return event, gigstack
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
        return normalise(body, {}), gigstack  # what later runs will read in the ledger

    def _keep(self, claim: Claim, body: bytes) -> None:
        try:
            self._ledger.confirm(claim, body)
        except redis.RedisError as error:  # no failure of the handler's, which has not begun
            why = f"what the API confirmed is not on record ({type(error).__name__})"
            raise Unrecorded(AGAIN_S, why) from error

    def _client(self, event: Event, claim: Claim, rule: Rule, fence: Fence) -> Gigstack | None:
        if event.livemode is None:
            if rule.writes:
                raise Refusal("parked", "mode", "the event does not say whether it is live or test")
            return None
        client = self._clients.of(event.livemode)
        if client is None:
            if rule.writes:
                variable = "GIGSTACK_API_KEY" if event.livemode else "GIGSTACK_TEST_API_KEY"
                mode = "live" if event.livemode else "test"
                raise Refusal("skipped", "mode", f"there is no API key for {mode} mode; set {variable}")
            return None
        return client.bound(team=event.team, event_id=claim.event.id, guard=fence.check)
