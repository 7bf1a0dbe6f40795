"""`send`: one event by hand, signed as the settings say, to the receiver on this machine."""

import json
import re
import time
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import typer
from pydantic import SecretStr

from admin.addresses import leads_to_the_receiver
from admin.surroundings import Mistake, console, open_api, plain, sentence, typed_python
from admin.wished_events import Made, make_event, read_wish
from gigstack_events.environment import signing_key
from gigstack_events.errors import ApiError, ConfigurationError
from gigstack_events.sandbox.webhooks.signing import legacy_headers, standard_headers
from gigstack_events.settings import Settings, load_settings

USUAL = "http://127.0.0.1:8000/webhooks/gigstack"
_WITHIN_S = 10.0
_MOST = 500
_UNSIGNED = (
    "GIGSTACK_VERIFY is not set, so nothing says how to sign an event. For the receiver of `make run`, type "
    "`. .data/env` in the project's folder first."
)


def send(
    type: Annotated[str, typer.Argument(metavar="EVENT_TYPE", help="Such as payment.succeeded.")],
    set: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=VALUE", help="Change the event: object.total=100. May be given again."),
    ] = None,
    test_mode: Annotated[bool, typer.Option("--test-mode", help="An event of test mode.")] = False,
    url: Annotated[
        str | None, typer.Option(help="The receiver's address. Default: the one on this machine.")
    ] = None,
) -> None:
    """Send one signed event to the receiver on this machine, as gigstack would."""
    settings = load_settings()
    if not settings.verify:
        raise Mistake(_UNSIGNED)
    if url:
        leads_to_the_receiver(url)  # or else it is no address at all
    made = make_event(read_wish(type, set or [], livemode=not test_mode), settings)
    address = url or _receiver_of(made, settings, livemode=not test_mode)
    reply = _deliver(made, address, settings)
    source = "" if made.known else ", made up: the API that the settings lead to does not know it"
    lines = [
        f"{made.id} is a {type} about {made.object_id}{source}.",
        f"The receiver answers {reply.status_code}{_said(reply)}",
    ]
    if reply.status_code == 202:
        lines += ["What became of it:", f"  {typed_python()} -m admin events show {_accepted(reply, made)}"]
    console().print("\n".join(map(plain, lines)), soft_wrap=True)
    if reply.status_code != 202:
        raise typer.Exit(1)


def _receiver_of(made: Made, settings: Settings, *, livemode: bool) -> str:
    """The endpoint on this machine that is registered with the sandbox, or the usual address."""
    if not made.known:
        return USUAL
    try:
        with open_api(settings, livemode=livemode) as gigstack:
            urls = [webhook.url for webhook in gigstack.webhooks.list() if webhook.status == "active"]
    except (ApiError, ConfigurationError):
        return USUAL
    return next((url for url in urls if _is_here(url) and leads_to_the_receiver(url)), USUAL)


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _deliver(made: Made, url: str, settings: Settings) -> httpx.Response:
    body = json.dumps(made.body, separators=(",", ":")).encode()
    headers, tail = _proof(made.id, body, settings)
    if tail and urlsplit(url).path.endswith("/webhooks/gigstack"):
        url += tail
    try:
        with httpx.Client(timeout=_WITHIN_S, trust_env=False) as client:
            return client.post(url, content=body, headers={"content-type": "application/json", **headers})
    except httpx.HTTPError as error:
        where = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"  # the path may end in a secret
        raise Mistake(
            f"No receiver answers at {where} ({type(error).__name__}): start it (`make run`), or name its "
            "address with --url."
        ) from None


def _proof(id: str, body: bytes, settings: Settings) -> tuple[dict[str, str], str]:
    """What proves the delivery by the first scheme in force: headers, and what the path ends in."""
    if not re.fullmatch(r"[!-~]+", id):
        raise Mistake(f"An event's id travels in a header: {id!r} cannot; take letters, digits and _.")
    match settings.verify[0]:
        case "standard":
            key = next(filter(signing_key, map(_text, settings.webhook_secrets)))
            padded = key + "=" * (-len(key.removeprefix("whsec_")) % 4)
            return standard_headers(padded, id, int(time.time()), body), ""
        case "gigstack":
            return legacy_headers(_text(settings.webhook_secrets[0]), body), ""
        case "header":
            return {settings.webhook_header: _text(settings.webhook_header_values[0])}, ""
        case "token":
            return {}, f"/{_text(settings.webhook_tokens[0])}"
        case _:
            return {}, ""


def _text(secret: SecretStr) -> str:
    return secret.get_secret_value()


def _said(reply: httpx.Response) -> str:
    answer = _json(reply)
    return f": {sentence(str(answer.get('error') or answer.get('status'))[:_MOST])}" if answer else "."


def _accepted(reply: httpx.Response, made: Made) -> str:
    return str(_json(reply).get("event") or made.id)


def _json(reply: httpx.Response) -> dict[str, Any]:
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
