"""The sandbox in a thread of this process, for tests: quick to renew, and its time can be put forward."""

import asyncio
import socket
import threading
from contextlib import AbstractAsyncContextManager
from typing import Any, Self

import uvicorn
from starlette.types import Receive, Scope, Send

from gigstack_events.sandbox.app import SandboxApp, create_app
from gigstack_events.sandbox.calls import SandboxCalls
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.state import Sandbox

_WITHIN_S = 20.0


class SandboxThread(SandboxCalls):
    """Serves a sandbox on a free port of 127.0.0.1 while its context lasts; `renew` begins a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._app: SandboxApp | None = None
        self._life: AbstractAsyncContextManager[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Not every event loop sets it on connections of a listener that it was given: 40 ms a reply else.
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            lifespan="off",
            log_config=None,  # this process has logs of its own
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="gigstack sandbox", daemon=True)

    def start(self) -> Self:
        """Start it, with an empty sandbox."""
        self._thread.start()
        if not self._begun.wait(_WITHIN_S):
            raise RuntimeError("the sandbox did not start")
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connect()
        self.renew()
        return self

    @property
    def sandbox(self) -> Sandbox:
        """What it knows: to be looked at, not to be changed from here."""
        if self._app is None:
            raise RuntimeError("the sandbox does not run")
        found: Sandbox = self._app.state.sandbox
        return found

    def renew(self, options: Options | None = None) -> None:
        """Begin a new sandbox at the same address; what the old one had is gone."""
        self._wait_for(self._change(create_app(Sandbox(options))))

    def stop(self) -> None:
        """End it."""
        self._disconnect()
        self._wait_for(self._change(None))
        self._server.should_exit = True
        self._thread.join(_WITHIN_S)
        self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _wait_for(self, work: Any) -> None:
        if self._loop is None:
            raise RuntimeError("the sandbox does not run")
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_WITHIN_S)

    async def _change(self, app: SandboxApp | None) -> None:
        life, self._life, self._app = self._life, None, app
        if life is not None:
            await life.__aexit__(None, None, None)
        if app is not None:
            self._life = app.router.lifespan_context(app)
            await self._life.__aenter__()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is not None:
            await self._app(scope, receive, send)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        await self._server.serve(sockets=[self._listener])
