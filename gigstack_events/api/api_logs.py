"""The API's own log of calls."""

from collections.abc import Iterator, Mapping
from typing import Any, Unpack

from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import ApiLogFilters
from gigstack_events.api.models import ApiLog
from gigstack_events.api.resources import Resource


class TeamLogs(Resource):
    """What stands below `/teams/{team}`: the team is the one named, or that the client is bound to."""

    def _team(self, team: str | None) -> str:
        if found := team or self._session.team:
            return found
        raise InvalidInput("team: name the team, or bind the client to it: `gigstack.bound(team=...)`")


class ApiLogs(TeamLogs):
    """`gigstack.api_logs`."""

    def list(self, *, team: str | None = None, **filters: Unpack[ApiLogFilters]) -> Iterator[ApiLog]:
        """Yield the logged calls, newest first, fetching page by page."""
        path = ("teams", self._team(team), "api-logs")
        return self._list(ApiLog, *path, filters=log_query(filters), cursor="cursor")

    def get(self, log_id: str, *, team: str | None = None) -> ApiLog:
        """Fetch one logged call."""
        return self._get(ApiLog, "teams", self._team(team), "api-logs", log_id)


def log_query(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Name the ends of a time range as the API does."""
    names = {"since": "from", "until": "to"}
    return {names.get(name, name): value for name, value in filters.items()}
