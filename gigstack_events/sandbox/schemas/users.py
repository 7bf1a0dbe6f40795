"""What operations on users take, and what a user looks like."""

from pydantic import Field, StrictBool

from gigstack_events.sandbox.schemas import Schema
from gigstack_events.sandbox.schemas.paging import PageQuery
from gigstack_events.sandbox.schemas.teams import Id, Role, TeamAddress, Text

EMAIL = r"^[^@\s]+@[^@\s]+$"


class UsersQuery(PageQuery):
    """A page of users; the range is in epoch seconds."""

    created_gte: int | None = Field(None, ge=0)
    created_lte: int | None = Field(None, ge=0)


class UserInput(Schema):
    """What may be told of a user."""

    first_name: Text | None = None
    last_name: Text | None = None
    firstName: Text | None = Field(None, description="an older spelling")
    lastName: Text | None = Field(None, description="an older spelling")
    phone: Text | None = None
    company_role: Text | None = None
    address: TeamAddress | None = None


class NewUser(UserInput):
    """A user to invite; `role` counts with `auto_join` only."""

    email: str = Field(pattern=EMAIL, max_length=320)
    auto_join: StrictBool | None = None
    role: Role | None = None


class ResetInput(Schema):
    """Whose password is forgotten."""

    email: str = Field(pattern=EMAIL, max_length=320)


class LoginInput(Schema):
    """Who wants to come in."""

    user_id: Id


class Membership(Schema):
    """A team that a user is in."""

    team_id: str
    team_name: str | None
    role: Role


class User(Schema):
    """A user; times are epoch seconds."""

    id: str
    email: str
    name: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    company_role: str | None
    role: Role
    address: TeamAddress | None
    created_at: int
    last_login: int | None
    teams: list[Membership]


class LoginLink(Schema):
    """A link that lets a user in; a secret. `expires_at` is epoch ms."""

    url: str
    expires_at: int
