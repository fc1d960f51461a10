"""Nodes that sit on a kink or a jump, where a derivative is a convention."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from autodiff.differentiate.sweep.boundary import counted, parts_of_condition
from autodiff.differentiate.sweep.boundary import sides as sides_of
from autodiff.differentiate.sweep.shares import Number, Shares
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on
from autodiff.graph.walk import used_nodes
from autodiff.ops.row import Kinked, Row

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field


class Kink(NamedTuple):
    """Where the one-sided derivatives of a node differ.

    `kind` is "kink", or "jump" where the function itself is discontinuous. `intervals` holds for each argument the
    smaller and the larger one-sided derivative, or None where they agree; of an array those over all of its elements.
    """

    kind: str
    intervals: tuple[tuple[float, float] | None, ...]


def has_kinks(row: Row) -> bool:
    """Whether an operation has kinks or jumps at all."""
    return bool(row.jump) or row.kink is not None or any(isinstance(partial, Kinked) for partial in row.partials)


def kinks_at(
    field: "Field", graph: Graph, values: Sequence[Number], active: Sequence[int], sides: Shares | None = None,
    shares: Shares | None = None,
) -> dict[int, Kink]:  # fmt: skip
    """The kinks that the outputs use, where the inputs that `active` flags move."""
    if not any([has_kinks(call.row) for call in graph.calls]):
        return {}
    found = sides_of(field, graph, values) if sides is None else sides
    counts = counted(field, graph, values, active, found) if shares is None else shares
    return find_kinks(field, graph, values, active, used_nodes(graph, values, graph.outputs, counts), found)


def find_kinks(
    field: "Field", graph: Graph, values: Sequence[Number], active: Sequence[int], used: Sequence[int], sides: Shares
) -> dict[int, Kink]:
    """The kinks of the `used` nodes, with respect to arguments that move when an active input moves.

    A comparison or a `floor` moves nothing behind it unless it sits on its own jump, so `not (x > 3)` is no jump at
    x = 1 although its argument is 0. `sides` are the shares of the conditionals on their boundary.
    """
    moving = bytearray(len(graph))
    moving[: graph.base] = bytes(active[: graph.base])
    varies = [[hands_on(row, k) for k in range(arity)] for row, arity in graph.calls]
    found: dict[int, Kink] = {}
    for node, (code, args) in enumerate(zip(graph.codes, graph.args, strict=True), graph.base):
        if not any([moving[arg] for arg in args]):
            continue
        row = graph.calls[code].row
        sits = field.kink(row, args, values, moving, node) if has_kinks(row) else None
        kink = Kink(*sits) if sits else None
        share = sides.get(node)
        if share is not None:
            # A continuous conditional: the kink is its own, and none of its condition.
            for part in parts_of_condition(graph, args[0]):
                found.pop(part, None)
            if field.splits(share):
                kink = Kink("kink", (None, (0.0, 1.0), (0.0, 1.0)))
        if kink is not None and used[node]:
            found[node] = kink
        if kink is not None or any([moving[arg] and varies[code][k] for k, arg in enumerate(args)]):
            moving[node] = 1
    return found
