"""Invoices: CFDIs of all types, and their files."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from gigstack_events.api.bodies import read_about
from gigstack_events.api.documents import WithDocuments
from gigstack_events.api.downloads import content_of
from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import File, Motive
from gigstack_events.api.invoice_drafts import Drafts
from gigstack_events.api.invoice_kinds import Complements, Egress, Income, Transfers
from gigstack_events.api.models import (
    CfdiError,
    GlobalRun,
    Invoice,
    InvoiceFiles,
    SentInvoice,
    XmlImport,
)
from gigstack_events.api.pages import walk_numbered
from gigstack_events.api.resources import contents_of, join
from gigstack_events.errors import ApiError

_MOST_IMPORTED = 50


class Invoices(WithDocuments):
    """`gigstack.invoices`; an id may also be the CFDI's uuid."""

    _section = "invoices"

    @cached_property
    def income(self) -> Income:
        """CFDIs of income."""
        return Income(self._session)

    @cached_property
    def egress(self) -> Egress:
        """CFDIs of egress, such as credit notes."""
        return Egress(self._session)

    @cached_property
    def drafts(self) -> Drafts:
        """Invoices that are no CFDI yet."""
        return Drafts(self._session)

    @cached_property
    def complements(self) -> Complements:
        """CFDIs that tell which PPD invoices a payment settled."""
        return Complements(self._session)

    @cached_property
    def transfers(self) -> Transfers:
        """CFDIs of goods on their way."""
        return Transfers(self._session)

    def files(self, id: str, file_type: Literal["pdf", "xml"] | None = None) -> InvoiceFiles:
        """Fetch the links to a CFDI's files; `xml` and `pdf` of this resource fetch the files themselves."""
        return self._get(InvoiceFiles, "invoices", id, "files", file_type=file_type)

    def xml(self, id: str) -> bytes:
        """Download a CFDI's XML: the CFDI itself, for the law. 20 MiB at most."""
        return content_of(self.files(id, file_type="xml"), "xml", self._session)

    def pdf(self, id: str) -> bytes:
        """Download a CFDI's PDF. 20 MiB at most."""
        return content_of(self.files(id, file_type="pdf"), "pdf", self._session)

    def cancel(self, id: str, motive: Motive, substitution_uuid: str | None = None) -> Invoice:
        """Ask the SAT to cancel a CFDI; with motive 01, `substitution_uuid` is the one in its place.

        The cancellation may wait for the receiver's consent. Of the answer little is published: read the
        invoice again to see how far it got.
        """
        body = {"motive": motive, "substitution_uuid": substitution_uuid}
        said = {name: value for name, value in body.items() if value is not None}
        reply = self._session.call("DELETE", join("invoices", id), body=said)
        return read_about(Invoice, id, reply)

    def search(self, q: str) -> Iterator[Invoice]:
        """Yield the invoices that match a text."""
        return self._search(Invoice, "invoices", "search", q=q)

    def send(self, id: str, *, emails: Sequence[str] | None = None) -> SentInvoice:
        """Send an invoice by e-mail once more, to the client and to `emails`."""
        body = {} if emails is None else {"emails": emails}
        return self._post(SentInvoice, "invoices", id, "send", body=body)

    def list_cfdi_errors(
        self,
        *,
        q: str | None = None,
        code: str | None = None,
        type: Literal["invoice", "receiver", "sender", "unknown"] | None = None,
    ) -> Iterator[CfdiError]:
        """Yield the reasons why a CFDI can be refused: those that match a text, or have a code."""
        asked = {"q": q, "code": code, "type": type, "limit": 100}
        path = ("invoices", "errors")
        return self._rows(CfdiError, walk_numbered(lambda page: self._page(path, page), asked))

    def import_xml(self, files: Sequence[File]) -> XmlImport:
        """Bring in CFDIs that were stamped elsewhere, 50 XML files at most; `results` tells of each."""
        if len(files) > _MOST_IMPORTED:
            raise InvalidInput(f"files: {len(files)} are more than the {_MOST_IMPORTED} that one call takes")
        named = [contents_of(f"cfdi_{number}.xml", file) for number, file in enumerate(files, 1)]
        body = {"files": [{"filename": name, "content": b64encode(xml).decode()} for name, xml in named]}
        try:
            return self._post(XmlImport, "invoices", "import", body=body)
        except ApiError as error:
            # A call of which some files failed may call itself a failure; the results are there all the same.
            if error.status == 200 and isinstance(error.details, dict) and "results" in error.details:
                return XmlImport.model_validate(error.details)
            raise

    def run_global(self) -> GlobalRun:
        """Make the global invoices of this month now: live only, on its last day before 23:00 in Mexico."""
        return self._post(GlobalRun, "invoices", "eom", "run", body={})
