"""`rules ...`: what an operator is told before anything runs."""

import json
from pathlib import Path

from admin.registration import events_of_handlers, find_handlers
from gigstack_events.settings import load_settings
from tests.admin.conftest import Admin
from tests.making import accept, body_of

RULES = """
[[rule]]
name = "large"
handler = "stamp_receipts"
on = ["payment.*"]
when = 'object.total > 100'

[[rule]]
name = "odd"
handler = "stamp_receipts"
when = 'object.due > 1'

[[rule]]
name = "off"
handler = "stamp_receipts"
enabled = false

[[rule]]
name = "receipts"
handler = "stamp_receipts"
on = ["receipt.created"]
shadow = true
lane = "slow"

[[rule]]
name = "nightly"
handler = "stamp_receipts"
schedule = "0 6 * * *"
"""


def written(folder: Path, content: str = RULES) -> str:
    """A file of rules."""
    path = folder / "rules.toml"
    path.write_text(content)
    return str(path)


def test_check_tells_warnings_and_is_content(admin: Admin, tmp_path: Path) -> None:
    """A field nobody knows of and a lane without workers are warnings; exit code 0."""
    said = admin("rules", "check", GIGSTACK_RULES=written(tmp_path))
    assert said.code == 0
    assert "no event payment.succeeded or its like is known to have the field object.due" in said.out
    assert "rule 'receipts' wants lane 'slow'" in said.out
    assert "4 rules can be used, 1 are not enabled." in said.out


def test_check_tells_every_problem(admin: Admin, tmp_path: Path) -> None:
    """Exit code 1, one line for each; the file may be named as an argument. `admin check` says the same."""
    path = written(tmp_path, RULES + 'x = 1\ntimeout = "y"\n')
    said = admin("rules", "check", path)
    assert (said.code, said.out.count("FAIL")) == (1, 2)
    everything = admin("check", GIGSTACK_RULES=path)
    assert everything.code == 1
    assert 'rule "nightly": x is not a field' in everything.out
    for command in (("rules", "list"), ("rules", "test", "evt_1")):
        assert admin(*command, GIGSTACK_RULES=path).code == 2


def test_list_shows_rules_with_and_without_a_file(admin: Admin, tmp_path: Path) -> None:
    """Each rule with its state; without a file the handlers' own."""
    rows = json.loads(admin("rules", "list", "--json", GIGSTACK_RULES=written(tmp_path)).out)
    assert [(row["name"], row["enabled"], row["line"]) for row in rows][2:4] == [
        ("off", False, 13),
        ("receipts", True, 18),
    ]
    assert "shadow" in admin("rules", "list", GIGSTACK_RULES=written(tmp_path)).out
    own = json.loads(admin("rules", "list", "--json", GIGSTACK_HANDLERS="*").out)
    assert "stamp_receipts" in [row["name"] for row in own]
    assert "No rule is there" in admin("rules", "list").out


def test_test_says_why_each_rule_fires_or_not(admin: Admin, redis_url: str, tmp_path: Path) -> None:
    """By an event's id or from a file: pattern, what the condition saw, switch, trust."""
    path = written(tmp_path)
    accept(redis_url, body_of(total=50), trust="none")
    rows = json.loads(admin("rules", "test", "evt_1", "--json", GIGSTACK_RULES=path).out)
    assert {row["rule"]: (row["fires"], row["why"]) for row in rows} == {
        "large": ("no", "`when` is false (object.total is 50)"),
        "odd": (
            "skipped",
            "`when` cannot be decided: the event has no field 'due' (object.due is not there)",
        ),
        "off": ("no", "it is not enabled"),
        "receipts": ("no", "it hears of receipt.created, not of payment.succeeded"),
        "nightly": ("no", "it hears of its schedule, 0 6 * * *, not of payment.succeeded"),
    }
    event = tmp_path / "event.json"
    event.write_bytes(body_of(total=500))
    rows = json.loads(
        admin("rules", "test", str(event), "--json", "--trust", "none", GIGSTACK_RULES=path).out
    )
    assert rows[0]["fires"] == "yes"
    assert "only if the API confirms" in rows[0]["why"]
    assert admin("rules", "test", "nobody", GIGSTACK_RULES=path).code == 2
    event.write_text("[]")
    assert admin("rules", "test", str(event), GIGSTACK_RULES=path).code == 2


def test_registration_wants_what_the_rules_want(tmp_path: Path) -> None:
    """Rules that are off or go by the calendar ask gigstack for nothing."""
    settings = load_settings({"GIGSTACK_RULES": written(tmp_path, RULES.split('[[rule]]\nname = "odd"')[0])})
    wanted = events_of_handlers(find_handlers(settings), settings)
    assert wanted
    assert all(event.startswith("payment.") for event in wanted)
