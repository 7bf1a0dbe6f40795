"""Users: people who sign in to gigstack."""

from collections.abc import Iterator
from typing import Unpack

from gigstack_events.api.inputs import ListFilters, UserFields, UserInput
from gigstack_events.api.models import LoginLink, User
from gigstack_events.api.resources import Resource


class Users(Resource):
    """`gigstack.users`."""

    def list(self, **filters: Unpack[ListFilters]) -> Iterator[User]:
        """Yield all users, fetching page by page."""
        return self._list(User, "users", filters=filters)

    def get(self, id: str) -> User:
        """Fetch one user."""
        return self._get(User, "users", id)

    def create(self, **fields: Unpack[UserInput]) -> User:
        """Create a user; `invitation_sent` tells whether they were written to."""
        return self._post(User, "users", body=fields)

    def update(self, id: str, **fields: Unpack[UserFields]) -> User:
        """Change the given fields of a user; e-mail and membership stay."""
        return self._put(User, "users", id, body=fields)

    def delete(self, id: str) -> None:
        """Remove a user from the teams that you manage; who they are stays known."""
        self._delete("users", id)

    def reset_password(self, email: str) -> None:
        """Send a user the e-mail by which to set a new password."""
        self._session.call("POST", "/users/reset-password", body={"email": email})

    def login_link(self, user_id: str) -> LoginLink:
        """Make a link that signs a user in; whoever has it is that user."""
        return self._post(LoginLink, "users", "login-link", body={"user_id": user_id})
