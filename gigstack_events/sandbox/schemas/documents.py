"""Schemas of support documents."""

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from gigstack_events.sandbox.schemas import File, Schema
from gigstack_events.sandbox.schemas.fields import Id, Limit, Name, Number, Query, Text

DocumentType = Literal[
    "contract", "delivery_proof", "payment_proof", "communication", "payment_confirmation",
    "subscription_info",
]  # fmt: skip
# A form knows texts only, so that no text is of a wrong type there.
FormText = Annotated[Text | None, WithJsonSchema({"description": "a text of at most 2000 characters"})]
Compliance = Literal["pending_review", "valid", "requires_update", "expired", "rejected"]


class DocumentForm(Schema):
    """A file of at most 10 MiB, and what it is."""

    file: File
    document_type: DocumentType = Field(alias="documentType")
    name: FormText = None
    description: FormText = None


class DocumentQuery(Query):
    """A page of documents, narrowed down."""

    limit: Limit | None = None
    cursor: Number | None = None
    document_type: DocumentType | None = None
    compliance_status: Compliance | None = None
    entity_type: Annotated[str, Field(pattern=r"^[a-z_]{1,30}$")] | None = None
    entity_id: Name | None = None


class Link(Schema):
    """What a document belongs to."""

    entity_type: str
    entity_id: Id
    linked_at: int


class Document(Schema):
    """A support document, the reference's SATDocument; times in epoch milliseconds."""

    id: Id
    document_type: DocumentType
    name: str
    description: str | None = None
    file_url: str
    file_name: str
    file_size: int
    mime_type: str
    compliance_status: Compliance
    audits: list[dict[str, Any]]
    linked_entities: list[Link]
    created_at: int
    updated_at: int | None = None


class DocumentPage(Schema):
    """A page that is nested in `data`."""

    data: list[Document | None]
    has_more: bool
    next_cursor: str | None
