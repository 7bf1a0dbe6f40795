"""notify in rules: its templates are tried on the events that the rule is for, and on no others."""

from pathlib import Path

import pytest

from gigstack_events.discovery import discover
from gigstack_events.rules import read_rules

FOUND = discover(Path(__file__).parents[2] / "handlers")
HEARD = [
    ('on = ["invoice.failed"]', "{{ object.stamp.stamp_at }} {{ object.error }}", ""),
    ('on = ["invoice.failed"]', "{{ object.last_balance * 2 }}", ""),
    ('on = ["invoice.failed"]', "{{ object.short_url }}", "no event that it is for has 'short_url'"),
    ('on = ["invoice.failed"]', "{{ object.totl }}", "'totl'; did you mean 'total'?"),
    ('on = ["invoice.*", "payment.*"]', "{{ object.short_url }} {{ object.stamp }}", ""),
    ('on = ["run.failed"]', "{{ object.reason }} {{ object.rule }}", ""),
    ('on = ["run.failed"]', "{{ object.total }}", "no event that it is for has 'total'"),
    ('schedule = "0 6 * * *"', "{{ object.due_at | datetime }}", ""),
    ('schedule = "0 6 * * *"', "{{ object.reason }}", "no event that it is for has 'reason'"),
    ('on = ["sat.invoice.synced"]', "{{ object.issueDate }} {{ object.issuer.rfc }}", ""),
    ('on = ["parcel.sent"]', "{{ object.weight * 2 }}", ""),
    ('on = ["parcel.sent", "payment.*"]', "{{ object.weight }}", ""),
    ('on = ["parcel.sent"]', "{{ objct.weight }}", "there is no 'objct'; did you mean 'object'?"),
    ("on = [3]", "{{ object.total }}", "on must be a list"),
]


@pytest.mark.parametrize(("heard", "body", "sentence"), HEARD)
def test_templates_are_tried_on_what_the_rule_hears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: str, body: str, sentence: str
) -> None:
    """A field that others lack is fine, one that these lack is told, and of the unknown nothing is known."""
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", 'ops = "json://127.0.0.1:9/"')
    file = tmp_path / "rules.toml"
    rule = f'[[rule]]\nname = "tell"\nhandler = "notify"\n{heard}\n'
    file.write_text(f'{rule}options = {{ to = ["ops"], body = "{body}" }}')
    problems = read_rules(file, FOUND, {}).problems
    assert [sentence in each for each in problems] == ([True] if sentence else [])
