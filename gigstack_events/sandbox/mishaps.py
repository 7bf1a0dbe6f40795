"""What befalls a call: the fault that was drawn for it, and how its answer comes out."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gigstack_events.sandbox.drift import drift
from gigstack_events.sandbox.faults import Fault, Faults
from gigstack_events.sandbox.replies import Problem
from gigstack_events.sandbox.tables import Row

Act = Callable[[], Awaitable[Row]]

_CODES = {502: "external_service_error", 503: "service_unavailable", 504: "service_unavailable"}


async def act_under(fault: Fault, faults: Faults, act: Act, request: Request) -> Response:
    """Act, or not, as the fault has it."""
    if fault.kind == "429":
        seconds = faults.retry_after(fault)
        headers = {} if seconds is None else {"retry-after": f"{seconds:g}"}
        raise Problem(429, "rate_limit_exceeded", "Too many calls", headers=headers)
    if fault.kind == "drift":
        return JSONResponse(drift(await act(), faults.choices, fault.shape))
    if fault.kind == "reset" or (fault.kind == "500" and fault.when == "before"):
        return await _fail(fault, faults, request)
    if fault.kind == "slow":
        return await _slowly(fault, act)
    if fault.kind == "lost" and fault.when == "before":
        await cut(request)
        await asyncio.sleep(fault.seconds)
    await act()
    return await _fail(fault, faults, request)


async def _slowly(fault: Fault, act: Act) -> Response:
    if fault.when == "before":
        await asyncio.sleep(fault.seconds)
    reply = JSONResponse(await act())
    if fault.when == "after":
        await asyncio.sleep(fault.seconds)
    return reply


async def _fail(fault: Fault, faults: Faults, request: Request) -> Response:
    if fault.kind in ("lost", "reset"):
        await cut(request)
        return Response()
    if faults.html(fault):
        return HTMLResponse(f"<html><body><h1>{fault.status} Server Error</h1></body></html>", fault.status)
    raise Problem(fault.status, _CODES.get(fault.status, "internal_server_error"), "Something went wrong")


async def cut(request: Request) -> None:
    """Close the connection without an answer, and wait until it is closed."""
    abort: Callable[[], None] | None = request.scope.get("sandbox.abort")
    if abort is None:
        raise ConnectionResetError("the sandbox closed the connection on purpose")
    abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
