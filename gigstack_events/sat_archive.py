"""Where the SAT's CFDI are kept: `RFC/year/month/UUID.xml`, and beside them a list of what is there.

    CFS1503096G9/2026/01/0A1B….xml
    CFS1503096G9/2026/01/manifest.csv                  all of the month, a line for each CFDI
    CFS1503096G9/2026/01/manifest/received_….csv       the lines of one package
    CFS1503096G9/2026/01/manifest/received_2026-01-01_2026-01-31.json    the month is complete

All of it may be written again without harm, also by two at a time: a month's list is made of those of its
packages, and made again where another package came meanwhile.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from gigstack_events.sat_packages import BadPackage, Cfdi, Limits, Package
from gigstack_events.sat_plans import Slot
from gigstack_events.storage import Storage

COLUMNS = ("uuid", "issuer_rfc", "receiver_rfc", "date", "total", "direction", "file")
_AT_ONCE = 50
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)


class Archive:
    """The CFDI under one storage URL."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def complete(self, slots: Iterable[Slot]) -> dict[Slot, dict[str, Any]]:
        """Return the summaries of those that are stored already, whatever the ledger still knows of them."""
        paths = {_summary_of(slot): slot for slot in slots}
        found = {paths[path]: _json(content) for path, content in self.storage.read(paths).items()}
        return {slot: summary for slot, summary in found.items() if summary is not None}

    def store(self, slot: Slot, id: str, content: bytes, limits: Limits) -> dict[str, Any]:
        """Check a package and store what is in it; raises BadPackage before the first file is written."""
        if slot.kind == "metadata":
            return self._store_list(slot, id, Package(content, limits, suffix=".txt"))
        package = Package(content, limits)
        cfdis = list(package.cfdis())
        for some in _batches(cfdis):
            self.storage.write({_path(slot, cfdi): package.read(cfdi.name) for cfdi in some})
        rows = {cfdi.uuid: _row(slot, cfdi) for cfdi in cfdis}
        self.storage.write({f"{slot.folder}/manifest/{slot.direction}_{_plain(id)}.csv": _csv(rows.values())})
        self.storage.settle()
        return {"package": id, "files": len(rows)}

    def finish(self, slot: Slot, summary: dict[str, Any]) -> None:
        """Write the month's list, and that it is complete."""
        if slot.kind == "cfdi":
            self._list_month(slot.folder)
        self.storage.write({_summary_of(slot): json.dumps(summary, indent=1).encode()})
        self.storage.settle()

    def _store_list(self, slot: Slot, id: str, package: Package) -> dict[str, Any]:
        lists = {name: package.read(name) for name in package.names}
        try:
            count = sum(max(len(text.decode("utf-8-sig").splitlines()) - 1, 0) for text in lists.values())
        except UnicodeDecodeError:
            raise BadPackage("the list in the package is not UTF-8") from None
        names = {
            f"{slot.folder}/{slot.name}_{_plain(id)}_{n}.txt": lists[name] for n, name in enumerate(lists)
        }
        self.storage.write(names)
        self.storage.settle()
        return {"package": id, "files": count}

    def _list_month(self, folder: str) -> None:
        done: set[str] | None = None
        while (parts := self._parts(folder)) != done:
            read = self.storage.read(f"{folder}/manifest/{name}" for name in sorted(parts))
            rows = {(row[0], row[5]): row for content in read.values() for row in _lines(content)}
            self.storage.write({f"{folder}/manifest.csv": _csv(rows[key] for key in sorted(rows))})
            done = parts

    def _parts(self, folder: str) -> set[str]:
        names = self.storage.names(f"{folder}/manifest")
        return {name for name in names if name.endswith(".csv") and not name.startswith(".")}


def _summary_of(slot: Slot) -> str:
    return f"{slot.folder}/manifest/{slot.name}.json"


def _path(slot: Slot, cfdi: Cfdi) -> str:
    month = cfdi.date[:7].replace("-", "/") if cfdi.date else f"{slot.start:%Y/%m}"
    return f"{slot.rfc}/{month}/{cfdi.uuid}.xml"


def _row(slot: Slot, cfdi: Cfdi) -> tuple[str, ...]:
    facts = (cfdi.uuid, cfdi.issuer, cfdi.receiver, cfdi.date, cfdi.total)
    return (*facts, slot.direction, _path(slot, cfdi))


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def _lines(content: bytes) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(content.decode(errors="replace")))
    return (row for row in islice(rows, 1, None) if len(row) == len(COLUMNS))


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _plain(id: str) -> str:
    """An id comes from outside; one that is no plain word stands under its hash."""
    return id if _PLAIN.fullmatch(id) else hashlib.sha256(id.encode()).hexdigest()[:32]


def _batches(cfdis: list[Cfdi]) -> Iterator[list[Cfdi]]:
    return (cfdis[n : n + _AT_ONCE] for n in range(0, len(cfdis), _AT_ONCE))
