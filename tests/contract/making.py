"""Objects for documented bodies to talk about: they name `client_1`, so there must be one."""

import re
from typing import Any

import httpx

from gigstack_events.api import Gigstack
from gigstack_events.sandbox.process import SandboxProcess
from tests.contract.samples import SAMPLES
from tests.contract.story import Story

_NAMED = re.compile(r'"([a-z_]+)_1"')


class Maker:
    """Makes what an example names, once each, with the samples' calls."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._sandbox = sandbox
        self._story = Story(sandbox)
        self._made: dict[str, str] = {}

    def filled(self, text: str) -> str:
        """Replace every documented id by that of a new object of its kind."""
        return _NAMED.sub(lambda found: f'"{self.real(found[1] + "_1")}"', text)

    def real(self, id: str) -> str:
        """Return the id of a new object of the kind that a documented id names."""
        if id not in self._made:
            make = getattr(self, "_" + id.removesuffix("_1"), None)
            self._made[id] = make() if make else id
        return self._made[id]

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        """Send a body as it is."""
        key = {"Authorization": "Bearer sk_live_sandbox", **headers}
        return httpx.request(method, self._sandbox.url + path, json=body, headers=key)
