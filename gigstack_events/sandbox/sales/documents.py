"""Support documents in the sandbox: files that belong to a client, an invoice or a payment."""

import re
from collections.abc import Callable

from gigstack_events.sandbox.bodies import Upload
from gigstack_events.sandbox.listing import list_page
from gigstack_events.sandbox.operations import Call, Operation
from gigstack_events.sandbox.replies import Problem, ok
from gigstack_events.sandbox.schemas.documents import Document, DocumentForm, DocumentPage, DocumentQuery
from gigstack_events.sandbox.tables import Row

Find = Callable[[Call, str], Row]

_MOST_BYTES = 10 * 1_048_576
_TYPES = {
    "pdf": ("application/pdf", b"%PDF-"),
    "png": ("image/png", b"\x89PNG"),
    "jpg": ("image/jpeg", b"\xff\xd8"),
    "jpeg": ("image/jpeg", b"\xff\xd8"),
    "webp": ("image/webp", b"RIFF"),
}


def support_operations(section: str, entity: str, find: Find) -> tuple[Operation, Operation]:
    """Return the two operations for one kind of object; `find` returns it, or raises Problem."""
    path = f"/{section}/{{id}}/support-documents"

    async def upload(call: Call) -> Row:
        row = keep_document(call, entity, str(find(call, call.id)["id"]))
        return ok(row, "Support document uploaded successfully")

    async def show(call: Call) -> Row:
        id = str(find(call, call.id)["id"])
        found = [row for _, row in call.sandbox.documents.walk(call.scope) if _is_of(row, entity, id)]
        return ok(found, "Support documents retrieved successfully")

    put, got = f"{section}.upload_support_document", f"{section}.list_support_documents"
    return (
        Operation(put, "POST", path, upload, form=DocumentForm, answer=Document),
        Operation(got, "GET", path, show, answer=list[Document]),
    )


def keep_document(call: Call, entity: str, id: str) -> Row:
    """Keep the form's file as a document of an object."""
    file, now = call.files["file"], call.sandbox.now_ms()
    mime_type, name = _type(file), file.name[:255]
    new = call.sandbox.documents.new_id()
    row: Row = {
        "id": new,
        "document_type": call.body["documentType"],
        "name": call.body.get("name") or name,
        "description": call.body.get("description"),
        "file_url": f"https://files.example/{new}",
        "file_name": name,
        "file_size": len(file.content),
        "mime_type": mime_type,
        "compliance_status": "pending_review",
        "compliance_notes": None,
        "valid_from": None,
        "valid_until": None,
        "ai_extraction": None,
        "audits": [],
        "created_at": now,
        "created_by": "user_sandbox",
        "updated_at": now,
        "linked_entities": [{"entity_type": entity, "entity_id": id, "linked_at": now}],
        "livemode": call.livemode,
        "team": call.team,
    }
    return call.sandbox.documents.add(call.scope, row)


def _type(file: Upload) -> str:
    extension = re.sub(r".*\.", "", file.name, flags=re.DOTALL).lower()
    mime_type, begin = _TYPES.get(extension, ("", b""))
    if not mime_type or not file.content.startswith(begin):
        raise Problem(400, "invalid_file_format", "file: PDF, PNG, JPG, JPEG or WEBP is wanted")
    if len(file.content) > _MOST_BYTES:
        raise Problem(400, "file_upload_error", "file: the file is larger than 10 MiB")
    return mime_type


def _is_of(row: Row, entity: str | None, id: str | None) -> bool:
    return any(
        entity in (None, link["entity_type"]) and id in (None, link["entity_id"])
        for link in row["linked_entities"]
    )


async def _list(call: Call) -> Row:
    entity, id = call.query.get("entity_type"), call.query.get("entity_id")
    page = list_page(
        call,
        call.sandbox.documents,
        equal=("document_type", "compliance_status"),
        tests=[lambda row: _is_of(row, entity, id)],
    )
    return ok({"data": page["data"], "has_more": page["has_more"], "next_cursor": page["next"]})


OPERATIONS = (
    Operation("documents.list", "GET", "/documents", _list, query=DocumentQuery, answer=DocumentPage),
)
