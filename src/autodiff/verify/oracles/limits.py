"""What a process that works for another may take: time, memory, and no life of its own."""

import contextlib
import os

#: Our own witnesses get so many seconds, however few SymPy gets.
LEAST = 5.0
#: The share of the time that SymPy may take, so that what the others found is still told.
_SHARE = 0.8


def patience(seconds: float) -> float:
    """How long to wait for SymPy, from the start of a check on, that may take so many seconds."""
    return max(min(seconds, LEAST * _SHARE), seconds * _SHARE)


def end_with_parent() -> None:
    """Ask the system to end this process with the one that started it; where it cannot (not Linux), nothing happens."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        parent = os.getppid()
        ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
        if os.getppid() != parent:
            os._exit(1)


def limit_memory(more: int) -> None:
    """Let this process take so many bytes of memory more than it has, where the system can see to it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = size + more if hard == resource.RLIM_INFINITY else min(size + more, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def limit_cpu(seconds: float) -> None:
    """Let this process compute for so many seconds, where the system can see to it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        most = int(min(seconds, 1e9)) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
