"""Registering our endpoint with gigstack: which events it wants, and where its secret goes."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from admin.secret_files import SecretFile
from admin.surroundings import PROJECT, Mistake, sentence
from gigstack_events.api import Gigstack, Webhook
from gigstack_events.discovery import Discovery, discover, folders, missing
from gigstack_events.errors import ApiError
from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.routing import unknown_patterns
from gigstack_events.rules import rules_of
from gigstack_events.settings import Settings

_ROTATE = "run this again with --rotate to get a new one"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an endpoint shall be. `signed`: gigstack signs deliveries; `rotate`: with a new secret."""

    url: str
    events: tuple[str, ...]
    signed: bool = True
    rotate: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of a wish. `also` names other endpoints with the same address."""

    webhook: Webhook
    action: Literal["registered", "updated", "unchanged"]
    secret_came: bool
    also: tuple[str, ...]


def find_handlers(settings: Settings) -> Discovery:
    """All handlers, enabled or not."""
    return discover(*folders(settings.handlers_dir, PROJECT / "handlers"))


def expand(patterns: Iterable[str]) -> tuple[str, ...]:
    """The published events that fit; the API takes no patterns and no other names."""
    wanted = list(patterns)
    return tuple(event for event in KNOWN_EVENTS if any(fnmatchcase(event, pattern) for pattern in wanted))


def events_named(text: str) -> tuple[str, ...]:
    """The events in a list such as `payment.succeeded,receipt.*`; raises Mistake for unknown ones."""
    patterns = text.replace(",", " ").split()
    if problems := unknown_patterns(patterns):
        raise Mistake(" ".join(map(sentence, problems)))
    if not patterns:
        raise Mistake("--events is empty: name at least one event, or leave the option out.")
    return expand(patterns)


def events_of_handlers(found: Discovery, settings: Settings) -> tuple[str, ...]:
    """Exactly what the rules want; raises Mistake where that is nothing."""
    rules = rules_of(settings, found).rules
    named = settings.handlers or tuple(rule.handler for rule in rules)
    if found.broken and ("*" in named or missing(found, named)):
        names = "; ".join(f"{source}: {error}" for source, error in found.broken.items())
        raise Mistake(
            f"What the handlers want is not known, for not all can be loaded ({names}). Name --events."
        )
    events = expand(pattern for rule in rules for pattern in rule.patterns)
    if not events:
        raise Mistake(
            "No enabled handler wants an event: set GIGSTACK_HANDLERS or GIGSTACK_RULES, or name --events."
        )
    return events


def register(gigstack: Gigstack, wish: Wish, secret_file: Path | None) -> Registration:
    """Create the endpoint, or change the one with this URL; a secret that comes goes into the file.

    Raises Mistake before anything is changed where a secret would come and could not be kept.
    """
    same = [webhook for webhook in gigstack.webhooks.list() if webhook.url == wish.url]
    found = same[0] if same else None
    brings_secret = wish.signed and (wish.rotate or found is None or not found.signing.get("enabled"))
    if brings_secret and secret_file is None:
        raise Mistake(
            "gigstack shows the signing secret only once: say with --secret-file where to keep it "
            "(or --unsigned, for an endpoint that proves itself by a header or a token)."
        )
    with SecretFile(secret_file) if secret_file else nullcontext() as file:
        if found and file and wish.signed and not brings_secret and not file.kept():
            raise Mistake(
                f"{found.id} has this URL already, and its secret is not shown again: name the file that "
                f"holds the secret, or {_ROTATE}."
            )
        changes = _changes(found, wish, brings_secret)
        if found and not changes:
            return Registration(found, "unchanged", False, _ids(same[1:]))
        webhook = _send(gigstack, found, changes)
        came = _keep(webhook, file)
    return Registration(webhook, "updated" if found else "registered", came, _ids(same[1:]))


def _changes(found: Webhook | None, wish: Wish, brings_secret: bool) -> dict[str, Any]:
    signing = (
        {"signing": {"enabled": True, **({"rotate": True} if wish.rotate else {})}} if brings_secret else {}
    )
    if found is None:
        return {"url": wish.url, "events": list(wish.events), "signing": {"enabled": wish.signed}}
    changes: dict[str, Any] = dict(signing)
    if set(found.events) != set(wish.events):
        changes["events"] = list(wish.events)
    if found.status != "active":
        changes["status"] = "active"
    if changes and found.revision:
        changes["expected_revision"] = found.revision
    return changes


def _send(gigstack: Gigstack, found: Webhook | None, changes: dict[str, Any]) -> Webhook:
    try:
        return gigstack.webhooks.update(found.id, **changes) if found else gigstack.webhooks.create(**changes)
    except ApiError as error:
        if error.outcome == "unknown" and "signing" in changes:
            told = f"It may have been done, with a secret that nobody has seen: {_ROTATE}."
            raise Mistake(f"{sentence(str(error))} {told}") from None
        raise


def _keep(webhook: Webhook, file: SecretFile | None) -> bool:
    if webhook.signing_secret is None:
        return False
    secret = webhook.signing_secret.get_secret_value()
    if file is None:  # it was not asked for, and still it is shown only once
        with SecretFile(Path(f"{webhook.id}.secret")) as own:
            own.keep(secret)
        return True
    try:
        file.keep(secret)
    except OSError as error:
        raise Mistake(
            f"The secret could not be written ({error.strerror}): mend that, then {_ROTATE}."
        ) from None
    return True


def _ids(webhooks: Iterable[Webhook]) -> tuple[str, ...]:
    return tuple(webhook.id for webhook in webhooks)
