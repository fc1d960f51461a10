"""Conditionals at their boundary: the one rule for kinks, whatever the spelling.

Where a condition sits exactly on its boundary and both branches have the same value, the conditional is continuous, and
its derivative is the midpoint of the one-sided ones, as for `abs` and `max`: each branch counts by the share of the two
sides on which it is chosen. Where the values differ, the function jumps, and the chosen branch alone counts.

The share of a comparison is a formula of its row. That of logic follows from the shares of what it joins, as if each
were on either side by itself.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from autodiff.evaluate.compiled import condition_function, value_function
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row

#: Conditions that are made of more parts than this are taken as they are.
_MOST_PARTS = 1000

Number = Any  # a float or a number of mpmath
#: A formula of a row at the values of its arguments.
Evaluate = Callable[[Row, str, Sequence[Number]], Number]


def chosen_share(
    graph: Graph, values: Sequence[Number], node: int, evaluate: Evaluate | None = None,
    moving: Sequence[int] | None = None,
) -> float | None:  # fmt: skip
    """The share of the first branch of a conditional on its boundary; None off it, and where the value jumps.

    `moving` flags the nodes that can move at all, where it is known that some inputs stay.
    """
    condition, first, second = graph.args[node - graph.base]
    if values[first] != values[second]:
        return None
    share = _side_average(graph, values, condition, evaluate or _evaluate, moving)
    return None if share == bool(values[condition]) else share


def on_boundary(graph: Graph, values: Sequence[float]) -> bool:
    """Whether a continuous conditional of the graph sits on its boundary."""
    return any(call.row.selects for call in graph.calls) and any(
        row.selects and chosen_share(graph, values, node) is not None for node, row, _ in graph.operations()
    )


def _evaluate(row: Row, text: str, args: Sequence[float]) -> float:
    # Comparisons never raise.
    return condition_function(row, text, len(args))(*args, value_function(row, len(args))(*args))


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
    return row.shape is None and all(partial == "0" for partial in row.partials)


def may_move(graph: Graph, node: int) -> bool:
    """Whether a node may move with the inputs: an input, or an operation that is not flat."""
    return node < len(graph.inputs) or (node >= graph.base and not _is_flat(graph.row(node)))


def _side_average(
    graph: Graph, values: Sequence[Number], condition: int, evaluate: Evaluate, moving: Sequence[int] | None
) -> float:
    """The average of a condition over the two sides of the point."""
    average: dict[int, float] = {}
    for node in parts_of_condition(graph, condition):
        row, args = graph.row(node), graph.args[node - graph.base]
        if not row.share:
            continue
        given = [values[arg] for arg in args]
        if any(arg in average for arg in args):
            average[node] = 0.0
            for truths, holds in outcomes(row, [arg in average for arg in args]):
                weight = math.prod(
                    average[arg] if truth else 1.0 - average[arg]
                    for arg, truth in zip(args, truths, strict=True)
                    if truth is not None
                )
                if holds is not None:
                    average[node] += weight * holds
                else:
                    moved = [value if truth is None else truth for value, truth in zip(given, truths, strict=True)]
                    average[node] += weight * float(value_function(row, len(args))(*moved))
        elif any(may_move(graph, arg) and (moving is None or moving[arg]) for arg in args):
            average[node] = float(evaluate(row, row.share, given))
        else:
            average[node] = float(bool(values[node]))
    return average.get(condition, float(bool(values[condition])))


def outcomes(row: Row, undecided: Sequence[bool]) -> Iterator[tuple[tuple[float | None, ...], float | None]]:
    """What logic may meet: the truth of each `undecided` argument (None for the others), and what `row` makes of them.

    That is None where it depends on the other arguments; what comes to 0 is left out.
    """
    for truths in product(*[(0.0, 1.0) if flag else (None,) for flag in undecided]):
        decided = [truth for truth in truths if truth is not None]
        holds = float(value_function(row, len(truths))(*decided)) if len(decided) == len(truths) else None
        if holds != 0.0:
            yield truths, holds
