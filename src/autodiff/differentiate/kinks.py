"""Nodes that sit on a kink or a jump, where a derivative is a convention."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autodiff.evaluate.compiled import Function, condition_function, side_functions
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.ops.row import Kinked, Row


class Kink(NamedTuple):
    """Where the one-sided derivatives of a node differ.

    `kind` is "kink", or "jump" where the function itself is discontinuous. `intervals` holds for each argument the
    smaller and the larger one-sided derivative, or None where they agree.
    """

    kind: str
    intervals: tuple[tuple[float, float] | None, ...]


def has_kinks(row: Row) -> bool:
    return bool(row.jump) or any(isinstance(partial, Kinked) for partial in row.partials)


def find_kinks(graph: Graph, values: Sequence[float], active: Sequence[int], nodes: Sequence[int]) -> dict[int, Kink]:
    """The kinks among `nodes`, with respect to arguments that are active."""
    return {node: kink for node in nodes if (kink := _kink(graph, values, active, node)) is not None}


def kinked_nodes(graph: Graph) -> Iterator[int]:
    """The operations that can have a kink at all."""
    able = [has_kinks(call.row) for call in graph.calls]
    return (node for node, code in enumerate(graph.codes, graph.base) if able[code])


def _kink(graph: Graph, values: Sequence[float], active: Sequence[int], node: int) -> Kink | None:
    if node < graph.base or not active[node]:
        return None
    row, args = graph.row(node), graph.args[node - graph.base]
    if not has_kinks(row):
        return None
    given = [values[arg] for arg in args]
    intervals: list[tuple[float, float] | None] = []
    for k, arg in enumerate(args):
        sides = side_functions(row, len(args), k) if active[arg] else None
        intervals.append(_interval(sides, [*given, values[node]]) if sides else None)
    if any(intervals):
        return Kink("kink", tuple(intervals))
    if row.jump and _holds(row, given, values[node]):
        return Kink("jump", tuple(intervals))
    return None


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
