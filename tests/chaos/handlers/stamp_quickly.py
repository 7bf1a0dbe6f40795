"""The built-in `stamp_receipts` with a short wall-clock limit, so that the short form can exceed it."""

from typing import Any

import handlers.stamp_receipts as built_in
from gigstack_events import Context, Event, Retry, on

LIMIT_S = 6.0
_BUILT_IN = built_in.stamp_receipts


@on(
    *_BUILT_IN.patterns,
    options=_BUILT_IN.options,
    trust=_BUILT_IN.trust,
    key=_BUILT_IN.key,
    timeout=LIMIT_S,
    retry=Retry(attempts=40, base=0.3, cap=4),
)
def stamp_quickly(event: Event, ctx: Context) -> Any:
    """Stamp the pending receipts of a succeeded payment, in a hurry."""
    return _BUILT_IN.function(event, ctx)
