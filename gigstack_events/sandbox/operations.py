"""From an HTTP request to an operation of the sandbox and back: keys, checks, faults and the journal."""

    return await act_under(fault, faults, partial(_perform, operation, call), request)


async def _perform(operation: Operation, call: Call) -> Row:
    """Act, and note in the journal what was made: the new object that the answer is about.

    An answer about what was there already, as for a repeated `idempotency_key`, leaves `made` None; so
    two entries with one `key` and a `made` each prove that something was written twice.
    """
    with newcomers() as ids:
        reply = await operation.act(call)
    if ids and isinstance(data := reply.get("data"), dict):
        named = [value for value in data.values() if isinstance(value, str)]
        call.entry["made"] = next((id for id in named if id in ids), None)
    return reply


def problem_response(sandbox: Sandbox, problem: Problem) -> Response:
    """Answer with an error, in one of the API's two envelopes."""
    body: dict[str, Any] = problem.envelope(sandbox.newer_envelope())
    return JSONResponse(body, problem.status, problem.headers)
