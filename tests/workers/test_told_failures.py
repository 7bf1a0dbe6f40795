"""The built-in reactions to runs that end badly: real workers, a file of rules, sinks that are told."""

import json
from collections.abc import Iterator

import pytest

from tests.handlers.sink import Sink
from tests.workers.crew import Crew

RULES = """
[[rule]]
name = "act"
handler = "act"

[[rule]]
name = "hold"
handler = "hold"

[[rule]]
name = "tell"
handler = "notify"
on = ["run.*"]
options = { to = ["ops"], body = "{{ object.rule }}: {{ object.reason }}" }

[[rule]]
name = "pass-on"
handler = "forward"
on = ["run.*"]
options = { to = ["erp"], allow_private = true }

[[rule]]
name = "try-to-tell"
handler = "notify"
on = ["run.failed"]
shadow = true
options = { to = ["new-ops"] }

[[rule]]
name = "try-to-pass-on"
handler = "forward"
on = ["run.parked"]
shadow = true
options = { to = ["new-erp"], allow_private = true }
"""


@pytest.fixture
def sinks() -> Iterator[dict[str, Sink]]:
    """One for each destination."""
    sinks = {name: Sink() for name in ("ops", "erp", "new-ops", "new-erp")}
    yield sinks
    for sink in sinks.values():
        sink.stop()


def test_failed_and_parked_runs_are_told_of_and_shadows_only_say_so(
    crew: Crew, sinks: dict[str, Sink]
) -> None:
    """Each true rule reaches its sink once for each ending; a shadow sends nothing and says what it would."""
    crew.handler("act", 'raise GiveUp("no luck")')
    crew.handler("hold", 'raise Park("look at it")')
    (crew.folder / "rules.toml").write_text(RULES)
    places = [
        f'{name} = {{ url = "http://127.0.0.1:{sink.port}/", secret = "s" }}' if "erp" in name
        else f'{name} = "{sink.url}"'
        for name, sink in sinks.items()
    ]  # fmt: skip
    crew.env |= {
        "GIGSTACK_RULES": str(crew.folder / "rules.toml"),
        "GIGSTACK_DESTINATIONS": "\n".join(places),
    }
    del crew.env["GIGSTACK_HANDLERS"]
    crew.start()
    crew.send("act")
    crew.send("hold")
    for rule, state, count in (("tell", "done", 2), ("pass-on", "done", 2)):
        crew.wait(rule, state, count)
    assert sorted(got["message"] for got in sinks["ops"].got) == ["act: no luck", "hold: look at it"]
    assert sorted(got["type"] for got in sinks["erp"].got) == ["run.failed", "run.parked"]
    reasons = {got["data"]["object"]["reason"] for got in sinks["erp"].got}
    assert reasons == {"no luck", "look at it"}
    for rule, effect in (("try-to-tell", "notify:send"), ("try-to-pass-on", "forward:send")):
        (run,) = crew.wait(rule, "skipped")
        assert run["reason_code"] == "shadow"
        assert f"would have done '{effect}' on " in run["reason"]
    assert (sinks["new-ops"].asked, sinks["new-erp"].asked) == (0, 0)
    assert json.loads(crew.runs("tell")[0]["result"]) == {"told": {"ops": "sent"}}
