"""`webhooks list`, `register`, `delete`: the endpoints that gigstack sends events to."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.addresses import ELSEWHERE, leads_to_the_receiver
from admin.registration import Registration, Wish, events_named, events_of_handlers, find_handlers, register
from admin.secret_files import SecretFile
from admin.surroundings import Mistake, console, open_api, print_json
from admin.tables import print_table
from gigstack_events.api import NotFound, Webhook
from gigstack_events.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="The endpoints that gigstack sends events to.")

Test = Annotated[bool, typer.Option("--test", help="Use the key for test mode. Both modes share endpoints.")]
_TOKEN = re.compile(r"(/webhooks/gigstack/)[^/?#]+")


@app.command("list")
def list_webhooks(test: Test = False, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show all endpoints."""
    with open_api(load_settings(), livemode=not test) as gigstack:
        webhooks = list(gigstack.webhooks.list())
    if json:
        print_json([_facts(webhook) for webhook in webhooks])
        return
    if not webhooks:
        console().print("No endpoint is registered. `python -m admin webhooks register --url …` adds one.")
        return
    rows = [
        (
            facts["id"], facts["url"], facts["status"], "yes" if facts["signed"] else "no",
            ", ".join(facts["events"]) or "all",
        )
        for facts in map(_facts, webhooks)
    ]  # fmt: skip
    print_table(console(), ("id", "url", "status", "signed", "events"), rows)


@app.command("register")
def register_webhook(
    url: Annotated[str, typer.Option(help="Public address of the receiver, ending in /webhooks/gigstack.")],
    events: Annotated[
        str | None, typer.Option(help="Events, separated by commas. Default: what handlers want.")
    ] = None,
    secret_file: Annotated[Path | None, typer.Option(help="File that keeps the signing secret.")] = None,
    rotate: Annotated[bool, typer.Option("--rotate", help="Ask for a new signing secret.")] = False,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Do without signatures.")] = False,
    test: Test = False,
) -> None:
    """Register the receiver, or bring its registration up to date. May be repeated."""
    if not leads_to_the_receiver(url):
        typer.echo(f"note: {ELSEWHERE}", err=True)
    if rotate and unsigned:
        raise Mistake("--rotate and --unsigned contradict each other: keep one of the two.")
    settings = load_settings()
    wanted = _wanted(settings) if events is None else events_named(events)
    with open_api(settings, livemode=not test) as gigstack:
        done = register(gigstack, Wish(url, wanted, not unsigned, rotate), secret_file)
    console().print("\n".join(_told(done, secret_file, signed=not unsigned)), soft_wrap=True, markup=False)


@app.command("delete")
def delete_webhook(id: str, test: Test = False) -> None:
    """Remove an endpoint for good."""
    with open_api(load_settings(), livemode=not test) as gigstack:
        try:
            gigstack.webhooks.delete(id)
        except NotFound:
            raise Mistake(f"No endpoint is called {id}: `webhooks list` shows them.") from None
    console().print(f"{id} is removed.", markup=False)


def _wanted(settings: Settings) -> tuple[str, ...]:
    found = find_handlers(settings)
    for warning in found.warnings:
        typer.echo(f"note: {warning}", err=True)
    return events_of_handlers(found, settings)


def _told(done: Registration, secret_file: Path | None, *, signed: bool) -> list[str]:
    webhook = done.webhook
    lines = [f"{webhook.id} is {done.action}: {_shown(webhook.url)} gets {', '.join(webhook.events)}"]
    if done.secret_came:
        kept_in = secret_file or Path(f"{webhook.id}.secret")
        lines.append(f"Its signing secret is in {kept_in} (mode 0600).")
        lines.append(
            f"Give it to the receiver: GIGSTACK_VERIFY=standard GIGSTACK_WEBHOOK_SECRETS_FILE={kept_in}"
        )
        lines += _older(len(SecretFile(kept_in).kept()) - 1, kept_in)
    elif signed and done.action != "unchanged" and not webhook.signing.get("enabled"):
        lines.append("No signing secret came: turn signatures on at this endpoint's page in gigstack.")
    lines += [
        f"{id} has the same URL, so each event comes twice: `webhooks delete {id}`." for id in done.also
    ]
    return lines


def _older(count: int, file: Path) -> list[str]:
    if not count:
        return []
    stay, them = ("1 older secret stays", "it") if count == 1 else (f"{count} older secrets stay", "them")
    return [f"{stay} in {file}; remove {them} when every endpoint uses the new one."]


def _facts(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": _shown(webhook.url),
        "status": webhook.status,
        "signed": bool(webhook.signing.get("enabled")),
        "events": webhook.events,
    }


def _shown(url: str) -> str:
    """A token at the end of the path is a secret."""
    return _TOKEN.sub(r"\1[hidden]", url)
