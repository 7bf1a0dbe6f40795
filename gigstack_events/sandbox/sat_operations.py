"""All operations of Descarga Masiva SAT, in the order in which they are routed."""

from gigstack_events.sandbox import sat_jobs, sat_lists, sat_mirror, sat_requests, sat_schedule, sat_setup

OPERATIONS = (
    *sat_setup.OPERATIONS,
    *sat_schedule.OPERATIONS,
    *sat_requests.OPERATIONS,
    *sat_jobs.OPERATIONS,
    *sat_mirror.OPERATIONS,
    *sat_lists.OPERATIONS,
)
