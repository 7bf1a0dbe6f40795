"""`migrate`: the ledger in the form of this version, once no worker of the version before is left."""

from admin.fleet import older_programs
from admin.surroundings import Mistake, console, open_ledger, sentence
from gigstack_events.ledger import Ledger
from gigstack_events.ledger.schema import SCHEMA, Progress, bring_up, mark, refusal, schema_of
from gigstack_events.settings import Settings, load_settings

_MOST_NAMED = 5
_TELL_EACH = 50_000


def migrate() -> None:
    """Bring the ledger to the form of this version; it may be stopped and started again at any time."""
    settings, out = load_settings(), console()
    with open_ledger(settings, any_schema=True) as ledger:
        found = schema_of(ledger.redis)
        if found == SCHEMA:
            out.print(f"The ledger has schema {SCHEMA}, that of this version: there is nothing to do.")
            return
        if found > SCHEMA:
            raise Mistake(sentence(refusal(found)))
        _refuse_older(ledger, settings)
        if 0 < found < SCHEMA - 1:  # 2 asks for nothing: from here on the workers of now may be started
            mark(ledger.redis, SCHEMA - 1)
        done, told = Progress(0, 0), 0
        for done in bring_up(ledger.redis):
            if done.looked >= told + _TELL_EACH:
                told = done.looked
                out.print(f"{told} events looked at ...")
        _refuse_older(ledger, settings)  # one may have been started meanwhile
        mark(ledger.redis)
    out.print(
        f"{done.looked} events looked at, {done.changed} brought up. The ledger has schema {SCHEMA} now."
    )


def _refuse_older(ledger: Ledger, settings: Settings) -> None:
    older = older_programs(ledger, settings.lanes)
    if older:
        more = f" and {len(older) - _MOST_NAMED} more" if len(older) > _MOST_NAMED else ""
        raise Mistake(
            f"Workers of the version before are alive: {', '.join(older[:_MOST_NAMED])}{more}.\n"
            "Stop them, or start them anew in this version; then migrate. One that was killed is forgotten"
            " within some minutes."
        )
