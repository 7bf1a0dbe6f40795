"""Files that prove a sale: contracts, deliveries, payments."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from gigstack_events.api.fields import ApiObject, Millis, Rows, without_nulls


class LinkedEntity(ApiObject):
    """What a document belongs to."""

    entity_type: str | None = None
    entity_id: str | None = None
    linked_at: Millis = None


class Document(ApiObject):
    """A support document. `file_url` may open it to anybody who has the link; `file_size` is bytes."""

    id: str = ""
    document_type: str | None = None
    name: str | None = None
    description: str | None = None
    file_url: str | None = None
    file_name: str | None = None
    file_size: int | None = None
    mime_type: str | None = None
    compliance_status: str | None = None
    compliance_notes: Any = None
    valid_from: Millis = None
    valid_until: Millis = None
    ai_extraction: dict[str, Any] = Field(default_factory=dict)
    audits: Rows = Field(default_factory=list)
    linked_entities: Annotated[list[LinkedEntity], BeforeValidator(without_nulls)] = Field(
        default_factory=list
    )
    created_by: str | None = None
    created_at: Millis = None
    updated_at: Millis = None
