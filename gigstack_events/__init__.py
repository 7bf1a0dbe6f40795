"""gigstack events: what a handler's author imports.

@on("payment.succeeded")
def thank(event: Event, ctx: Context) -> str: ...
"""

from gigstack_events.context import Context
from gigstack_events.effects import DidNotHappen, Happened
from gigstack_events.errors import ApiError, GiveUp, NotDone, Park, RetryLater
from gigstack_events.events import Event
from gigstack_events.retries import Retry
from gigstack_events.routing import Handler, on

__all__ = [
    "ApiError",
    "Context",
    "DidNotHappen",
    "Event",
    "GiveUp",
    "Handler",
    "Happened",
    "NotDone",
    "Park",
    "Retry",
    "RetryLater",
    "on",
]
