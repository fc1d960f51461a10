"""Balls of FLINT as a number type: the rules of the rows, and what comes out contains the derivative.

At a kink, and where a condition is not decided, a derivative is everything between those of the sides: over a box that
is what its points have (the generalised gradient of F. H. Clarke, "Optimization and Nonsmooth Analysis", 1983).
"""

from collections.abc import Mapping, Sequence

from autodiff.differentiate.sweep.shares import NO_SHARES, Number, Shares
from autodiff.evaluate import balls
from autodiff.evaluate.balls import forward as forward
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on
from autodiff.ops.kernels.balls import ZERO, Doubts
from autodiff.ops.row import Row


def reverse(
    graph: Graph, values: Sequence[Number], seeds: Mapping[int, Number], active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> list[Number]:  # fmt: skip
    adjoints = [ZERO] * len(graph)
    for node, weight in seeds.items():
        adjoints[node] = ZERO + weight
    for node in range(max(seeds, default=-1), graph.base - 1, -1):
        upstream = adjoints[node]
        if upstream.is_zero() or not active[node]:
            continue
        partials = local_partials(graph, values, node, active, shares)
        for local, arg in zip(partials, graph.args[node - graph.base], strict=True):
            if local is not None and not local.is_zero():
                adjoints[arg] += upstream * local
    return adjoints


def tangents(
    graph: Graph, values: Sequence[Number], direction: Mapping[int, Number], shares: Shares = NO_SHARES
) -> list[Number]:
    rates = [ZERO + direction.get(node, 0.0) for node in range(graph.base)]
    moving = bytearray(not rate.is_zero() for rate in rates)
    for node, args in enumerate(graph.args, graph.base):
        pairs = zip(local_partials(graph, values, node, moving, shares), args, strict=True)
        products = [local * rates[arg] for local, arg in pairs if local is not None and not local.is_zero()]
        rates.append(sum(products, ZERO))
        moving.append(not rates[node].is_zero())
    return rates


def local_partials(
    graph: Graph, values: Sequence[Number], node: int, active: Sequence[int], shares: Shares = NO_SHARES
) -> list[Number | None]:
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    return [
        balls.partial(row, k, given) if active[arg] and hands_on(row, k) else None for k, arg in enumerate(args)
    ]  # fmt: skip


def formula(row: Row, text: str, args: Sequence[Number]) -> Number:
    return balls.evaluate_rule(row, text, args)


def operation(row: Row, args: Sequence[Number]) -> Number:
    return balls.function(row, len(args))(*args)


def is_finite(value: Number) -> bool:
    return bool(value.is_finite())


def full(number: float, like: Number) -> Number:
    return balls.ball(number)


def gradient(
    graph: Graph, values: Sequence[Number], output: int, active: Sequence[int]
) -> tuple[list[Number], list[int], list[int]]:
    """The adjoints; the operations that may sit on a kink, and those that may jump, as far as the output uses them."""
    adjoints = reverse(graph, values, {output: 1}, active)
    flags = balls.used(graph, values, output)
    kinks, jumps = [], []
    for node in range(graph.base, len(graph)):
        if not (flags[node] and active[node]):
            continue
        if balls.jumps(graph, values, node):
            jumps.append(node)
        elif has_kinks(graph.row(node)):
            before = Doubts.count
            local_partials(graph, values, node, active)
            if Doubts.count != before:
                kinks.append(node)
    return adjoints, kinks, jumps


def has_kinks(row: Row) -> bool:
    """Whether a derivative of an operation has two sides anywhere."""
    from autodiff.ops.row import Kinked

    return any([isinstance(partial, Kinked) for partial in row.partials])
