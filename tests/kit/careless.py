"""Handlers by careless authors: each breaks one promise. `SENT` is what their fake recorded."""

import contextlib
import threading
import time
from functools import partial
from typing import Any

import httpx

from gigstack_events import Context, DidNotHappen, Event, GiveUp, Happened, on
from gigstack_events.api import Gigstack
from gigstack_events.errors import ApiError


def _mail(person: str, key: str) -> None:
    SENT.append(person)


SENT: list[str] = []
_clients: list[Gigstack] = []


@on("payment.succeeded")
def acts_outside(event: Event, ctx: Context) -> None:
    """Send, and say it to the ledger only then."""
    SENT.append(event.object["id"])
    ctx.effect("sent", lambda key: None, on=event.object["id"], repeatable=True)


@on("payment.succeeded")
def writes_outside(event: Event, ctx: Context) -> None:
    """Change something in gigstack without an effect."""
    ctx.gigstack.clients.create(name="Ana", email="ana@example.mx")


@on("payment.succeeded")
def posts_outside(event: Event, ctx: Context) -> None:
    """Tell another system without an effect."""
    with contextlib.suppress(httpx.HTTPError):
        httpx.post("http://127.0.0.1:9/told", timeout=0.2)


@on("payment.succeeded")
def one_identity(event: Event, ctx: Context) -> None:
    """Mail to two people under one name."""
    for person in ("ana", "luis"):
        ctx.effect("mail", partial(_mail, person))


@on("payment.succeeded")
def guesses_no(event: Event, ctx: Context) -> None:
    """Say that it did not happen, without a look."""
    ctx.effect("mail", lambda key: SENT.append(event.id), on=event.object["id"], check=DidNotHappen)


@on("payment.succeeded")
def guesses_yes(event: Event, ctx: Context) -> None:
    """Say that it happened, without a look."""
    ctx.effect("mail", lambda key: None, on=event.object["id"], check=Happened)


@on("receipt.created")
def stamps_by_guess(event: Event, ctx: Context) -> None:
    """Stamp again where the answer was lost."""
    id = event.object["id"]
    ctx.effect("stamp", lambda key: ctx.gigstack.receipts.stamp(id).id, on=id, check=DidNotHappen)


@on("payment.succeeded")
def swallows_the_limit(event: Event, ctx: Context) -> str:
    """Catch everything, the end of its time too."""
    try:
        return ctx.gigstack.clients.get(event.object["client"]["id"]).id
    except BaseException:
        return "nobody"


@on("payment.succeeded")
def never_ends(event: Event, ctx: Context) -> str:
    """Wait for better times, whatever happens."""
    try:
        return ctx.gigstack.clients.get(event.object["client"]["id"]).id
    except BaseException:
        while True:
            time.sleep(0)


@on("payment.succeeded")
def returns_no_json(event: Event, ctx: Context) -> Any:
    """Return what cannot be kept."""
    return {"client": object()}


@on("payment.succeeded")
def keeps_its_client(event: Event, ctx: Context) -> str:
    """Use the client of the first event for all others."""
    if not _clients:
        _clients.append(ctx.gigstack)
    client = event.object["client"]["id"]
    with contextlib.suppress(ApiError):
        return _clients[0].clients.get(client).id
    return str(client)


@on("payment.succeeded")
def wants_all_it_knows(event: Event, ctx: Context) -> str:
    """Refuse what gigstack may add tomorrow."""
    if "unknown_flag" in event.object:
        raise ValueError("what is that?")
    return "fine"


@on("payment.succeeded")
def gives_up_at_once(event: Event, ctx: Context) -> None:
    """Take the first fault of the API for the last."""
    try:
        ctx.gigstack.clients.get(event.object["client"]["id"])
    except ApiError as error:
        raise GiveUp("the API is broken") from error


@on("payment.succeeded")
def forgets_its_act(event: Event, ctx: Context) -> str:
    """Ask for an act at the first attempt only."""
    if ctx.attempt == 1:
        ctx.effect("mail", lambda key: None, on=event.object["id"], check=Happened)
    return "mailed"


@on("payment.succeeded")
def posts_in_a_thread(event: Event, ctx: Context) -> None:
    """Let another thread do it."""
    thread = threading.Thread(target=posts_outside.function, args=(event, ctx))
    thread.start()
    thread.join()


@on("payment.succeeded")
def posts_what_went_wrong(event: Event, ctx: Context) -> None:
    """Tell another system of a fault, outside of effects."""
    try:
        ctx.gigstack.clients.get(event.object["client"]["id"])
    except ApiError:
        posts_outside.function(event, ctx)
        raise


@on("payment.succeeded")
def names_the_attempt(event: Event, ctx: Context) -> None:
    """Call the same act by another name at each attempt."""
    ctx.effect("mail", lambda key: None, on=f"{event.id}:{ctx.attempt}")


@on("payment.succeeded")
def tries_once(event: Event, ctx: Context) -> str:
    """Lose the mail with the first fault of the API."""
    try:
        client = ctx.gigstack.clients.get(event.object["client"]["id"])
    except ApiError:
        return "no address"
    ctx.effect("mail", lambda key: client.id, on=event.object["id"])
    return "mailed"


@on("payment.succeeded", timeout=0.5)
def stands_still(event: Event, ctx: Context) -> None:
    """Wait for nothing."""
    threading.Event().wait()


LOST: set[str] = set()


@on("payment.succeeded")
def posts_at_first(event: Event, ctx: Context) -> None:
    """Tell another system of the first event alone."""
    if not LOST:
        LOST.add(event.id)
        posts_outside.function(event, ctx)


@on("payment.succeeded")
def books_what_is_new(event: Event, ctx: Context) -> None:
    """Book into an account that a test must empty."""
    if "account" not in SENT:
        ctx.effect("book", lambda key: SENT.append("account"), on=event.object["id"])
