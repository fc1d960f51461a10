"""The forward sweep: the values of all nodes to the directional derivative of every node, in one pass.

Everything here that takes a value for one number, so that a partial times a tangent is a product, is in `linearize` and
`push`.
"""

from collections.abc import Mapping, Sequence

from autodiff.differentiate.sweep.reverse import local_partials
from autodiff.differentiate.sweep.shares import NO_SHARES, Shares
from autodiff.evaluate.compiled import partial_function
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents

#: An operation, one of its arguments, and its partial derivative by that argument.
Edge = tuple[int, int, float]
#: The rate of change of each input that moves.
Direction = Mapping[int, float]


def tangents(graph: Graph, values: Sequence[float], direction: Direction, shares: Shares = NO_SHARES) -> list[float]:
    """The derivative of every node along `direction`.

    A rate or a partial of exactly zero contributes nothing, as in the reverse sweep. `shares` as for
    `local_partials`.
    """
    edges = linearize(graph, values, dependents(graph, direction), shares)
    return push(edges, len(graph), direction)


def linearize(graph: Graph, values: Sequence[float], active: Sequence[int], shares: Shares = NO_SHARES) -> list[Edge]:
    """The partial derivatives by active arguments that are not zero, in the order of the nodes.

    They are the same for every direction: many passes over them cost little more than one.
    """
    edges: list[Edge] = []
    append = edges.append
    partials_of = [[partial_function(row, arity, k) for k in range(arity)] for row, arity in graph.calls]
    for node, (code, args) in enumerate(zip(graph.codes, graph.args, strict=True), graph.base):
        if not active[node]:
            continue
        try:
            # The two shapes that most operations have; partials come before edges, so that what raises adds none.
            if len(args) == 2:
                a, b = args
                x, y, value = values[a], values[b], values[node]
                by_x, by_y = partials_of[code]
                p = by_x(x, y, value) if active[a] else 0.0
                q = by_y(x, y, value) if active[b] else 0.0
                if p:
                    append((node, a, p))
                if q:
                    append((node, b, q))
                continue
            if len(args) == 1:
                (a,) = args
                if p := partials_of[code][0](values[a], values[node]):
                    append((node, a, p))
                continue
        except ARITHMETIC:
            pass
        for arg, partial in zip(args, local_partials(graph, values, node, active, shares), strict=True):
            if partial:
                append((node, arg, partial))
    return edges


def push(edges: Sequence[Edge], size: int, direction: Direction) -> list[float]:
    """One pass over the edges of a graph of `size` nodes: the tangent of every node."""
    rates = [0.0] * size
    for node, rate in direction.items():
        rates[node] = rate
    for node, arg, partial in edges:
        rate = rates[arg]
        if rate:
            rates[node] += partial * rate
    return rates


#: From so many steps on, a pass over an edge being one, NumPy is worth its import, which takes a tenth of a second.
_MANY_STEPS = 2_000_000
#: From so many passes on, an edge costs NumPy less than a step for each pass costs Python.
_MANY_PASSES = 24


def push_all(
    edges: Sequence[Edge], size: int, directions: Sequence[Direction], nodes: Sequence[int]
) -> list[list[float]]:
    """The derivatives of some `nodes` along each direction."""
    if len(directions) >= _MANY_PASSES and len(directions) * len(edges) >= _MANY_STEPS:
        from autodiff.differentiate.sweep.blocks import push_blocks

        return push_blocks(edges, size, directions, nodes)
    return [_pick(push(edges, size, direction), nodes) for direction in directions]


def _pick(rates: list[float], nodes: Sequence[int]) -> list[float]:
    return rates if nodes == range(len(rates)) else [rates[node] for node in nodes]
