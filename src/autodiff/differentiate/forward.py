"""The forward sweep: the values of all nodes to the directional derivative of every node, in one pass."""

from collections.abc import Mapping, Sequence

from autodiff.differentiate.reverse import local_partials
from autodiff.graph.graph import Graph


def tangents(graph: Graph, values: Sequence[float], direction: Mapping[int, float]) -> list[float]:
    """The derivative of every node along `direction`, which gives the rate of change of some inputs.

    A rate or a partial of exactly zero contributes nothing, as in the reverse sweep.
    """
    rates = [0.0] * len(graph)
    for node, rate in direction.items():
        rates[node] = rate
    moving = bytearray(rate != 0.0 for rate in rates)
    for node, args in enumerate(graph.args, graph.base):
        if not any([moving[arg] for arg in args]):
            continue
        total = 0.0
        for arg, partial in zip(args, local_partials(graph, values, node, moving), strict=True):
            if partial:
                total += partial * rates[arg]
        rates[node] = total
        moving[node] = total != 0.0
    return rates
