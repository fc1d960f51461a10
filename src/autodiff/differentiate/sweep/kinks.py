"""Nodes that sit on a kink or a jump, where a derivative is a convention."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from autodiff.differentiate.sweep.boundary import chosen_share, parts_of_condition
from autodiff.evaluate.compiled import Function, condition_function, side_functions
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_text
from autodiff.ops.row import Kinked, Row


class Kink(NamedTuple):
    """Where the one-sided derivatives of a node differ.

    `kind` is "kink", or "jump" where the function itself is discontinuous. `intervals` holds for each argument the
    smaller and the larger one-sided derivative, or None where they agree.
    """

    kind: str
    intervals: tuple[tuple[float, float] | None, ...]


def has_kinks(row: Row) -> bool:
    """Whether an operation has kinks or jumps at all."""
    return bool(row.jump) or row.kink is not None or any(isinstance(partial, Kinked) for partial in row.partials)


def find_kinks(graph: Graph, values: Sequence[float], active: Sequence[int], used: Sequence[int]) -> dict[int, Kink]:
    """The kinks of the `used` nodes, with respect to arguments that move when an active input moves.

    A comparison or a `floor` moves nothing behind it unless it sits on its own jump, so `not (x > 3)` is no jump at
    x = 1 although its argument is 0.
    """
    moving = bytearray(len(graph))
    moving[: graph.base] = bytes(active[: graph.base])
    varies = [[partial_text(row, k) != "0" for k in range(arity)] for row, arity in graph.calls]
    found: dict[int, Kink] = {}
    for node, (code, args) in enumerate(zip(graph.codes, graph.args, strict=True), graph.base):
        if not any([moving[arg] for arg in args]):
            continue
        row = graph.calls[code].row
        kink = kink_of_node(row, args, values, moving, node) if has_kinks(row) else None
        share = chosen_share(graph, values, node) if row.selects else None
        if share is not None:
            # A continuous conditional: the kink is its own, and none of its condition.
            for part in parts_of_condition(graph, args[0]):
                found.pop(part, None)
            if 0.0 < share < 1.0:
                kink = Kink("kink", (None, (0.0, 1.0), (0.0, 1.0)))
        if kink is not None and used[node]:
            found[node] = kink
        if kink is not None or any([moving[arg] and varies[code][k] for k, arg in enumerate(args)]):
            moving[node] = 1
    return found


def kink_of_node(
    row: Row, args: Sequence[int], values: Sequence[float], moving: Sequence[int], node: int
) -> Kink | None:
    """The kink that an operation on numbers sits on."""
    given = [values[arg] for arg in args]
    intervals: list[tuple[float, float] | None] = []
    for k, arg in enumerate(args):
        sides = side_functions(row, len(args), k) if moving[arg] else None
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
