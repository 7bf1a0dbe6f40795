"""The kit's own rules file: it has to be as hard as it says."""

from collections import Counter

import pytest

from gigstack_events.discovery import discover
from gigstack_events.rules import read_rules
from tests.reactions.conductor import RULES, destinations
from tests.reactions.plan import MONTHS, TARGETS, TELLINGS
from tests.stack import ROOT


def test_ten_rules_act_over_all_four_reactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a problem or a warning; what the plan says of them by hand is what stands there."""
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", destinations("127.0.0.1:9"))
    read = read_rules(RULES, discover(ROOT / "handlers"), {"sat_download": {"storage": "/nowhere"}})
    assert (read.problems, read.warnings) == ([], [])
    rules = {rule.name: rule for rule in read.rules}
    acting = Counter(rule.handler for rule in read.rules if not rule.shadow)
    assert acting == {"stamp_receipts": 2, "sat_download": 3, "notify": 4, "forward": 1}
    for telling in TELLINGS:
        limit = rules[telling.rule].options["at_most"]
        assert tuple(rules[telling.rule].options["to"]) == telling.places
        assert (telling.count, telling.every / 1000) == (
            (limit["count"], limit["every"]) if limit else (0, 0)
        )
    assert {name: rules[name].options["months"] for name in MONTHS} == MONTHS
    assert tuple(rules["forward-live"].options["to"]) == TARGETS
    assert rules["forward-in-shadow"].shadow
    assert "tell-nobody" in RULES.read_text()
    assert "tell-nobody" not in rules
