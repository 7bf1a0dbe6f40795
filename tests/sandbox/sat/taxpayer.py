"""A team that downloads from the SAT."""

import base64
import io
import zipfile
from dataclasses import dataclass
from json import dumps as json_text
from typing import Any

import httpx
from pydantic import TypeAdapter
from starlette.routing import Match

from gigstack_events.sandbox.process import SandboxProcess
from gigstack_events.sandbox.sat.operations import OPERATIONS

QUARTER = (("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31"))


_ROUTES = [(operation.route(), TypeAdapter(operation.answer)) for operation in OPERATIONS]


def check_answer(method: str, path: str, data: object) -> None:
    """Hold the data of an answer against what its operation declares."""
    for route, answer in _ROUTES:
        if route.matches({"type": "http", "method": method, "path": path})[0] is Match.FULL:
            answer.validate_json(json_text(data), strict=True)
            return


@dataclass(frozen=True)
class Taxpayer:
    """Its calls, in one mode of its own team."""

    sandbox: SandboxProcess
    team: str
    livemode: bool = True

    def send(self, method: str, path: str, json: object = None, **beside: Any) -> httpx.Response:
        key = "sk_live_sandbox" if self.livemode else "sk_test_sandbox"
        url = httpx.URL(self.sandbox.url + path).copy_merge_params({"team": self.team})
        headers = {"Authorization": f"Bearer {key}"}
        reply = httpx.request(method, url, json=json, headers=headers, trust_env=False, timeout=30, **beside)
        if reply.is_success:
            check_answer(method, url.path, reply.json()["data"])
        return reply

    def get(self, path: str) -> Any:
        return self._data(self.send("GET", path))

    def post(self, path: str, json: object = None) -> Any:
        return self._data(self.send("POST", path, json))

    def put(self, path: str, json: object) -> Any:
        return self._data(self.send("PUT", path, json))

    def refused(self, method: str, path: str, json: object = None) -> str:
        """Return what is said to a call that is refused with 400."""
        reply = self.send(method, path, json)
        assert reply.status_code == 400, reply.text
        error = reply.json()
        return str(error["message"] if isinstance(error["error"], str) else error["error"]["message"])

    def steer(self, **wishes: object) -> Any:
        wanted = {"team": self.team, "livemode": self.livemode, **wishes}
        return self.sandbox.call("POST", "/_sandbox/sat", wanted)

    def advance(self, **spans: float) -> None:
        seconds = spans.get("seconds", 0) + spans.get("hours", 0) * 3600 + spans.get("days", 0) * 86_400
        self.sandbox.call("POST", "/_sandbox/clock", {"advance": seconds})

    def request(self, first: str, last: str, rfc_type: str = "received", **more: str) -> Any:
        body = {"start_date": first, "end_date": last, "rfc_type": rfc_type, **more}
        return self.post("/invoices/download/request", body)

    def history(self) -> list[dict[str, Any]]:
        return list(self.get("/invoices/download/schedule/history")["history"])

    def status(self, id: str) -> Any:
        return self.get(f"/invoices/download/status/{id}")

    def package(self, id: str) -> dict[str, bytes]:
        """Fetch the only package of a request; return its files by name."""
        [package] = self.status(id)["packageIds"]
        data = self.get(f"/invoices/download/package/{package}")
        assert data["encoding"] == "base64"
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(data["content"]))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def mirrored(self, query: str = "") -> list[dict[str, Any]]:
        return list(self.get(f"/invoices/sat?limit=100{query}"))

    def charges(self) -> list[dict[str, Any]]:
        rows = self.sandbox.journal("charges")["charges"]
        return [row for row in rows if (row["team"], row["livemode"]) == (self.team, self.livemode)]

    def _data(self, reply: httpx.Response) -> Any:
        assert reply.is_success, reply.text
        return reply.json()["data"]
