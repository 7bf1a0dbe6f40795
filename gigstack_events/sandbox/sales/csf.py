"""The Constancia de Situación Fiscal: what its PDF says, or what could stand there."""

import re
from random import Random

from gigstack_events.sandbox.bodies import Upload
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row

_MOST_BYTES = 5 * 1_048_576
_FACTS = {
    "tax_id": re.compile(r"RFC:\s*([A-ZÑ&]{3,4}\d{6}[A-Z\d]{3})\b", re.ASCII),
    "legal_name": re.compile(r"(?:Raz[oó]n Social|Nombre):\s*([^\r\n()]{3,200})"),
    "tax_system": re.compile(r"R[eé]gimen:\s*(6\d\d)\b", re.ASCII),
    "zip": re.compile(r"C[oó]digo Postal:\s*(\d{5})\b", re.ASCII),
}


def read_csf(file: Upload, choices: Random) -> Row:
    """Return a client's fiscal data out of a PDF: Problem (400) unless it is one of at most 5 MiB.

    Text that is not compressed is read, in the SAT's words (`RFC: …`, `Régimen: 612`, `Código Postal: …`);
    what is not found is made up.
    """
    if len(file.content) > _MOST_BYTES:
        raise Problem(400, "file_upload_error", "file: the PDF is larger than 5 MiB")
    if not file.content.startswith(b"%PDF-"):
        raise Problem(400, "invalid_file_format", "file: this is not a PDF")
    text = file.content.decode(errors="replace")
    found = {name: match[1].strip() for name, fact in _FACTS.items() if (match := fact.search(text))}
    tax_id = found.get("tax_id") or f"CSF{choices.randrange(10**6):06d}AA0"
    return {
        "tax_id": tax_id,
        "legal_name": found.get("legal_name") or f"CONTRIBUYENTE {tax_id}",
        "tax_system": found.get("tax_system") or ("601" if len(tax_id) == 12 else "612"),
        "address": {"country": "MEX", "zip": found.get("zip") or "06600"},
    }
