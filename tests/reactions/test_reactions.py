"""The short form of the reactions kit: all four under fire, in half a minute."""

from pathlib import Path

from tests.reactions.conductor import Conductor
from tests.reactions.form import short_form


def test_all_reactions_keep_their_promises_under_fire(tmp_path: Path) -> None:
    """Told, forwarded, stamped, downloaded and billed once, by what sink, sandbox and disk have seen."""
    seed = 1
    print(f"seed {seed}")
    table = Conductor(short_form(events=200), seed, tmp_path).run()
    print(table)
    assert table.failures == []
    figures = dict(table.rows)
    assert int(figures["receipts due"]) > 30
    assert "closed" in figures["the sink answered"]
