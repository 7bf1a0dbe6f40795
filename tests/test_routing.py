"""Handlers and rules: what `@on` makes, what matches, how long a failure waits."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Secret, SecretStr, ValidationError

from gigstack_events import Retry, on
from gigstack_events.errors import ConfigurationError
from gigstack_events.plans import matching, value_at
from gigstack_events.routing import NoOptions, Rule, rule_of, unknown_patterns
from tests.making import event_of, rule


def test_on_makes_a_frozen_handler_and_registers_nothing() -> None:
    """The decorated function is a value: name, patterns, the function itself."""

    @on("payment.succeeded", "receipt.*")
    def thank(event: Any, ctx: Any) -> str:
        """Thank the client.

        Kindly.
        """
        return "thanked"

    assert (thank.name, thank.patterns) == ("thank", ("payment.succeeded", "receipt.*"))
    assert thank.summary == "Thank the client."
    assert thank(event_of(), None) == "thanked"
    with pytest.raises(AttributeError):
        thank.name = "other"  # type: ignore[misc]


def test_coroutines_are_refused_with_the_reason() -> None:
    """Nobody would await it, and it would seem to succeed."""

    async def thank(event: Any, ctx: Any) -> None: ...

    with pytest.raises(ConfigurationError, match="never awaits"):
        on("payment.succeeded")(thank)


def test_generators_are_refused_with_the_reason() -> None:
    """Calling one runs none of its lines."""

    def thank(event: Any, ctx: Any) -> Any:
        yield event

    with pytest.raises(ConfigurationError, match="has a `yield`"):
        on("payment.succeeded")(thank)


def test_on_without_its_brackets_is_refused() -> None:
    """Such a module would seem to have no handler at all."""

    def thank(event: Any, ctx: Any) -> None: ...

    with pytest.raises(ConfigurationError, match=r"handler 'thank' .* write @on\('payment.succeeded'"):
        on(thank)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key": "client"}, "has key 'client': write a dotted path"),
        ({"latest": "object."}, "has latest 'object.': write a dotted path"),
        ({"lane": "slow lane"}, "has lane 'slow lane'"),
        ({"name": "Thank, you"}, "has the name 'Thank, you'"),
        ({"writes": "no"}, "has writes 'no'"),
        ({"options": dict}, "has options that are no pydantic model"),
        ({"options": NoOptions()}, "has options that are no pydantic model"),
        ({"timeout": float("nan")}, "has a timeout that is not seconds above 0"),
    ],
)
def test_wrong_argument_is_told_at_the_start(given: dict[str, Any], told: str) -> None:
    """Not at the first event, and not in silence: a key that is no path would serialise nothing."""
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        on("payment.succeeded", **given)(lambda event, ctx: None)


class _Login(BaseModel):
    password: SecretStr | None = None


class _Own(SecretStr):
    pass


class _OwnLogin(BaseModel):
    password: _Own
    pin: int


class _Pin(BaseModel):
    pin: Secret[int] | None = None


class _Logins(BaseModel):
    logins: dict[str, _Login] = {}


@pytest.mark.parametrize("options", [_Login, _Logins, _OwnLogin, _Pin])
def test_secret_among_the_options_is_refused(options: type[BaseModel]) -> None:
    """Options are kept with each run; a hidden one would arrive as asterisks, an open one stand there."""
    with pytest.raises(ConfigurationError, match="name a file there, and read it"):
        on("payment.succeeded", options=options)(lambda event, ctx: None)


@pytest.mark.parametrize(
    ("patterns", "fields"),
    [
        ((), {}),
        ((["payment.*"],), {}),
        (("payment.*",), {"trust": "sure"}),
        (("payment.*",), {"timeout": "x"}),
        (("payment.*",), {"timeout": -5}),
        (("payment.*",), {"retry": 3}),
    ],
)
def test_nonsense_is_refused_at_once(patterns: tuple[Any, ...], fields: dict[str, Any]) -> None:
    """A handler without events or with an unknown trust never comes to be."""
    with pytest.raises(ConfigurationError):
        on(*patterns, **fields)(lambda event, ctx: None)


def test_typo_in_an_event_name_is_a_warning_with_the_nearest() -> None:
    """Unknown names stay legal, for the vendor may add some."""
    assert unknown_patterns(["payment.*", "receipt.created"]) == []
    (sentence,) = unknown_patterns(["payment.suceeded"])
    assert "did you mean 'payment.succeeded'" in sentence


def test_rules_survive_the_ledger() -> None:
    """A run keeps the rule it was made with: its snapshot gives the same rule back."""
    original = rule("r", "payment.*", key="object.client", retry=Retry(3, 1.5, 9), timeout=5)
    assert Rule.restore(original.snapshot()) == original


def test_rules_of_the_version_before_are_restored() -> None:
    """Runs made before an upgrade end under their rule; what has no new field is written as it was then."""
    original = rule("r", "payment.*", retry=Retry(3, 1.5, 9))
    fields = json.loads(original.snapshot())
    assert fields["retry"] == [3, 1.5, 9]
    assert Rule.restore(json.dumps(fields)) == original


def test_options_are_checked_by_the_handlers_model() -> None:
    """A rule's options are complete; an unknown one is refused."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        most: int = 5

    handler = on("payment.*", name="h", options=Options)(lambda event, ctx: None)
    assert rule_of(handler, {}).options == {"most": 5}
    with pytest.raises(ValidationError):
        rule_of(handler, {"least": 1})


def test_matching_keeps_order() -> None:
    """The rules that fire, as they are listed."""
    rules = [rule("a", "payment.*"), rule("b", "*"), rule("c", "receipt.created")]
    assert [each.name for each in matching(rules, "payment.succeeded")] == ["a", "b"]


@pytest.mark.parametrize(
    ("object", "key"),
    [
        ({"client": {"id": "client_1"}}, "live:client_1"),
        ({"client": "client_1"}, "live:client_1"),
        ({"client": None}, ""),
        ({}, ""),
        ({"client": {"name": "no id"}}, ""),
        ({"client": ["client_1"]}, ""),
    ],
)
def test_key_is_the_value_at_its_path(object: dict[str, Any], key: str) -> None:
    """An object stands for its id; what is not there serialises on nothing."""
    assert value_at("object.client", event_of(**object)) == key


@given(st.text())
def test_key_is_bounded_and_printable_whatever_is_sent(value: str) -> None:
    """The sender cannot blow up the ledger's key names."""
    key = value_at("object.client", event_of(client=value.encode("utf-8", "replace").decode()))
    assert len(key) <= 120
    assert key.isascii()
    assert " " not in key


def test_function_must_take_event_and_context() -> None:
    """Else each run would fail, twenty-five times over."""

    def one(event: Any) -> None: ...

    with pytest.raises(ConfigurationError, match="must take"):
        on("payment.*")(one)  # type: ignore[arg-type]
