"""What calls about users take."""

from typing import Literal, Required, TypedDict

from gigstack_events.api.inputs.common import Object


class UserFields(TypedDict, total=False):
    """What can be changed of a user."""

    first_name: str | None
    last_name: str | None
    phone: str | None
    company_role: str | None
    address: Object | None


class UserInput(UserFields, total=False):
    """A new user; with `auto_join` a member of the team at once, as viewer where no `role` is given."""

    email: Required[str]
    auto_join: bool
    role: Literal["editor", "admin", "viewer"]
