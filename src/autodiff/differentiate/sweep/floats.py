"""Floats as a number type: the verbs of `field`, with the loops of `reverse` and `forward`, which are tuned by hand."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff.differentiate.sweep.reverse import local_partials as local_partials
from autodiff.differentiate.sweep.reverse import reverse as reverse
from autodiff.differentiate.sweep.shares import NO_SHARES, Shares
from autodiff.evaluate.compiled import Function, condition_function, side_functions, value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.evaluate.floats import forward as forward
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.diagnosis import Diagnosis


# A plain gradient needs neither the forward sweep nor the diagnosis.


def tangents(
    graph: Graph, values: Sequence[float], direction: Mapping[int, float], shares: Shares = NO_SHARES
) -> list[float]:  # fmt: skip
    from autodiff.differentiate.sweep import forward

    return forward.tangents(graph, values, direction, shares)


def many_tangents(
    graph: Graph, values: Sequence[float], directions: Sequence[Mapping[int, float]], nodes: Sequence[int],
    active: Sequence[int], shares: Shares,
) -> list[list[float]]:  # fmt: skip
    from autodiff.differentiate.sweep.forward import linearize, push_all

    return push_all(linearize(graph, values, active, shares), len(graph), directions, nodes)


def diagnose_tangent(
    graph: Graph, values: Sequence[float], rates: Sequence[float], active: Sequence[int], output: int, shares: Shares
) -> "Diagnosis | None":
    from autodiff.differentiate.sweep import diagnosis

    return diagnosis.diagnose_tangent(graph, values, rates, active, output, shares)


def handed(
    graph: Graph, values: Sequence[float], node: int, argument: int, upstream: float, active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> float:  # fmt: skip
    return strong_product(upstream, local_partials(graph, values, node, active, shares)[argument])


def strong_product(upstream: float, local: float | None) -> float:
    """The chain rule's product: a factor of exactly zero contributes nothing, even beside an infinite one."""
    return upstream * local if upstream and local else 0.0


def formula(row: Row, text: str, args: Sequence[float]) -> float:
    return condition_function(row, text, len(args))(*args, operation(row, args))


def operation(row: Row, args: Sequence[float]) -> float:
    try:
        return value_function(row, len(args))(*args)
    except ARITHMETIC:
        return total_value(row, args)


def truth(value: float) -> float:
    return float(bool(value))


def on_boundary(share: float, condition: float, first: float, second: float) -> float | None:
    return None if first != second or share == bool(condition) else share


def without_infinite(share: float, condition: float, first: float, second: float) -> float | None:
    return share if math.isfinite(second if condition else first) else None


def rate(
    graph: Graph, values: Sequence[float], node: int, active: Sequence[int], shares: Shares, rates: Sequence[float]
) -> float:
    partials = local_partials(graph, values, node, active, shares)
    pairs = zip(partials, graph.args[node - graph.base], strict=True)
    return sum([abs(partial * rates[arg]) for partial, arg in pairs if partial and rates[arg]], 0.0)


def splits(share: float) -> bool:
    return 0.0 < share < 1.0


def same(a: float | None, b: float | None) -> bool:
    return a == b


def is_finite(value: float) -> bool:
    return math.isfinite(value)


def is_undefined(values: Sequence[float], weights: Mapping[int, float]) -> bool:
    return math.isnan(sum([weight * values[node] for node, weight in weights.items() if weight], 0.0))


def full(number: float, like: float) -> float:
    return number


def kink(
    row: Row, args: Sequence[int], values: Sequence[float], moving: Sequence[int], node: int
) -> tuple[str, tuple[tuple[float, float] | None, ...]] | None:
    given = [values[arg] for arg in args]
    intervals: list[tuple[float, float] | None] = []
    for k, arg in enumerate(args):
        sides = side_functions(row, len(args), k) if moving[arg] else None
        intervals.append(_interval(sides, [*given, values[node]]) if sides else None)
    if any(intervals):
        return "kink", tuple(intervals)
    return ("jump", tuple(intervals)) if row.jump and _holds(row, given, values[node]) else None


def why_value(graph: Graph, values: Sequence[float], node: int) -> str:
    from autodiff.differentiate.sweep import diagnosis

    return diagnosis.why_value(graph, values, node)


def why_handed(graph: Graph, values: Sequence[float], node: int, argument: int, upstream: float) -> str:
    from autodiff.differentiate.sweep import diagnosis

    args = graph.args[node - graph.base]
    active = bytearray(len(graph))
    active[args[argument]] = 1
    partial = local_partials(graph, values, node, active)[argument]
    assert partial is not None
    return diagnosis.why_partial(graph, values, node, argument, partial)


def _interval(sides: tuple[Function, Function], given: Sequence[float]) -> tuple[float, float] | None:
    try:
        left, right = (side(*given) for side in sides)
    except ARITHMETIC:
        return None
    differ = left != right and not math.isnan(left) and not math.isnan(right)
    return (min(left, right), max(left, right)) if differ else None


def _holds(row: Row, given: Sequence[float], value: float) -> bool:
    try:
        return condition_function(row, row.jump, len(given))(*given, value) == 1.0
    except ARITHMETIC:
        return False
