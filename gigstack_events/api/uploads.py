"""Files before they are sent: what they are by their first bytes, and whether they are too large."""

from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs.common import File
from gigstack_events.api.resources import contents_of

_MIB = 1024 * 1024
_STARTS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


def support_document(file: File, *, check: bool = True) -> tuple[str, bytes]:
    """Return name and content of a PDF or picture of 10 MiB at most; raise InvalidInput for any other."""
    return _sound("file", file, ("pdf", "png", "jpg", "webp"), 10, check)


def csf(file: File, *, check: bool = True) -> tuple[str, bytes]:
    """Return name and content of a PDF of 5 MiB at most; raise InvalidInput for any other file."""
    return _sound("file", file, ("pdf",), 5, check)


def _sound(field: str, file: File, kinds: tuple[str, ...], most: int, check: bool) -> tuple[str, bytes]:
    name, content = contents_of(field, file)
    kind = _kind(content)
    if check and kind not in kinds:
        raise InvalidInput(
            f"{field}: by its first bytes this is no {' or '.join(kind.upper() for kind in kinds)} file"
        )
    if check and len(content) > most * _MIB:
        raise InvalidInput(f"{field}: {len(content)} bytes are more than the {most} MiB that the API takes")
    # The API tells a file by its name, too; bytes alone have none.
    return (f"{field}.{kind}" if isinstance(file, bytes) and kind else name), content


def _kind(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), "")
