"""Users: people who sign in to gigstack."""

from typing import ClassVar

from pydantic import Field, SecretStr

from gigstack_events.api.fields import Millis, Rows
from gigstack_events.api.models.clients import Address
from gigstack_events.api.spellings import Spelled


class User(Spelled):
    """Someone who signs in; `teams` says where, as `{team_id, team_name, role}`."""

    id: str = ""
    email: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    company_role: str | None = None
    role: str | None = None
    address: Address = Field(default_factory=Address)
    teams: Rows = Field(default_factory=list)
    invitation_sent: bool | None = None
    created_at: Millis = None
    last_login: Millis = None


class LoginLink(Spelled):
    """A link that signs a user in without a password."""

    _bare: ClassVar[str] = "url"
    _other_names: ClassVar = {
        "link": "url",
        "login_link": "url",
        "loginLink": "url",
        "login_url": "url",
        "loginUrl": "url",
        "custom_token": "token",
        "customToken": "token",
    }

    url: SecretStr | None = None
    token: SecretStr | None = None
    expires_at: Millis = None
