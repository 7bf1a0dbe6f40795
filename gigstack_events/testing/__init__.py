"""The author kit: a handler under test runs on a real ledger, against the sandbox as the API.

With pytest, the plugin hands these out as fixtures: `make_event`, `gigstack`, `run_handler` and
`handler_contract`.
It needs the extra: `pip install 'gigstack-events[testing]'`.
"""

from gigstack_events.testing.bench import Bench
from gigstack_events.testing.contract import Broken, Report, check_handler
from gigstack_events.testing.local import LocalGigstack
from gigstack_events.testing.runs import Effect, Run
from gigstack_events.testing.worlds import World

__all__ = ["Bench", "Broken", "Effect", "LocalGigstack", "Report", "Run", "World", "check_handler"]
