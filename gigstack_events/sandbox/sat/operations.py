"""All operations of Descarga Masiva SAT, in the order in which they are routed."""

from gigstack_events.sandbox.sat import jobs as sat_jobs
from gigstack_events.sandbox.sat import lists as sat_lists
from gigstack_events.sandbox.sat import mirror as sat_mirror
from gigstack_events.sandbox.sat import requests as sat_requests
from gigstack_events.sandbox.sat import schedule as sat_schedule
from gigstack_events.sandbox.sat import setup as sat_setup

OPERATIONS = (
    *sat_setup.OPERATIONS,
    *sat_schedule.OPERATIONS,
    *sat_requests.OPERATIONS,
    *sat_jobs.OPERATIONS,
    *sat_mirror.OPERATIONS,
    *sat_lists.OPERATIONS,
)
