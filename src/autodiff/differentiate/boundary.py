"""Conditionals at their boundary: the one rule for kinks, whatever the spelling.

Where a condition sits exactly on its boundary and both branches have the same value, the conditional is continuous, and
its derivative is the midpoint of the one-sided ones, as for `abs` and `max`: each branch counts by the share of the two
sides on which it is chosen. Where the values differ, the function jumps, and the chosen branch alone counts.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from autodiff.evaluate.compiled import value_function
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row

#: Conditions that are made of more parts than this are taken as they are.
_MOST_PARTS = 1000

Number = Any  # a float or a number of mpmath
Apply = Callable[[Row, Sequence[Number]], Number]
Nudge = Callable[[Number], tuple[Number, Number]]


def chosen_share(
    graph: Graph, values: Sequence[Number], node: int, apply: Apply | None = None, nudge: Nudge | None = None
) -> float | None:
    """The share of the first branch of a conditional on its boundary; None off it, and where the value jumps."""
    condition, first, second = graph.args[node - graph.base]
    if values[first] != values[second]:
        return None
    share = _side_average(graph, values, condition, apply or _apply, nudge or _nudge)
    return None if share == bool(values[condition]) else share


def on_boundary(graph: Graph, values: Sequence[float]) -> bool:
    """Whether a continuous conditional of the graph sits on its boundary."""
    return any(call.row.selects for call in graph.calls) and any(
        row.selects and chosen_share(graph, values, node) is not None for node, row, _ in graph.operations()
    )


def _apply(row: Row, args: Sequence[float]) -> float:
    try:
        return value_function(row, len(args))(*args)
    except ARITHMETIC:
        return math.nan


def _nudge(value: float) -> tuple[float, float]:
    return math.nextafter(value, -math.inf), math.nextafter(value, math.inf)


def parts_of_condition(graph: Graph, condition: int) -> list[int]:
    """The operations that a condition consists of: logic, down to comparisons; none if there are too many."""
    found, stack = set(), [condition]
    while stack:
        node = stack.pop()
        if node < graph.base or node in found or not _is_flat(graph.row(node)):
            continue
        found.add(node)
        if len(found) > _MOST_PARTS:
            return []
        stack.extend(graph.args[node - graph.base])
    return sorted(found)


def _is_flat(row: Row) -> bool:
    """Whether an operation is constant wherever it does not jump, as conditions are."""
    return all(partial == "0" for partial in row.partials)


def _side_average(graph: Graph, values: Sequence[Number], condition: int, apply: Apply, nudge: Nudge) -> float:
    """The average of a condition over the two sides of the point."""
    average: dict[int, float] = {}
    for node in parts_of_condition(graph, condition):
        row, args = graph.row(node), graph.args[node - graph.base]
        given = [values[arg] for arg in args]
        here = float(bool(values[node]))
        shares = [average.get(arg, float(bool(value))) for arg, value in zip(args, given, strict=True)]
        if any(share != float(bool(value)) for share, value in zip(shares, given, strict=True)):
            average[node] = _expected(row, shares, apply)
        elif row.jump and not any(arg in average for arg in args):
            sides = [apply(row, [moved, *given[1:]]) for moved in nudge(given[0])]
            average[node] = float(sum(sides)) / 2 if all(side in (0, 1) for side in sides) else here
        else:
            average[node] = here
    return average.get(condition, float(bool(values[condition])))


def _expected(row: Row, shares: Sequence[float], apply: Apply) -> float:
    """What logic makes of conditions that hold on these shares of the sides."""
    total = 0.0
    for truths in product((0.0, 1.0), repeat=len(shares)):
        weight = math.prod(share if truth else 1 - share for share, truth in zip(shares, truths, strict=True))
        total += weight * float(apply(row, truths)) if weight else 0.0
    return total
