"""The author kit: a handler under test runs on a real ledger, against the sandbox as the API.

With pytest, the plugin hands these out as fixtures: `make_event`, `gigstack`, `run_handler` and
`handler_contract`. It needs the extra: `pip install 'gigstack-events[testing]'`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gigstack_events.testing.bench import Bench
    from gigstack_events.testing.contract import Broken, Report, check_handler
    from gigstack_events.testing.local import LocalGigstack
    from gigstack_events.testing.runs import Effect, Run
    from gigstack_events.testing.worlds import World
else:
    # pytest loads the plugin, which lives here, for everybody who has the package installed.
    from importlib import import_module

    _HOMES = {
        "Bench": "bench",
        "Broken": "contract",
        "Effect": "runs",
        "LocalGigstack": "local",
        "Report": "contract",
        "Run": "runs",
        "World": "worlds",
        "check_handler": "contract",
    }

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = ["Bench", "Broken", "Effect", "LocalGigstack", "Report", "Run", "World", "check_handler"]
