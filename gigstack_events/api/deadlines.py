"""A transport on which a call ends when its time is over, however slowly the other side trickles.

httpx counts its timeouts anew for every read, so that an answer of one byte a second never ends.
On this transport connect, read and write timeouts are moments on the monotonic clock instead.
"""

import socket
import time
import urllib.request
from collections.abc import Iterable
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

_SLICE = 65_536


def _left(moment: float | None, too_late: type[httpcore.TimeoutException]) -> float | None:
    if moment is None:
        return None
    seconds = moment - time.monotonic()
    if seconds <= 0:
        raise too_late("the time for this call is over")
    return seconds


class DeadlineStream(httpcore.NetworkStream):
    """A connection on which every `timeout` is a moment, not a duration."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, until the moment."""
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all, until the moment."""
        for start in range(0, len(buffer), _SLICE):
            self._stream.write(buffer[start : start + _SLICE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Shake hands, until the moment."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        """Tell about the connection beneath."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.SyncBackend):
    """Opens `DeadlineStream` connections; all addresses of a host share the time."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers, until the moment."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in _addresses(host, port):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
                return DeadlineStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for a label that no name can have
        raise httpcore.ConnectError(str(error)) from error
    return [str(address[4][0]) for address in found]


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport, with moments for timeouts."""

    def __init__(self, base_url: str) -> None:
        super().__init__(proxy=_proxy(base_url))
        # httpx has no argument for it; tests/api/test_deadlines.py fails should this stop to work.
        self._pool._network_backend = DeadlineBackend()


def _proxy(base_url: str) -> str | None:
    """Find the proxy that the environment names; httpx does not ask for an own transport.

    None leads back to this machine, where a sandbox is.
    """
    url = httpx.URL(base_url)
    if url.host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)
