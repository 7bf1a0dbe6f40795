"""ask_fiscal_data: a new client without fiscal data is asked for them by mail, once, before a CFDI fails."""

from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from gigstack_events import Context, DidNotHappen, Event, Happened, Park, RetryLater, on
from gigstack_events.api.models import Client

NAMES = {
    "legal_name": "nombre o razón social",
    "tax_id": "RFC",
    "tax_system": "régimen fiscal",
    "address.zip": "código postal del domicilio fiscal",
}


class Options(BaseModel):
    """What an operator may choose, as JSON in GIGSTACK_HANDLER_ASK_FISCAL_DATA or in a rule."""

    model_config = ConfigDict(extra="forbid")

    form: HttpUrl
    """Where clients complete their data; the mail leads there."""
    mail: HttpUrl
    """The mail service: POST /messages sends one, GET /messages/ID finds it."""
    token_file: Path | None = None
    """File with the mail service's token. Options are kept with each run, so no secret is one."""
    patience: float = Field(default=3600, ge=0)
    """Seconds that clients have to complete their data unasked."""


@on("customer.created", options=Options)
def ask_fiscal_data(event: Event, ctx: Context) -> str:
    """Ask a new client by mail for the fiscal data that a CFDI needs and that are missing."""
    if not event.livemode:
        return "nobody is asked in test mode"
    client = ctx.gigstack.clients.get(event.object["id"])
    if not client.missing_fiscal_data:
        return "complete"
    if (left := ctx.options.patience - ctx.age) > 0:
        raise RetryLater(left, "the client may still complete the data unasked")
    if not client.email:
        raise Park("this client has no e-mail address: ask in another way, then `runs cancel`")
    mail = _Mail(ctx.options, f"fiscal-data-{client.id}")
    text = _text(client, ctx.options)
    ctx.effect("ask", lambda key: mail.send(client.email or "", text), on=client.id, check=mail.look)
    return "asked"


class _Mail:
    """One message of the mail service, known by an id of ours."""

    def __init__(self, options: Options, id: str) -> None:
        token = options.token_file.read_text().strip() if options.token_file else ""
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._url = f"{str(options.mail).rstrip('/')}/messages"
        self._id = id

    def send(self, to: str, text: str) -> None:
        message = {"id": self._id, "to": to, "subject": "Sus datos fiscales", "text": text}
        httpx.post(self._url, json=message, headers=self._headers, timeout=10).raise_for_status()

    def look(self) -> Happened | DidNotHappen:
        reply = httpx.get(f"{self._url}/{self._id}", headers=self._headers, timeout=10)
        if reply.status_code == 404:
            return DidNotHappen()
        reply.raise_for_status()
        return Happened()


def _text(client: Client, options: Any) -> str:
    missing = ", ".join(NAMES[name] for name in client.missing_fiscal_data)
    return f"Para facturarle nos falta: {missing}. Complete sus datos aquí: {options.form}"
