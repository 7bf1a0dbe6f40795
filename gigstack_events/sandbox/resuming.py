"""What was still to come when an earlier process ended, and comes after all."""

from gigstack_events.sandbox.invoicing.batches import proceed
from gigstack_events.sandbox.invoicing.cancelling import await_receiver, is_pending
from gigstack_events.sandbox.sales.receipts import watch
from gigstack_events.sandbox.sales.reminders import watch_reminders
from gigstack_events.sandbox.sat.resuming import resume_sat
from gigstack_events.sandbox.state import Sandbox


def resume(sandbox: Sandbox) -> None:
    """Let receipts expire, reminders be sent, cancellations be through and batches go on, as an earlier
    process would have. Needs a running loop.
    """
    for receipt in sandbox.receipts:
        if receipt["status"] in ("pending", "open"):
            watch(sandbox, (receipt["livemode"], receipt["team"]), receipt)
    for payment in sandbox.payments:
        watch_reminders(sandbox, (payment["livemode"], payment["team"]), payment)
    for invoice in sandbox.invoices:
        if is_pending(invoice):
            await_receiver(sandbox, (invoice["livemode"], invoice["team"]), invoice)
    for batch in sandbox.batches:
        proceed(sandbox, (batch["livemode"], batch["team"]), batch)
    resume_sat(sandbox)
