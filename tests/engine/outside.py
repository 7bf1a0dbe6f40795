"""Something that handlers act upon in the tests of effects."""

from gigstack_events import DidNotHappen, Happened, NotDone


class Outside:
    """Something in the world that acts can change, and that counts them."""

    def __init__(self, *failures: BaseException | None) -> None:
        self.acts = 0
        self.keys: list[str] = []
        self.failures = list(failures)

    def act(self, key: str) -> dict[str, int]:
        """Act, then fail in the way that is next in line."""
        self.keys.append(key)
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, NotDone):
            raise failure
        self.acts += 1
        if failure is not None:
            raise failure
        return {"act": self.acts}

    def check(self) -> Happened | DidNotHappen:
        """Look whether it happened."""
        return Happened({"act": self.acts}) if self.acts else DidNotHappen()
