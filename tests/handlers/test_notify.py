"""notify: people hear of an event once at each destination, whatever happens on the way."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gigstack_events.discovery import discover, rules_for
from gigstack_events.errors import ConfigurationError
from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.notices.templates import INTERNAL
from tests.handlers.notifying import HANDLER, Desk, crashed

ROOT = Path(__file__).parents[2]


def test_an_event_is_told_in_spanish_with_amount_date_and_link(desk: Desk) -> None:
    """The built-in text says who paid how much and when in Mexico, and where to look."""
    desk.choose(link="https://panel.example.mx/{type}/{id}")
    desk.tell("evt_1", total=1234567.8)
    desk.work()
    (got,) = desk.sink.got
    assert got["title"] == "Pago recibido: $1,234,567.80 MXN"
    assert "ANA GOMEZ DIAZ pagó $1,234,567.80 MXN el 26 nov 2026, 02:31." in got["message"]
    assert "https://panel.example.mx/payment.succeeded/evt_1" in got["message"]
    assert json.loads(desk.run().result) == {"told": {"ops": "sent"}}


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_event_has_a_text_of_its_own(desk: Desk, language: str) -> None:
    """All 26 types and the internal ones, in both languages: each arrives, with nothing left open."""
    desk.choose(language=language)
    desk.handlers["notify"] = replace(HANDLER, patterns=("*", *INTERNAL))  # as a rule would
    for type in (*KNOWN_EVENTS, *INTERNAL):
        desk.tell(f"evt_{type}", type)
    desk.work()
    titles = desk.sink.titles
    assert len(titles) == len(set(titles)) == len(KNOWN_EVENTS) + len(INTERNAL)
    for got in desk.sink.got:
        text = got["title"] + got["message"]
        assert not any(odd in text for odd in ("{{", "{%", "None", "  ", " ,", " .", "()")), text
        assert not any(type == got["title"].split(":")[0] for type in KNOWN_EVENTS)


def test_an_unknown_or_empty_event_is_told_too(desk: Desk) -> None:
    """Any type works, and an object that lacks everything fails nothing."""
    desk.deliver(id="evt_1", type="refund.created", thing={"id": "refund_1"})
    desk.deliver(id="evt_2", type="payment.succeeded", thing={"x": 1})
    desk.deliver(id="evt_3", type="invoice_batch.completed", thing={"counts": 7, "client": [1]})
    desk.work()
    assert (desk.states(), len(desk.sink.got)) == ({"done"}, 3)
    assert "refund.created: refund_1" in desk.sink.titles


def test_own_templates_are_used(desk: Desk) -> None:
    """An operator's own words, with filters; a field that an event lacks is written as nothing."""
    desk.choose(
        title="{{ who | upper }}{{ object.short_url }}",
        body="{{ object.items[0].sku }} {{ object.total | money }}",
    )
    desk.tell("evt_1", short_url=None)
    desk.tell("evt_2", items=[])
    desk.work()
    assert [got["message"] for got in desk.sink.got] == ["CONSULTORIA $1,160.00 MXN", "$1,160.00 MXN"]


def test_a_text_that_fails_on_an_odd_event_gives_way(desk: Desk) -> None:
    """Rather a plain notice than none."""
    desk.choose(body="{{ object.total * 2 }}")
    desk.tell("evt_1", total="many")
    desk.work()
    assert desk.sink.got[0]["message"].startswith("Llegó el evento payment.succeeded")


def test_each_destination_hears_once(desk: Desk) -> None:
    """Duplicates, and another rule that asks for the same, add nothing."""
    desk.choose(to=["ops", "mail", "ops"])
    for _ in range(3):
        desk.tell("evt_1")
    desk.work()
    assert len(desk.sink.got) == 2


def test_a_sink_that_is_down_hears_of_it_when_it_is_up(desk: Desk) -> None:
    """The run waits and tries again, and the other destination is not held up."""
    other = type(desk.sink)()
    desk.patch.setenv("GIGSTACK_DESTINATIONS", f'ops = "{desk.sink.url}"\nmail = "{other.url}"')
    desk.choose(to=["ops", "mail"])
    desk.sink.stop()
    desk.tell("evt_1")
    desk.work()
    assert (desk.run().state, len(other.got)) == ("waiting", 1)
    assert "ops cannot be reached" in desk.run().reason
    desk.sink.start()
    desk.work(seconds=10)
    assert (desk.run().state, len(desk.sink.got), len(other.got)) == ("done", 1, 1)
    other.stop()


def test_a_sink_that_refuses_fails_the_run_and_says_what_to_do(desk: Desk) -> None:
    """A wrong address is no matter of patience; a redirect is followed nowhere."""
    for status in (404, 302):
        desk.sink.status = status
        desk.tell(f"evt_{status}")
    desk.work()
    assert desk.states() == {"failed"}
    assert all("correct it in GIGSTACK_DESTINATIONS" in run.reason for run in desk.runs())
    assert desk.sink.asked == 2


