"""What operations on teams take, and what a team looks like."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt

from gigstack_events.sandbox.schemas import File, Schema

Role = Literal["admin", "editor", "viewer"]
Text = Annotated[str, Field(max_length=1000)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Folio = Annotated[StrictInt, Field(ge=0, le=2**53)]
SERIES_NAME = r"^[A-Za-z0-9_-]{1,25}$"


class TeamAddress(Schema):
    """Where a team is."""

    country: Text | None = None
    street: Text | None = None
    zip: Text | None = None
    city: Text | None = None
    state: Text | None = None
    exterior: Text | None = None
    interior: Text | None = None
    municipality: Text | None = None
    neighborhood: Text | None = None


class Brand(Schema):
    """How a team's documents look; colours are `#rrggbb`."""

    alias: Text | None = None
    primary_color: str | None = Field(None, pattern=r"^#[0-9A-Fa-f]{3,8}$")
    secondary_color: str | None = Field(None, pattern=r"^#[0-9A-Fa-f]{3,8}$")
    logo: Text | None = None


class Member(Schema):
    """A user who is to be in a team."""

    id: Id
    role: Role = "viewer"


class TeamInput(Schema):
    """A new team, or what is to change of one."""

    tax_id: str | None = Field(None, pattern=r"^[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}$")
    tax_system: str | None = Field(None, pattern=r"^\d{3}$")
    legal_name: Text | None = None
    address: TeamAddress | None = None
    brand: Brand | None = None
    support_email: Text | None = None
    support_phone: Text | None = None


class NewTeam(TeamInput):
    """A new team; all fields are optional."""

    generate_onboarding_url: StrictBool | None = None
    add_members: list[Member] | None = Field(None, max_length=100)
    add_master_team_members: StrictBool | None = None


class MemberRef(Schema):
    """A member who is to go."""

    id: Id


class MemberChange(Schema):
    """What is to change of a member."""

    role: Role | None = None
    permissions: list[Text] | dict[str, Any] | None = None


class SeriesInput(Schema):
    """A series of folios, and the current one of each mode."""

    series: str = Field(pattern=SERIES_NAME)
    live: Folio = 0
    test: Folio = 0


class SeriesChange(Schema):
    """The current folios of a series."""

    live: Folio | None = None
    test: Folio | None = None


class CsdForm(Schema):
    """The certificate that stamps: a .cer file, its .key file and the key's password."""

    cert: File
    key: File
    keyPass: str = Field(min_length=1, max_length=200)


class ManifestInput(Schema):
    """The FIEL's files in base64, and the password of its key."""

    cert: str = Field(min_length=1, max_length=100_000)
    key: str = Field(min_length=1, max_length=100_000)
    password: str = Field(min_length=1, max_length=200)


class SatState(Schema):
    """How far a team's connection to the SAT is; times are epoch ms."""

    completed: bool
    connected_at: int | None
    csd_expires_at: int | None


class TeamMember(Schema):
    """A member of a team."""

    id: str
    email: str | None
    role: Role


class Series(Schema):
    """A series of folios."""

    series: str
    live: int
    test: int


class Integration(Schema):
    """Whether a payment processor is connected; the time is epoch ms."""

    completed: bool
    connected_at: int | None


class Team(Schema):
    """A team; times are epoch ms."""

    id: str
    legal_name: str | None
    tax_id: str | None
    tax_system: str | None
    address: TeamAddress | None
    brand: Brand | None
    support_email: str | None
    support_phone: str | None
    settings: dict[str, Any]
    owner: str
    created_at: int
    credit_limit: int
    used_credits: int
    credit_period_start: int
    sat: SatState
    members: list[TeamMember]
    integrations: dict[str, Integration]
    onboarding_url: str = ""


class OnboardingUrl(Schema):
    """Where a team's people finish its setting up; `expires_at` is epoch ms."""

    url: str
    expires_at: int
