"""PDFs of one page, just enough to be opened and read."""

_WATERMARK = "q 0.85 g BT /F1 54 Tf 0.7071 0.7071 -0.7071 0.7071 130 200 Tm ({}) Tj ET Q"
_MOST_LINES = 50


def pdf(lines: list[str], watermark: str | None = None) -> bytes:
    """Write lines of text on a page, over a watermark."""
    shown = [line[:95] for line in lines[:_MOST_LINES]]
    content = [_WATERMARK.format(_escaped(watermark))] if watermark else []
    content += ["BT /F1 10 Tf 14 TL 50 790 Td", *(f"({_escaped(line)}) '" for line in shown), "ET"]
    stream = "\n".join(content).encode("cp1252", "replace")
    return _assembled([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ])  # fmt: skip


def _assembled(objects: list[bytes]) -> bytes:
    """Put objects together with the table of where each begins."""
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)


def _escaped(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
