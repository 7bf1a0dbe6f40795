"""Health of the container: asks the receiver, where the container runs one.

Workers have no door to knock at. Their supervisor restarts them, and ends the container when it ends
itself; whether work is done is a question for `python -m admin check`.
"""

import http.client
import sys
from collections.abc import Sequence
from pathlib import Path


def receiver_port(command: Sequence[str]) -> int | None:
    """Find the receiver's port in the container's command; None: it runs something else."""
    if "receiver" not in command:
        return None
    words = " ".join(command).replace("=", " ").split()
    return int(words[words.index("--port") + 1]) if "--port" in words else 8000


def healthy(port: int | None, timeout: float = 4) -> bool:
    """Ask the receiver on this port whether it is alive; without a port there is nothing to ask."""
    if port is None:
        return True
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    first_process = Path("/proc/1/cmdline").read_text().split("\0")
    sys.exit(not healthy(receiver_port(first_process)))
