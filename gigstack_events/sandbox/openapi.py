"""The sandbox's OpenAPI 3.1 document, made of what its operations say of themselves."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_origin

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gigstack_events.sandbox.operations import Operation

Document = dict[str, Any]
Known = Mapping[tuple[str, str], Document]
"""The schema of each type that an operation names: by the operation's name and the type's part in it."""

_PARTS = ("query", "body", "form", "answer")
_SCHEMAS = "#/components/schemas/"
_PROBLEMS = {
    "400": "What was sent cannot be right",
    "401": "The key is missing or not known",
    "403": "The key may not do this",
    "404": "There is no such object in this mode and team",
    "409": "This collides with what is there",
    "422": "The tax rules, or the service behind, refuse it",
    "429": "Too many calls",
    "500": "The API failed",
    "502": "The service behind failed",
}
_ERROR: Document = {
    "description": "An error in one of the API's two envelopes; which one comes cannot be told beforehand.",
    "oneOf": [{"$ref": f"{_SCHEMAS}DocumentedError"}, {"$ref": f"{_SCHEMAS}NewerError"}],
}
_DOCUMENTED_ERROR: Document = {
    "type": "object",
    "properties": {"message": {"type": "string"}, "error": {"type": "string"}},
    "required": ["message", "error"],
}
_NEWER_ERROR: Document = {
    "type": "object",
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {}},
            "required": ["code", "message"],
        },
    },
    "required": ["success", "error"],
}
_SUCCESS: Document = {
    "type": "object",
    "properties": {"success": {"type": "boolean"}, "message": {"type": "string"}},
    "required": ["success", "message"],
}
_PAGE: Document = {
    "type": "object",
    "properties": {
        "has_more": {"type": "boolean"},
        "next": {"type": ["string", "null"]},
        "next_cursor": {"type": ["string", "null"]},
        "total_results": {"type": "integer"},
        "found": {"type": "integer"},
        "page": {"type": "integer"},
        "per_page": {"type": "integer"},
    },
}
_OWN = {
    "Error": _ERROR,
    "DocumentedError": _DOCUMENTED_ERROR,
    "NewerError": _NEWER_ERROR,
    "Success": _SUCCESS,
    "Page": _PAGE,
}
_TEAM: Document = {
    "name": "team",
    "in": "query",
    "description": "The team that the call is for; without it, the key's own.",
    "schema": {"type": "string"},
}


class _Plain(GenerateJsonSchema):
    """Leaves out the titles of fields, which only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document_route(operations: Iterable[Operation]) -> Route:
    """Return the route that serves the document; it is made when it is first asked for."""
    made: list[Response] = []

    async def endpoint(request: Request) -> Response:
        if not made:
            made.append(JSONResponse(build_document(operations)))
        return made[0]

    return Route("/openapi.json", endpoint)


def build_document(operations: Iterable[Operation]) -> Document:
    """Describe the operations; types that several of them name are shared components."""
    rows = list(operations)
    known, components = _schemas(rows)
    paths: dict[str, Document] = {}
    for row in rows:
        paths.setdefault(_plain_path(row), {})[row.method.lower()] = _describe(row, known, components)
    queries = {_name(known[row.name, "query"]) for row in rows if row.query}
    shared = {name: schema for name, schema in components.items() if name not in queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gigstack API v2, as the sandbox answers it",
            "version": "2",
            "description": "Every path is served with and without `/v2` before it.",
        },
        "servers": [{"url": "/v2"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {**_OWN, **shared},
            "responses": {code: _problem(told) for code, told in _PROBLEMS.items()},
            "parameters": {"team": _TEAM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(operations: Iterable[Operation]) -> tuple[Known, dict[str, Document]]:
    named: list[tuple[tuple[str, str], Literal["validation"], TypeAdapter[Any]]] = [
        ((operation.name, part), "validation", TypeAdapter(type))
        for operation in operations
        for part in _PARTS
        if (type := getattr(operation, part)) is not None
    ]
    found, definitions = TypeAdapter.json_schemas(
        named,
        ref_template=_SCHEMAS + "{model}",
        schema_generator=_Plain,
    )
    known: Known = {key: schema for (key, _), schema in found.items()}
    return known, definitions.get("$defs", {})


def _describe(operation: Operation, known: Known, components: Mapping[str, Document]) -> Document:
    described: Document = {
        "operationId": operation.name,
        "tags": [operation.name.partition(".")[0]],
        "parameters": [*_parameters(operation, known, components)],
        "responses": {"200": _success(operation, known), **_problems(operation)},
    }
    if summary := (operation.act.__doc__ or "").partition("\n")[0]:
        described["summary"] = summary
    if operation.public:
        described["security"] = []
    if content := _content(operation, known, components):
        described["requestBody"] = content
    return described


def _parameters(operation: Operation, known: Known, components: Mapping[str, Document]) -> Iterator[Document]:
    for name in re.findall(r"{(\w+)", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    query = _resolved(known.get((operation.name, "query"), {}), components)
    for name, schema in query.get("properties", {}).items():
        required = name in query.get("required", ())
        if name != "team":
            yield {"name": name, "in": "query", "required": required, "schema": _without_null(schema)}
    yield {"$ref": "#/components/parameters/team"}


def _content(operation: Operation, known: Known, components: Mapping[str, Document]) -> Document | None:
    part, type = ("form", "multipart/form-data") if operation.form else ("body", "application/json")
    schema = known.get((operation.name, part))
    if schema is None:
        return None
    required = bool(operation.form or _resolved(schema, components).get("required"))
    return {"required": required, "content": {type: {"schema": schema}}}


def _success(operation: Operation, known: Known) -> Document:
    is_list = get_origin(operation.answer) is list
    envelopes = [f"{_SCHEMAS}{name}" for name in (("Success", "Page") if is_list else ("Success",))]
    schema: Document = {"allOf": [{"$ref": name} for name in envelopes]}
    if operation.answer is not Any:
        schema |= {"properties": {"data": known[operation.name, "answer"]}, "required": ["data"]}
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _problems(operation: Operation) -> Document:
    left_out = {"401"} if operation.public else set()
    return {code: {"$ref": f"#/components/responses/{code}"} for code in _PROBLEMS if code not in left_out}


def _problem(told: str) -> Document:
    content = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}Error"}}}
    return {"description": told, "content": content}


def _plain_path(operation: Operation) -> str:
    return re.sub(r"{(\w+):\w+}", r"{\1}", operation.path)


def _resolved(schema: Document, components: Mapping[str, Document]) -> Document:
    name = _name(schema)
    return components[name] if name else schema


def _name(schema: Document) -> str:
    return str(schema.get("$ref", "")).removeprefix(_SCHEMAS)


def _without_null(schema: Document) -> Document:
    """A query has no null: what is optional is left out of it."""
    kept = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    plain = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    if len(kept) == 1:
        return {**plain, **kept[0]}
    return {**plain, "anyOf": kept} if kept else plain
