"""Verdicts: every way in which a handler can end leads to a state that can be stored."""

import json
import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigstack_events import ApiError, GiveUp, NotDone, Park, Retry, RetryLater
from gigstack_events.api import NotFound, ValidationFailed
from gigstack_events.errors import Control
from gigstack_events.outcomes import CheckFailed, OutcomeUnknown
from gigstack_events.verdicts import place_of, retry_verdict, verdict_of


class Unspeakable(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("not even this")


@given(st.text(), st.integers(0, 100))
def test_any_text_can_be_stored(text: str, failures: int) -> None:
    """Half emojis, NULs and novels: bounded UTF-8 comes out."""
    verdict = verdict_of(ValueError(text), failures, Retry(attempts=50), random.Random(0))
    assert len(verdict.error.encode()) < 5000
    assert verdict.outcome == ("waiting" if failures < 49 else "failed")


def test_half_characters_are_replaced() -> None:
    """A lone surrogate would make Redis refuse the whole record."""
    assert verdict_of(ValueError("\ud83d"), 0, Retry(), random.Random(0)).error == "ValueError: ?"


def test_exception_without_words() -> None:
    """An exception whose text raises is an error like any other."""
    verdict = verdict_of(Unspeakable(), 0, Retry(), random.Random(0))
    assert verdict.error == "Unspeakable: its text cannot be shown"


def test_absurd_retry_after_is_bounded() -> None:
    """An API that says `Retry-After: 31536000` does not put a run off for a year."""
    error = ApiError("busy", status=429, outcome="not_done", transient=True, retry_after=31_536_000)
    assert verdict_of(error, 0, Retry(), random.Random(0)).delay == 3600


class Slow(TimeoutError):
    """A handler's own kind of a known error."""


BY_KIND = Retry(
    attempts=5, kinds={"TimeoutError": Retry(attempts=2), "LookupError": None, "NotFound": Retry()}
)


@pytest.mark.parametrize(
    ("error", "failures", "outcome"),
    [
        (ValueError("x"), 3, "waiting"),
        (ValueError("x"), 4, "failed"),
        (Slow("x"), 0, "waiting"),
        (Slow("x"), 1, "failed"),  # whatever the first failure was
        (KeyError("x"), 0, "failed"),
        (ValidationFailed("x", status=422, outcome="not_done"), 0, "failed"),
        (NotFound("x", status=404, outcome="not_done"), 0, "waiting"),
    ],
)
def test_kinds_of_errors_have_their_own_policies(error: Exception, failures: int, outcome: str) -> None:
    """The nearest named base decides; the run's one count of failures is what every bound is held against."""
    assert verdict_of(error, failures, BY_KIND, random.Random(0)).outcome == outcome


def test_nearest_base_decides() -> None:
    """A name for all errors leaves those that are named more closely alone."""
    policy = Retry(kinds={"Exception": None, "OSError": Retry(attempts=9)})
    assert verdict_of(ConnectionError("x"), 0, policy, random.Random(0)).outcome == "waiting"
    failed = verdict_of(ValueError("x"), 0, policy, random.Random(0))
    assert (failed.outcome, failed.failures) == ("failed", 1)
    assert failed.reason == "failed with ValueError: x, which is not tried again"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RetryLater(90), "waiting"),
        (Park("look"), "parked"),
        (GiveUp("no"), "failed"),
        (OutcomeUnknown(90), "waiting"),
        (CheckFailed(90), "waiting"),
    ],
)
def test_words_and_unsettled_effects_keep_their_meaning(error: Control, outcome: str) -> None:
    """Neither a name for all errors nor the age speaks over a handler, or over an act nobody knows of."""
    policy = Retry(age=0.001, kinds={"Exception": None, "unknown": None})
    verdict = verdict_of(error, 0, policy, random.Random(0), age=61)
    assert verdict.outcome == outcome
    assert verdict.delay == (90 if outcome == "waiting" else 0)


@pytest.mark.parametrize(("age", "outcome"), [(3000.0, "waiting"), (3399.0, "waiting"), (3401.0, "failed")])
def test_try_that_would_come_too_late_is_not_made(age: float, outcome: str) -> None:
    """A run is not tried beyond its age, also where it is the API that puts it off; the reason says so."""
    error = ApiError("busy", status=429, outcome="not_done", transient=True, retry_after=200)
    verdict = verdict_of(error, 0, Retry(base=1, age=3600), random.Random(0), age=age)
    assert verdict.outcome == outcome
    assert ("later than 3600 s after the run was made" in verdict.reason) == (outcome == "failed")


@given(st.floats(0, 200), st.integers(0, 30), st.sampled_from(["ValueError", "TimeoutError"]), st.integers())
def test_no_try_ever_falls_due_beyond_the_age(age: float, failures: int, kind: str, seed: int) -> None:
    """Whatever the jitter: a kind may only shorten the age of the whole."""
    policy = Retry(age=100, kinds={"TimeoutError": Retry(age=1000), "ValueError": Retry(age=10)})
    error = {"ValueError": ValueError("x"), "TimeoutError": TimeoutError("x")}[kind]
    verdict = verdict_of(error, failures, policy, random.Random(seed), age=age)
    assert verdict.outcome == "failed" or age + verdict.delay <= (10 if kind == "ValueError" else 100)


def test_limits_are_kinds_too() -> None:
    """What the supervisor ends has a word of its own, which no exception shares."""
    policy = Retry(kinds={"timeout": None, "memory": Retry(attempts=1), "TimeoutError": Retry()})
    outcomes = [
        retry_verdict(policy, 1, "x", random.Random(0), code=code).outcome for code in ("timeout", "memory")
    ]
    assert outcomes == ["failed", "failed"]
    assert retry_verdict(Retry(), 1, "x", random.Random(0), code="timeout").outcome == "waiting"
    assert verdict_of(TimeoutError("x"), 0, policy, random.Random(0)).outcome == "waiting"


@pytest.mark.parametrize("after", [float("nan"), float("inf"), 1e12])
def test_absurd_waits_are_the_handlers_error(after: float) -> None:
    """A wait that never ends would be a lost event."""
    with pytest.raises(ValueError, match="a year at most"):
        RetryLater(after)


def test_negative_wait_is_none() -> None:
    """The past is now."""
    assert RetryLater(-5).after == 0


def test_place_is_file_and_line() -> None:
    """Fit for a log: it quotes nobody."""
    with pytest.raises(ValueError, match="ana") as caught:
        raise ValueError("ana@example.mx")
    assert place_of(caught.value).startswith("test_verdicts.py:")


def test_reason_of_a_slip_names_the_handlers_line_also_where_a_library_raised() -> None:
    """The author finds it without the log; what gigstack or a destination said needs no line of ours."""

    def act(slip: Callable[[], object]) -> str:
        try:
            slip()
        except Exception as error:
            return verdict_of(error, 0, Retry(), random.Random(0)).reason
        return ""

    def refuse() -> None:
        raise NotDone("busy")

    assert re.search(r"after JSONDecodeError: .* \(test_verdicts.py:\d+\)$", act(lambda: json.loads("{")))
    assert re.search(r"after ValueError: .* \(test_verdicts.py:\d+\)$", act(lambda: RetryLater(1e12)))
    assert act(refuse) == "will be tried again after NotDone: busy"
