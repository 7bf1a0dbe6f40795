"""Supervisors one after the other, each a fork of this process, which has imported all that they need.

`python -m tests.workers.again COUNT`; their exit codes are printed.
"""

import ctypes
import os
import signal
import sys

from gigstack_events.settings import load_settings
from workers.supervisor import Supervisor

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        if (pid := os.fork()) == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            Supervisor(load_settings()).run()
            os._exit(0)
        print(f"a supervisor has ended with {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}", flush=True)
