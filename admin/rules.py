"""`rules ...`: what is done about which events, and why."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from admin.judgement import judge
from admin.listing import Json, one_of
from admin.registration import find_handlers
from admin.surroundings import Mistake, console, open_ledger, plain, print_json
from admin.tables import print_table
from gigstack_events.discovery import Discovery
from gigstack_events.errors import ConfigurationError, Malformed
from gigstack_events.events import Event, Trust, normalise
from gigstack_events.ledger.views import Views
from gigstack_events.plans import read_event
from gigstack_events.rules import RuleFile, read_rules, rules_of
from gigstack_events.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Rules: what is done about which events.")

File = Annotated[Path | None, typer.Option("--file", help="Another file than GIGSTACK_RULES names.")]
_LARGEST = 10_000_000


@app.command("check")
def check_rules(
    file: Annotated[Path | None, typer.Argument(help="A file of rules. Default: GIGSTACK_RULES.")] = None,
) -> None:
    """Tell every problem and everything that looks like a mistake; exit code 1 when there is a problem."""
    settings, found, read = _read(file)
    out = console()
    for source, error in found.broken.items():
        read.warnings.append(f"{source} does not load ({error}): runs of its handlers are parked")
    for problem in read.problems:
        out.print(f"[red]FAIL [/] {plain(problem)}", soft_wrap=True)
    lanes = {"live", "bulk", *settings.lanes}
    for rule in read.rules:
        if rule.lane not in lanes:
            cure = f"add {rule.lane}=1 to GIGSTACK_LANES, if no other host serves it"
            read.warnings.append(f"rule {rule.name!r} wants lane {rule.lane!r}: {cure}")
    for warning in read.warnings:
        out.print(f"[yellow]WARN [/] {plain(warning)}", soft_wrap=True)
    if read.problems:
        raise typer.Exit(1)
    enabled, off = len(read.rules), len(read.listed) - len(read.rules)
    out.print(
        f"{enabled} {'rule' if enabled == 1 else 'rules'} can be used"
        + (f", {off} are not enabled" if off else "")
        + "."
    )


@app.command("list")
def list_rules(file: File = None, json: Json = False) -> None:
    """Show the rules: those of the file, or of the enabled handlers."""
    _, _, read = _read(file)
    _insist(read)
    if json:
        rows = [
            {
                "name": each.rule.name, "enabled": each.enabled, "shadow": each.rule.shadow,
                "handler": each.rule.handler, "on": each.rule.patterns, "schedule": each.rule.schedule,
                "when": each.rule.when, "lane": each.rule.lane, "trust": each.rule.trust,
                "line": each.line,
            }
            for each in read.listed
        ]  # fmt: skip
        print_json(rows)
        return
    if not read.listed:
        console().print("No rule is there: set GIGSTACK_RULES or GIGSTACK_HANDLERS.")
        return
    table = [
        (
            each.rule.name,
            ("shadow" if each.rule.shadow else "on") if each.enabled else "off",
            each.rule.handler,
            ", ".join((*each.rule.patterns, *([each.rule.schedule] if each.rule.schedule else []))),
            each.rule.lane,
            each.rule.trust,
            f"when {each.rule.when}" if each.rule.when else "",
        )
        for each in read.listed
    ]
    print_table(console(), ("rule", "is", "handler", "on", "lane", "trust", "when"), table)


@app.command("test")
def try_rules(
    event: Annotated[str, typer.Argument(help="A file with an event as JSON, or an event's id.")],
    file: File = None,
    trust: Annotated[str, typer.Option(help="How a delivery of the file would be believed.")] = "signed",
    json: Json = False,
) -> None:
    """Show which rules would fire for an event, and why the others would not. Nothing is done."""
    one_of("--trust", trust, get_args(Trust))
    settings, _, read = _read(file)
    _insist(read)
    known, believed = _event(event, settings, cast(Trust, trust))
    judged = [judge(each, known, believed) for each in read.listed]
    if json:
        print_json([{"rule": each.rule, "fires": each.fires, "why": each.why} for each in judged])
        return
    console().print(f"{plain(known.id)} is a {plain(known.type)}", soft_wrap=True)
    rows = [(each.rule, each.fires, each.why) for each in judged]
    if rows:
        print_table(console(), ("rule", "fires", "why"), rows)
    else:
        console().print("No rule is there: set GIGSTACK_RULES or GIGSTACK_HANDLERS.")


def _read(file: Path | None) -> tuple[Settings, Discovery, RuleFile]:
    settings = load_settings()
    found = find_handlers(settings)
    path = file or settings.rules
    if path:
        return settings, found, read_rules(path, found, settings.handler_options)
    try:
        return settings, found, rules_of(settings, found)
    except ConfigurationError as error:
        return settings, found, RuleFile(problems=str(error).splitlines())


def _insist(read: RuleFile) -> None:
    if read.problems:
        raise ConfigurationError("\n".join(read.problems))


def _event(named: str, settings: Settings, trust: Trust) -> tuple[Event, Trust]:
    path = Path(named)
    if path.is_file():
        with path.open("rb") as file:
            body = file.read(_LARGEST)
        try:
            return normalise(body, {}), trust
        except Malformed as error:
            raise Mistake(f"{named} holds no event: {error}") from None
    if named.endswith(".json"):
        raise Mistake(f"There is no file {named!r}; write an event as it is delivered into it.")
    with open_ledger(settings) as ledger:
        views = Views(ledger.redis)
        known = views.find(named)
        detail = views.event(known) if known else None
        body = (views.body(known) or b"") if known else b""
    if detail is None:
        raise Mistake(f"No file and no event is called {named!r}: `events list` shows the newest events.")
    try:
        return read_event(detail.event, body), cast(Trust, detail.event.trust)
    except Malformed as error:
        raise Mistake(f"This event cannot be read: {error}") from None
