"""The plays: what can happen to a handler, and what it must not do then."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

from gigstack_events.testing.dying import Death, Moment
from gigstack_events.testing.runs import Run
from gigstack_events.testing.watching import Tracer
from gigstack_events.testing.worlds import Case, World

MOST_ACTS, MOST_LINES = 20, 12
NEVER_RESTS = "its run never comes to rest"
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
_SAME_ON = "what it is `on` must be the same at each attempt"
_LOSES = "let the error be raised, or raise RetryLater, where the next attempt may go well"
_FORGET = "let `given` empty what your stand-ins keep, for each play begins anew"
_GOOD = ("done", "skipped")
_STRANGE = {"gigstack_may_add": {"what": ["it", "likes"]}, "unknown_flag": True}


class Problem(NamedTuple):
    """A broken promise: in which play, and what happened."""

    play: str
    text: str


@dataclass(frozen=True, slots=True)
class Plain:
    """How it goes when nothing goes wrong: the run, its acts by name, the operations that were called."""

    run: Run
    acts: Counter[str]
    operations: tuple[str, ...]


def all_plays(case: Case) -> Iterator[tuple[str, list[str]]]:
    """Play everything; yields each play's name and its problems. What fails when all is well ends it."""
    tracer, first, problems = _calm(case)
    if not tracer.over.is_set():
        yield "once", [f"it has not ended after the {case.handler.timeout:g} s that it may take"]
        return
    plain, found = _plain(case)
    problems += [problem for problem in found if problem not in problems]
    problems += [f"{name!r} was done in the first play alone: {_FORGET}" for name in first.acts - plain.acts]
    yield "once", problems
    if problems or plain.run.state not in _GOOD:
        return
    # Where it does not work in a thread that is not the main one, its time cannot be ended here.
    lines = tracer.outside if first.run.state == plain.run.state else []
    for name, problems in _time_limits(case, plain, lines):
        yield name, problems
        if {_SWALLOWS, _GOES_ON} & {*problems}:  # it may never end in what follows
            return
    yield "duplicates", list(_duplicates(case, plain))
    yield "a replay", list(_replay(case, plain))
    for at in range(min(plain.acts.total(), MOST_ACTS)):
        for moment in get_args(Moment):
            yield _named(moment, at), list(_death(case, plain, Death(at, moment)))
    for operation in plain.operations:
        for kind, more in _FAULTS:
            yield f"{kind} from {operation}", list(_fault(case, plain, operation, kind, more))
    yield "unknown fields", list(_unknown_fields(case, plain))
    yield "live and test", list(_both_modes(case))


def _plain(case: Case) -> tuple[Plain, list[str]]:
    world = World(case)
    event = world.arrange()
    run = world.settle(event)
    operations = tuple(dict.fromkeys(call["op"] for call in world.own_calls()))
    problems = world.outside()
    if run.state not in _GOOD:
        problems.append(f"with nothing wrong its run is {run.state}: {run.reason}")
    problems += world.done_twice()
    return Plain(run, world.done(), operations), problems


def _duplicates(case: Case, plain: Plain) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    for _ in range(3):
        world.deliver(event)
    run = world.settle(event)
    world.deliver(event)
    world.work()
    yield from _judged(world, plain, run)


def _replay(case: Case, plain: Plain) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    world.settle(event)
    world.bench.replay(world.handler, world.rule, event)
    yield from _judged(world, plain, world.settle(event))


def _named(moment: Moment, at: int) -> str:
    words = {"before": "before act", "after": "after act", "recorded": "after the record of act"}
    return f"death {words[moment]} {at + 1}"


def _death(case: Case, plain: Plain, death: Death) -> Iterator[str]:
    world = World(case, death=death)
    yield from _judged(world, plain, world.settle(world.arrange()))


def _fault(case: Case, plain: Plain, operation: str, kind: str, more: dict[str, Any]) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    world.gigstack.fault(kind, operation, times=1, **more)
    yield from _judged(world, plain, world.settle(event))


def _unknown_fields(case: Case, plain: Plain) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    world.gigstack.fault("drift", shape="extra")
    run = world.settle(replace(event, object={**event.object, **_STRANGE}))
    yield from _judged(world, plain, run)
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
    yield from world.outside()


def _calm(case: Case) -> tuple[Tracer, Plain, list[str]]:
    """Play it once in a thread that can be left behind, and note its lines."""
    world = World(case)
    event = world.arrange()
    tracer = Tracer(case.handler, world.watch)
    world.deliver(event)
    tracer.run(world.work, case.handler.timeout)
    if not tracer.over.is_set():
        return tracer, Plain(world.look(event), Counter(), ()), []
    return tracer, Plain(world.settle(event), world.done(), ()), world.outside()


def _time_limits(case: Case, plain: Plain, lines: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Let the time be up at lines of the handler's file, outside its effects."""
    step = max(1, -(-len(lines) // MOST_LINES))
    for line in lines[::step]:
        yield f"time is up at line {line}", list(_time_is_up(case, plain, line))


def _time_is_up(case: Case, plain: Plain, line: int) -> Iterator[str]:
    world = World(case)
    event = world.arrange()
    tracer = Tracer(case.handler, world.watch, line)
    world.deliver(event)
    tracer.run(world.work, _PATIENCE_S)
    if tracer.swallowed.is_set() or not tracer.over.is_set():
        yield _GOES_ON
        return
    if tracer.struck and world.watch.returned:
        yield _SWALLOWS
    yield from _judged(world, plain, world.settle(event), stopped=tracer.struck)


def _judged(world: World, plain: Plain, run: Run, *, stopped: bool = False) -> Iterator[str]:
    """What must hold however it went: at rest and not failed, nothing twice, lost or only said."""
    yield from world.outside()
    yield from world.done_twice()
    for name, times in world.done().items():
        if plain.acts[name] and times > plain.acts[name]:
            yield f"{name!r} was done {times} times, not {plain.acts[name]}: {_SAME_ON}"
    if run.state == plain.run.state:
        for name in plain.acts - world.done():
            yield f"its run is {run.state}, and {name!r} was not done: {_LOSES}"
    world.look_at_records(run)
    yield from world.never_done()
    if not run.is_at_rest:
        yield f"{NEVER_RESTS}: it is {run.state}, {run.reason}"
    elif run.state == "failed" and not stopped:
        yield f"its run fails: {run.reason}"
    elif run.state == "parked" and not _left_to_a_person(world, run):
        yield f"its run is parked: {run.reason}"


def _left_to_a_person(world: World, run: Run) -> bool:
    """Whether what parked it is an act whose end nobody knows, and nothing here can look."""
    unknown = ((effect.name, effect.on) for effect in run.effects if effect.state == "started")
    return any(effect in world.watch.unchecked for effect in unknown)
