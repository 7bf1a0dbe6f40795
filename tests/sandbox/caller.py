"""Plain HTTP calls to a sandbox, for what a typed client would not let through."""

from typing import Any

import httpx

from gigstack_events.sandbox.process import SandboxProcess


class Caller:
    """Calls the API for one team and gives back `data`, or what was refused and why."""

    def __init__(self, sandbox: SandboxProcess, team: str) -> None:
        self._http = httpx.Client(
            base_url=sandbox.url,
            headers={"Authorization": "Bearer sk_live_sandbox"},
            params={"team": team},
            trust_env=False,
        )

    def close(self) -> None:
        self._http.close()

    def raw(self, method: str, path: str, **sent: Any) -> httpx.Response:
        if query := path.partition("?")[2]:
            sent["params"] = {**self._http.params, **httpx.QueryParams(query)}
        return self._http.request(method, path.partition("?")[0], **sent)

    def __call__(self, method: str, path: str, body: object = None, **sent: Any) -> Any:
        """Make a call that succeeds; the answer's `data`."""
        reply = self.raw(method, path, **({"json": body} if body is not None else {}), **sent)
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def refused(self, method: str, path: str, body: object = None, **sent: Any) -> tuple[int, str]:
        """Make a call that fails; its status and the API's code."""
        reply = self.raw(method, path, **({"json": body} if body is not None else {}), **sent)
        error = reply.json()["error"]
        return reply.status_code, error["code"] if isinstance(error, dict) else error

    def client(self, **fields: object) -> str:
        """Make a client that can be invoiced."""
        fiscal = {
            "name": "Ana",
            "legal_name": "ANA",
            "tax_id": "PEGJ800101ABC",
            "tax_system": "612",
            "use": "G03",
            "email": "ana@x.example",
            "address": {"zip": "03100", "country": "MEX"},
        }
        return str(self("POST", "/clients", {**fiscal, **fields})["id"])
