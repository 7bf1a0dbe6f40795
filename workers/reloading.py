"""A change of configuration while workers run: tried in another process first."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import structlog

from gigstack_events.errors import ConfigurationError
from gigstack_events.rules import rules_text
from gigstack_events.settings import Settings, load_settings

PROBE_S = 30.0
UNUSABLE = 78  # EX_CONFIG: no handler that ends the probe by chance says the same
KEPT = ("lanes", "lease", "redis_url", "call_timeout")  # those of the supervisor's own life
log = structlog.get_logger("supervisor")


def try_configuration() -> "subprocess.Popen[bytes]":
    """Begin to load settings and handlers in another process, which says itself what is wrong with them."""
    return subprocess.Popen([sys.executable, "-m", "workers", "--probe"], start_new_session=True)


def end_group(pid: int) -> None:
    """SIGKILL a process that leads a session, and what stayed in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


class Reload:
    """At most one try at a time; `step` never waits for it. `rules` is the text that was found usable."""

    def __init__(self) -> None:
        self.rules: str | None = None
        self._asked = False
        self._probe: subprocess.Popen[bytes] | None = None
        self._since = 0.0

    def ask(self) -> None:
        """Ask for the configuration to be read again."""
        self._asked = True

    def step(self, settings: Settings) -> Settings | None:
        """Go on with it; returns the new settings once, when they are usable."""
        if self._asked and self._probe is None:
            self._asked, self._since, self.rules = False, time.monotonic(), _text(settings)
            try:
                self._probe = try_configuration()
            except OSError as error:
                log.error("configuration.kept", reason=f"cannot be tried ({error.strerror}): send HUP again")
        if self._probe is None:
            return None
        code = self._probe.poll()
        if code is None and time.monotonic() > self._since + PROBE_S:
            end_group(self._probe.pid)
            code = self._probe.wait()
        if code is None:
            return None
        self._probe = None
        try:
            if code == UNUSABLE:  # whatever else ends it is one handler's fault, and workers say it
                raise ConfigurationError("the new configuration is not usable; see above")
            fresh = load_settings()
            if rules_text(fresh) != self.rules:  # written meanwhile: that was not tried
                self._asked = True
                return None
        except ConfigurationError as error:
            log.error("configuration.kept", reason=str(error))
            return None
        return fresh.model_copy(update={name: getattr(settings, name) for name in KEPT})


def _text(settings: Settings) -> str | None:
    with contextlib.suppress(ConfigurationError):  # the probe will say it
        return rules_text(settings)
    return None
