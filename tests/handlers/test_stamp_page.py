"""docs/stamp_receipts.md: its rules can be copied, and what it shows is what is said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gigstack_events.stamp_options import StampOptions
from tests.handlers.sink import Sink
from tests.handlers.stamping import INCOMPLETE, RuledShop
from tests.stack import ROOT

PAGE = (ROOT / "docs/stamp_receipts.md").read_text()


def snippets(language: str) -> list[str]:
    """The page's blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def words(text: str) -> str:
    """A text whatever its line breaks."""
    return " ".join(text.split())


def test_every_option_is_told_with_its_default() -> None:
    """The table has each option, and nothing else."""
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", PAGE.partition("## A client")[0], re.MULTILINE)
    told = {name: json.loads(value) for name, value in rows}
    assert told == json.loads(StampOptions().model_dump_json())


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Both destinations of the page."""
    sink = Sink()
    monkeypatch.setenv("GIGSTACK_DESTINATIONS", f'accounting-mail = "{sink.url}"\nops-slack = "{sink.url}"')
    yield sink
    sink.stop()


@pytest.mark.parametrize("number", range(len(snippets("toml"))))
def test_rules_that_are_shown_can_be_copied(
    ruled: RuledShop, tmp_path: Path, sink: Sink, number: int
) -> None:
    """Neither a problem nor a warning; all but the dry run stamp a transfer of more than 500 pesos."""
    ruled.read(snippets("toml")[number], tmp_path)
    paid = ruled.paid(receipts=6)
    ruled.announce("payment.succeeded", paid["payment"])
    ruled.work()
    dry = "dry_run" in snippets("toml")[number]
    assert ruled.cfdis() == ([] if dry else sorted(paid["receipts"]))


def test_accounting_reads_what_the_page_shows(ruled: RuledShop, tmp_path: Path, sink: Sink) -> None:
    """The second example, word for word, for a client who lacks data."""
    ruled.read(snippets("toml")[1], tmp_path)
    paid = ruled.paid(receipts=6)
    client = ruled.client(**INCOMPLETE)
    ruled.announce("payment.succeeded", paid["payment"], receipts=[ruled.receipt(client)])
    for _ in range(2):
        ruled.work(seconds=700)
    [message] = sink.got
    shown = words(snippets("text")[0]).replace("CLIENT", client).replace("PAYMENT", paid["payment"])
    assert words(f"{message['title']} {message['message']}") == shown


def test_a_refusal_reads_as_the_page_shows(ruled: RuledShop, tmp_path: Path, sink: Sink) -> None:
    """The reason of the run, which the third rule of the second example passes on."""
    ruled.read(snippets("toml")[1], tmp_path)
    ruled.listen()
    paid = ruled.paid(receipts=6)
    bad = ruled.receipt(paid["client"], metadata={"cfdi_error": "CFDI40145"})
    ruled.announce("payment.succeeded", paid["payment"], receipts=[bad])
    for _ in range(2):
        ruled.work()
    failed = next(run for run in ruled.runs() if run.rule == "stamp")
    assert words(failed.reason) == words(snippets("text")[1]).replace("RECEIPT", bad)
    assert words(failed.reason) in words(sink.got[0]["message"])
