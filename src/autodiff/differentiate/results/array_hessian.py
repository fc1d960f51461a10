"""Second derivatives of formulas with arrays: every element is a variable, and has a forward sweep of its own."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from autodiff.differentiate.results.colouring import pattern
from autodiff.differentiate.sweep import arrays
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.evaluate.arrays import Value, shape_of
from autodiff.graph.graph import Graph
from autodiff.graph.walk import ancestors, dependents


def along(graph: Graph, values: Sequence[Value], directions: Sequence[Mapping[int, Value]]) -> list[list[float]]:
    """The derivative of all elements of all outputs along each direction."""
    found: list[list[float]] = [_elements(graph, values, direction).tolist() for direction in directions]
    return found


def _elements(graph: Graph, values: Sequence[Value], direction: Mapping[int, Value]) -> np.ndarray:
    rates = _tangents(graph, values, direction)
    return np.concatenate([np.ravel(rates[node]) for node in graph.outputs])


def _tangents(graph: Graph, values: Sequence[Value], direction: Mapping[int, Value]) -> Sequence[Value]:
    active = dependents(graph, direction)
    return arrays.tangents(graph, values, direction, shares_at(arrays, graph, values, active))


def units(values: Sequence[Value], nodes: Sequence[int]) -> Iterator[Mapping[int, Value]]:
    """The directions in which one element of one of the `nodes` moves."""
    for node in nodes:
        shape = shape_of(values[node])
        for k in range(int(np.prod(shape, dtype=int))):
            if not shape:
                yield {node: 1.0}
                continue
            unit = np.zeros(shape)
            unit.flat[k] = 1.0
            yield {node: unit}


def entries(graph: Graph, values: Sequence[Value], nodes: Sequence[int]) -> tuple[list[list[float]], int, int]:
    """The Hessian by all elements of the `nodes`, how many passes it took, and how many entries can be non-zero.

    `graph` is that of the gradient, with an output for each node.
    """
    meets = pattern(graph, nodes)
    sizes = [int(np.size(values[node])) for node in nodes]
    starts = np.cumsum([0, *sizes])
    found = np.zeros((sum(sizes), sum(sizes)))
    passes = 0
    for position, node in enumerate(nodes):
        if not any([position in columns for columns in meets]):
            continue
        for k, direction in enumerate(units(values, [node]), int(starts[position])):
            found[:, k] = _elements(graph, values, direction)
            passes += 1
    blocks = [(row, column) for row, columns in enumerate(meets) for column in columns if row in meets[column]]
    nonzeros = sum(sizes[row] * sizes[column] for row, column in blocks)
    rows: list[list[float]] = np.where(found == found.T, found, found / 2 + found.T / 2).tolist()
    return rows, passes, nonzeros


def first_undefined(graph: Graph, values: Sequence[Value], direction: Mapping[int, Value]) -> tuple[int, float]:
    """The first node that an output needs and whose derivative along `direction` is not finite, and that derivative."""
    needed = ancestors(graph, graph.outputs)
    rates = _tangents(graph, values, direction)
    for node, rate in enumerate(rates):
        wrong = np.ravel(rate)[~np.isfinite(np.ravel(rate))]
        if needed[node] and wrong.size:
            return node, float(wrong[0])
    return graph.outputs[0], float("nan")
