"""From an HTTP request to an operation of the sandbox and back: keys, checks, faults and the journal."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gigstack_events.sandbox.bodies import Upload as Upload
from gigstack_events.sandbox.bodies import read_body, read_form
from gigstack_events.sandbox.mishaps import act_under
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.schemas import Schema, check
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import TEAM, Row, Scope, newcomers

KEYS = {"sk_live_sandbox": True, "sk_test_sandbox": False}

NO_FILES: Mapping[str, Upload] = {}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, understood and checked: what an operation gets. `entry` is its line in the journal.

    `path` has the parts of the path by name. `body` is the JSON object, or the fields of a form with the
    text of each; `files` are a form's files.
    """

    sandbox: Sandbox
    entry: Row
    scope: Scope
    path: Mapping[str, str]
    query: QueryParams
    body: Row
    files: Mapping[str, Upload]

    @property
    def id(self) -> str:
        """The object that the path names."""
        return self.path.get("id", "")

    @property
    def livemode(self) -> bool | None:
        """The mode of the key."""
        return self.scope[0]

    @property
    def team(self) -> str:
        """The team that the call is for."""
        return self.scope[1]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the operation table.

    `name` is what the client calls it, such as `receipts.stamp`. `query`, `body` and `form` say what it
    takes: a JSON body or a form, not both. `answer` is the type of `data` in its reply. A `public` one
    needs no key.
    """

    name: str
    method: str
    path: str
    act: Callable[[Call], Awaitable[Row]]
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    form: type[Schema] | None = None
    answer: Any = Any
    public: bool = False

    def route(self) -> Route:
        """Return the route that serves it."""

        async def endpoint(request: Request) -> Response:
            return await _serve(self, request)

        return Route(self.path, endpoint, methods=[self.method], name=self.name)


async def _serve(operation: Operation, request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    headers = request.headers
    event_id = headers.get("x-gigstack-event-id")
    entry = sandbox.journal.call(operation.name, request.method, request.scope["path"], event_id)
    try:
        call = await _understand(operation, sandbox, request, entry)
        reply = await _act(operation, call, request)
    except Problem as problem:
        reply = problem_response(sandbox, problem)
    except Exception:
        _log.exception("the sandbox itself failed in %s", operation.name)
        reply = problem_response(sandbox, Problem(500, "internal_server_error", "The sandbox failed"))
    if entry["fault"] not in ("lost", "reset"):
        entry["status"], entry["gone"] = reply.status_code, await request.is_disconnected()
    sandbox.journal.answered(entry)
    return reply


async def _understand(operation: Operation, sandbox: Sandbox, request: Request, entry: Row) -> Call:
    livemode = None if operation.public else _livemode(request.headers.get("authorization", ""))
    team = request.query_params.get("team") or TEAM
    entry["livemode"], entry["team"] = livemode, team
    if livemode is not None:
        sandbox.limit.take(livemode)
    sandbox.url = str(request.base_url).rstrip("/")
    check(operation.query, dict(request.query_params))
    if operation.form is None:
        body, files = await read_body(request), NO_FILES
        check(operation.body, body)
    else:
        body, files = await read_form(request)
        check(operation.form, {**body, **files})
    entry["key"] = _text(body.get("idempotency_key") or request.headers.get("idempotency-key"))
    return Call(sandbox, entry, (livemode, team), request.path_params, request.query_params, body, files)


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:255]


def _livemode(authorization: str) -> bool:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Problem(401, "unauthorized", "No API key was sent")
    if key not in KEYS:
        raise Problem(401, "invalid_token", "The API key is not known")
    return KEYS[key]


async def _act(operation: Operation, call: Call, request: Request) -> Response:
    faults = call.sandbox.faults
    fault = faults.draw(operation.name, reads=operation.method == "GET")
    if fault is None:
        return JSONResponse(await _perform(operation, call))
    call.entry["fault"] = fault.kind
    return await act_under(fault, faults, partial(_perform, operation, call), request)


async def _perform(operation: Operation, call: Call) -> Row:
    """Act, and note in the journal what was made: the new object that the answer is about.

    An answer about what was there already, as for a repeated `idempotency_key`, leaves `made` None; so
    two entries with one `key` and a `made` each prove that something was written twice.
    """
    with newcomers() as ids:
        reply = await operation.act(call)
    call.entry["acted"] = True
    if ids and isinstance(data := reply.get("data"), dict):
        named = [value for value in data.values() if isinstance(value, str)]
        call.entry["made"] = next((id for id in named if id in ids), None)
    return reply


def problem_response(sandbox: Sandbox, problem: Problem) -> Response:
    """Answer with an error, in one of the API's two envelopes."""
    body: dict[str, Any] = problem.envelope(sandbox.newer_envelope())
    return JSONResponse(body, problem.status, problem.headers)
