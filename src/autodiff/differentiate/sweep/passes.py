"""Many forward passes at one point, each judged as a reverse sweep is: what Jacobians and Hessians are made of."""

import math
from collections.abc import Sequence

from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.forward import Direction, linearize, push_all
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents, moved_nodes


def passes(
    graph: Graph, values: Sequence[float], directions: Sequence[Direction], nodes: Sequence[int]
) -> list[list[float]]:
    """The derivatives of some `nodes` along each direction, a pass for each: what the reverse sweep gives for them.

    A node that has no value has no derivative either, as an output of the reverse sweep has none.
    """
    active = dependents(graph, [node for direction in directions for node in direction])
    shares = shares_at(floats, graph, values, active)
    found = push_all(linearize(graph, values, active, shares), len(graph), directions, nodes)
    lost = [k for k, node in enumerate(nodes) if math.isnan(values[node]) and active[node]]
    if lost:
        for column, direction in zip(found, directions, strict=True):
            moved = moved_nodes(graph, values, [node for node, rate in direction.items() if rate])
            for k in lost:
                column[k] = math.nan if moved[nodes[k]] else 0.0
    return found
