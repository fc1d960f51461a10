"""Numbers of mpmath as a number type: the same rules as in doubles, with fifty digits instead of sixteen."""

from collections.abc import Mapping, Sequence

import mpmath

from autodiff.differentiate.sweep import diagnosis
from autodiff.differentiate.sweep.shares import NO_SHARES, Shares
from autodiff.evaluate import extended
from autodiff.evaluate.extended import Number, exact, partial_function
from autodiff.evaluate.extended import forward as forward
from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_of
from autodiff.ops.row import Kinked, Row


def reverse(
    graph: Graph, values: Sequence[Number], seeds: Mapping[int, Number], active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> list[Number]:  # fmt: skip
    adjoints = [exact(0.0)] * len(graph)
    partials_of = [[partial_function(row, arity, k) for k in range(arity)] for row, arity in graph.calls]
    for node, weight in seeds.items():
        adjoints[node] = exact(weight)
    for node in range(max(seeds, default=-1), graph.base - 1, -1):
        upstream = adjoints[node]
        if not upstream or not active[node]:
            continue
        args, partials = graph.args[node - graph.base], partials_of[graph.codes[node - graph.base]]
        given = [values[arg] for arg in args]
        for k, arg in enumerate(args):
            if active[arg]:
                local = partials[k](given) if node not in shares else _weight(shares[node], k)
                if local:
                    adjoints[arg] += upstream * local
    return adjoints


def tangents(
    graph: Graph, values: Sequence[Number], direction: Mapping[int, Number], shares: Shares = NO_SHARES
) -> list[Number]:
    rates = [exact(direction.get(node, 0.0)) for node in range(graph.base)]
    for node, args in enumerate(graph.args, graph.base):
        moving = bytearray(len(graph))
        for arg in args:
            moving[arg] = bool(rates[arg])
        partials = local_partials(graph, values, node, moving, shares)
        pairs = zip(partials, args, strict=True)
        rates.append(sum([partial * rates[arg] for partial, arg in pairs if partial], exact(0.0)))
    return rates


def many_tangents(
    graph: Graph, values: Sequence[Number], directions: Sequence[Mapping[int, Number]], nodes: Sequence[int],
    active: Sequence[int], shares: Shares,
) -> list[list[Number]]:  # fmt: skip
    columns = (tangents(graph, values, direction, shares) for direction in directions)
    return [[rates[node] for node in nodes] for rates in columns]


def diagnose_tangent(
    graph: Graph, values: Sequence[Number], rates: Sequence[Number], active: Sequence[int], output: int, shares: Shares
) -> diagnosis.Diagnosis | None:
    numbers, slopes = [float(value) for value in values], [float(rate) for rate in rates]
    return diagnosis.diagnose_tangent(
        graph, numbers, slopes, active, output, {node: float(x) for node, x in shares.items()}
    )


def local_partials(
    graph: Graph, values: Sequence[Number], node: int, active: Sequence[int], shares: Shares = NO_SHARES
) -> list[Number | None]:
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    share = shares.get(node)
    return [
        None if not active[arg] else extended.partial(row, k, given) if share is None else _weight(share, k)
        for k, arg in enumerate(args)
    ]


def _weight(share: Number, argument: int) -> Number:
    """What a conditional that counts both branches hands to an argument: nothing to its condition."""
    return exact((0.0, share, 1.0 - share)[argument])


def handed(
    graph: Graph, values: Sequence[Number], node: int, argument: int, upstream: Number, active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> Number:  # fmt: skip
    local = local_partials(graph, values, node, active, shares)[argument]
    return upstream * local if upstream and local else exact(0.0)


def formula(row: Row, text: str, args: Sequence[Number]) -> Number:
    return extended.evaluate_rule(row, text, args)


def operation(row: Row, args: Sequence[Number]) -> Number:
    return extended.apply(row, extended.function(row, len(args)), args)


def truth(value: Number) -> float:
    return float(bool(value))


def on_boundary(share: Number, condition: Number, first: Number, second: Number) -> Number | None:
    return None if first != second or share == bool(condition) else share


def without_infinite(share: Number, condition: Number, first: Number, second: Number) -> Number | None:
    return share if is_finite(second if condition else first) else None


def rate(
    graph: Graph, values: Sequence[Number], node: int, active: Sequence[int], shares: Shares, rates: Sequence[Number]
) -> Number:
    pairs = zip(local_partials(graph, values, node, active, shares), graph.args[node - graph.base], strict=True)
    return sum([abs(partial * rates[arg]) for partial, arg in pairs if partial and rates[arg]], exact(0.0))


def splits(share: Number) -> bool:
    return bool(0 < share < 1)


def same(a: Number | None, b: Number | None) -> bool:
    return bool(a == b)


def is_finite(value: Number) -> bool:
    return bool(mpmath.isfinite(value))


def is_undefined(values: Sequence[Number], weights: Mapping[int, Number]) -> bool:
    return bool(mpmath.isnan(sum([weight * values[node] for node, weight in weights.items() if weight], exact(0.0))))


def full(number: float, like: Number) -> Number:
    return exact(number)


def why_value(graph: Graph, values: Sequence[Number], node: int) -> str:
    return diagnosis.why_value(graph, [float(value) for value in values], node)


def why_handed(graph: Graph, values: Sequence[Number], node: int, argument: int, upstream: Number) -> str:
    args = graph.args[node - graph.base]
    partial = extended.partial(graph.row(node), argument, [values[arg] for arg in args])
    return diagnosis.why_partial(graph, [float(value) for value in values], node, argument, float(partial))


def kink(
    row: Row, args: Sequence[int], values: Sequence[Number], moving: Sequence[int], node: int
) -> tuple[str, tuple[tuple[float, float] | None, ...]] | None:
    given = [values[arg] for arg in args]
    intervals: list[tuple[float, float] | None] = []
    for k, arg in enumerate(args):
        partial = partial_of(row, k)
        sides = [0.0, 0.0]
        if moving[arg] and isinstance(partial, Kinked):
            sides = sorted(float(extended.evaluate_rule(row, text, given, k)) for text in partial[:2])
        intervals.append((sides[0], sides[1]) if sides[0] < sides[1] else None)
    if any(intervals):
        return "kink", tuple(intervals)
    jumps = row.jump and extended.evaluate_rule(row, row.jump, given) == 1
    return ("jump", tuple(intervals)) if jumps else None
