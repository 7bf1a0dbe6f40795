"""Accounts: signing up by API, and whether the API is up."""

from typing import Unpack

from gigstack_events.api.errors import UnexpectedAnswer
from gigstack_events.api.inputs import SignupInput
from gigstack_events.api.models import Health, Signup
from gigstack_events.api.resources import Resource, read


class Auth(Resource):
    """`gigstack.auth`."""

    def signup(self, *, internal_api_key: str, idempotency_key: str, **fields: Unpack[SignupInput]) -> Signup:
        """Open an account, for partners. Keep the `api_keys` of the answer.

        `idempotency_key` is a UUID of yours: the same one again is the same account.
        """
        reply = self._session.call(
            "POST",
            "/auth/signup",
            body=fields,
            idempotency_key=idempotency_key,
            headers={"X-Internal-API-Key": internal_api_key},
        )
        return read(Signup, reply)

    def health(self) -> Health:
        """Return where the API is up, raise where it is not; any key will do."""
        try:
            return self._get(Health, "auth", "health")
        except UnexpectedAnswer as error:
            if error.status == 200:  # it may answer plain text
                return Health()
            raise
