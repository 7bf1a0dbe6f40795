"""One business, told once: every operation is called for real, and what was written is read back."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx

from gigstack_events.api import Gigstack, NotFound
from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.samples import SAMPLES


class Story:
    """What is known so far, and every reply as it came, by operation."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.known: dict[str, str] = {}
        self.responses: defaultdict[str, list[httpx.Response]] = defaultdict(list)
        self.replies: defaultdict[str, list[Any]] = defaultdict(list)
        self.api = Gigstack("sk_live_sandbox", base_url=sandbox.url, transport=_Listener(self), timeout=30)
        self.called: list[str] = []

    def call(self, name: str, **known: str) -> Any:
        """Make the call of a sample; a list comes whole."""
        self.called.append(name)
        result = SAMPLES[name](self.api, {**self.known, **known})
        return list(result) if isinstance(result, Iterator) else result

    def make(self, kind: str, name: str, **known: str) -> Any:
        """Make something, and remember its id."""
        made = self.call(name, **known)
        assert made.id
        self.known[kind] = made.id
        return made

    def pass_time(self, *, hours: int) -> None:
        """Put the sandbox's time forward."""
        self.sandbox.call("POST", "/_sandbox/clock", {"advance": hours * 3600})

    def is_gone(self, name: str, **known: str) -> bool:
        """Tell whether an object is not there any more."""
        try:
            self.call(name, **known)
        except NotFound:
            return True
        return False

    def keep(self, reply: httpx.Response) -> None:
        """Note a reply under the operation that was called."""
        self.responses[self.called[-1]].append(reply)
        if reply.is_success and reply.content:
            self.replies[self.called[-1]].append(json.loads(reply.content))


class _Listener(httpx.BaseTransport):
    """Passes calls on and lets the story see the replies."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        reply = self._inner.handle_request(request)
        reply.read()
        reply.request, reply.elapsed = request, timedelta(0)
        self._story.keep(reply)
        return reply

    def close(self) -> None:
        self._inner.close()


def ids(rows: list[Any]) -> list[str]:
    """Give the ids of rows."""
    return [row.id for row in rows]
