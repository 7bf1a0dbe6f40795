"""Files that keep a secret: readable by their owner only, never half written."""

import contextlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from admin.surroundings import Mistake


class SecretFile:
    """Makes sure that a secret can be kept, before one is asked for; then keeps it.

    The newest secret stands first. All that stood there stay: other endpoints may still sign with them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._draft: Path | None = None

    def __enter__(self) -> Self:
        """Open a draft beside the file; raises Mistake where that cannot be done."""
        try:
            if self.path.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".secret-")
            os.close(handle)
            self._draft = Path(name)
            self.kept()
        except (OSError, UnicodeDecodeError) as error:
            self._drop()
            why = (error.strerror if isinstance(error, OSError) else "") or "not UTF-8 text"
            raise Mistake(f"{self.path} cannot keep a secret ({why}): name another file.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    def kept(self) -> list[str]:
        """The secrets in the file, newest first."""
        return self.path.read_text(encoding="utf-8").split() if self.path.exists() else []

    def keep(self, secret: str) -> None:
        """Put a new secret in front, in one step and onto the disk."""
        if self._draft is None:
            raise RuntimeError("a SecretFile is entered before it keeps anything")
        with self._draft.open("w", encoding="utf-8") as draft:
            draft.write("\n".join([secret, *self.kept()]) + "\n")
            draft.flush()
            os.fsync(draft.fileno())
        self._draft.replace(self.path)  # the draft's mode, 0600, comes along
        self._draft = None
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _drop(self) -> None:
        if self._draft is not None:
            with contextlib.suppress(OSError):
                self._draft.unlink()
            self._draft = None
