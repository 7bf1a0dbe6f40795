"""Downloads what the SAT has of a team, month by month: each month is asked for, paid and stored once."""

import time
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gigstack_events import ApiError, Context, Event, GiveUp, RetryLater, on
from gigstack_events.api import Gigstack
from gigstack_events.errors import ConfigurationError
from gigstack_events.sat_archive import Archive
from gigstack_events.sat_downloads import Downloads, Pace
from gigstack_events.sat_packages import Limits, check_extra, is_rfc
from gigstack_events.sat_plans import MOST_MONTHS, Slot, cost, day_in_mexico, ranges, slots
from gigstack_events.sat_setup import SatSetup, read_setup
from gigstack_events.storage import Storage, check_url


class SatOptions(BaseModel):
    """What an operator may choose, as JSON in `GIGSTACK_HANDLER_SAT_DOWNLOAD`."""

    model_config = ConfigDict(extra="forbid")

    storage: Annotated[str, AfterValidator(check_url)] = ""
    """Where the CFDI go: a folder or a URL such as `s3://bucket/sat`. Its password is not part of it."""
    rfc: str = ""
    """Whose CFDI; by itself the RFC of the FIEL, or of the team."""
    direction: Literal["received", "issued", "both"] = "received"
    """Which CFDI: those that the team received, those that it issued, or both."""
    months: int = Field(default=1, ge=1, le=MOST_MONTHS)
    """How many months back from the event; a month counts once it is over."""
    start: date | None = None
    """The first day, instead of `months`."""
    month_to_date: bool = False
    """Also the running month up to yesterday. Each day that asks for it pays for all of it again."""
    request_type: Literal["cfdi", "metadata"] = "cfdi"
    """`cfdi` for the XML, `metadata` for the SAT's list alone."""
    in_flight: int = Field(default=10, ge=1, le=10)
    """Most requests of a team that the SAT works on at a time; the API's history shows 20."""
    tries: int = Field(default=3, ge=1, le=20)
    """How often a month is asked for, where the SAT failed or its package expired."""
    look_again: tuple[Annotated[float, Field(ge=1)], Annotated[float, Field(ge=1)]] = (60, 1800)
    """Shortest and longest pause between two looks, in seconds; they grow with the run's age."""
    patience_days: float = Field(default=7, gt=0, le=300)
    """After so many days the run is parked for a person to look."""
    limits: Limits = Limits()
    """What a package may be at most: `package`, `unpacked`, `file` in MiB, `files`, `ratio`."""
    dry_run: bool = False
    """Only say what would be asked for, and what it would cost; gigstack counts the CFDI for that."""


@on(
    "teams.sat.completed",
    "schedule.due",
    options=SatOptions,
    trust="signed",
    key="team",
    lane="bulk",
    timeout=600,
)
def sat_download(event: Event, ctx: Context) -> dict[str, Any]:
    """Download the CFDI that the SAT has of past months."""
    if not ctx.options.storage and not ctx.options.dry_run:
        raise GiveUp("say where the CFDI shall go: set the option `storage`, then retry this run")
    archive, team = _archive(event, ctx), _team(event)
    gigstack = ctx.gigstack.bound(team=team)
    setup = _setup(gigstack, team, ctx)
    wanted = _wanted(event, setup, ctx)
    complete = archive.complete(wanted) if archive else {}
    if ctx.options.dry_run:
        return _plan(wanted, [slot for slot in wanted if slot not in complete], setup, gigstack, ctx)
    assert archive is not None  # noqa: S101 - there is a storage
    options, (shortest, longest) = ctx.options, ctx.options.look_again
    pace = Pace(options.in_flight, options.tries, shortest, longest, options.patience_days * 86_400)
    downloads = Downloads(event, ctx, gigstack, archive, setup, pace, ctx.options.limits)
    return {"rfc": wanted[0].rfc if wanted else setup.rfc, **downloads.follow(wanted, complete)}


