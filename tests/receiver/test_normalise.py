"""The normaliser: the event in each envelope that official texts show, and Malformed for the rest."""

import hashlib
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigstack_events.errors import Malformed
from gigstack_events.events import KNOWN_EVENTS, MAX_DEPTH, Event, is_one_shot, normalise
from gigstack_events.times import read_time

MS = 1_709_090_576_567


def event(headers: dict[str, str] | None = None, **envelope: Any) -> Event:
    """The event in an envelope with at least a type."""
    return normalise(json.dumps({"type": "payment.succeeded"} | envelope).encode(), headers or {})


def malformed(body: bytes | str) -> str:
    """The sentence with which such a body is refused."""
    with pytest.raises(Malformed) as caught:
        normalise(body if isinstance(body, bytes) else body.encode(), {})
    sentence = str(caught.value)
    assert sentence.endswith(".")
    return sentence


def test_documented_envelope() -> None:
    """The shape that the vendor documents gives every field."""
    thing = {"id": "payment_1", "status": "succeeded", "team": "team_1", "livemode": True}
    seen = event(id="evt_1", created=MS, livemode=True, data={"object": thing})
    assert seen == Event("evt_1", "payment.succeeded", MS, True, "team_1", thing, "body")


@pytest.mark.parametrize(
    ("envelope", "type", "thing"),
    [
        ({"event": "invoice.stamped", "data": {"invoice_id": "i"}}, "invoice.stamped", {"invoice_id": "i"}),
        ({"id": "e", "event": "invoice.created", "data": {"id": "i"}}, "invoice.created", {"id": "i"}),
        ({"id": "e", "type": "invoice.created", "data": {"id": "i"}}, "invoice.created", {"id": "i"}),
        ({"event_type": "receipt.created", "data": {"id": "r"}}, "receipt.created", {"id": "r"}),
        ({"type": "a.b", "event": "c.d", "data": {"object": {"id": 1}, "x": 2}}, "a.b", {"id": 1}),
        ({"type": "a.b", "data": {"object": "payment", "id": "p"}}, "a.b", {"object": "payment", "id": "p"}),
        ({"type": "ping"}, "ping", {}),
    ],
)
def test_other_envelopes(envelope: dict[str, Any], type: str, thing: dict[str, Any]) -> None:
    """The shapes of the migration guide and the blog are read too, the documented names first."""
    seen = normalise(json.dumps(envelope).encode(), {})
    assert (seen.type, seen.object) == (type, thing)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("payment.cancelled", "payment.canceled"),
        ("client.created", "customer.created"),
        ("invoice.cancellation_pending", "invoice.cancellation_pending"),
        ("clientele.created", "clientele.created"),
    ],
)
def test_old_spellings(sent: str, meant: str) -> None:
    """Names of older texts become the canonical ones, and names that only look like them stay."""
    assert event(type=sent).type == meant


def test_id_comes_from_body_then_header_then_hash() -> None:
    """The event's own id wins; a delivery without any is known by its bytes."""
    headers = {"webhook-id": "msg_1", "x-gigstack-webhook-id": "wh_1"}
    assert (event(headers, id="evt_1").id, event(headers, id=7).id) == ("evt_1", "7")
    seen = event(headers, id=None)
    assert (seen.id, seen.id_source) == ("msg_1", "header")
    assert event({"x-gigstack-webhook-id": "wh_1"}, id="").id == "wh_1"
    body = b'{"type":"a"}'
    seen = normalise(body, {})
    assert (seen.id, seen.id_source) == (hashlib.sha256(body).hexdigest(), "hash")


def test_ids_are_bounded() -> None:
    """256 bytes fit, one more does not, and nothing that cannot be printed."""
    assert event(id="é" * 128).id == "é" * 128
    for id in ("é" * 128 + "x", "evt\n1", "evt\x00", "\ud800"):
        malformed(json.dumps({"type": "a", "id": id}))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (MS, MS),
        (1_709_090_576, 1_709_090_576_000),
        (1_709_090_576.5, 1_709_090_576_500),
        (str(MS), MS),
        ("1709090576", 1_709_090_576_000),
        ("2024-02-28T03:22:56.567Z", MS),
        ("2024-02-27T21:22:56.567-06:00", MS),
        ("2024-02-28T03:22:56.567", MS),
        ({"_seconds": 1_709_090_576, "_nanoseconds": 567_000_000}, 1_709_090_576_000),
        ({"seconds": 1_709_090_576}, 1_709_090_576_000),
    ],
)
def test_times(said: object, meant: int) -> None:
    """Seconds, milliseconds, digits, ISO 8601 and Firestore's objects all give epoch ms."""
    assert event(created=said).created_at == meant
    assert event(timestamp=said).created_at == meant


