"""The application: deliveries, and two questions that an orchestrator asks."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gigstack_events.errors import LedgerUnavailable
from gigstack_events.settings import Settings
from receiver.door import BROKEN, Accepts, Door, refusal
from receiver.schemes import build

PATH = "/webhooks/gigstack"


class Receiver(Starlette):
    """A Starlette application whose deliveries take a short cut past the middleware and the routing.

    Those cost more than verifying a delivery does. The door needs nothing of them: it answers for its
    own errors, and the routes below name it as well.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope.get("path") == PATH and scope.get("method") == "POST":
            await self.state.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, ledger: Accepts, *, clock: Callable[[], float] = time.time) -> Starlette:
    """Build the receiver; `app.state.door.verifiers` is what a rotation of secrets replaces.

    Raises ConfigurationError where no verifier is configured. Closes the ledger when it stops.
    """
    door = Door(settings, ledger, build(settings), clock)

    async def ready(request: Request) -> Response:
        try:
            await ledger.probe()
        except LedgerUnavailable as exc:
            return JSONResponse({"status": "not ready", "error": str(exc)}, 503, {"Retry-After": "5"})
        return JSONResponse({"status": "ready"})

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await ledger.close()

    app = Receiver(
        routes=[
            Route(PATH, door, methods=["POST"]),
            Route(PATH + "/{token}", door, methods=["POST"]),
            Route("/healthz", _alive),
            Route("/readyz", ready),
        ],
        exception_handlers={404: _nothing_here, 405: _nothing_here, 500: _broken},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would repeat the path, and a token in it
    app.state.door = door
    return app


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _nothing_here(request: Request, exc: Exception) -> Response:
    status, headers = (exc.status_code, exc.headers) if isinstance(exc, HTTPException) else (404, None)
    what = "There is nothing here"
    if headers and "Allow" in headers:
        what = f"This address answers {' and '.join(sorted(headers['Allow'].split(', ')))} only"
    return refusal(status, f"{what}; deliveries go to POST {PATH}.", dict(headers or {}))


async def _broken(request: Request, exc: Exception) -> Response:
    return refusal(500, BROKEN, {"Retry-After": "60"})
