"""A file of rules in real workers: read at the start, and again at SIGHUP, where it can be used."""

import signal

from tests.stack import eventually
from tests.workers.crew import Crew

RULES = """
[[rule]]
name = "greet"
handler = "good"
when = 'object.n < {limit}'
"""


def test_file_is_reloaded_and_a_bad_one_keeps_the_old(crew: Crew) -> None:
    """Runs keep their rule, new events get the new ones, and a mistake in the file stops nothing."""
    path = crew.folder / "rules.toml"
    crew.env |= {"GIGSTACK_RULES": str(path), "GIGSTACK_HANDLERS": ""}
    crew.handler("good", "return event.object['n']")
    path.write_text(RULES.format(limit=1))
    workers = crew.start()
    crew.send("good", 2)
    assert [run["result"] for run in crew.wait("greet", "done", within=40)] == ["0"]

    path.write_text(RULES.format(limit=1) + "tmeout = 3\n")
    workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: crew.log("configuration.kept"), within=40)
    log = (crew.folder / "workers.log").read_text
    assert 'rule "greet": tmeout is not a field; did you mean timeout?' in log()

    path.write_text(RULES.format(limit=3).replace("greet", "meet"))
    before = set(crew.pids())
    workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: crew.log("configuration.reloaded"), within=40)
    eventually(lambda: not before & set(crew.pids()), within=60)
    crew.send("good", 4)  # the first two are known already
    assert [run["result"] for run in crew.wait("meet", "done", within=40)] == ["2"]
    assert len(crew.runs("greet")) == 1
