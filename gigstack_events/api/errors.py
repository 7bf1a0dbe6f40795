"""What a call to gigstack can end in, as one tree; `outcome` tells what a write may assume.

ApiError
├── NotSent             nothing left this process                               not_done
│   ├── InvalidInput    what was to be sent cannot be right: nothing was asked  not_done
│   └── WriteRefused    this client may only read                               not_done
├── NoAnswer            it was sent; the answer was late, cut off or never came unknown
├── UnexpectedAnswer    a redirect, or a success that cannot be read            unknown
├── ServerFault         5xx, 408, or one of the server-side codes               unknown
├── Conflict            409; not_done where its code says that it only compared      unknown
├── RateLimited         429: later, it may work; `retry_after` may say when     not_done
│   └── HeldBack        our own limiter: nothing was sent                       not_done
└── Rejected            the API said no, and will until somebody changes something not_done
    ├── Unauthorized    401: the key
    ├── Forbidden       403: what the key or the plan allows
    ├── NotFound        404
    ├── ValidationFailed 400, 422: what was sent
    └── CfdiRefused     no CFDI can be made of this; `cfdi_code` names the rule

A read changes nothing: whatever its error, `outcome` is `not_done`.
"""

from gigstack_events.errors import ApiError


class NotSent(ApiError):
    """The call never left this process."""


class InvalidInput(NotSent):
    """What was to be sent cannot be right; the message names the field and the nearest valid value."""

    def __init__(self, message: str) -> None:
        super().__init__(message, outcome="not_done")


class WriteRefused(NotSent):
    """This client may only read."""


class NoAnswer(ApiError):
    """The call was sent and no whole answer came back; `timed_out` tells whether its time was over."""

    timed_out: bool = False


class UnexpectedAnswer(ApiError):
    """The API answered in a way that its contract does not know, as a page of something in between is."""

    @property
    def final(self) -> bool:
        """It said neither yes nor no: the next answer may be one."""
        return False


class ServerFault(ApiError):
    """The API failed while it handled the call."""


class Conflict(ApiError):
    """The API says that this collides with what it already has."""


class RateLimited(ApiError):
    """Too many calls; try again later."""


class HeldBack(RateLimited):
    """The limiter that all processes share had no turn for this call within its time: nothing was sent."""


class Rejected(ApiError):
    """The API refused the call, and will again until somebody changes something."""


class Unauthorized(Rejected):
    """The API does not accept the key."""


class Forbidden(Rejected):
    """The key, or the plan behind it, does not allow this call."""


class NotFound(Rejected):
    """The object does not exist in this mode and team."""


class ValidationFailed(Rejected):
    """The API refused what was sent."""


class CfdiRefused(Rejected):
    """The tax rules refuse this CFDI; `cfdi_code` names the rule, such as `CFDI40145`."""

    cfdi_code: str = ""
