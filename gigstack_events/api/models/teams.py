"""Teams: the businesses under an account, with their members, series and connections."""

from typing import Any, ClassVar

from pydantic import Field, SecretStr, model_validator

from gigstack_events.api.fields import Millis
from gigstack_events.api.models.clients import Address
from gigstack_events.api.models.team_settings import TeamSettings
from gigstack_events.api.spellings import Objects, Spelled


class Member(Spelled):
    """A user in a team; `role` is admin, editor or viewer."""

    _other_names: ClassVar = {"user_id": "id", "userId": "id"}

    id: str = ""
    email: str | None = None
    name: str | None = None
    role: str | None = None


class Members(Spelled):
    """All members of a team."""

    _bare: ClassVar[str] = "members"

    members: Objects[Member] = Field(default_factory=list)


class SatConnection(Spelled):
    """Whether a team's CSD is uploaded, so that it can stamp."""

    _bare: ClassVar[str] = "answer"
    _nested: ClassVar[str] = "sat"

    completed: bool | None = None
    connected_at: Millis = None
    csd_expires_at: Millis = None


class Series(Spelled):
    """A series of CFDI folios; `live` and `test` are the last folio used in each mode."""

    _bare: ClassVar[str] = "answer"
    _other_names: ClassVar = {"serie": "series", "id": "series", "name": "series"}

    series: str = ""
    live: int | None = None
    test: int | None = None


class AllSeries(Spelled):
    """All series of a team."""

    _bare: ClassVar[str] = "series"

    series: Objects[Series] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, data: Any) -> Any:
        """Some replies may hold a map from name to counters."""
        named = data.get("series", data) if isinstance(data, dict) else None
        if not isinstance(named, dict):
            return data
        rows = [{"series": name, **row} for name, row in named.items() if isinstance(row, dict)]
        return {"series": rows}


class Team(Spelled):
    """A business. `onboarding_url` is there where it was asked for: whoever has it can connect the team."""

    id: str = ""
    legal_name: str | None = None
    tax_id: str | None = None
    tax_system: str | None = None
    address: Address = Field(default_factory=Address)
    brand: dict[str, Any] = Field(default_factory=dict)
    support_email: str | None = None
    support_phone: str | None = None
    owner: str | None = None
    members: Objects[Member] = Field(default_factory=list)
    settings: TeamSettings = Field(default_factory=TeamSettings)
    sat: SatConnection = Field(default_factory=SatConnection)
    integrations: dict[str, Any] = Field(default_factory=dict)
    credit_limit: float | None = None
    used_credits: float | None = None
    credit_period_start: Millis = None
    onboarding_url: SecretStr | None = None
    livemode: bool | None = None
    created_at: Millis = None


class OnboardingUrl(Spelled):
    """Where a team's owner uploads the CSD; whoever has the address can."""

    _bare: ClassVar[str] = "url"
    _other_names: ClassVar = {"onboarding_url": "url", "onboardingUrl": "url", "link": "url"}

    url: SecretStr | None = None


class Integrations(Spelled):
    """What is connected to a team: provider to its state, in `model_extra`."""

    @property
    def completed(self) -> list[str]:
        """Name the providers that are ready to use."""
        return [name for name, state in (self.model_extra or {}).items() if _is_completed(state)]


class Manifest(Spelled):
    """The carta manifiesto, by which a team allows the PAC to stamp for it."""

    _bare: ClassVar[str] = "answer"
    _nested: ClassVar[str] = "manifest"

    signed: bool | None = None
    signed_at: Millis = None


def _is_completed(state: Any) -> bool:
    return bool(state.get("completed")) if isinstance(state, dict) else state is True
