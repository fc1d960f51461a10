"""Conditionals at their boundary: the one rule for kinks, whatever the spelling and whatever the number type.

Where a condition sits exactly on its boundary and both branches have the same value, the conditional is continuous, and
its derivative is the midpoint of the one-sided ones, as for `abs` and `max`: each branch counts by the share of the two
sides on which it is chosen. Where the values differ, the function jumps, and the chosen branch alone counts. It does so
too where the derivative of the other branch is not finite: what was not chosen never spoils a derivative.

The share of a comparison is a formula of its row. That of logic follows from the shares of what it joins, as if each
were on either side by itself.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.shares import NO_SHARES, Number, Shares
from autodiff.graph.graph import Graph
from autodiff.graph.walk import used_nodes
from autodiff.ops.row import Row

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

#: Conditions that are made of more parts than this are taken as they are.
_MOST_PARTS = 1000


def sides(field: "Field", graph: Graph, values: Sequence[Number], moving: Sequence[int] | None = None) -> Shares:
    """The share of every continuous conditional on its boundary.

    `moving` flags the nodes that can move at all, where it is known that some inputs stay.
    """
    if not any([call.row.selects for call in graph.calls]):
        return NO_SHARES
    found: dict[int, Number] = {}
    for node, row, args in graph.operations():
        if row.selects:
            share = chosen_share(field, graph, values, args, moving)
            if share is not None:
                found[node] = share
    return found


def counted(field: "Field", graph: Graph, values: Sequence[Number], active: Sequence[int], found: Shares) -> Shares:
    """Those of the shares that count: a branch that is not chosen counts only where its derivative is finite.

    What decides is how fast each node moves at most if every active input moves by 1: one pass forward. So what happens
    in one conditional is no matter of another.
    """
    kept: dict[int, Number] = dict(found)
    rates: list[Number] = [field.full(float(active[node]), values[node]) for node in range(graph.base)]
    for node, _, args in graph.operations():
        if not active[node]:
            rates.append(0.0)
            continue
        if node in kept:
            condition, first, second = args
            share = field.without_infinite(kept.pop(node), values[condition], rates[first], rates[second])
            if share is not None:
                kept[node] = share
        rates.append(field.rate(graph, values, node, active, kept, rates))
    return kept


def shares_at(field: "Field", graph: Graph, values: Sequence[Number], active: Sequence[int]) -> Shares:
    """The shares that count at a point, where the inputs that `active` flags move."""
    found = sides(field, graph, values, active)
    return counted(field, graph, values, active, found) if found else found


def gradient(
    field: "Field", graph: Graph, values: Sequence[Number], weights: Mapping[int, Number], active: Sequence[int],
    shares: Shares,
) -> list[Number]:  # fmt: skip
    """The adjoints of a sum of nodes with `weights`; NaN where the sum has no value, whatever the rules would give."""
    if field.is_undefined(values, weights):
        flags = used_nodes(graph, values, weights) if weights else bytes(len(graph))
        return [field.full(math.nan if flag else 0.0, value) for flag, value in zip(flags, values, strict=True)]
    return field.reverse(graph, values, weights, active, shares)


def chosen_share(
    field: "Field", graph: Graph, values: Sequence[Number], args: Sequence[int], moving: Sequence[int] | None = None
) -> Number | None:
    """The share of the first branch of a conditional on its boundary; None off it, and where the value jumps."""
    condition, first, second = args
    if type(values[first]) is float and type(values[second]) is float and values[first] != values[second]:
        return None
    share = _side_average(field, graph, values, condition, moving)
    return field.on_boundary(share, values[condition], values[first], values[second])


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
    field: "Field", graph: Graph, values: Sequence[Number], condition: int, moving: Sequence[int] | None
) -> Number:
    """The average of a condition over the two sides of the point."""
    average: dict[int, Number] = {}
    for node in parts_of_condition(graph, condition):
        row, args = graph.row(node), graph.args[node - graph.base]
        if not row.share:
            continue
        given = [values[arg] for arg in args]
        if any(arg in average for arg in args):
            total: Number = 0.0
            for truths, holds in outcomes(row, [arg in average for arg in args]):
                weight: Number = 1.0
                for arg, truth in zip(args, truths, strict=True):
                    if truth is not None:
                        weight = weight * (average[arg] if truth else 1.0 - average[arg])
                result: Number = holds
                if holds is None:
                    taken = [value if truth is None else truth for value, truth in zip(given, truths, strict=True)]
                    result = field.truth(field.operation(row, taken))
                total = total + weight * result
            average[node] = total
        elif any(may_move(graph, arg) and (moving is None or moving[arg]) for arg in args):
            average[node] = field.formula(row, row.share, given)
        else:
            average[node] = field.truth(values[node])
    return average[condition] if condition in average else field.truth(values[condition])


def outcomes(row: Row, undecided: Sequence[bool]) -> Iterator[tuple[tuple[float | None, ...], float | None]]:
    """What logic may meet: the truth of each `undecided` argument (None for the others), and what `row` makes of them.

    That is None where it depends on the other arguments; what comes to 0 is left out.
    """
    for truths in product(*[(0.0, 1.0) if flag else (None,) for flag in undecided]):
        decided = [truth for truth in truths if truth is not None]
        holds = float(floats.operation(row, decided)) if len(decided) == len(truths) else None
        if holds != 0.0:
            yield truths, holds
