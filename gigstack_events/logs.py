"""Logs: named lines with keys and values, for eyes on a terminal and as JSON everywhere else.

A line's own name stands under `message`, so that the context may hold the id of the event at hand as
`event`: `structlog.contextvars.bound_contextvars(event=...)`.
"""

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MOST_VALUE = 1000
MOST_LINE = 4096
_HIDDEN = re.compile(
    r"(^|_)(authorization|api_?keys?|secrets?|tokens?|passwords?|signatures?|cookies?|body|headers?)$"
)
_NAMES = ("message", "level", "timestamp", "event", "run", "rule")
# What the API client says of each call; anything else that a library adds to a line may be anybody's data.
_CALL = ("method", "path", "status", "ms", "tries", "outcome", "error", "mode", "team", "event_id")
_to_json = structlog.processors.JSONRenderer(default=str)
_QUIET = ("httpx", "httpcore", "rq", "uvicorn")


def configure_logs(
    level: str = "info", *, stream: TextIO | None = None, force_json: bool | None = None
) -> None:
    """Send the lines of structlog and of the standard library to `stream` (default: standard error).

    `force_json` decides the form; None means by what the stream is. May be called again.
    """
    out = sys.stderr if stream is None else stream
    as_json = not out.isatty() if force_json is None else force_json
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    form = _json() if as_json else _console(colours=out.isatty())
    structlog.configure(
        processors=[_set_name, *shared, *form],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
    )
    _route_standard_library(number, out, shared, form)


def hide_secrets(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Mask what should not have been logged in the first place, by the names of the keys, at any depth."""
    return {key: _masked(key, value) for key, value in line.items()}


def _masked(key: str, value: object) -> object:
    if value and _HIDDEN.search(key.lower().replace("-", "_")):
        return "[hidden]"
    if isinstance(value, dict):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", inner) for inner in value]
    return value


def _set_name(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    return {"message": line.pop("event", ""), **line}


def _name_event(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Whatever a call was for is called as everywhere else."""
    event = line.pop("event_id", None)
    return line if event is None else {**line, "event": event}


def shorten(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Cut the middle out of long texts, and say how much of them that was."""
    return {key: _shortened(value) for key, value in line.items()}


def _shortened(value: object) -> object:
    if not isinstance(value, str) or len(value) <= MOST_VALUE:
        return value
    half = MOST_VALUE // 2
    return f"{value[:half]} [{len(value) - 2 * half} characters left out] {value[-half:]}"


def _render(logger: WrappedLogger, name: str, line: EventDict) -> str:
    """One line of JSON, never longer than a pipe takes whole; of a longer one only its names remain."""
    text = str(_to_json(logger, name, dict(line)))
    if len(text) < MOST_LINE:
        return text
    kept = {key: str(line[key])[:100] for key in _NAMES if key in line}
    return str(_to_json(logger, name, {**kept, "left_out": len(text)}))


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, shorten, _render]


def _console(*, colours: bool) -> list[Processor]:
    # The pretty traceback would show local variables, and with them secrets.
    plain = structlog.dev.plain_traceback
    return [
        shorten,
        structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain, event_key="message"),
    ]


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second configuration replaces it and no other."""


def _route_standard_library(level: int, out: TextIO, shared: list[Processor], form: list[Processor]) -> None:
    handler = _Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=_CALL), _set_name, _name_event, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *form],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name, logger in logging.root.manager.loggerDict.items():
        # RQ gives its loggers levels of their own when a worker starts.
        if name.split(".")[0] in _QUIET and "." in name and isinstance(logger, logging.Logger):
            logger.setLevel(logging.NOTSET)
    logging.getLogger("uvicorn.access").disabled = True  # paths may end with a secret token
