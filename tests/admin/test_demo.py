"""`demo`: the whole flow once; what it says at the end is what the sandbox knows."""

import re
from pathlib import Path

import pytest

from tests.admin.story import Story

HANDLER = """
from gigstack_events import Context, Event, on

@on("payment.succeeded", trust="signed")
def stamp_receipts(event: Event, ctx: Context) -> None:
    for id in event.object["receipts"]:
        for number in range(TIMES):
            ctx.effect(f"stamp {number}", lambda key: ctx.gigstack.receipts.stamp(id).id, on=id)
"""


def test_demo_tells_the_story_and_succeeds(tmp_path: Path) -> None:
    """Three receipts of one payment are stamped, each once, and nothing is left behind."""
    with Story(tmp_path, "demo") as story:
        assert story.process.wait(60) == 0, story.text
    text = story.text
    for part in ("Redis", "sandbox", "webhook", "receiver", "workers"):
        assert re.search(rf"✓ {part} .* \d\.\d s$", text, re.MULTILINE), part
    assert "signed payment.succeeded delivered → 202 accepted" in text
    stamped = re.findall(r"receipt (\S+) stamped → CFDI ([0-9A-F-]{36})", text)
    assert len({receipt for receipt, _ in stamped}) == len({uuid for _, uuid in stamped}) == 3
    assert "exactly one CFDI for each" in text
    assert "whsec_" not in text
    assert story.leftovers == []


@pytest.mark.parametrize("times", [0, 2])
def test_demo_fails_unless_each_receipt_has_one(tmp_path: Path, times: int) -> None:
    """A handler that stamps nothing, or everything twice, is found out: exit code 1, and logs to look at."""
    (tmp_path / "stamp.py").write_text(HANDLER.replace("TIMES", str(times)))
    with Story(tmp_path, "demo", GIGSTACK_HANDLERS_DIR=str(tmp_path)) as story:
        assert story.process.wait(60) == 1, story.text
    assert story.text.count(f": {times}") >= 3
    (folder,) = story.leftovers
    assert f"{folder}/logs" in story.text
