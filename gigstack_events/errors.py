"""Every error the project raises on purpose, as one tree that says what a caller may do.

GigstackError
├── ConfigurationError      an operator must change a setting; nothing was done
├── Refused                 a delivery is not taken; `status` is the HTTP answer
│   ├── Malformed           400: the sender's message cannot be read
│   └── Unauthenticated     401: nothing proves who sent it
├── LedgerUnavailable       Redis did not answer in time: try again, nothing is known to be stored
├── StaleToken              this claim is over (lease lost or run ended): stop at once, write nothing
├── NotDone                 inside an effect: the act certainly did not happen; it may be tried again
├── ApiError                the gigstack API said no or nothing; `outcome` tells what that means
└── Control                 what a handler says to the engine
    ├── RetryLater          look at this run again after some seconds
    ├── GiveUp              the run has failed for good
    ├── Park                put the run aside until a person decides
    └── Shadowed            (ours) a rule in shadow came to its first effect: it is not done
"""

from typing import Literal

Outcome = Literal["not_done", "unknown"]


class GigstackError(Exception):
    """Something went wrong in gigstack events."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class ConfigurationError(GigstackError):
    """The configuration is not usable; the message lists every problem and its cure."""


class Refused(GigstackError):
    """The delivery is not taken."""

    status = 400


class Malformed(Refused):
    """The message cannot be read."""

    status = 400


class Unauthenticated(Refused):
    """Nothing proves who sent this delivery."""

    status = 401


class LedgerUnavailable(GigstackError):
    """The ledger did not answer in time."""


class StaleToken(GigstackError):
    """This claim is over; another worker may hold the run by now."""


class NotDone(GigstackError):
    """The act certainly did not happen and may be tried again."""


class ApiError(GigstackError):
    """The gigstack API refused a call or did not answer it.

    `status` is the HTTP status (None: no answer), `code` the API's error code, `details` whatever it
    added. `outcome` tells what a write may assume: `not_done` (the API refused it, or it was never
    sent) or `unknown` (it may have happened). `retry_after` is in seconds, where the API named it.
    `transient` says whether the same call may succeed later without anybody changing anything, `of_write`
    whether it is what came of a call that changes something and was let go.
    """

    of_write = False

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        code: str = "",
        details: object = None,
        outcome: Outcome = "unknown",
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details
        self.outcome: Outcome = outcome
        self.transient = transient
        self.retry_after = retry_after

    @property
    def final(self) -> bool:
        """Whether the API said no to what was asked: the same call will not succeed. A key can be mended."""
        return not self.transient and self.status not in (401, 403)


class Control(GigstackError):
    """What a handler says to the engine instead of returning a result."""


class RetryLater(Control):
    """Look at this run again later; `after` is in seconds, a year at most."""

    def __init__(self, after: float, reason: str = "") -> None:
        if not after <= 366 * 86_400:  # also NaN
            raise ValueError(f"RetryLater takes seconds, a year at most, not {after!r}")
        super().__init__(reason or f"asked to be run again after {after:g} s")
        self.after = max(after, 0.0)


class GiveUp(Control):
    """The run has failed for good; the reason is shown to the operator."""


class Park(Control):
    """The run is put aside until a person decides; the reason is shown to the operator."""


class Shadowed(Control):
    """A rule in shadow came to its first effect, which is only told of."""


def said(error: BaseException, most: int = 1000) -> str:
    """An exception's text, fit to be stored: bounded, without half characters, whatever `__str__` does."""
    try:
        text = str(error)
    except Exception:
        text = "its text cannot be shown"
    return text[:most].encode("utf-8", "replace").decode()
