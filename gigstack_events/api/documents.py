"""Documents: files that prove a sale, of clients, invoices and payments."""

from collections.abc import Iterator
from typing import ClassVar, Unpack

from gigstack_events.api.inputs import DocumentFilters, DocumentType, File
from gigstack_events.api.models import Document
from gigstack_events.api.pages import walk
from gigstack_events.api.resources import Resource
from gigstack_events.api.uploads import support_document


class Documents(Resource):
    """`gigstack.documents`."""

    def list(self, **filters: Unpack[DocumentFilters]) -> Iterator[Document]:
        """Yield all support documents, whatever they belong to, fetching page by page."""
        return self._list(Document, "documents", filters=filters, cursor="cursor")


class WithDocuments(Resource):
    """A kind of object that support documents can belong to; `_section` is its place in a path."""

    _section: ClassVar[str]

    def upload_support_document(
        self,
        id: str,
        file: File,
        *,
        document_type: DocumentType,
        name: str | None = None,
        description: str | None = None,
    ) -> Document:
        """Keep a file with an object: PDF, PNG, JPEG or WebP, 10 MiB at most."""
        texts = {"documentType": document_type, "name": name, "description": description}
        files = {"file": support_document(file, check=self._session.check_inputs)}
        return self._upload(Document, self._section, id, "support-documents", files=files, fields=texts)

    def list_support_documents(self, id: str) -> Iterator[Document]:
        """Yield the support documents of an object."""
        path = (self._section, id, "support-documents")
        return self._rows(Document, walk(lambda asked: self._page(path, asked), {}))
