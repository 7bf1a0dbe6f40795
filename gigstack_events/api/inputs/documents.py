"""What calls about support documents take."""

from typing import Literal, TypedDict

DocumentType = Literal[
    "contract",
    "delivery_proof",
    "payment_proof",
    "communication",
    "payment_confirmation",
    "subscription_info",
]


class DocumentFilters(TypedDict, total=False):
    """For the list of all documents; an entity is what they belong to."""

    limit: int
    document_type: DocumentType
    compliance_status: Literal["pending_review", "valid", "requires_update", "expired", "rejected"]
    entity_type: str
    entity_id: str
