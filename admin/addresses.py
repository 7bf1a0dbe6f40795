"""The address that gigstack shall deliver to, as an operator gives it."""

import re
from urllib.parse import urlsplit

from admin.surroundings import Mistake

ELSEWHERE = (
    "The path of --url ends neither in /webhooks/gigstack nor in /webhooks/gigstack/TOKEN, where the "
    "receiver listens: your proxy has to lead it there."
)
_EXAMPLE = "write it like https://you.example/webhooks/gigstack"


def leads_to_the_receiver(url: str) -> bool:
    """Whether the path is one of the receiver's; raises Mistake for what is no address to deliver to."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", url):
        raise Mistake(f"--url is not an address that gigstack could deliver to: {_EXAMPLE}.")
    if "@" in parts.netloc:
        raise Mistake(f"--url holds a user's name or password, which nobody would check: {_EXAMPLE}.")
    if "#" in url:
        raise Mistake(f"--url holds a #, and nothing behind it is ever sent: {_EXAMPLE}.")
    return bool(re.search(r"/webhooks/gigstack(/[^/]+)?$", parts.path))
