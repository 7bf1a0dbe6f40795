"""Verdicts on runs whose worker is dead: written as soon as Redis listens, and nobody waits for that."""

import signal
import time
from pathlib import Path

from gigstack_events.embedded import EmbeddedRedis
from gigstack_events.ledger import Ledger
from gigstack_events.retries import Retry
from gigstack_events.verdicts import Verdict
from tests.stack import eventually
from workers.watching import Note
from workers.writing import Writer


def test_redis_that_hangs_costs_a_pass_one_wait(tmp_path: Path) -> None:
    """However many workers died: the supervisor must still be in time to end those it cannot vouch for."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        ledger = Ledger.at(server.url, timeout=0.5)
        ledger.now()
        writer = Writer(ledger, lease=20, crash_bound=3)
        note = Note("r" + "a" * 25, "token", "act", 60, 0, 0, 0.0, Retry().to_list())
        assert server.process
        server.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        for _ in range(8):
            writer.write(note, Verdict("crashed"))
        writer.pay_debts()
        assert time.monotonic() < began + 2
        server.process.send_signal(signal.SIGCONT)
        eventually(lambda: not writer.pay_debts())
        ledger.redis.close()
