"""Many forward passes at once: the rates of a node along all directions are one NumPy array.

An edge costs one NumPy call instead of a step of Python for each pass, which pays from some twenty passes on. The
numbers are those of `forward.push`, to the last bit.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from autodiff.evaluate.arrays import quiet

Rates = npt.NDArray[np.float64]

#: So many rates are held at once, 128 MB of them.
_ROOM = 1 << 24
#: Never fewer directions than this in a block: the calls would cost more than what they compute.
_LEAST = 16


def push_blocks(
    edges: Sequence[tuple[int, int, float]], size: int, directions: Sequence[Mapping[int, float]], nodes: Sequence[int]
) -> list[list[float]]:
    """The derivatives of some `nodes` along each direction, as `forward.push` finds them."""
    last = {arg: k for k, (_, arg, _) in enumerate(edges)}
    for node in nodes:
        last[node] = len(edges)
    width = max(_LEAST, _ROOM // size)
    found: list[list[float]] = []
    with quiet():
        for start in range(0, len(directions), width):
            found += _block(edges, directions[start : start + width], nodes, last)
    return found


def _block(
    edges: Sequence[tuple[int, int, float]], directions: Sequence[Mapping[int, float]], nodes: Sequence[int],
    last: Mapping[int, int],
) -> list[list[float]]:  # fmt: skip
    rates: dict[int, Rates] = {}
    for column, direction in enumerate(directions):
        for node, rate in direction.items():
            rates.setdefault(node, np.zeros(len(directions)))[column] = rate
    for k, (node, arg, partial) in enumerate(edges):
        moved = rates.get(arg)
        if moved is None:
            continue
        part = moved * partial
        if not math.isfinite(partial):
            # A rate of exactly zero contributes nothing.
            part[moved == 0.0] = 0.0
        total = rates.get(node)
        if total is None:
            rates[node] = part
        else:
            total += part
        if last[arg] == k:
            del rates[arg]
    nothing = np.zeros(len(directions))
    # Without the sign of a zero, which a sum from 0 does not have.
    columns: list[list[float]] = (np.array([rates.get(node, nothing) for node in nodes]) + 0.0).T.tolist()
    return columns
