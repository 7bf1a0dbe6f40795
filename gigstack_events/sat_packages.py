"""The SAT's packages, looked at before anything of them is kept: a ZIP of XML files, or of one list.

No I/O: bytes in, facts or BadPackage out. A package comes from outside, so nothing in it is believed: not
its sizes, not its names, not its XML. Needs the extra `storage`.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from gigstack_events.errors import ConfigurationError, NotDone

_MIB = 1024 * 1024
_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.ASCII)
_RFC = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}", re.ASCII)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-\d{2}(T[\d:.]+([+-][\d:]+|Z)?)?", re.ASCII)
_TOTAL = re.compile(r"-?\d{1,18}(\.\d{1,6})?", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}", re.ASCII)
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class BadPackage(NotDone):
    """A package is not what it should be; nothing of it was stored."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may be at most; sizes are in MiB, `ratio` is how far it may unpack."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    package: int = 64
    unpacked: int = 1024
    file: int = 10
    files: int = 20_000
    ratio: int = 200


@dataclass(frozen=True, slots=True)
class Cfdi:
    """What a manifest says of a CFDI; a fact that its XML does not state properly is ''."""

    name: str
    uuid: str
    issuer: str
    receiver: str
    date: str
    total: str


class Package:
    """A ZIP whose directory has been checked; its files are read one at a time."""

    def __init__(self, content: bytes, limits: Limits, *, suffix: str = ".xml") -> None:
        if len(content) > limits.package * _MIB:
            raise BadPackage(f"the package has {len(content) / _MIB:.0f} MiB, more than {limits.package}")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _UNREADABLE as error:
            raise BadPackage(f"the package is no ZIP: {error}") from None
        self._files = self._archive.infolist()
        self._check_directory(len(content), limits)
        for file in self._files:
            _check_entry(file, limits, suffix)

    @property
    def names(self) -> list[str]:
        """The names of its files."""
        return [file.filename for file in self._files]

    def read(self, name: str) -> bytes:
        """Unpack one file. Never more than its directory says, and that is within the limits."""
        try:
            return self._archive.read(name)
        except _UNREADABLE as error:
            raise BadPackage(f"{name} in the package cannot be unpacked: {error}") from None

    def cfdis(self) -> Iterator[Cfdi]:
        """Read every XML; raise BadPackage for the first that is not well formed or has no UUID."""
        for name in self.names:
            yield read_cfdi(name, self.read(name))

    def _check_directory(self, size: int, limits: Limits) -> None:
        unpacked = sum(file.file_size for file in self._files)
        if len(self._files) > limits.files:
            raise BadPackage(f"the package has {len(self._files)} files, more than {limits.files}")
        if unpacked > limits.unpacked * _MIB:
            raise BadPackage(f"the package unpacks to over {limits.unpacked} MiB")
        if unpacked > max(size, 1024) * limits.ratio:
            raise BadPackage(f"the package unpacks to {unpacked // size} times its size: a ZIP bomb")
        if len({name.lower() for name in self.names}) < len(self._files):
            raise BadPackage("the package has two files of one name")


def is_rfc(text: str) -> bool:
    """Tell whether this is written as an RFC is."""
    return bool(_RFC.fullmatch(text))


def check_extra() -> None:
    """Raise ConfigurationError, with the cure, where the extra `storage` is not installed."""
    _parser()


def read_cfdi(name: str, xml: bytes) -> Cfdi:
    """Read what a manifest needs; raises BadPackage."""
    facts = _parse(name, xml)
    uuid = facts.get("uuid", "").upper()
    if not _UUID.fullmatch(uuid):
        uuid = name.rpartition(".")[0].upper()
    if not _UUID.fullmatch(uuid):
        raise BadPackage(f"{name} in the package is no CFDI: it has no UUID")
    return Cfdi(
        name,
        uuid,
        _proper(_RFC, facts.get("issuer", "").upper()),
        _proper(_RFC, facts.get("receiver", "").upper()),
        _proper(_DATE, facts.get("date", "")),
        _proper(_TOTAL, facts.get("total", "")),
    )


class _Facts:
    """Takes the few attributes that count while the XML goes by: no tree, whatever its size."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        given = {name.rpartition("}")[2].lower(): value for name, value in attributes.items()}
        local = tag.rpartition("}")[2].lower()
        self._depth += 1
        if self._depth == 1:
            self._take("date", given, "fecha", "fechaexp")
            self._take("total", given, "total")
        elif self._depth == 2 and local in ("emisor", "receptor"):
            self._take({"emisor": "issuer", "receptor": "receiver"}[local], given, "rfc", "rfce", "rfcemisor")
        elif local == "timbrefiscaldigital":
            self._take("uuid", given, "uuid")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def data(self, text: str) -> None:
        """Text between the elements tells nothing."""

    def close(self) -> dict[str, str]:
        return self.found

    def _take(self, fact: str, given: dict[str, str], *names: str) -> None:
        value = next((given[name] for name in names if name in given), None)
        if value is not None:
            self.found.setdefault(fact, value.strip())


def _parse(name: str, xml: bytes) -> dict[str, str]:
    parser = _parser()
    try:
        parser.feed(xml)
        facts: dict[str, str] = parser.close()
    except (SyntaxError, ValueError, LookupError) as error:  # what defusedxml refuses is a ValueError
        raise BadPackage(f"{name} in the package is no well-formed XML: {error}") from None
    return facts


def _parser() -> Any:
    try:
        from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]
    except ImportError:
        raise ConfigurationError(
            "reading the SAT's packages needs the extra `storage`: install gigstack-events[storage]"
        ) from None
    return DefusedXMLParser(target=_Facts(), forbid_dtd=True)


def _check_entry(file: zipfile.ZipInfo, limits: Limits, suffix: str) -> None:
    name = file.filename
    if not _NAME.fullmatch(name) or not name.lower().endswith(suffix):
        raise BadPackage(f"the package has a file with the name {name[:80]!r}; expected is NAME{suffix}")
    if file.flag_bits & 1 or file.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadPackage(f"{name} in the package is encrypted, or packed in an unusual way")
    if file.file_size > limits.file * _MIB:
        raise BadPackage(f"{name} in the package unpacks to over {limits.file} MiB")


def _proper(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""
