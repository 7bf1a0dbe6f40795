"""Storage by URL: whole files or none, and no password in what is shown."""

from pathlib import Path
from uuid import uuid4

import pytest

from gigstack_events.errors import ConfigurationError
from gigstack_events.storage import Storage, StorageFailed, check_url


@pytest.fixture(params=["folder", "url", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A place of each kind that needs no server."""
    urls = {"folder": str(tmp_path), "url": f"file://{tmp_path}", "memory": f"memory://{uuid4().hex}"}
    return Storage(urls[request.param])


def test_what_was_written_is_there(storage: Storage) -> None:
    """Files are written, overwritten and listed; nothing is left beside them."""
    storage.write({"a/b/1.xml": b"one", "a/b/2.xml": b"two"})
    storage.write({"a/b/1.xml": b"one again"})
    storage.settle()
    assert storage.read(["a/b/1.xml", "a/b/2.xml", "a/c.xml"]) == {
        "a/b/1.xml": b"one again",
        "a/b/2.xml": b"two",
    }
    assert storage.names("a/b") == {"1.xml", "2.xml"}
    assert (storage.names("a/none"), storage.read([])) == (set(), {})


def test_a_place_that_fails_says_so(tmp_path: Path) -> None:
    """A folder that is a file neither takes nor gives."""
    (tmp_path / "file").write_text("")
    storage = Storage(str(tmp_path / "file"))
    with pytest.raises(StorageFailed, match="did not take files"):
        storage.write({"a.xml": b"x"})
    with pytest.raises(StorageFailed, match="did not give files"):
        storage.read(["a.xml"])


def test_places_have_marks_of_their_own(tmp_path: Path) -> None:
    """The same place by another spelling is the same place."""
    mark = Storage(str(tmp_path)).mark
    assert mark == Storage(f"file://{tmp_path}/").mark != Storage(str(tmp_path / "b")).mark


def test_passwords_and_unknown_kinds_are_refused() -> None:
    """A URL is shown and kept; one of a kind that nobody knows is explained."""
    with pytest.raises(ValueError, match="has a password in it"):
        check_url("s3://key:secret@bucket/sat")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Storage("odd://x")
