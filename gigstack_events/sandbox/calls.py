"""What a program can ask of a sandbox that runs somewhere: calls, payments, events, evidence."""

import ssl
import time
from typing import Any

import httpx


class SandboxCalls:
    """Calls to the sandbox at `url`, which serves both the API and the control routes."""

    def __init__(self) -> None:
        self.url = ""
        self._client: httpx.Client | None = None

    def _connect(self) -> None:
        # An empty trust store: reading the real one takes longer than starting the sandbox.
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.Client(base_url=self.url, verify=verify, timeout=30, trust_env=False)

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def call(self, method: str, path: str, json: object = None, *, livemode: bool = True) -> Any:
        """Make a call with the key of a mode and return its JSON; RuntimeError unless it succeeds."""
        if self._client is None:
            raise RuntimeError("the sandbox does not run")
        key = "sk_live_sandbox" if livemode else "sk_test_sandbox"
        reply = self._client.request(method, path, json=json, headers={"Authorization": f"Bearer {key}"})
        if not reply.is_success:
            raise RuntimeError(f"{method} {path}: {reply.status_code} {reply.text}")
        return reply.json()

    def pay(self, **wanted: object) -> dict[str, Any]:
        """Let a client pay; see the control route `/_sandbox/pay` for what can be wanted."""
        return dict(self.call("POST", "/_sandbox/pay", wanted))

    def trigger(self, type: str, **wanted: object) -> dict[str, Any]:
        """Send an event of any type by hand; see the control route `/_sandbox/trigger`.

        `sandbox.trigger("payment.succeeded", set={"object.total": 100})`
        """
        return dict(self.call("POST", "/_sandbox/trigger", {"type": type, **wanted}))

    def journal(self, *only: str) -> dict[str, list[dict[str, Any]]]:
        """Return every CFDI, call and delivery so far; or `only` some, such as `cfdis` and `receipts`."""
        query = f"?only={','.join(only)}" if only else ""
        return dict(self.call("GET", f"/_sandbox/journal{query}"))

    def summary(self) -> dict[str, int]:
        """Return the counts."""
        return dict(self.call("GET", "/_sandbox/summary"))

    def wait_until_quiet(self, within: float = 30.0) -> dict[str, int]:
        """Wait until all deliveries and late receipts are through; return the counts then."""
        until = time.monotonic() + within
        while (counts := self.summary())["deliveries_waiting"] or counts["receipts_to_come"]:
            if time.monotonic() > until:
                raise TimeoutError(f"the sandbox still has work after {within:g} s: {counts}")
            time.sleep(0.02)
        return counts
