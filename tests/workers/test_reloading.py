"""Trying a configuration: in another process, under a worker's bounds, and stopped by no single handler."""

import signal

from tests.stack import eventually
from tests.workers.crew import Crew


def test_module_that_ends_its_importer_stops_no_reload(crew: Crew) -> None:
    """A HUP takes up what loads, as the start does; what ends the try is said and left out."""
    crew.handler("good", "return 'old'")
    (crew.handlers / "stuck.py").write_text("import os; os._exit(2)")
    workers = crew.start()
    crew.send("good")
    assert crew.wait("good", "done", within=40)[0]["result"] == '"old"'
    before = set(crew.pids())
    crew.handler("good", "return 'new'")
    workers.process.send_signal(signal.SIGHUP)
    eventually(lambda: crew.log("configuration.reloaded"))
    eventually(lambda: not before & set(crew.pids()), within=60)
    crew.send("good", 2)
    assert {run["result"] for run in crew.wait("good", "done", 2, within=40)} == {'"old"', '"new"'}


def test_trying_a_configuration_prints_nothing_of_the_handlers(crew: Crew) -> None:
    """What a module prints at import may be anybody's data: it does not reach the log either."""
    (crew.handlers / "chatty.py").write_text("import sys; print('ana@example.mx', file=sys.stderr)")
    crew.handler("good", "return 'fine'")
    crew.start()
    crew.send("good")
    crew.wait("good", "done")
    assert "ana@example.mx" not in (crew.folder / "workers.log").read_text()
