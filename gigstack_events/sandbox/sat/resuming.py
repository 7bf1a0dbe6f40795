"""What the SAT's part of the sandbox still had to do when an earlier process ended."""

from gigstack_events.sandbox.sat.downloads import await_end
from gigstack_events.sandbox.sat.jobs import await_job
from gigstack_events.sandbox.sat.schedule import await_run
from gigstack_events.sandbox.state import Sandbox


def resume_sat(sandbox: Sandbox) -> None:
    """Go on with requests, jobs and daily runs. Needs a running loop."""
    for row in sandbox.sat_requests:
        await_end(sandbox, row)
    for job in sandbox.sat_jobs:
        await_job(sandbox, job)
    for account in sandbox.sat_accounts:
        await_run(sandbox, (account["livemode"], account["team"]), account)
