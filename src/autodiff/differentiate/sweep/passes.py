"""Many forward passes at one point, each judged as a reverse sweep is: what Jacobians and Hessians are made of."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.shares import Number
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents, moved_nodes

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

#: The rate of change of each input that moves.
Direction = Mapping[int, Number]


def passes(
    field: "Field", graph: Graph, values: Sequence[Number], directions: Sequence[Direction], nodes: Sequence[int]
) -> list[list[Number]]:
    """The derivatives of some `nodes` along each direction, a pass for each: what the reverse sweep gives for them.

    A number that has no value has no derivative either, as an output of the reverse sweep has none.
    """
    active = dependents(graph, [node for direction in directions for node in direction])
    shares = shares_at(field, graph, values, active)
    found = field.many_tangents(graph, values, directions, nodes, active, shares)
    lost = [k for k, node in enumerate(nodes) if active[node] and field.is_undefined(values, {node: 1.0})]
    if lost:
        for column, direction in zip(found, directions, strict=True):
            still = [node for node, rate in direction.items() if type(rate) is float and not rate]
            moved = moved_nodes(graph, values, direction.keys() - still)
            for k in lost:
                column[k] = math.nan if moved[nodes[k]] else 0.0
    return found