def _archive(event: Event, ctx: Context) -> Archive | None:
    """Test mode's CFDI are none: they stand in a place of their own, or a month would seem to be there."""
    place = ctx.options.storage
    if place and event.livemode is False:
        place = f"{place.rstrip('/')}/test"
    try:
        check_extra()
        return Archive(Storage(place)) if place else None
    except ConfigurationError as problem:
        raise GiveUp(str(problem)) from None


def _setup(gigstack: Gigstack, team: str | None, ctx: Context) -> SatSetup:
    """Days of looking meet gigstack while it is down, too: that is no failure of the run."""
    try:
        return read_setup(gigstack, team)
    except ApiError as error:
        if error.final or error.status in (401, 403) or ctx.age > ctx.options.patience_days * 86_400:
            raise
        pause = max(error.retry_after or 0.0, ctx.options.look_again[0])
        raise RetryLater(min(pause, 3600.0), f"gigstack does not answer: {error}") from error


def _team(event: Event) -> str | None:
    """The team that it is about, which for events of teams is their object."""
    id = event.object.get("id") if event.type.startswith("teams.") else None
    return id if isinstance(id, str) and id else event.team


def _wanted(event: Event, setup: SatSetup, ctx: Context) -> list[Slot]:
    """Counted from the event, so that a run, its retries and its replay mean the same months."""
    options, now = ctx.options, round((time.time() - ctx.age) * 1000)
    today = day_in_mexico(min(event.created_at or now, round(time.time() * 1000)))
    spans = ranges(today, options.months, start=options.start, month_to_date=options.month_to_date)
    if len(spans) > MOST_MONTHS + 1:
        raise GiveUp(f"`start` is {len(spans)} months back: the SAT has CFDI of the last {MOST_MONTHS}")
    rfc = options.rfc.strip().upper() or setup.rfc
    if not is_rfc(rfc):
        raise _no_rfc(rfc, setup, ctx)
    directions = ("issued", "received") if options.direction == "both" else (options.direction,)
    return slots(rfc, spans, directions, options.request_type)


def _no_rfc(told: str, setup: SatSetup, ctx: Context) -> GiveUp | RetryLater:
    """Where it stands is not documented; an answer that lacks it once is no reason to give up."""
    if setup.missing:
        return GiveUp("; ".join(setup.missing) + "; then retry this run")
    why = f"gigstack does not tell the RFC ({told[:20] or 'none'}): set the option `rfc`"
    return RetryLater(ctx.options.look_again[0], why) if ctx.attempt < 3 else GiveUp(why)


def _plan(
    wanted: list[Slot], open: list[Slot], setup: SatSetup, gigstack: Gigstack, ctx: Context
) -> dict[str, Any]:
    """What would be asked for. The estimate is at most: it counts what lies between the months, too."""
    plan: dict[str, Any] = {
        "would_request": [str(slot) for slot in open],
        "stored_already": len(wanted) - len(open),
        "price_mxn": float(setup.price),
        "missing": list(setup.missing),
    }
    if not open or setup.missing:
        return plan
    if ctx.options.request_type == "metadata":
        return {**plan, "estimate_mxn": 0.0}
    found = _count(open, gigstack, ctx)
    return {**plan, "invoices": found, "estimate_mxn": cost(found, setup.price)}


def _count(open: list[Slot], gigstack: Gigstack, ctx: Context) -> int:
    """Let gigstack count the CFDI; that costs nothing and downloads none."""
    first, last = min(slot.start for slot in open), max(slot.end for slot in open)
    directions = list(dict.fromkeys(slot.direction for slot in open))

    def do(key: str) -> dict[str, str]:
        return {"job": gigstack.sat.preview(first, last, directions).id}

    job = gigstack.sat.get_job(ctx.effect("preview", do, repeatable=True)["job"])
    if job.is_open:
        raise RetryLater(ctx.options.look_again[0], "gigstack counts the CFDI of the plan")
    if not job.is_completed:
        raise GiveUp(f"gigstack could not count the CFDI of the plan: its job is {job.status}")
    return job.found or 0
