"""A gradient split by route: every path from a node to the output hands on the product of its local gradients.

Paths may be exponentially many, so they are counted by dynamic programming, and only the largest are followed: what is
among the largest products up to a node is an extension of one of the largest up to the node before.
"""

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

from autodiff.differentiate.results.explanation import Explanation
from autodiff.differentiate.sweep.floats import strong_product
from autodiff.numerals import Value, is_array

#: A node with more than so many times that number of paths forgets the small ones at once.
_CROWD = 50


class Route(NamedTuple):
    """One path: its nodes from the variable to the output, and what it contributes to the gradient.

    `arguments` holds for each node but the first which of its arguments the path enters by, and `locals` the local
    gradient there, None for an operation on whole arrays. `weight` is that of the output, as in `--seed`.
    """

    nodes: tuple[int, ...]
    arguments: tuple[int, ...]
    locals: tuple[Value | None, ...]
    weight: Value
    contribution: Value


class Routes(NamedTuple):
    """The paths from one node: the largest of them, how many there are, and the sum of those that are not shown.

    `exact` is False where arrays leave open whether paths that are not shown contribute more.
    """

    node: int
    shown: tuple[Route, ...]
    total: int
    rest: Value
    exact: bool = True


class _Tail(NamedTuple):
    """A path from a node to an output, as a linked list."""

    node: int
    argument: int
    local: Value | None
    contribution: Value
    next: "_Tail | None"


def routes(explanation: Explanation, nodes: Sequence[int], most: int) -> list[Routes]:
    """The paths from each of `nodes` to the output, at most `most` of them each, by size of contribution.

    Paths through a branch that is not chosen count, with a contribution of 0. Their contributions, with those of the
    paths that are not shown, add up to the gradient of the node.
    """
    graph, gradient = explanation.graph, explanation.gradient
    keep = max(most, 1)
    wanted = frozenset(nodes)
    counts: dict[int, int] = {}
    tails: dict[int, list[_Tail]] = {}
    pruned = False
    for node, weight in explanation.weights.items():
        if explanation.reaches(node):
            counts[node], tails[node] = 1, [_Tail(node, -1, None, weight, None)]
    found: dict[int, Routes] = {}

    def settle(node: int) -> list[_Tail]:
        """The largest tails of a node, to which no more will come."""
        nonlocal pruned
        own = tails.pop(node, [])
        if len(own) > keep:
            pruned = True
        best = _largest(own, keep)
        if node in wanted:
            shown = [_route(tail, explanation) for tail in best]
            total = counts.get(node, 0)
            rest = _rest(gradient.adjoints[node], shown) if total > len(shown) else 0.0
            found[node] = Routes(node, tuple(shown), total, rest, not (gradient.has_arrays and pruned))
        return best

    for node in range(len(graph) - 1, graph.base - 1, -1):
        count = counts.pop(node, 0) if node not in wanted else counts.get(node, 0)
        if not count:
            continue
        best = settle(node)
        partials = [] if gradient.has_arrays and graph.row(node).shape is not None else gradient.local_partials(node)
        for k, arg in enumerate(graph.args[node - graph.base]):
            if not explanation.passes(node, k):
                continue
            counts[arg] = counts.get(arg, 0) + count
            local = partials[k] if partials else None
            for tail in best:
                if gradient.has_arrays:
                    contribution = explanation.handed(node, k, tail.contribution)
                else:
                    contribution = strong_product(tail.contribution, local)
                tails.setdefault(arg, []).append(_Tail(arg, k, local, contribution, tail))
            if len(tails.get(arg, ())) > _CROWD * keep:
                tails[arg], pruned = _largest(tails[arg], keep), True
    for node in nodes:
        if node not in found:
            settle(node)
    return [found[node] for node in nodes]


def _largest(tails: Sequence[_Tail], keep: int) -> list[_Tail]:
    """The tails of the largest contributions; of equal ones, the first in the order of the sweep."""
    return heapq.nlargest(keep, tails, key=lambda tail: _size(tail.contribution))


def _route(tail: _Tail, explanation: Explanation) -> Route:
    nodes, arguments, locals_ = [tail.node], [], []
    at: _Tail = tail
    while at.next is not None:
        arguments.append(at.argument)
        locals_.append(at.local)
        at = at.next
        nodes.append(at.node)
    return Route(tuple(nodes), tuple(arguments), tuple(locals_), explanation.weights[at.node], tail.contribution)


def _rest(gradient: Value, shown: Sequence[Route]) -> Value:
    """What the paths that are not shown add up to."""
    if is_array(gradient):
        return gradient - sum(route.contribution for route in shown)
    if not math.isfinite(gradient) or not all(math.isfinite(route.contribution) for route in shown):
        return math.nan
    return math.fsum([gradient, *(-route.contribution for route in shown)])


def _size(contribution: Value) -> float:
    """By what paths are ordered; one that is no number comes first."""
    size = float(abs(contribution).max(initial=0.0)) if is_array(contribution) else abs(contribution)
    return math.inf if math.isnan(size) else size
