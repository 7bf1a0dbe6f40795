"""Sending by Apprise: one message to one destination, and what is known when that fails.

Apprise is used as a library only: it reads no configuration, keeps nothing on disk, loads nobody's
plugins, follows no redirects, and what it logs (addresses with their tokens) goes nowhere.
"""

import logging
import warnings
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any

from gigstack_events.addresses import distrust
from gigstack_events.errors import ConfigurationError, NotDone
from gigstack_events.notices.formats import missing_extra
from gigstack_events.notices.templates import Message

CONNECT_S = 5.0
READ_S = 15.0
PASSING = (408, 425, 429)
"""Refusals that pass by themselves."""


class NotSent(NotDone):
    """A destination did not take a message.

    `permanent`: it will not take it until somebody corrects its address; `doubtful`: it may have it all
    the same.
    """

    def __init__(self, message: str, *, permanent: bool = False, doubtful: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.doubtful = doubtful


_heard: ContextVar[list[Any] | None] = ContextVar("heard", default=None)


def send(name: str, url: str, message: Message) -> None:
    """Send a message to the destination called `name`. Raises NotSent, whose text quotes no address."""
    opened = open_url(url)
    heard: list[Any] = []
    token = _heard.set(heard)
    try:
        sent = opened.notify(title=message.title, body=message.body, body_format="text")
    except Exception as error:
        raise NotSent(f"{name} failed with {type(error).__name__}", doubtful=True) from None
    finally:
        _heard.reset(token)
    if not sent:
        raise _failure(name, heard)


@lru_cache(maxsize=256)
def open_url(url: str) -> Any:
    """Apprise for one URL. Raises ConfigurationError where Apprise cannot make anything of it."""
    apprise = _apprise()
    asset = apprise.AppriseAsset(
        storage_mode=apprise.PersistentStoreMode.MEMORY, service_timeout=0, allow_templates=False
    )
    asset.async_mode = False
    asset.http_redirects = False
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        scheme = url.split("://")[0]
        raise ConfigurationError(f"Apprise cannot use this {scheme}:// address; see its page of {scheme}")
    service.socket_connect_timeout = min(service.socket_connect_timeout, CONNECT_S)
    service.socket_read_timeout = min(service.socket_read_timeout, READ_S)
    service.service_retry = 0  # trying again is the engine's
    one = apprise.Apprise(asset=asset)
    one.add(service)
    return one


@cache
def _apprise() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its plugins import is no concern of ours
        try:
            import apprise
            import requests
        except ImportError:
            raise missing_extra("apprise") from None
        apprise.Apprise.instantiate("json://127.0.0.1/")  # now it loads them all
    for chatty in ("apprise", "urllib3"):
        logger = logging.getLogger(chatty)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    _listen(requests)
    return apprise


def _listen(requests: Any) -> None:
    """Hear what each request came to: Apprise itself only says yes or no, and a no may mean many things."""
    plain = requests.Session.send

    def send(session: Any, request: Any, **how: Any) -> Any:
        heard = _heard.get()
        try:
            reply = plain(session, request, **how)
        except Exception as error:
            if heard is not None:
                heard.append(error)
            raise
        if heard is not None:
            heard.append(reply.status_code)
        return reply

    requests.Session.send = send


def _failure(name: str, heard: list[Any]) -> NotSent:
    if not heard:
        return NotSent(f"{name} did not take the message", doubtful=True)
    last, refused = heard[-1], all(_is_refusal(each) for each in heard)
    if not isinstance(last, int):
        why = distrust(last) or type(last).__name__
        return NotSent(f"{name} cannot be reached ({why})", doubtful=not refused)
    if 300 <= last < 500 and last not in PASSING:
        return NotSent(f"{name} refuses the message with {last}", permanent=refused, doubtful=not refused)
    return NotSent(f"{name} answers {last}", doubtful=not refused)


def _is_refusal(heard: Any) -> bool:
    """Whether nothing was delivered for certain: refused, or never connected."""
    if isinstance(heard, int):
        return 300 <= heard < 500
    import requests
    import urllib3

    if isinstance(
        heard, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError
    ):
        return True
    reason = getattr(heard.args[0] if heard.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)
