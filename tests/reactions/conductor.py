"""The conductor: starts everything, lets the senders send and workers die, waits for rest, and judges."""

import json
import time
from collections import Counter
from pathlib import Path

from gigstack_events.events import KNOWN_EVENTS
from gigstack_events.ledger.records import AT_REST
from tests.chaos import books
from tests.chaos.points import Points
from tests.chaos.table import Table
from tests.reactions import passed_on, sat_bill, stamps, told
from tests.reactions.collect import collect
from tests.reactions.evidence import Evidence
from tests.reactions.fire import Fire
from tests.reactions.form import HANDLERS, LANES, SETTINGS, Form
from tests.reactions.plan import asked_months
from tests.reactions.senders import Senders
from tests.reactions.sink import Sink
from tests.reactions.stage import Stage
from tests.stack import eventually

RULES = Path(__file__).parent / "rules.toml"
SECRETS = {"erp": "whsec_c2VjcmV0LW9mLXRoZS1lcnAtLS0t", "crm": "whsec_c2VjcmV0LW9mLXRoZS1jcm0tLS0t"}
TOLD = ("ops", "mail", "chat", "board", "screen", "alarm", "silent")
TOKEN = "a-token-in-the-path-0123456789"


class Conductor:
    """One run, from an empty folder to its table."""

    def __init__(self, form: Form, seed: int, folder: Path) -> None:
        self.form = form
        self.seed = seed
        self.folder = folder
        self.table = Table()
        self.points = Points(folder, HANDLERS, listening=True, general=form.general)
        self.sink = Sink(seed, form.misbehave, SECRETS, folder / "sink.jsonl")
        (folder / "destinations.toml").write_text(destinations(self.sink.host))
        types = sorted(KNOWN_EVENTS)
        env = {
            **SETTINGS,
            "GIGSTACK_RULES": str(RULES),
            "GIGSTACK_DESTINATIONS_FILE": str(folder / "destinations.toml"),
            "GIGSTACK_WEBHOOK_TOKENS": TOKEN,
            "GIGSTACK_HANDLER_SAT_DOWNLOAD": json.dumps(
                {"storage": str(folder / "sat"), "look_again": [1, 4]}
            ),
        }
        how = {"seed": seed, "stamp_delay": (0.01, 0.05), "sat_delay": (1.5, 5), "late": (0.2, 0.8)}
        self.stack = Stage(folder, lanes=LANES, env=env, events=types, delivery_backoff=0.2, **how)
        self.fire = Fire(self.stack, self.points, form, seed)
        self._types = types

    def run(self) -> Table:
        """Everything, in order."""
        began = time.monotonic()
        try:
            with self.stack:
                senders = self._senders()
                self.fire.burn(senders.send_all)
                self._say("everything is sent")
                self.fire.burn_on(senders.feed, self.form.settle_within)
                self._say("the fire is over")
                self._quench()
                self._judge(self._evidence(senders), senders, began)
        finally:
            self.sink.stop()
        (self.folder / "table.txt").write_text(f"{self.table}\n")
        return self.table

    def _senders(self) -> Senders:
        sandbox, url = self.stack.sandbox, self.stack.url
        made = [
            sandbox.call("POST", "/webhooks", {"url": address, "events": events})["data"]["id"]
            for address, events in (
                (f"http://{self.sink.host}/witness", self._types),
                (f"{url}/{TOKEN}", ["teams.created"]),
            )
        ]
        witness, plain = made
        sandbox.call("PUT", f"/webhooks/{plain}", {"status": "inactive"})
        senders = Senders(sandbox, self.form, self.seed, url, plain, witness)
        senders.prepare()
        eventually(
            lambda: len(self.stack.worker_pids()) >= LANES.count("=") + 2, said="not all workers start"
        )
        for fault in self.form.faults:
            sandbox.call("POST", "/_sandbox/faults", {"op": "*", **fault})
        return senders

    def _quench(self) -> None:
        self.sink.misbehaving = False
        self.stack.sandbox.call("DELETE", "/_sandbox/faults")

    def _evidence(self, senders: Senders) -> Evidence:
        """What was seen, once all is at rest; the calendar may have made more work while we looked."""
        while True:
            settled = self._settle()
            self.fire.tick()  # somebody may have died just before the last point was disarmed
            self._say("at rest" if settled else "not at rest")
            evidence = collect(self.stack, self.sink, self.folder / "sat", senders, self.fire.deaths)
            if not settled or all(run["state"] in AT_REST for run in evidence.runs):
                return evidence

    def _settle(self) -> bool:
        """Wait until three looks in a row find nothing open and nothing on its way."""
        until, looks = time.monotonic() + self.form.settle_within, 0
        while looks < 3 and time.monotonic() < until:
            summary = self.stack.sandbox.summary()
            coming = summary["receipts_to_come"] or summary["deliveries_waiting"]
            looks = 0 if coming or self.stack.open_work() else looks + 1
            time.sleep(0.2)
        if looks < 3:
            self.table.failures.append(f"not at rest: {self.stack.open_work()} events and runs are open")
        return looks >= 3

    def _say(self, what: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {what}; {self.stack.open_work()} open", flush=True)

    # -- the table ------------------------------------------------------------------------------------

    def _judge(self, evidence: Evidence, senders: Senders, began: float) -> None:
        table, ledger = self.table, books.read(self.stack.ledger)
        slots, asking = asked_months(evidence.events, sat_bill.has_calendar(evidence), list(evidence.months))
        answers = Counter(f"{one.answer}" for one in evidence.seen if one.place != "witness")
        charged, reported = sat_bill.bill(evidence)
        table.row("seed", self.seed)
        table.row("events sent by", _listed(senders.counts))
        table.row(
            "events accepted", f"{len(evidence.events)} of {len({e.type for e in evidence.events})} types"
        )
        table.row("events at rest", f"{ledger.at_rest} of {ledger.events.total()}")
        table.row("runs", _listed(ledger.runs))
        kills, deaths = self.fire.kills, self.fire.deaths
        table.row("kills", f"{kills.total()} ({_listed(kills)})")
        for kind, count in self.form.kills.items():
            table.least(f"kills of {kind}", kills[kind], count)
        acting = sum(bool(death.act) for death in deaths)
        table.row("workers that died in a run", f"{len(deaths)}, {acting} of them in the middle of an act")
        self.points.judge(table)
        table.row(
            "sandbox calls with faults", _listed(Counter(r["fault"] for r in evidence.calls if r["fault"]))
        )
        table.row("the sink answered", _listed(answers))
        table.row("receipts due", len(stamps.due(evidence)))
        table.row("SAT months", f"{len(slots)}, asked for by {asking} events")
        table.row("SAT bill", f"{charged:.2f} pesos, reported {reported:.2f}")
        table.row("failed or parked as planned", _listed(_reasons(evidence)))
        for part in (told, passed_on, stamps, sat_bill):
            for name, broken in part.judge(evidence).items():
                table.promise(name, broken)
        table.promise("failed or parked without cause", passed_on.unexplained(evidence))
        table.promise("failures that the alarm has not heard of", passed_on.untold(evidence))
        table.promise("forged and left a trace", books.knows(self.stack.ledger, {*senders.forged}))
        table.promise("forged and not refused", senders.wrong)
        table.least("events accepted", len(evidence.events), self.form.events * 0.9)
        table.least("types of events", len({e.type for e in evidence.events}), 26)
        table.least("events that ask for SAT months", asking, self.form.least_asking)
        dues = sum(run["rule"] == "sat-by-calendar" for run in evidence.runs)
        table.row("runs of the calendar", dues)
        table.least("runs of the calendar", dues, (time.monotonic() - began) // 60 - 1)
        table.row("duration", f"{time.monotonic() - began:.0f} s")


def _reasons(evidence: Evidence) -> Counter[str]:
    return Counter(
        f"{run['rule']} {run['state']} ({run['reason_code']})" for run in passed_on.stuck(evidence)
    )


def destinations(host: str) -> str:
    """The names of the sink's places, as settings have them."""
    notices = [f'{place} = "json://{host}/{place}?rto=2"' for place in TOLD]
    targets = [
        f'{place} = {{ url = "http://{host}/{place}", secret = "{SECRETS.get(place, SECRETS["erp"])}" }}'
        for place in (*SECRETS, "never")
    ]
    return "\n".join([*notices, *targets]) + "\n"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
