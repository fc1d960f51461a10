"""A check in a process of its own, which is stopped when its time is up, whatever it is doing then.

Some witnesses are functions of mpmath that may take minutes, or any memory, and that nothing else can interrupt. The
process is a copy of this one, made at once by the system; where there is none (on Windows), or where threads would be
torn apart, the check runs here, one at a time, as mpmath has one precision for all.
"""

import contextlib
import os
import pickle
import select
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from autodiff.verify.oracles.limits import LEAST, end_with_parent, limit_memory

Result = TypeVar("Result")
Say = Callable[[str], None]

#: A process takes at most so much memory beyond what it starts with, in bytes.
_MEMORY = 2 << 30
_ONE_AT_A_TIME = threading.RLock()


class Late(Exception):
    """The time is up, or the process came to an end; the text says which."""


def guarded(compute: Callable[[Say], Result], seconds: float, progress: Say) -> Result:
    """What `compute` finds; it is given a function that tells what it is doing, as `progress` is told, twice a second.

    Raises Late when it takes longer than `seconds`, and whatever `compute` raises.
    """
    if not _can_fork():
        with _ONE_AT_A_TIME:
            return compute(progress)
    reading, writing = os.pipe()
    # What is still to be written would be written twice.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    child = os.fork()
    if not child:
        os.close(reading)
        _run(compute, writing)
    os.close(writing)
    try:
        found: Result = _wait(reading, time.monotonic() + max(seconds, LEAST), seconds, progress)
        return found
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, 9)
        os.waitpid(child, 0)


def _can_fork() -> bool:
    # Threads do not survive in a copy, and who traces a program wants to see all of it.
    return hasattr(os, "fork") and threading.active_count() == 1 and sys.getprofile() is None and sys.gettrace() is None


def _run(compute: Callable[[Say], Any], writing: int) -> None:
    """The life of the copy: it writes what it does and what it finds, each as its length and its bytes."""
    end_with_parent()
    limit_memory(_MEMORY)

    def send(kind: str, what: Any) -> None:
        data = pickle.dumps((kind, what))
        data = len(data).to_bytes(8, "big") + data
        while data:
            data = data[os.write(writing, data) :]

    try:
        send("found", compute(lambda stage: send("stage", stage)))
    except KeyboardInterrupt:
        pass
    except BaseException as error:  # the parent raises it
        with contextlib.suppress(BaseException):
            error.add_note("".join(traceback.format_exception(error)))
            send("raised", error)
    finally:
        os._exit(0)


def _wait(reading: int, until: float, seconds: float, progress: Say) -> Any:
    waiting, stage = b"", "starting"
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise Late(f"the check did not finish within {max(seconds, LEAST):g} s")
        if not select.select([reading], [], [], min(left, 0.5))[0]:
            progress(stage)
            continue
        data = os.read(reading, 1 << 20)
        if not data:
            raise Late("the process of the check ended early")
        waiting += data
        while len(waiting) >= 8 and len(waiting) >= 8 + (size := int.from_bytes(waiting[:8], "big")):
            kind, what = pickle.loads(waiting[8 : 8 + size])
            waiting = waiting[8 + size :]
            if kind == "raised":
                raise what
            if kind == "found":
                return what
            stage = what
            progress(stage)
