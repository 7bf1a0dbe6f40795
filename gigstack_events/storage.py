"""Storage by URL: a local folder, S3 or whatever else fsspec knows. Needs the extra `storage`.

A file is there as a whole or not at all, and writing the same again changes nothing.
"""

import hashlib
import os
import posixpath
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from gigstack_events.errors import ConfigurationError, NotDone, said


class StorageFailed(NotDone):
    """The storage did not take or give a file; trying again later is harmless."""


class Storage:
    """Files under one URL; all paths are relative to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root = _open(check_url(url))

    @property
    def mark(self) -> str:
        """A short name for this place: other places have other ones."""
        return hashlib.sha256(f"{type(self._fs).__name__}:{self._root}".encode()).hexdigest()[:8]

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files by their paths; raises StorageFailed."""
        try:
            if self._fs.async_impl:  # object stores put whole objects, many at a time
                self._fs.pipe({self._full(path): content for path, content in files.items()})
            else:
                for path, content in files.items():
                    self._write_aside(self._full(path), content)
        except Exception as error:
            raise self._failed("take", error) from error

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Read the files that are there; raises StorageFailed."""
        full = {self._full(path): path for path in paths}
        try:
            if not full:
                return {}
            found = self._fs.cat(list(full), on_error="return")
        except FileNotFoundError:
            return {}
        except Exception as error:
            raise self._failed("give", error) from error
        there = {full[name]: self._content(found[name]) for name in full if not _missing(found.get(name))}
        if not there:
            self._look_for_bucket()
        return there

    def names(self, folder: str) -> set[str]:
        """Return the names of the files in a folder; raises StorageFailed."""
        try:
            self._fs.invalidate_cache()
            rows = self._fs.ls(self._full(folder), detail=False)
        except FileNotFoundError:
            return set()
        except Exception as error:
            raise self._failed("list", error) from error
        return {posixpath.basename(row) for row in rows}

    def settle(self) -> None:
        """Make sure that what was written outlives a power cut; object stores see to it themselves."""
        if self._is_local:
            os.sync()

    def _look_for_bucket(self) -> None:
        """A bucket that is not there has no files, too, and would take none."""
        bucket = self._root.partition("/")[0]
        if self._fs.async_impl and not self._fs.exists(bucket):
            raise StorageFailed(
                f"the storage {self.url} does not give files: there is no bucket {bucket!r},"
                " or these credentials may not list it"
            )

    @property
    def _is_local(self) -> bool:
        return "file" in (self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,))

    def _write_aside(self, path: str, content: bytes) -> None:
        """Readers shall never see a half of it, also if this process ends in between."""
        folder, name = posixpath.split(path)
        aside = f"{folder}/.{name}.{uuid.uuid4().hex}.part"
        self._fs.makedirs(folder, exist_ok=True)
        try:
            self._fs.pipe_file(aside, content)
            self._fs.mv(aside, path)
        except BaseException:
            if self._fs.exists(aside):
                self._fs.rm_file(aside)
            raise

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _content(self, found: Any) -> bytes:
        if isinstance(found, BaseException):
            raise self._failed("give", found)
        return bytes(found)

    def _failed(self, what: str, error: BaseException) -> StorageFailed:
        return StorageFailed(
            f"the storage {self.url} did not {what} files ({type(error).__name__}: {said(error, 300)})"
        )


def check_url(url: str) -> str:
    """Return the URL; raise ValueError where it holds a password, for it is shown and kept as it is."""
    if urlsplit(url).username or urlsplit(url).password:
        raise ValueError("has a password in it: give that by the environment, such as AWS_SECRET_ACCESS_KEY")
    return url


def _missing(found: Any) -> bool:
    return found is None or isinstance(found, FileNotFoundError)


def _open(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        fs, root = url_to_fs(url)
    except ImportError as error:
        raise ConfigurationError(
            f"the storage {url} needs the extra `storage`: install gigstack-events[storage] ({error})"
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"the storage {url} cannot be used: {error}") from None
    return fs, root.rstrip("/")
