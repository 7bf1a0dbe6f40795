"""A stand-in for the gigstack API: same operations, same shapes, signed webhooks, faults on request.

`python -m gigstack_events.sandbox` runs it. Its state is in memory and ends with it, unless
`--data FOLDER` keeps it: then a killed sandbox comes back as it was, but for what it was about to send.
"""

from gigstack_events.sandbox.app import create_app
from gigstack_events.sandbox.options import Options
from gigstack_events.sandbox.state import Sandbox

__all__ = ["Options", "Sandbox", "create_app"]
