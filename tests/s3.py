"""A stand-in for S3: PUT, GET, HEAD and LIST of whole objects over HTTP. Signatures are not looked at."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

WHEN = "2026-02-01T06:00:00.000Z"
REASONS = {
    "NoSuchBucket": (404, "The specified bucket does not exist"),
    "NoSuchKey": (404, "The specified key does not exist."),
    "AccessDenied": (403, "Access Denied"),
    "NotImplemented": (501, "A header you provided implies functionality that is not implemented"),
}


class Bucket(dict[str, bytes]):
    """Objects by key. `refuses` holds the methods that are not allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()


class S3:
    """Buckets by name at `url`; `asked` is each request (method, path), `page` the most keys of a list."""

    def __init__(self, *names: str) -> None:
        self.buckets = {name: Bucket() for name in names}
        self.asked: list[str] = []
        self.page = 1000
        self._server = Server(("127.0.0.1", 0), Request)
        self._server.s3 = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Go down."""
        self._server.shutdown()
        self._server.server_close()


class Server(ThreadingHTTPServer):
    """Knows whose requests it takes."""

    daemon_threads = True
    s3: S3


class Request(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Keep an object."""
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        bucket, key = self._find()
        if bucket is None:
            return
        if not key or "x-amz-copy-source" in self.headers or self.headers["content-encoding"]:
            self._refuse("NotImplemented")
        else:
            bucket[key] = content
            self._answer(200, headers={"etag": _etag(content)})

    def do_GET(self) -> None:
        """Give an object, or the list of those below a prefix."""
        bucket, key = self._find()
        if bucket is None:
            return
        if not key:
            self._list(bucket)
        elif key not in bucket:
            self._refuse("NoSuchKey")
        else:
            self._answer(200, bucket[key], {"etag": _etag(bucket[key])})

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Nothing that is needed."""
        self._refuse("NotImplemented")

    do_DELETE = do_POST

    def _find(self) -> tuple[Bucket | None, str]:
        """The bucket and the key that are meant; None where the request has been refused."""
        path = urlsplit(self.path).path
        self.server.s3.asked.append(f"{self.command} {path}")
        name, _, key = unquote(path).removeprefix("/").partition("/")
        bucket = self.server.s3.buckets.get(name)
        if bucket is None:
            self._refuse("NoSuchBucket")
        elif self.command in bucket.refuses:
            self._refuse("AccessDenied")
            bucket = None
        return bucket, key

    def _list(self, bucket: Bucket) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        rows = _rows(bucket, asked.get("prefix", ""), asked.get("delimiter", ""))
        left = [name for name in rows if name > asked.get("continuation-token", "")]
        page = left[: min(self.server.s3.page, int(asked.get("max-keys", 1000)))]
        more = len(left) > len(page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        count = f"<KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>"
        self._xml(200, "ListBucketResult", f"{count}{token}{''.join(rows[name] for name in page)}")

    def _refuse(self, code: str) -> None:
        status, message = REASONS[code]
        self._xml(status, "Error", f"<Code>{code}</Code><Message>{message}</Message>")

    def _xml(self, status: int, name: str, inner: str) -> None:
        content = f'<?xml version="1.0" encoding="UTF-8"?><{name}>{inner}</{name}>'.encode()
        self._answer(status, content, {"content-type": "application/xml"})

    def _answer(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("last-modified", "Sun, 01 Feb 2026 06:00:00 GMT")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _rows(bucket: Bucket, prefix: str, delimiter: str) -> dict[str, str]:
    """What a list shows, by key: objects, and what stands for all below a delimiter."""
    rows: dict[str, str] = {}
    for key in sorted(key for key in bucket if key.startswith(prefix)):
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        if found:
            folder = f"{prefix}{head}{delimiter}"
            rows[folder] = f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
        else:
            facts = f"<LastModified>{WHEN}</LastModified><ETag>{escape(_etag(bucket[key]))}</ETag>"
            size = f"<Size>{len(bucket[key])}</Size><StorageClass>STANDARD</StorageClass>"
            rows[key] = f"<Contents><Key>{escape(key)}</Key>{facts}{size}</Contents>"
    return rows
