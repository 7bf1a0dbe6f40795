"""The conductor: sets the stage, lets the senders tell and the fire burn, waits for rest, and judges."""

import asyncio
import json
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx

from tests.chaos import books
from tests.chaos.fire import ALONE, BEYOND, TOGETHER, Fire
from tests.chaos.form import KINDS, Form
from tests.chaos.hints import repeat_old, taken
from tests.chaos.orphans import Orphans
from tests.chaos.points import Acting, Points
from tests.chaos.post import Post
from tests.chaos.stage import Stage
from tests.chaos.stories import Stories
from tests.chaos.table import Table, percentile
from tests.chaos.verdict import judge
from tests.stack import eventually

DAYS_LATER_MS = 3 * 86_400_000
SAMPLE = 60


class Conductor:
    """One run, from an empty folder to its table."""

    def __init__(self, form: Form, seed: int, folder: Path) -> None:
        self.form = form
        self.seed = seed
        self.folder = folder
        self.points = Points(folder, map(Acting, form.handlers.values()))
        self.stage = Stage(folder, form, seed)
        self.orphans = Orphans(self.stage.ledger)
        self.fire = Fire(self.stage, self.points, self.orphans, form, seed)
        self.post = Post(
            self.stage.doors, self.stage.secret, self.stage.token, folder / "answers.jsonl", seed
        )
        self.stories = Stories(form, self.stage.api, self.post, seed)
        self.table = Table()
        self._loop = asyncio.new_event_loop()
        self._fed = 0

    def run(self) -> Table:
        """Everything, in order."""
        began = time.monotonic()
        senders = threading.Thread(target=self._loop.run_forever, name="senders", daemon=True)
        senders.start()
        try:
            with self.stage:
                self._burn()
                self._come_to_rest()
                self._aim()
                self._come_to_rest()
                changed = self._days_later()
                self._judge(changed, time.monotonic() - began)
        finally:
            for end in (self.post.close(), self.stories.close()):
                self._submit(end).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            senders.join(10)
            self._loop.close()
        (self.folder / "table.txt").write_text(f"{self.table}\n")
        return self.table

    def _submit(self, act: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(act, self._loop)

    def _burn(self) -> None:
        self.orphans.start()
        self._submit(self.stories.prepare()).result(60)
        telling = self._submit(self.stories.tell_all())
        self.fire.burn()
        fed: list[Future[None]] = []
        self.fire.burn_on(lambda: fed.append(self._feed()), self.form.settle_within)
        self._say("the fire is over")
        self.stage.quench()
        for told in (telling, *fed):
            told.result(self.form.settle_within)
        self._say("everything is told")

    def _feed(self) -> "Future[None]":
        """More of what the points that nobody came by may need."""
        self._fed += 1
        return self._submit(self.stories.tell(("plain", "weak", "both")[self._fed % 3], 2))

    def _aim(self) -> None:
        """With nothing queued, workers die while their stamp is on its way: others take it up at once."""
        self.stage.slow_stamps_down(1.5)
        for _ in range(self.form.aimed):
            told = self._submit(self.stories.tell("plain", 1))
            self.fire.strike(within=30)
            told.result(60)
        self.stage.quench()
        self._say("the aimed deaths are over")

    def _come_to_rest(self) -> None:
        until = time.monotonic() + self.form.settle_within
        looks = 0
        while looks < 3 and time.monotonic() < until:
            looks = looks + 1 if self.stage.open_work() == 0 else 0
            time.sleep(0.2)
        if looks < 3:
            self.table.failures.append(f"not at rest: {self.stage.open_work()} events and runs are open")

    def _days_later(self) -> int:
        """What was sent comes again after three days, and so do old hints; how many API calls that made."""
        before = int(self._sandbox("summary")["calls"])
        self.stage.ledger.redis.set("gs:clock:offset", DAYS_LATER_MS)
        step = max(1, len(self.post.sent) // SAMPLE)
        for letter, body in self.post.sent[::step]:
            self._submit(self.post.again(letter, body)).result(60)
        repeat_old(self.stage.ledger, SAMPLE)
        eventually(lambda: taken(self.stage.ledger), self.form.settle_within)
        self._come_to_rest()
        self._say("the days after are over")
        return int(self._sandbox("summary")["calls"]) - before

    def _sandbox(self, what: str) -> dict[str, Any]:
        url = f"{self.stage.api}/_sandbox/{what}"
        return dict(httpx.get(url, timeout=60, trust_env=False).json())

    def _say(self, what: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {what}; {self.stage.open_work()} open", flush=True)

    # -- the table ------------------------------------------------------------------------------------

    def _judge(self, changed: int, took: float) -> None:
        self.orphans.end()
        journal = self._sandbox("journal?only=cfdis,calls,receipts")
        (self.folder / "journal.json").write_text(json.dumps(journal))
        taken = [json.loads(line) for line in (self.folder / "answers.jsonl").read_text().splitlines()]
        verdict = judge(taken, journal["cfdis"], journal["calls"], journal["receipts"])
        table, ledger = self.table, books.read(self.stage.ledger)
        table.row("seed", self.seed)
        self._judge_deliveries()
        table.row("events at rest", f"{ledger.at_rest} of {ledger.events.total()}")
        table.row("runs", _listed(ledger.runs))
        table.row("receipts due", len(verdict.due))
        table.row("CFDIs made", verdict.cfdis)
        table.promise("lost", verdict.lost)
        table.promise("made twice", verdict.twice)
        table.promise("stamped without being due", verdict.undue)
        table.promise("stamps of one client at a time: overlaps", verdict.overlaps)
        table.promise("API calls for deliveries and hints of days before", ["a call"] * changed)
        table.promise("parked or failed", ledger.stuck_runs)
        self._judge_fire()
        table.row("duration", f"{took:.0f} s")

    def _judge_deliveries(self) -> None:
        counts, table = self.post.counts, self.table
        table.row(
            "deliveries", f"{counts['sent']} sent, {counts['202']} answered 202, {counts['401']} refused"
        )
        table.row("sent again", f"{counts['unanswered']} unanswered, {counts['503']} answered 503")
        forged = {letter.event for letter, _ in self.post.sent if letter.trust == "forged"}
        table.promise("answered wrongly", self.post.wrong)
        table.promise("forged and left a trace", books.knows(self.stage.ledger, forged))

    def _judge_fire(self) -> None:
        fire, table, form, times = self.fire, self.table, self.form, self.orphans.times
        table.row("kills", f"{fire.kills.total()} ({_listed(fire.kills)})")
        table.row("stops", _listed(fire.stops))
        table.row("meddled with", _listed(fire.meddled))
        self.points.judge(table)
        ranks = {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99), "max": max(times, default=0)}
        figures = ", ".join(f"{name} {value:.1f} s" for name, value in ranks.items())
        table.row("orphans taken up", f"{len(times)}: {figures}")
        table.least("kills", fire.kills.total(), form.least_kills)
        for kind in KINDS:
            table.least(f"kills of {kind}", fire.kills[kind], form.least_of_a_kind)
        for stop in (ALONE, TOGETHER, BEYOND):
            table.least(f"stops: {stop}", fire.stops[stop], 1)
        table.least("orphans taken up in time", form.orphans_within - ranks["p99"], 0)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
