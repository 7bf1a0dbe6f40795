"""gigstack events: what a handler's author imports.

@on("payment.succeeded")
def thank(event: Event, ctx: Context) -> str: ...
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gigstack_events.context import Context
    from gigstack_events.errors import ApiError, GiveUp, NotDone, Park, RetryLater
    from gigstack_events.events import Event
    from gigstack_events.outcomes import DidNotHappen, Happened
    from gigstack_events.retries import Retry
    from gigstack_events.routing import Handler, on
else:
    # Each name is fetched when it is first asked for: the door and the sandbox, which live in this package
    # too, start without what only handlers need.
    from importlib import import_module

    _HOMES = {
        "Context": "context",
        "ApiError": "errors",
        "GiveUp": "errors",
        "NotDone": "errors",
        "Park": "errors",
        "RetryLater": "errors",
        "Event": "events",
        "DidNotHappen": "outcomes",
        "Happened": "outcomes",
        "Retry": "retries",
        "Handler": "routing",
        "on": "routing",
    }

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module 'gigstack_events' has no attribute {name!r}")
        found = getattr(import_module(f"gigstack_events.{_HOMES[name]}"), name)
        globals()[name] = found
        return found


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
