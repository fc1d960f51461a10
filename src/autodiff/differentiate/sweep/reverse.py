"""The reverse sweep: the values of all nodes to the gradient of the outputs with respect to every node."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from autodiff.differentiate.sweep.shares import NO_SHARES, Shares
from autodiff.evaluate.compiled import derived_function, partial_function, simple_partial
from autodiff.evaluate.floats import ARITHMETIC, evaluate_rule
from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_text, rule, rule_arguments, rule_parameters
from autodiff.ops.row import Row


def reverse(
    graph: Graph, values: Sequence[float], seeds: Mapping[int, float], active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> list[float]:  # fmt: skip
    """The adjoint of every node: the derivative of the sum of some nodes, each with its weight in `seeds`, by it.

    `active` flags the nodes that depend on a wanted variable; only those get an adjoint, and only arguments that are
    active get a partial, so `x^2` at a negative x never asks for `log(x)`. An adjoint or a
    partial of exactly zero contributes nothing, even beside an infinite one, so a branch that was not chosen cannot
    poison the gradient. `shares` as for `local_partials`.
    """
    adjoints = [0.0] * len(graph)
    for node, weight in seeds.items():
        adjoints[node] = weight
    output = max((node for node in seeds if active[node]), default=-1)
    if output < 0:
        return adjoints
    kinds = [_kind(row, arity) for row, arity in graph.calls]
    skipped = len(graph) - 1 - output
    steps = zip(
        range(output, graph.base - 1, -1), islice(reversed(graph.codes), skipped, None),
        islice(reversed(graph.args), skipped, None), strict=True,
    )  # fmt: skip
    node = output
    while True:
        try:
            for node, code, args in steps:
                upstream = adjoints[node]
                if upstream == 0.0:
                    continue
                kind, by_x, by_y = kinds[code]
                if kind == _NUMBERS:
                    a, b = args
                    if by_x and active[a]:
                        adjoints[a] += upstream * by_x
                    if by_y and active[b]:
                        adjoints[b] += upstream * by_y
                elif kind == _EXCHANGED:
                    a, b = args
                    p, q = values[b], values[a]
                    if p and active[a]:
                        adjoints[a] += upstream * p
                    if q and active[b]:
                        adjoints[b] += upstream * q
                elif kind == _TWO:
                    a, b = args
                    x, y, value = values[a], values[b], values[node]
                    # Both partials come before either adjoint, so that a step that raises has changed nothing.
                    p = by_x(x, y, value) if active[a] else 0.0
                    q = by_y(x, y, value) if active[b] else 0.0
                    if p:
                        adjoints[a] += upstream * p
                    if q:
                        adjoints[b] += upstream * q
                elif kind == _ONE:
                    (a,) = args
                    p = by_x(values[a], values[node])
                    if p:
                        adjoints[a] += upstream * p
                elif kind == _DERIVED:
                    (a,) = args
                    p = by_x(values[a])
                    if p:
                        adjoints[a] += upstream * p
                else:
                    _scatter(graph, values, node, active, adjoints, shares)
            return adjoints
        except ARITHMETIC:
            _scatter(graph, values, node, active, adjoints, shares)


def _scatter(
    graph: Graph, values: Sequence[float], node: int, active: Sequence[int], adjoints: list[float], shares: Shares
) -> None:
    """One step of the sweep, for any number of arguments and where a partial raises."""
    args = graph.args[node - graph.base]
    partials = local_partials(graph, values, node, active, shares)
    for arg, partial in zip(args, partials, strict=True):
        if partial:
            adjoints[arg] += adjoints[node] * partial


#: What the partials of an operation are like, for the loop above, which most operations spend more time in than in
#: their partials: numbers, each the other argument (as in a product), functions of two arguments or of one and the
#: value, or a function of the one argument alone.
_NUMBERS, _EXCHANGED, _TWO, _ONE, _DERIVED, _OTHER = range(6)


@lru_cache(maxsize=4096)
def _kind(row: Row, arity: int) -> tuple[int, Any, Any]:
    """The kind of an operation, and its partials as that kind has them."""
    if arity > 2:
        return _OTHER, None, None
    simple = [simple_partial(row, k) for k in range(arity)]
    if arity == 2 and all([isinstance(partial, float) for partial in simple]):
        return _NUMBERS, simple[0], simple[1]
    if simple == [1, 0] and not any([isinstance(partial, float) for partial in simple]):
        return _EXCHANGED, None, None
    if arity == 1:
        derived = derived_function(row)
        return (_DERIVED, derived, None) if derived else (_ONE, partial_function(row, 1, 0), None)
    return _TWO, partial_function(row, 2, 0), partial_function(row, 2, 1)


def total_partial(row: Row, argument: int, args: Sequence[float]) -> float:
    """A partial derivative where its compiled form raises."""
    arity = len(args)
    graph = rule(row, partial_text(row, argument), arity)
    return evaluate_rule(graph, rule_parameters(row, arity), rule_arguments(row, args, argument))


def local_partials(
    graph: Graph, values: Sequence[float], node: int, active: Sequence[int], shares: Shares = NO_SHARES
) -> list[float | None]:
    """The partial derivative of an operation by each of its arguments; None by one that is not active.

    A conditional that has a share in `shares` counts both branches, any other the chosen one alone.
    """
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    if row.selects and node in shares:
        parts = (0.0, shares[node], 1.0 - shares[node])
        return [part if active[arg] else None for part, arg in zip(parts, args, strict=True)]
    found: list[float | None] = []
    for k, arg in enumerate(args):
        if not active[arg]:
            found.append(None)
            continue
        try:
            found.append(partial_function(row, len(args), k)(*given, values[node]))
        except ARITHMETIC:
            found.append(total_partial(row, k, given))
    return found
