"""The plays: what can happen to a handler, and what it must not do then."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

from gigstack_events.testing.dying import Death, Moment
from gigstack_events.testing.runs import Run
from gigstack_events.testing.watching import Tracer
from gigstack_events.testing.worlds import Case, World

MOST_ACTS, MOST_LINES = 20, 12
_PATIENCE_S = 10.0
_FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("429", {}),
    ("500", {"when": "before"}),
    ("500", {"when": "after"}),
    ("lost", {}),
    ("reset", {}),
)
_SWALLOWS = "it swallows the end of its time: catch Exception, never BaseException"
_GOES_ON = "it goes on after its time is up: catch Exception, never BaseException"
_GOOD = ("done", "skipped")
_STRANGE = {"gigstack_may_add": {"what": ["it", "likes"]}, "unknown_flag": True}


class Problem(NamedTuple):
    """A broken promise: in which play, and what happened."""

    play: str
    text: str


@dataclass(frozen=True, slots=True)
class Plain:
    """How it goes when nothing goes wrong: the run, the acts in order, the operations that were called."""

    run: Run
    acts: int
    operations: tuple[str, ...]


def all_plays(case: Case) -> Iterator[tuple[str, list[str]]]:
    """Play everything; yields each play's name and its problems. What fails when all is well ends it."""
    plain, problems = _plain(case)
    yield "once", problems
    if problems or plain.run.state not in _GOOD:
        return
    for name, problems in _time_limits(case, plain):
        yield name, problems
        if {_SWALLOWS, _GOES_ON} & {*problems}:  # it may never end in what follows
            return
    yield "duplicates", list(_duplicates(case))
    yield "a replay", list(_replay(case))
    for at in range(min(plain.acts, MOST_ACTS)):
        for moment in get_args(Moment):
            yield _named(moment, at), list(_death(case, Death(at, moment)))
    for operation in plain.operations:
        for kind, more in _FAULTS:
            yield f"{kind} from {operation}", list(_fault(case, operation, kind, more))
    yield "unknown fields", list(_unknown_fields(case, plain))
    yield "live and test", list(_both_modes(case))


def _plain(case: Case) -> tuple[Plain, list[str]]:
    world = World(case)
    event = world.arrange()
    run = world.settle(event)
    operations = tuple(dict.fromkeys(call["op"] for call in world.own_calls()))
    problems = list(dict.fromkeys(f"outside ctx.effect: {what}" for what in world.watch.outside))
    if run.state not in _GOOD:
        problems.append(f"with nothing wrong its run is {run.state}: {run.reason}")
    problems += world.done_twice()
    return Plain(run, len(world.acts.known), operations), problems


def _duplicates(case: Case) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    for _ in range(3):
        world.deliver(event)
    run = world.settle(event)
    world.deliver(event)
    world.work()
    yield from _judged(world, run)


def _replay(case: Case) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    world.settle(event)
    world.bench.replay(world.handler, world.rule, event)
    yield from _judged(world, world.settle(event))


def _named(moment: Moment, at: int) -> str:
    words = {"before": "before act", "after": "after act", "recorded": "after the record of act"}
    return f"death {words[moment]} {at + 1}"


def _death(case: Case, death: Death) -> Iterator[str]:
    world = World(case, death=death)
    yield from _judged(world, world.settle(world.arrange()))


def _fault(case: Case, operation: str, kind: str, more: dict[str, Any]) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    world.gigstack.fault(kind, operation, times=1, **more)
    yield from _judged(world, world.settle(event))


def _unknown_fields(case: Case, plain: Plain) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    world.gigstack.fault("drift", shape="extra")
    run = world.settle(replace(event, object={**event.object, **_STRANGE}))
    yield from _judged(world, run)
    if run.state in _GOOD and run.state != plain.run.state:
        yield f"with fields that nobody knows its run is {run.state}: {run.reason}"


def _both_modes(case: Case) -> Iterator[str]:
    world = World(case)
    for livemode in (True, False, True):
        event = world.arrange(livemode=livemode)
        world.settle(event)
        own, other = ("live", "test") if livemode else ("test", "live")
        for call in world.own_calls():
            if call["livemode"] not in (livemode, None):
                yield f"for an event of {own} mode it called {call['op']} in {other} mode"
            if call["event_id"] is None:
                yield f"it called {call['op']} with a client of its own: use ctx.gigstack"
    yield from world.done_twice()


def _time_limits(case: Case, plain: Plain) -> Iterator[tuple[str, list[str]]]:
    """Let the time be up at lines of the handler's file, outside its effects."""
    tracer, state, _ = _struck(case, 0)
    if state != plain.run.state:  # it does not work in a thread that is not the main one
        return
    lines = [line for line, outside in tracer.lines.items() if outside]
    step = max(1, -(-len(lines) // MOST_LINES))
    for line in lines[::step]:
        yield f"time is up at line {line}", _time_is_up(case, line)


def _time_is_up(case: Case, line: int) -> list[str]:
    tracer, _, problems = _struck(case, line)
    if tracer.swallowed.is_set():
        return [_GOES_ON]
    return problems


def _struck(case: Case, line: int) -> tuple[Tracer, str, list[str]]:
    world = World(case)
    event = world.arrange()
    tracer = Tracer(case.handler, world.watch, line)
    world.deliver(event)
    tracer.run(world.work, _PATIENCE_S)
    if tracer.swallowed.is_set():
        return tracer, "", []
    if not tracer.over.is_set():
        tracer.swallowed.set()
        return tracer, "", []
    problems = []
    if tracer.struck and world.watch.returned:
        problems.append(_SWALLOWS)
    run = world.settle(event)
    return tracer, run.state, problems + list(_judged(world, run, stopped=tracer.struck))


def _judged(world: World, run: Run, *, stopped: bool = False) -> Iterator[str]:
    """What must hold however it went: at rest and not failed, nothing twice, nothing only said."""
    yield from world.done_twice()
    world.look_at_records(run)
    yield from world.never_done()
    if not run.is_at_rest:
        yield f"its run never comes to rest: it is {run.state}, {run.reason}"
    elif run.state == "failed" and not stopped:
        yield f"its run fails: {run.reason}"
    elif run.state == "parked" and not _left_to_a_person(world, run):
        yield f"its run is parked: {run.reason}"


def _left_to_a_person(world: World, run: Run) -> bool:
    """Whether what parked it is an act whose end nobody knows, and nothing here can look."""
    unknown = ((effect.name, effect.on) for effect in run.effects if effect.state == "started")
    return any(effect in world.watch.unchecked for effect in unknown)
