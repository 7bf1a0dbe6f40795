"""A supervisor that waits for seconds only. `python -m tests.workers.hasty`."""

from gigstack_events.settings import load_settings
from workers.limits import Patience
from workers.supervisor import Supervisor

if __name__ == "__main__":
    Supervisor(load_settings(), patience=Patience(loading=1.0, quiet=2.0, lingering=1.0)).run()
