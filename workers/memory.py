"""How much memory a process and what it started hold, read from /proc; and the hard bound in a worker."""

import contextlib
import os
import resource

MIB = 1 << 20
MOST_PROCESSES = 1000
_PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(pid: int) -> list[int]:
    """A process, then all that it started and that still lives."""
    found = [pid]
    for each in found:
        if len(found) < MOST_PROCESSES:
            found += _children(each)
    return found


def resident(pid: int) -> int:
    """Bytes of a process that are in memory; 0 when there is no such process."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def used(pid: int) -> int:
    """Bytes that a process and what it started have in memory; a page that two share counts twice."""
    return sum(map(resident, tree(pid)))


def bound_own(limit: int) -> None:
    """Let this process, and each one it starts, write to `limit` bytes of private memory at most.

    Beyond it an allocation fails (MemoryError). What is reserved for writing counts too, such as the
    stacks of threads; what is only mapped for reading does not.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += map(int, file.read().split())
    return found
