"""Copies of what a caller binds, in memory that earlier copies have left. Imported only where there are arrays.

A new large array costs more than to fill it: the system hands out its memory page by page, and takes it back when the
array is gone. A loop that differentiates one formula again and again would pay for that with each step.
"""

import sys
from collections import deque
from typing import Any

import numpy as np

#: Smaller arrays come from memory that the process keeps anyway.
_SMALL = 8_192
#: As many elements may be kept in all: 64 MB.
_MOST = 8_000_000


def _references() -> int:
    """What `sys.getrefcount` says of a buffer that was taken out of a queue, and that nobody else holds."""
    kept = deque([np.empty(1)])
    buffer = kept.popleft()
    return sys.getrefcount(buffer)


#: Whether references are counted, and by the thread that asks alone.
_COUNTS = hasattr(sys, "getrefcount") and getattr(sys, "_is_gil_enabled", lambda: True)()
_ALONE = _references() if _COUNTS else 0

#: Buffers that are in use or may be used again, by their number of elements.
_kept: dict[int, deque[Any]] = {}


def copy(array: Any) -> Any:
    """The array as doubles in memory of our own, in the order of its elements in memory."""
    if array.size < _SMALL or not array.flags.forc or not _COUNTS:
        return np.array(array, dtype=np.float64)
    buffer = _free_buffer(_kept.setdefault(array.size, deque()))
    if buffer is None:
        buffer = np.empty(array.size)
        _keep(buffer)
    rows = array.flags.c_contiguous
    result = buffer.reshape(array.shape) if rows else buffer.reshape(array.shape[::-1]).T
    np.copyto(result, array)
    return result


def _free_buffer(kept: deque[Any]) -> Any:
    """A buffer that nobody but us holds, neither itself nor through a view; None if all are in use."""
    for _ in range(len(kept)):
        try:
            buffer = kept.popleft()
        except IndexError:  # another thread has taken it
            return None
        # What is out of the queue is ours alone, unless it is in use.
        free = sys.getrefcount(buffer) <= _ALONE
        kept.append(buffer)
        if free:
            return buffer
    return None


def _keep(buffer: Any) -> None:
    """Remember a buffer. Where that is too much, forget the others: those in use stay alive without us."""
    if buffer.size > _MOST:
        return
    if buffer.size + sum([size * len(each) for size, each in list(_kept.items())]) > _MOST:
        _kept.clear()
    _kept.setdefault(buffer.size, deque()).append(buffer)
