"""A PDF of one page with what a mirrored invoice says: enough for a viewer to open it."""

from gigstack_events.sandbox.tables import Row


def pdf(row: Row) -> bytes:
    """Draw a mirrored invoice."""
    return _document([
        f"CFDI {row['version']} {row['uuid']}",
        f"Emisor: {row['issuer']['rfc']} {row['issuer']['name']}",
        f"Receptor: {row['receiver']['rfc']} {row['receiver']['name']}",
        f"Fecha: {row['issue_date']}   Estado: {row['status']}",
        f"Total: {row['total']} {row['currency']}",
        "Documento de prueba, sin validez fiscal",
    ])  # fmt: skip


def _document(lines: list[str]) -> bytes:
    shown = b" ".join(b"(" + _escaped(line) + b") ' " for line in lines)
    stream = b"BT /F1 11 Tf 16 TL 50 780 Td " + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, entries)
    return (
        content
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            len(content),
        )
    )


def _escaped(line: str) -> bytes:
    text = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return text.encode("cp1252", errors="replace")