def test_a_sink_in_trouble_is_asked_again(desk: Desk) -> None:
    """500 and 429 pass."""
    desk.tell("evt_1")
    for status in (500, 429):
        desk.sink.status = status
        desk.work(seconds=30)
        assert desk.run().state == "waiting"
    desk.sink.status = 200
    desk.work(seconds=60)
    assert (desk.run().state, len(desk.sink.got)) == ("done", 1)


def test_addresses_stay_secret(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither logs nor reasons quote them, whatever goes wrong."""
    desk.sink.status = 500
    desk.tell("evt_1")
    with capture_logs() as logs:
        desk.work()
        desk.sink.stop()
        desk.work(seconds=60)
    shown = "".join(capfd.readouterr()) + repr(logs) + repr(desk.runs())
    assert "a-secret-token" not in shown
    assert str(desk.sink.port) not in shown


@pytest.mark.parametrize(
    ("place", "after", "heard"),
    [
        ("gigstack_events.notices.sending.send", False, 1),
        ("gigstack_events.notices.sending.send", True, 2),
        ("gigstack_events.ledger.Ledger.effect_end", True, 1),
    ],
)
def test_a_worker_that_dies_leaves_no_notice_out(desk: Desk, place: str, after: bool, heard: int) -> None:
    """Before or after sending: it is told; twice only where nobody knows."""
    desk.tell("evt_1")
    crashed(desk, place, after=after)
    assert (desk.run().state, len(desk.sink.got)) == ("done", heard)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"to": ["opps"]}, "'opps' is not a destination in GIGSTACK_DESTINATIONS; did you mean 'ops'?"),
        ({"to": ["odd"]}, "odd: Apprise cannot use this nowhere:// address"),
        ({"to": ["ops"], "title": "{{ object.totl }}"}, "title: no event that it is for has 'totl'; did"),
        ({"to": ["ops"], "body": "{{ objct.id }}"}, "body: there is no 'objct'; did you mean 'object'?"),
        ({"to": ["ops"], "body": "{{ object.id | mony }}"}, "body: No filter named 'mony'. (line 1)"),
        ({"to": ["ops"], "body": "a\n{% if %}"}, "(line 2)"),
        ({"to": ["ops"], "body": "{{ object.items() }}"}, "nothing can be called in a template"),
        ({"to": ["ops"], "body": "{{ 'a' * 1000000000 }}"}, "'*' is for numbers"),
        ({"to": ["ops"], "link": "panel/{id}"}, "link: write an address like"),
        ({"to": ["ops"], "at_most": {"every": 60, "per": "client"}}, "per: write a place such as"),
        ({"to": []}, "to: Tuple should have at least 1 item"),
        ({}, "to: Field required"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_told_at_the_start(desk: Desk, options: dict[str, object], sentence: str) -> None:
    """Workers do not start with it, and the sentence names the cure; no address is in it."""
    desk.patch.setenv("GIGSTACK_DESTINATIONS", f'ops = "{desk.sink.url}"\nodd = "nowhere://a-secret-token"')
    found = discover(ROOT / "handlers")
    with pytest.raises(ConfigurationError) as told:
        rules_for(found, ("notify",), {"notify": options})
    assert sentence in str(told.value)
    assert "secret-token" not in str(told.value)


def test_templates_see_data_only(desk: Desk) -> None:
    """Nothing of Python's is within reach, and `object.items` is the field."""
    desk.choose(
        body="{{ object.items | length }}{{ object.id.__class__ | default('x') }}{{ ''.join | default('y') }}"
    )
    desk.tell("evt_1")
    desk.work()
    assert desk.sink.got[0]["message"] == "1xy"


def test_a_long_text_is_cut(desk: Desk) -> None:
    """What comes from outside is bounded, and control characters stay out."""
    desk.choose(body="{% for a in object.items %}{% for b in object.items %}{{ a }}{% endfor %}{% endfor %}")
    desk.tell("evt_1", items=["\x1b[31m" + "x" * 100] * 60)
    desk.work()
    assert len(desk.sink.got[0]["message"]) <= 4000
    assert "\x1b" not in desk.sink.got[0]["message"]


def test_all_handlers_leave_out_what_is_not_set_up(desk: Desk) -> None:
    """With `*`, a handler that needs options and has none is off; with options it is on."""
    found = discover(ROOT / "handlers")
    assert "notify" not in [rule.name for rule in rules_for(found, ("*",), {})]
    assert "notify" in [rule.name for rule in rules_for(found, ("*",), {"notify": {"to": ["ops"]}})]


@pytest.mark.parametrize("module", ["jinja2", "babel", "apprise"])
def test_a_missing_library_is_named_with_its_extra(module: str) -> None:
    """The handler is found without them, and its options say what to install."""
    program = f"""
import sys; sys.modules[{module!r}] = None
from pathlib import Path
from gigstack_events.discovery import discover, rules_for
found = discover(Path("handlers"))
assert not {{"jinja2", "babel", "apprise"}} & {{m for m in sys.modules if sys.modules[m]}}
rules_for(found, ("notify",), {{"notify": {{"to": ["ops"], "title": "x"}}}})
"""
    env = {"GIGSTACK_DESTINATIONS": 'ops = "json://127.0.0.1:9/"', "PATH": ""}
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True)
    assert "pip install 'gigstack-events[notify]'" in ended.stderr.splitlines()[-1]
