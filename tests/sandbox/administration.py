"""Calls as an administrator makes them: raw, so that what comes back is what was sent."""

from typing import Any

import httpx


class Office:
    """The sandbox's API with a live key and a team. An answer that is not a success is returned, too."""

    def __init__(self, url: str, team: str, key: str = "sk_live_sandbox") -> None:
        self.team = team
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30
        )

    def ask(self, method: str, path: str, json: object = None, **more: Any) -> httpx.Response:
        params = {"team": self.team, **more.pop("params", {})}
        return self._client.request(method, httpx.URL(path).copy_merge_params(params), json=json, **more)

    def get(self, path: str, **params: object) -> Any:
        reply = self.ask("GET", path, params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def do(self, method: str, path: str, json: object = None, **more: Any) -> Any:
        reply = self.ask(method, path, json, **more)
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def refused(self, method: str, path: str, json: object = None, **more: Any) -> tuple[int, str]:
        """Return the status and the API's code of a call that does not succeed."""
        reply = self.ask(method, path, json, **more)
        error = reply.json()["error"]
        return reply.status_code, error["code"] if isinstance(error, dict) else error

    def close(self) -> None:
        self._client.close()