@pytest.mark.parametrize(
    "said",
    [
        None,
        True,
        0,
        -5,
        10**30,
        "",
        "soon",
        "٣" * 10,
        "9" * 30,
        [],
        {},
        {"seconds": []},
        "0001-01-01T00:00+23:59",
    ],
)
def test_unreadable_times_are_none(said: object) -> None:
    """A date that cannot be read is no date, and no reason to refuse the event; the next one counts."""
    assert event(created=said).created_at is None
    assert event(created=said, created_at=MS).created_at == MS


@pytest.mark.parametrize(
    ("envelope", "mode"),
    [
        ({"livemode": True}, True),
        ({"livemode": False, "data": {"object": {"livemode": True}}}, False),
        ({"data": {"object": {"livemode": False}}}, False),
        ({"livemode": None, "data": {"livemode": True}}, True),
        ({}, None),
        ({"livemode": "true"}, None),
        ({"livemode": 1, "data": {"object": {"livemode": True}}}, None),
    ],
)
def test_mode_is_said_or_unknown(envelope: dict[str, Any], mode: bool | None) -> None:
    """Only true and false are a mode; anything else is not guessed at."""
    assert event(**envelope).livemode is mode


def test_team_comes_from_the_object() -> None:
    """The documented envelope has no team, the object does; either may be an object with an id."""
    assert event(data={"object": {"team": "t1"}}, team="t2").team == "t1"
    assert event(team={"id": "t2"}).team == "t2"
    assert event(team=5).team is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        '{"type":"a"}'.encode("utf-16"),
        "null",
        "[]",
        '"text"',
        "{",
        "{}",
        '{"type":"a","x":NaN}',
        '{"type":"a","x":-Infinity}',
        '{"type":"a","x":1e999}',
        '{"type":"a","x":%s}' % ("9" * 5000),
        '{"type":"a","data":[]}',
        '{"type":5}',
        '{"type":""}',
        '{"type":"a\\nb"}',
        '{"type":"%s"}' % ("a" * 129),
        '{"type":"a","team":"%s"}' % ("t" * 129),
        '{"type":"a","data":' + '{"x":' * 100_000 + "1" + "}" * 100_000 + "}",
        '{"type":"a","data":{"x":' + "[" * 100_000 + "]" * 100_000 + "}}",
        '{"type":"a","data":{"x":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_malformed_bodies(body: bytes | str) -> None:
    """What is no event is refused with one sentence, whatever is wrong with it."""
    assert len(malformed(body)) < 120


def test_a_wide_body_is_not_a_deep_one() -> None:
    """A payment may have a thousand items."""
    items = [{"taxes": [{"rate": 0.16}]} for _ in range(1000)]
    assert len(event(data={"object": {"items": items}}).object["items"]) == 1000


def test_half_an_emoji_is_replaced() -> None:
    """A name that somebody cut in the middle of an emoji does not keep a customer's event out."""
    body = b'{"type":"a","data":{"name":"Ana \\ud83d","\\udc00":["\\ud83d\\ude00"]}}'
    assert normalise(body, {}).object == {"name": "Ana ?", "?": ["\N{GRINNING FACE}"]}


def test_the_last_of_two_equal_keys_counts() -> None:
    """JSON with a key twice has one meaning here."""
    assert normalise(b'{"type":"a","type":"b"}', {}).type == "b"


def test_known_events_and_one_shot_names() -> None:
    """The 26 published names, each once, and which of them can happen only once to an object."""
    assert len(set(KNOWN_EVENTS)) == len(KNOWN_EVENTS) == 26
    assert {"payment.upcoming_due_date", "teams.sat.manifest.signed", "sat.invoice.synced"} <= set(
        KNOWN_EVENTS
    )
    assert all(map(is_one_shot, ("payment.succeeded", "teams.sat.completed", "receipt.created", "x.deleted")))
    assert not any(map(is_one_shot, ("payment.updated", "sat.invoice.synced", "created.again")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
NAMES = ["id", "type", "event", "event_type", "data", "object", "created", "timestamp", "livemode", "team"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON | st.just("payment.succeeded")))
def test_any_envelope_is_an_event_or_malformed(envelope: dict[str, Any]) -> None:
    """There is no third outcome, and what comes out can be written anywhere."""
    body = json.dumps(envelope).encode()
    try:
        seen = normalise(body, {})
    except Malformed:
        return
    assert 0 < len(seen.id.encode()) <= 256
    assert json.dumps([seen.object, seen.type, seen.team], allow_nan=False, ensure_ascii=False).encode()


@given(JSON)
def test_any_time_is_in_range_or_none(value: object) -> None:
    """A time is a plausible number of ms, or nothing."""
    ms = read_time(value)
    assert ms is None or 0 < ms < sys.maxsize
