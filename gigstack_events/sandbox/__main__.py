"""Run the sandbox: `python -m gigstack_events.sandbox --host 127.0.0.1 --port 8001`."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import uvicorn

from gigstack_events.sandbox.app import create_app
from gigstack_events.sandbox.business.moving_in import MOST_CLIENTS
from gigstack_events.sandbox.business.plan import NO_FAKER
from gigstack_events.sandbox.options import add_arguments, from_arguments
from gigstack_events.sandbox.restoring import restore
from gigstack_events.sandbox.state import Sandbox
from gigstack_events.sandbox.store import Store


def main() -> None:
    """Parse the command line, print the address, serve until a signal."""
    arguments = _parser().parse_args()
    options = from_arguments(arguments)
    if not 0 <= options.business <= MOST_CLIENTS:
        sys.exit(f"--business is a number of clients, at most {MOST_CLIENTS}")
    if options.business and find_spec("faker") is None:
        sys.exit(NO_FAKER)
    try:
        listener = socket.create_server((arguments.host, arguments.port))
    except OverflowError:
        sys.exit("--port is a number from 0 to 65535")
    except OSError as error:
        sys.exit(f"The sandbox cannot listen on {arguments.host}:{arguments.port}: {_reason(error)}")
    # Not every event loop sets it on connections of a listener that it was given: 40 ms a reply else.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sandbox = Sandbox(options, Store(arguments.data))
    try:
        restore(sandbox)
    except OSError as error:
        sys.exit(f"The sandbox cannot keep its state in {arguments.data}: {_reason(error)}")
    app = create_app(sandbox)
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        # Longer than clients keep an idle connection, so that none is closed just as it is used again.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=0,
    )
    host, port = listener.getsockname()[:2]
    print(f"gigstack sandbox at http://{host}:{port}", flush=True)
    server = uvicorn.Server(config)
    # uvicorn hands the signal on once it has stopped; an end that was asked for is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(server, listener, arguments.until_stdin_closes))


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


async def _serve(server: uvicorn.Server, listener: socket.socket, until_stdin_closes: bool) -> None:
    if until_stdin_closes:
        asyncio.get_running_loop().add_reader(sys.stdin, _stop_at_end, server)
    await server.serve(sockets=[listener])


def _stop_at_end(server: uvicorn.Server) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin)
        server.should_exit = True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gigstack_events.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8001, help="the port, 0 for any free one (8001)")
    parser.add_argument("--data", type=Path, help="a folder that keeps its state through a kill (none)")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end with the program that started it"
    )
    add_arguments(parser)
    return parser


if __name__ == "__main__":
    main()
