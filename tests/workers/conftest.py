"""A crew for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.crew import Crew


@pytest.fixture
def crew(redis_url: str, tmp_path: Path) -> Iterator[Crew]:
    """Workers that a test arms with handlers and starts."""
    with Crew(redis_url, tmp_path) as crew:
        yield crew
