"""sat_download stores to S3: by the real client, on a server that speaks S3."""

import csv
import io
from collections.abc import Iterator

import pytest
import s3fs  # type: ignore[import-untyped]

from tests.handlers.sat.office import Sat
from tests.s3 import S3, Bucket


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """A server with a bucket `cfdis`, named as an operator would name one."""
    server = S3("cfdis")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "none")
    s3fs.S3FileSystem.clear_instance_cache()  # it would go on with the server of the test before
    yield server
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def test_each_cfdi_is_stored_once_and_listed(sat: Sat, s3: S3) -> None:
    """What the manifests list is there, however long a list; another event finds it and asks for nothing."""
    s3.page = 2
    sat.options(months=2, direction="both", storage="s3://cfdis/sat")
    sat.due()
    result, bucket = sat.finish(), s3.buckets["cfdis"]
    manifests = [text for key, text in bucket.items() if key.endswith("/manifest.csv")]
    rows = [row for text in manifests for row in csv.DictReader(io.StringIO(text.decode()))]
    files = {key.removeprefix("sat/") for key in bucket if key.endswith(".xml")}
    assert (len(manifests), {row["file"] for row in rows}) == (2, files)
    assert len(rows) == len(files) == result["stored"] > 0
    before, asked = dict(bucket), len(sat.calls("sat.request"))
    sat.shop.ledger.redis.flushall()  # it has to read what is stored
    sat.due("evt_2")
    assert sat.finish()["stored"] == result["stored"]
    assert (len(sat.calls("sat.request")), result["cost_mxn"]) == (asked, sat.charged())
    assert bucket == before


def test_what_is_stored_again_is_the_same(sat: Sat, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker dies behind the first package: the next one writes the same objects over those."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    sat.options(months=2, storage="s3://cfdis/sat")
    sat.due()
    sat.shop.work()
    with monkeypatch.context() as patch:
        patch.setattr("gigstack_events.storage.Storage.settle", die)
        sat.pass_time(301)
    first = dict(s3.buckets["cfdis"])
    assert sat.finish()["stored"] > 0
    assert {key: s3.buckets["cfdis"][key] for key in first} == first
    assert {s3.asked.count(f"PUT /cfdis/{key}") for key in first} == {2}


@pytest.mark.parametrize(
    ("closed", "says", "paid"),
    [
        ({"PUT"}, "did not take files (PermissionError: Access Denied)", 1),
        ({"PUT", "GET", "HEAD"}, "did not give files (PermissionError: Forbidden)", 0),
        (None, "there is no bucket 'cfdis', or these credentials may not list it", 0),
    ],
    ids=["read-only", "closed", "missing"],
)
def test_a_bucket_in_trouble_is_told_and_waited_for(
    sat: Sat, s3: S3, closed: set[str] | None, says: str, paid: int
) -> None:
    """The run says what is wrong and goes on once it is mended; nothing is paid twice, or before it must."""
    if closed is None:
        del s3.buckets["cfdis"]
    else:
        s3.buckets["cfdis"].refuses = closed
    sat.options(months=1, storage="s3://cfdis/sat")
    sat.due()
    sat.shop.work()
    sat.pass_time(301)
    run = sat.shop.run()
    assert (run.state, len(sat.calls("sat.request"))) == ("waiting", paid)
    assert says in run.reason
    s3.buckets["cfdis"] = Bucket()
    assert sat.finish()["stored"] == sum(key.endswith(".xml") for key in s3.buckets["cfdis"]) > 0
    assert len(sat.calls("sat.request")) == 1
