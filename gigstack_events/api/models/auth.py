"""What signing up answers, and whether the API is up."""

from typing import Any, ClassVar

from pydantic import Field, SecretStr

from gigstack_events.api.spellings import Spelled


class ApiKeys(Spelled):
    """The keys of a new account, shown once."""

    live: SecretStr | None = None
    test: SecretStr | None = None


class Signup(Spelled):
    """A new account; keep its `api_keys`. `next_steps` says what is missing before it can stamp."""

    user_id: str = ""
    team_id: str = ""
    billing_account_id: str | None = None
    subscription: dict[str, Any] = Field(default_factory=dict)
    api_keys: ApiKeys = Field(default_factory=ApiKeys)
    next_steps: dict[str, Any] = Field(default_factory=dict)


class Health(Spelled):
    """Whether the API is up; its fields are not documented."""

    _bare: ClassVar[str] = "status"

    status: str | None = None
