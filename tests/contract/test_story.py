"""Client and sandbox together: every operation of the list succeeds, and writes are seen by reads."""

import pytest

from tests.contract.chapters import CHAPTERS, Chapter
from tests.contract.conftest import Told
from tests.contract.samples import SAMPLES


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.__name__)
def test_a_business_does_all_that_the_api_offers(chapter: Chapter, told: Told) -> None:
    """Each chapter calls operations through the client and reads back what was written."""
    if error := told.failures.get(chapter):
        raise error


def test_the_story_leaves_no_operation_out(told: Told) -> None:
    """An operation that nobody calls is not proven."""
    called = {*told.story.called, *(name for name in SAMPLES if name.startswith("catalogs."))}
    assert SAMPLES.keys() - called == set()
