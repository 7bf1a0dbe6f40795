"""A supervisor that waits one second only for an import. `python -m tests.workers.hasty`."""

from gigstack_events.settings import load_settings
from workers.supervisor import Supervisor

if __name__ == "__main__":
    Supervisor(load_settings(), loading_s=1.0).run()
