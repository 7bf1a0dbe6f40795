"""Teams: the businesses under an account."""

from collections.abc import Iterator, Sequence
from typing import Unpack

from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import (
    File,
    MemberInput,
    Role,
    SeriesInput,
    TeamFilters,
    TeamInput,
    TeamSettingsInput,
)
from gigstack_events.api.models import (
    AllSeries,
    Integrations,
    Manifest,
    Member,
    Members,
    OnboardingUrl,
    SatConnection,
    Series,
    Team,
    TeamSettings,
)
from gigstack_events.api.resources import Resource, join
from gigstack_events.api.sat_files import to_text


class Teams(Resource):
    """`gigstack.teams`."""

    def list(self, **filters: Unpack[TeamFilters]) -> Iterator[Team]:
        """Yield all teams that the key reaches, fetching page by page."""
        return self._list(Team, "teams", filters=filters)

    def get(self, id: str) -> Team:
        """Fetch one team."""
        return self._get(Team, "teams", id)

    def create(self, **fields: Unpack[TeamInput]) -> Team:
        """Create a team; with `generate_onboarding_url` the answer has an `onboarding_url`."""
        return self._post(Team, "teams", body=fields)

    def update(self, id: str, **fields: Unpack[TeamInput]) -> Team:
        """Change the given fields of a team."""
        return self._put(Team, "teams", id, body=fields)

    def delete(self, id: str) -> None:
        """Schedule the deletion of a team."""
        self._delete("teams", id)

    def get_integrations(self) -> Integrations:
        """Tell what is connected to the team that this client is bound to."""
        return self._get(Integrations, "teams", "integrations")

    def onboarding_url(self, id: str) -> OnboardingUrl:
        """Make an address where the team's owner uploads the CSD.

        It renews the password of that page: earlier addresses end, so it counts as a write.
        """
        return self._get(OnboardingUrl, "teams", id, "onboarding-url", safe=False)

    def get_settings(self, id: str) -> TeamSettings:
        """Tell how a team invoices."""
        return self._get(TeamSettings, "teams", id, "settings")

    def update_settings(self, id: str, **fields: Unpack[TeamSettingsInput]) -> TeamSettings:
        """Change the given settings of a team; None clears one."""
        return self._put(TeamSettings, "teams", id, "settings", body=fields)

    def list_series(self, id: str) -> Sequence[Series]:
        """Return the series of folios of a team."""
        return self._get(AllSeries, "teams", id, "series").series

    def create_series(self, id: str, series: str, **folios: Unpack[SeriesInput]) -> Series:
        """Create a series, such as `A`; its folios go on after the given ones."""
        return self._post(Series, "teams", id, "series", body={"series": series, **folios})

    def update_series(self, id: str, series: str, **folios: Unpack[SeriesInput]) -> Series:
        """Set the last folio used of a series, per mode."""
        if not folios:
            raise InvalidInput("live, test: name the folio of at least one mode")
        return self._put(Series, "teams", id, "series", series, body=folios)

    def list_members(self, id: str) -> Sequence[Member]:
        """Return the users in a team."""
        return self._get(Members, "teams", id, "members").members

    def add_member(self, id: str, user_id: str, role: Role = "viewer") -> None:
        """Add a user to a team."""
        self._session.call("POST", join("teams", id, "add-member"), body={"id": user_id, "role": role})

    def update_member(self, id: str, user_id: str, **fields: Unpack[MemberInput]) -> None:
        """Change a member's role or permissions."""
        self._session.call("PATCH", join("teams", id, "members", user_id), body=fields)

    def remove_member(self, id: str, user_id: str) -> None:
        """Remove a user from a team, by the documented call."""
        self._session.call("POST", join("teams", id, "remove-member"), body={"id": user_id})

    def delete_member(self, id: str, user_id: str) -> None:
        """Remove a user from a team, by the newer call."""
        self._delete("teams", id, "members", user_id)

    def upload_csd(self, id: str, *, cert: File, key: File, password: str) -> SatConnection:
        """Upload the CSD (.cer and .key) that a team stamps with."""
        files = {"cert": cert, "key": key}
        fields = {"keyPass": password}
        return self._upload(SatConnection, "teams", id, "sat-connection", files=files, fields=fields)

    def sign_manifest(self, id: str, *, cert: File, key: File, password: str) -> Manifest:
        """Sign the carta manifiesto with the FIEL (.cer and .key), so that the PAC may stamp."""
        body = {"cert": to_text("cert", cert), "key": to_text("key", key), "password": password}
        return self._post(Manifest, "teams", id, "manifest", "sign", body=body)
