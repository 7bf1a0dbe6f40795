"""Verdicts: every way in which a handler can end leads to a state that can be stored."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigstack_events import ApiError, Retry, RetryLater
from gigstack_events.verdicts import place_of, verdict_of


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
