"""The short form of the chaos run: the product's promises, under fire, in less than a minute."""

from pathlib import Path

from tests.chaos.conductor import Conductor
from tests.chaos.form import short_form

ZEROS = ("lost", "made twice", "stamped without being due", "parked or failed", "crash points missing")


def test_nothing_is_lost_and_nothing_is_made_twice_under_fire(tmp_path: Path) -> None:
    """Every process is killed and stopped, at every crash point; each due receipt has one CFDI."""
    seed = 1
    print(f"seed {seed}")
    table = Conductor(short_form(receipts=300, workers=4), seed, tmp_path).run()
    print(table)
    assert table.failures == []
    figures = dict(table.rows)
    assert {name: figures[name] for name in ZEROS} == dict.fromkeys(ZEROS, "0")
    assert int(figures["receipts due"]) >= 300
