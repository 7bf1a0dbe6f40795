"""Settings: every variable that the project reads, checked and documented in this one place."""

import os
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gigstack_events import environment
from gigstack_events.api_keys import ApiKey, key_livemode
from gigstack_events.destinations import Destinations
from gigstack_events.errors import ConfigurationError

__all__ = ["ApiKey", "Settings", "load_settings", "settings_table", "variable"]

Scheme = Literal["standard", "gigstack", "header", "token", "none"]
Lane = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
Places = Annotated[int, Field(gt=0, le=500)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Secrets = tuple[SecretStr, ...]

_RECEIVED = ("webhook_secrets", "webhook_tokens", "webhook_header_values")
_SECRETS = ("redis_url", "api_key", "test_api_key", "destinations", *_RECEIVED)
_SHORTEST = 16
_API = "https://api.gigstack.io/v2"
_REDIS = r"unix://|rediss?://([^@/?#\s]*@)?(\[[^]\s]+\]|[\w.-]+)(:\d+)?(/\d*)?(\?\S*)?$"
_FROM_FILES = (*_SECRETS, "handler_options")
_NEEDS = (
    ("standard", "webhook_secrets"),
    ("gigstack", "webhook_secrets"),
    ("token", "webhook_tokens"),
    ("header", "webhook_header"),
    ("header", "webhook_header_values"),
)


def variable(field: str) -> str:
    """Name the environment variable of a field of `Settings`."""
    return "REDIS_URL" if field == "redis_url" else environment.PREFIX + field.upper()


class Settings(BaseSettings):
    """The configuration of one process. `load_settings` makes it; by itself it reads nothing."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    redis_url: Annotated[str, Field(repr=False), environment.like(_REDIS, "redis://127.0.0.1:6379/0")] = ""
    """Address of Redis, with its password if it has one. Unset, `make run` starts an embedded server."""
    replicas: Annotated[int, Field(ge=0)] = 0
    """Replicas of Redis that must have a delivery before its 202, and an effect's record before it begins."""
    api_url: Annotated[str, environment.like(r"https?://[^/\s]+", "https://api.example.com/v2")] = _API
    """Base address of the gigstack API."""
    api_key: SecretStr | None = None
    """API key for live mode (`sk_live_...` or the JWT)."""
    test_api_key: SecretStr | None = None
    """API key for test mode (`sk_test_...` or the JWT)."""
    verify: tuple[Scheme, ...] = ()
    """How deliveries prove themselves: one or several of `standard`, `gigstack`, `header`, `token`,
    separated by commas, or `none` alone. The receiver does not start without it."""
    webhook_secrets: Secrets = ()
    """Signing secrets for `standard` and `gigstack`, separated by spaces; each is valid, for rotation."""
    webhook_tokens: Secrets = ()
    """Secrets that end the path, for `token`, separated by spaces."""
    webhook_header: Annotated[str, environment.like(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "X-Webhook-Key")] = ""
    """Name of the header that holds a secret, for `header`."""
    webhook_header_values: Secrets = ()
    """Valid values of that header, separated by spaces."""
    webhook_tolerance: Seconds = 300
    """How far a signed time may be from now, both ways, in seconds."""
    max_body: PositiveInt = 1_048_576
    """Largest body that is accepted, in bytes."""
    body_timeout: Seconds = 10
    """How long a sender may take to send the body, in seconds."""
    handlers: tuple[str, ...] = ()
    """Handlers that may run, separated by commas; `*` for all. Nothing runs that is not named."""
    rules: Path | None = None
    """File of rules (`rules.toml`), which name their handlers. Unset, each handler's `@on` is its rule."""
    handlers_dir: Annotated[Path, AfterValidator(environment.folder)] | None = None
    """Folder of your own handlers, beside the built-in ones."""
    handler_options: Annotated[dict[str, dict[str, Any]], Field(repr=False)] = {}
    """Options of the handler NAME, as a JSON object."""
    destinations: Annotated[Destinations, Field(repr=False)] = {}
    """Where `notify` and `forward` send to, as TOML: a line `ops-slack = "slack://..."` for each."""
    lanes: Annotated[dict[Lane, Places], Field(min_length=1)] = {"live": 2, "bulk": 1}
    """Worker processes for each lane."""
    memory_limit: Annotated[int, Field(ge=128)] = 512
    """Most memory of a worker with all that its handlers start, in MiB; over it, it is replaced."""
    recycle_after: NonNegativeInt = 1000
    """Runs after which a worker is replaced by a fresh one; 0: never for that reason."""
    lease: Seconds = 20
    """How long a claim holds without a sign of life, in seconds."""
    call_timeout: Seconds = 10
    """Longest API call, in seconds; less than the lease."""
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 20
    """Most API calls per second of all workers together, for each mode; fewer after a 429; 1 or
    more, or 0 for any number."""
    check_delay: Seconds = 120
    """When an effect of unknown outcome is checked first, in seconds; more than the lease."""
    check_again: Seconds = 10
    """Time until the second check that has to agree with the first, in seconds."""
    crash_bound: PositiveInt = 3
    """Crashes of its worker in a row after which a run is parked."""
    lost_bound: PositiveInt = 10
    """Lost leases in a row after which a run is parked."""
    sweep_interval: Seconds = 1
    """Time between two sweeps for forgotten work, in seconds."""
    hint_lost_after: Seconds = 30
    """Age at which a hint that nobody took may count as lost, in seconds."""
    stop_grace: Seconds = 30
    """How long a stopping worker may go on with its run, in seconds."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important level that is logged: `debug`, `info`, `warning` or `error`."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments only: whoever wants the environment says so with `load_settings`."""
        return (init_settings,)

    @field_validator("verify", "handlers", *_RECEIVED, mode="before")
    @classmethod
    def _words(cls, value: Any, info: Any) -> Any:
        if not isinstance(value, str):
            return value
        return value.split() if info.field_name in _RECEIVED else value.replace(",", " ").split()

    @field_validator("lanes", mode="before")
    @classmethod
    def _lanes(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        items = value.replace(",", " ").split()
        if not (items and all(re.fullmatch(r"[^=]+=\d+", item) for item in items)):
            raise ValueError("write it like live=2,bulk=1")
        if len(lanes := dict(item.split("=") for item in items)) < len(items):
            raise ValueError("names a lane twice; write each once, like live=2,bulk=1")
        return lanes

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("api_key", "test_api_key")
    @classmethod
    def _right_place(cls, key: SecretStr | None, info: Any) -> SecretStr | None:
        live = info.field_name == "api_key"
        if key and key_livemode(key.get_secret_value()) is (not live):
            place = variable("test_api_key" if live else "api_key")
            raise ValueError(f"this is a key for {'test' if live else 'live'} mode; its place is {place}")
        return key

    @field_validator(*_RECEIVED)
    @classmethod
    def _hard_to_guess(cls, secrets: Secrets, info: Any) -> Secrets:
        for text in (secret.get_secret_value() for secret in secrets):
            if info.field_name == "webhook_tokens" and not re.fullmatch(r"[A-Za-z0-9._~-]+", text):
                raise ValueError("a token is part of a path; make it of letters, digits and . _ ~ - only")
            if len((text.startswith("whsec_") and environment.signing_key(text)) or text) < _SHORTEST:
                raise ValueError(f"less than {_SHORTEST} bytes; take more, as `openssl rand -hex 24` prints")
        return secrets

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        if problems := list(_contradictions(self)):
            raise environment.Contradictions(problems)
        return self

    def key_for(self, livemode: bool) -> ApiKey | None:
        """Give the API key of a mode, or None where it has none."""
        key = self.api_key if livemode else self.test_api_key
        if key is None:
            return None
        return ApiKey(key, livemode, may_write=key_livemode(key.get_secret_value()) is livemode)


def _contradictions(settings: Settings) -> Iterator[tuple[set[str], str]]:
    for scheme, field in _NEEDS:
        if scheme in settings.verify and not getattr(settings, field):
            yield {"verify", field}, f"{variable('verify')}: {scheme!r} needs {variable(field)}; set it"
    if "none" in settings.verify and len(settings.verify) > 1:
        yield {"verify"}, f"{variable('verify')}: 'none' combines with no other; name it alone or drop it"
    secrets = [secret.get_secret_value() for secret in settings.webhook_secrets]
    if "gigstack" in settings.verify:  # there a secret may be any text
        secrets = [secret for secret in secrets if secret.startswith("whsec_")]
    if "standard" in settings.verify and not all(map(environment.signing_key, secrets)):
        cure = "for 'standard' a secret is whsec_ and base64; copy it again as it was shown"
        yield {"verify", "webhook_secrets"}, f"{variable('webhook_secrets')}: {cure}"
    for one, other in combinations(_RECEIVED, 2):
        if {*getattr(settings, one)} & {*getattr(settings, other)}:
            yield {one, other}, f"{variable(one)}: shares a value with {variable(other)}; use another in one"
    if 0 < settings.rate < 1:  # a run of several calls would never end
        yield {"rate"}, f"{variable('rate')}: set it to 1 or more, or to 0 for any number"
    if settings.rules and settings.handlers:
        cure = f"the rules in {variable('rules')} name their handlers; keep one of the two"
        yield {"rules", "handlers"}, f"{variable('handlers')}: {cure}"
    lease = variable("lease")
    if settings.call_timeout >= settings.lease:
        yield {"call_timeout", "lease"}, f"{variable('call_timeout')}: set it to less than {lease}"
    if settings.check_delay <= settings.lease:
        yield {"check_delay", "lease"}, f"{variable('check_delay')}: set it to more than {lease}"
    elif settings.check_delay <= settings.lease / 4 + settings.call_timeout:  # a write may leave that late
        yield {"check_delay"}, f"{variable('check_delay')}: set it to more than a quarter lease plus a call"


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `env` (default: the environment of the process) and the files it names.

    Raises ConfigurationError with every problem on a line of its own: variable, what is wrong, the cure.
    """
    variables = {variable(field): field for field in Settings.model_fields if field != "handler_options"}
    reading = environment.read(os.environ if env is None else env, variables, map(variable, _SECRETS))
    values: dict[str, Any] = {variables[name]: text for name, text in reading.texts.items()}
    values["handler_options"] = reading.options
    settings, problems = environment.build(Settings, values, variable, reading.broken)
    if settings is None or reading.problems:
        raise ConfigurationError("\n".join(sorted([*reading.problems, *problems])))
    return settings


def settings_table() -> str:
    """Render every variable, its default and its meaning as a Markdown table."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        title = f"{environment.OPTIONS_PREFIX}<NAME>" if name == "handler_options" else variable(name)
        also = f" Or put it into a file and name that in `{title}_FILE`." if name in _FROM_FILES else ""
        meaning = " ".join(str(field.description).split())
        rows.append(f"| `{title}` | {_shown(field.default)} | {meaning}{also} |")
    return "\n".join(rows) + "\n"


def _shown(default: object) -> str:
    if isinstance(default, dict):
        default = ",".join(f"{key}={value}" for key, value in default.items())
    return f"`{default}`" if default or default == 0 else ""
