"""How a control route is served: from a JSON object or a query to what the sandbox does, and back."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gigstack_events.sandbox.bodies import read_body
from gigstack_events.sandbox.nearest import hint
from gigstack_events.sandbox.operations import problem_response
from gigstack_events.sandbox.replies import Problem, invalid
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.tables import TEAM, Row, Scope

Control = Callable[[Sandbox, Row], Awaitable[Row]]


def control_route(method: str, path: str, act: Control) -> Route:
    """Return the route under `/_sandbox`; what cannot be understood is a 400."""

    async def endpoint(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        try:
            reply: Any = await act(sandbox, {**request.query_params, **await read_body(request)})
        except Problem as problem:
            return problem_response(sandbox, problem)
        except (TypeError, ValueError) as error:
            return problem_response(sandbox, invalid(f"not understood: {error}"))
        return JSONResponse(reply)

    return Route(f"/_sandbox{path}", endpoint, methods=[method])


def wanted_scope(body: Row) -> Scope:
    """Return the mode and team that a body asks for; live and the master team where it does not say."""
    return bool(body.get("livemode", True)), str(body.get("team") or TEAM)


def check_names(body: Row, known: Iterable[str]) -> None:
    """Refuse a name that is not known; tell the nearest one."""
    words = [*known]
    if unknown := next((name for name in body if name not in words), None):
        raise invalid(f"{unknown} cannot be wanted; {hint(unknown, words)}", unknown)
