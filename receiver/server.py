"""The server: one process, uvicorn on uvloop with our bounds, secrets that can be changed while it runs."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable

import structlog
import uvicorn
import uvloop
from starlette.applications import Starlette

from gigstack_events.errors import ConfigurationError
from gigstack_events.settings import Settings
from receiver.protocol import BoundedProtocol
from receiver.schemes import build

log = structlog.get_logger()


class Server(uvicorn.Server):
    """uvicorn's server, which says in our words where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        for server in self.servers:
            for listener in server.sockets:
                host, port = listener.getsockname()[:2]
                log.info("receiver.listening", host=host, port=port)


def create_server(app: Starlette, settings: Settings, host: str, port: int, **bounds: float) -> Server:
    """Put the application behind a server that logs no request lines: a path may hold a token.

    `bounds` replace those of `BoundedProtocol`, by name.
    """
    bounds = {"message_timeout": settings.body_timeout + 5, "body_limit": settings.max_body} | bounds
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=type("Protocol", (BoundedProtocol,), bounds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        loop="uvloop",
        backlog=1024,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
    )
    return Server(config)


def listen(host: str, port: int) -> list[socket.socket]:
    """Bind every address that the host has; raise ConfigurationError where that cannot be done."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return [socket.create_server(address, family=family) for family, _, _, _, address in found]
    except (OSError, UnicodeError) as exc:
        why = str(exc.strerror).partition(" (")[0] if isinstance(exc, OSError) else "Not a host name"
        raise ConfigurationError(
            f"--host {host} --port {port}: {why}; end the program that listens there, or choose another"
        ) from None


def run(server: Server, sockets: list[socket.socket], app: Starlette, load: Callable[[], Settings]) -> None:
    """Serve until SIGTERM or SIGINT, which end it in good order; SIGHUP rotates the secrets."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, rotate, app, load)
        await server.serve(sockets)

    for number in (signal.SIGTERM, signal.SIGINT):
        # From now on, not only once it serves; uvicorn raises it once more when there is nothing left to end
        signal.signal(number, server.handle_exit)
    gc.collect()
    gc.freeze()  # what was imported stays: the collector need not look at it again and again
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


def rotate(app: Starlette, load: Callable[[], Settings]) -> None:
    """Read the settings again and swap all verifiers at once; a bad configuration changes nothing."""
    try:
        app.state.door.verifiers = build(load())
    except ConfigurationError as exc:
        log.error("secrets.kept", reason=str(exc))
    else:
        log.info("secrets.reloaded")
