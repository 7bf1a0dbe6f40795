"""Where a URL really leads: its host's addresses, looked up once, checked, and the one to connect to."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from gigstack_events.errors import NotDone


class PrivateAddress(NotDone):
    """A URL leads into a private network, and nobody has allowed that."""


@dataclass(frozen=True, slots=True)
class Place:
    """A URL with its host's address in it; `host` and `name` are what to send and to verify."""

    url: str
    host: str
    name: str


def resolve(name: str, port: int) -> list[str]:
    """All addresses of a name."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDone("the name of its host cannot be resolved") from None
    return [str(entry[4][0]) for entry in found]


def place_of(url: str, *, allow_private: bool, resolving: Callable[[str, int], list[str]] = resolve) -> Place:
    """Where to connect to for a URL. Raises PrivateAddress where one of its addresses is not public."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    addresses = resolving(name, parts.port or (443 if parts.scheme == "https" else 80))
    if not addresses:
        raise NotDone("its host has no address")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise PrivateAddress("its host has a private address: `allow_private = true` would allow that")
    address = addresses[0]
    literal = f"[{address}]" if ":" in address else address
    netloc = f"{literal}:{parts.port}" if parts.port else literal
    return Place(parts._replace(netloc=netloc, fragment="").geturl(), parts.netloc.rpartition("@")[2], name)


def is_public(address: str) -> bool:
    """Whether an address is of the public Internet, also within an IPv6 address that carries an IPv4 one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


_OTHER_NAMES = (62, 64)
"""OpenSSL's codes for a certificate of another name or address; its words would quote ours."""


def distrust(error: BaseException) -> str:
    """Why a host's certificate was not accepted, whichever library says so; '' for any other failure."""
    for each in _within(error, set()):
        if isinstance(each, ssl.SSLCertVerificationError):
            why = "it is for another name" if each.verify_code in _OTHER_NAMES else each.verify_message
            return f"its certificate is not trusted: {why}"
    return ""


def _within(error: object, seen: set[int]) -> Iterator[BaseException]:
    """An error and all those that it came from."""
    if not isinstance(error, BaseException) or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for other in (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args):
        yield from _within(other, seen)
