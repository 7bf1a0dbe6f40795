"""docs/internal-events.md: what it shows works, word for word."""

import re
from pathlib import Path

from gigstack_events.events import INTERNAL_EVENTS, KNOWN_EVENTS
from gigstack_events.ledger.internal import due, keep, listen
from gigstack_events.routing import unknown_patterns
from tests.engine.conftest import Bench, bench  # noqa: F401  # the fixture
from tests.stack import ROOT
from tests.test_readme import handler

PAGE = (ROOT / "docs" / "internal-events.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
MONDAY = 1_770_033_600_000


def test_reaction_works(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    """The first snippet hears of a run that fails."""

    def act(event: object, ctx: object) -> None:
        raise ValueError("no luck")

    bench.handlers["tell_somebody"] = handler(tmp_path, SNIPPETS[0], "tell_somebody")
    bench.handler(act)
    listen(bench.ledger.redis, ["run.failed", "run.parked"], {})
    bench.deliver()
    for _ in range(30):
        bench.work(seconds=4000)
    assert [run.result.strip('"').partition(":")[0] for run in bench.runs()] == ["", "act"]


def test_calendar_works(bench: Bench, tmp_path: Path) -> None:  # noqa: F811
    """The second snippet hears that its time has come; the page shows the id that its event has."""
    bench.handlers["every_morning"] = handler(tmp_path, SNIPPETS[1], "every_morning")
    event = due("every_morning", MONDAY, livemode=True)
    assert f"`{event.id}`" in PAGE
    keep(bench.ledger, event)
    bench.work()
    assert bench.run().result == f'"every_morning was due at {MONDAY}"'


def test_the_page_names_all_of_them() -> None:
    """Their names are known words to rules, and none that gigstack sends."""
    assert all(f"| `{name}` |" in PAGE for name in INTERNAL_EVENTS)
    assert unknown_patterns(INTERNAL_EVENTS) == []
    assert not {*INTERNAL_EVENTS} & {*KNOWN_EVENTS}
    assert "run.failed" in unknown_patterns(["run.faild"])[0]
