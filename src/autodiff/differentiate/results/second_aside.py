"""Second derivatives at points where local rules may fail: those of the function itself, along lines through the point.

A mixed one is told by the second derivatives along both diagonals, f(x+t, y+t) and f(x+t, y-t).
"""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from autodiff.differentiate.results.gradient import Gradient

if TYPE_CHECKING:
    from autodiff.differentiate.results.hessian import Hessian

#: Mixed derivatives by more variables are left to the rules: there are too many pairs.
_MOST_MIXED = 8
#: So near to each other two ways to one number agree.
_SAME = 1e-9


def second_aside(hessian: "Hessian") -> Iterator[tuple[tuple[int, int], float]]:
    """The entries, by row and column of which the column is no smaller, that the function itself decides."""
    result: Gradient = hessian
    nodes: list[int | None] = list(hessian.wanted_nodes)
    if hessian.has_arrays:
        if hessian.twin is None:
            return
        result = hessian.twin.gradient
        nodes = [node for name in hessian.wanted for node in hessian.twin.nodes[name]]
    own = [None if node is None else result.beside(node, 2) for node in nodes]
    for k, value in enumerate(own):
        if value is not None:
            yield (k, k), value
    if len(nodes) > _MOST_MIXED:
        return
    for j, (second, by_second) in enumerate(zip(nodes, own, strict=True)):
        for i, (first, by_first) in enumerate(zip(nodes[:j], own[:j], strict=True)):
            if first is None or second is None or by_first is None or by_second is None:
                continue
            mixed = _mixed(result, first, second, by_first + by_second)
            if mixed is not None:
                yield (i, j), mixed


def _mixed(result: Gradient, first: int, second: int, unmixed: float) -> float | None:
    """The derivative by two inputs; `unmixed` is the sum of those by each one twice. None where there is no such."""
    up = _along(result, {first: 1.0, second: 1.0})
    down = _along(result, {first: 1.0, second: -1.0})
    if up is None or down is None or not math.isclose(up + down, 2 * unmixed, rel_tol=_SAME, abs_tol=_SAME):
        return None
    return (up - down) / 4


def _along(result: Gradient, direction: Mapping[int, float]) -> float | None:
    from autodiff.differentiate.sweep.singular import sides_along

    weights = dict.fromkeys(result.graph.outputs, 1.0)
    sides = sides_along(result.graph, result.values, weights, [direction])[0]
    return sides.value(2) if sides.is_smooth(1) and sides.is_smooth(2) else None
