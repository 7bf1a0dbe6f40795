"""`Gigstack`: the front door to the API."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import httpx

from gigstack_events.api.calls import Guard, Limiter
from gigstack_events.api.catalogs import Catalogs
from gigstack_events.api.connection import Connection
from gigstack_events.api.resources import Session
from gigstack_events.api.tries import Tries
from gigstack_events.api_keys import key_livemode
from gigstack_events.errors import ConfigurationError

if TYPE_CHECKING:  # loaded when first used: a program that uses one resource does not wait for all
    from gigstack_events.api.api_logs import ApiLogs
    from gigstack_events.api.auth import Auth
    from gigstack_events.api.clients import Clients
    from gigstack_events.api.documents import Documents
    from gigstack_events.api.invoices import Invoices
    from gigstack_events.api.payments import Payments
    from gigstack_events.api.receipts import Receipts
    from gigstack_events.api.retentions import Retentions
    from gigstack_events.api.sat import Sat
    from gigstack_events.api.sat_lists import SatLists
    from gigstack_events.api.services import Services
    from gigstack_events.api.teams import Teams
    from gigstack_events.api.users import Users
    from gigstack_events.api.webhooks import Webhooks

BASE_URL = "https://api.gigstack.io/v2"


class Gigstack:
    """The API v2, with one attribute per resource.

    `timeout` is the total time of one call in seconds, its retries included. Reads are retried, and
    writes that carry an idempotency key, as `tries` has it; a write that timed out never is.
    `livemode` is the mode that the key says it is for, None where it does not say. Errors: `ApiError`,
    as `gigstack_events.api.errors` draws them. One instance per process: its first call builds the
    connection pool, which `bound` copies share. Each call is logged to `gigstack_events.api`.
    """

    livemode: bool | None
    catalogs = Catalogs()
    """The SAT's codes and what they mean, in Spanish."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        team: str | None = None,
        timeout: float = 10,
        transport: httpx.BaseTransport | None = None,
        may_write: bool = True,
        check_inputs: bool = True,
        tries: Tries | None = None,
    ) -> None:
        if not api_key or not all("!" <= character <= "~" for character in api_key):
            raise ConfigurationError(
                "The API key is empty or holds characters that no key has: copy it again."
            )
        self.livemode = key_livemode(api_key)
        _check_address(base_url)
        connection = Connection(api_key, base_url, timeout, transport, may_write, tries or Tries())
        self._session = Session(connection, team=team, check_inputs=check_inputs)

    def bound(
        self,
        *,
        team: str | None = None,
        timeout: float | None = None,
        event_id: str | None = None,
        guard: Guard | None = None,
        limiter: Limiter | None = None,
    ) -> "Gigstack":
        """Return a light copy on the same connections; what is not given stays as it is.

        `gigstack.bound(timeout=60).sat.package(id)` is one call with a longer time, in seconds. `event_id`
        goes along with every call as a header. `guard(safe)` runs right before a request leaves, once per
        request, and may raise to hold it back; `safe` is True for what changes nothing and costs nothing.
        Under a guard a write is sent once at most; a copy's guard is asked after the one it has already.
        `limiter` says when calls may go; a client has none by itself.
        """
        session = self._session
        copy = object.__new__(type(self))
        copy.livemode = self.livemode
        copy._session = replace(
            session,
            team=team or session.team,
            timeout=timeout or session.timeout,
            event_id=event_id or session.event_id,
            guard=_both(session.guard, guard),
            limiter=limiter or session.limiter,
        )
        return copy

    def close(self) -> None:
        """Close the connections, also those of all bound copies; the next call opens new ones."""
        self._session.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @cached_property
    def clients(self) -> "Clients":
        """Who pays and receives the CFDI."""
        from gigstack_events.api.clients import Clients

        return Clients(self._session)

    @cached_property
    def services(self) -> "Services":
        """The catalogue of what is sold."""
        from gigstack_events.api.services import Services

        return Services(self._session)

    @cached_property
    def invoices(self) -> "Invoices":
        """CFDIs of all types, and their files."""
        from gigstack_events.api.invoices import Invoices

        return Invoices(self._session)

    @cached_property
    def receipts(self) -> "Receipts":
        """Sales that wait for their CFDI."""
        from gigstack_events.api.receipts import Receipts

        return Receipts(self._session)

    @cached_property
    def payments(self) -> "Payments":
        """Money asked for or collected."""
        from gigstack_events.api.payments import Payments

        return Payments(self._session)

    @cached_property
    def documents(self) -> "Documents":
        """Files that prove a sale."""
        from gigstack_events.api.documents import Documents

        return Documents(self._session)

    @cached_property
    def webhooks(self) -> "Webhooks":
        """The endpoints that gigstack sends events to."""
        from gigstack_events.api.webhooks import Webhooks

        return Webhooks(self._session)

    @cached_property
    def teams(self) -> "Teams":
        """The businesses under an account."""
        from gigstack_events.api.teams import Teams

        return Teams(self._session)

    @cached_property
    def users(self) -> "Users":
        """People who sign in to gigstack."""
        from gigstack_events.api.users import Users

        return Users(self._session)

    @cached_property
    def retentions(self) -> "Retentions":
        """CFDI of taxes withheld."""
        from gigstack_events.api.retentions import Retentions

        return Retentions(self._session)

    @cached_property
    def sat(self) -> "Sat":
        """Descarga Masiva: the CFDI that the SAT has."""
        from gigstack_events.api.sat import Sat

        return Sat(self._session)

    @cached_property
    def sat_lists(self) -> "SatLists":
        """The SAT's public lists of taxpayers."""
        from gigstack_events.api.sat_lists import SatLists

        return SatLists(self._session)

    @cached_property
    def api_logs(self) -> "ApiLogs":
        """The API's own log of calls."""
        from gigstack_events.api.api_logs import ApiLogs

        return ApiLogs(self._session)

    @cached_property
    def auth(self) -> "Auth":
        """Signing up, and whether the API is up."""
        from gigstack_events.api.auth import Auth

        return Auth(self._session)


def _both(one: Guard | None, other: Guard | None) -> Guard | None:
    """What a copy adds takes nothing away: the fence of a handler's client stands."""
    if one is None or other is None:
        return one or other

    def ask(safe: bool) -> None:
        one(safe)
        other(safe)

    return ask


def _check_address(base_url: str) -> None:
    try:
        fine = httpx.URL(base_url).scheme in ("http", "https") and bool(httpx.URL(base_url).host)
    except (httpx.InvalidURL, ValueError):
        fine = False
    if not fine:
        raise ConfigurationError(f"The API's address is one such as {BASE_URL}; this one cannot be read.")
