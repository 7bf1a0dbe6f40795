"""The RQ job: a hint that some work may be due. It may be lost or repeated without harm.

Our own workers claim straight from the ledger and never call this function. It is what the hint means to
any other RQ worker, and the proof that a hint is a plain RQ job.
"""

from rq import get_current_job

from gigstack_events.ledger import Ledger
from workers.process import engine_for, load


def take(kind: str, id: str, generation: int) -> str:
    """Claim what a hint points to and carry it out; says what it did."""
    job = get_current_job()
    if job is None:
        raise RuntimeError("a hint is carried out by an RQ worker, not called")
    loaded = load()
    ledger = Ledger.at(loaded.settings.redis_url, replicas=loaded.settings.replicas)
    asked: list[str] = []  # one job, one piece of work: what follows is for the next job
    lane = job.origin.removeprefix("gigstack-")
    engine = engine_for(loaded, ledger, "rq", lane, stopping=lambda: bool(asked))
    work = engine.take(job.id)
    asked.append(job.id)
    if work is None:
        return f"nothing to do for {kind} {id} generation {generation}"
    engine.carry_out(work)
    return f"carried out {kind} {id}"
