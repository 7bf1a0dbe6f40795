"""The commands, put together; every error becomes one clear message and an exit code."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from admin import check, events, migrate, new_handler, rules, runs, send, story, switches, webhooks
from admin.surroundings import Mistake
from gigstack_events.errors import ApiError, ConfigurationError

HELP = "gigstack events, for its operator. REDIS_URL and the GIGSTACK_ variables say which installation."

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(events.events_app, name="events")
app.add_typer(runs.runs_app, name="runs")
app.add_typer(rules.app, name="rules")
app.command("pause")(switches.pause)
app.command("resume")(switches.resume)
app.command("rebuild-queue")(switches.rebuild_queue)
app.command("migrate")(migrate.migrate)
app.command("check")(check.check)
app.command("send")(send.send)
app.command("new-handler")(new_handler.new_handler)


@app.command("run")
def run(
    data: Annotated[
        Path | None, typer.Option(help="Folder for data and logs. Default: .data of the project.")
    ] = None,
) -> None:
    """Start everything on this machine, with a sandbox API, and stay up until Ctrl-C."""
    raise typer.Exit(story.run(data))


@app.command("demo")
def demo() -> None:
    """Start everything once, and check that each receipt is stamped exactly once."""
    raise typer.Exit(story.demo())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is good, 1 is a finding, 2 is a mistake that the message explains."""
    try:
        app(arguments, prog_name="python -m admin")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except ConfigurationError as error:
        print(f"The settings are not usable:\n{error}", file=sys.stderr)
    except (Mistake, ApiError) as error:
        print(error, file=sys.stderr)
    return 2
