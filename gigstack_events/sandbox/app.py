"""The sandbox as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gigstack_events.sandbox import catalog_routes, control
from gigstack_events.sandbox.accounts import api_logs, auth, teams, users
from gigstack_events.sandbox.accounts import team_parts as teams_parts
from gigstack_events.sandbox.business.moving_in import furnish
from gigstack_events.sandbox.invoicing import (
    batches,
    cfdi_errors,
    complements,
    drafts,
    global_invoices,
    invoice_files,
    invoice_imports,
    invoices,
    retentions,
)
from gigstack_events.sandbox.openapi import document_route
from gigstack_events.sandbox.operations import problem_response
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.resuming import resume
from gigstack_events.sandbox.sales import clients, documents, payments, receipts, services, stamping
from gigstack_events.sandbox.sat import operations as sat_operations
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.webhooks import log as webhooks_log
from gigstack_events.sandbox.webhooks import manual as webhooks_manual
from gigstack_events.sandbox.webhooks import webhooks

OPERATIONS = (
    *sat_operations.OPERATIONS,
    *stamping.OPERATIONS,
    *receipts.OPERATIONS,
    *clients.OPERATIONS,
    *payments.OPERATIONS,
    *services.OPERATIONS,
    *documents.OPERATIONS,
    *batches.OPERATIONS,
    *cfdi_errors.OPERATIONS,
    *drafts.OPERATIONS,
    *complements.OPERATIONS,
    *invoice_imports.OPERATIONS,
    *global_invoices.OPERATIONS,
    *invoices.OPERATIONS,
    *retentions.OPERATIONS,
    *webhooks.OPERATIONS,
    *webhooks_log.OPERATIONS,
    *webhooks_manual.OPERATIONS,
    *api_logs.OPERATIONS,
    *teams.OPERATIONS,
    *teams_parts.OPERATIONS,
    *users.OPERATIONS,
    *auth.OPERATIONS,
    *catalog_routes.OPERATIONS,
)


class SandboxApp(Starlette):
    """Serves the same with and without the API's `/v2` before a path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection or the lifespan."""
        if scope["type"] == "http":
            # uvicorn offers no way to close a connection unanswered; its `send` knows the transport.
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            scope["sandbox.abort"] = getattr(transport, "abort", None)
            scope["path"] = scope["path"].removeprefix("/v2")
        await super().__call__(scope, receive, send)


def create_app(sandbox: Sandbox | None = None) -> SandboxApp:
    """Build the application around a sandbox's state; events are sent while its lifespan runs."""
    served = (*users.ALIASES, *OPERATIONS)
    routes = [document_route(OPERATIONS), *(operation.route() for operation in served)]
    app = SandboxApp(
        routes=[*routes, *control.ROUTES, *invoice_files.ROUTES],
        exception_handlers={HTTPException: _unknown_route},
        lifespan=_lifespan,
    )
    app.state.sandbox = sandbox = sandbox or Sandbox()
    sandbox.paths = {operation.name: operation.path for operation in OPERATIONS}
    sandbox.faults.operations = tuple(sandbox.paths)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    sandbox: Sandbox = app.state.sandbox
    resume(sandbox)
    furnish(sandbox)
    sending = asyncio.create_task(sandbox.sender.run())
    try:
        yield
    finally:
        sandbox.stop()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending


async def _unknown_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = "resource_not_found" if status == 404 else "operation_not_allowed"
    return problem_response(request.app.state.sandbox, Problem(status, code, "There is no such operation"))
