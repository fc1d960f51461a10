"""The Jacobian of a graph with arrays: a row for each element of the outputs, a column for each of the inputs."""

import math
from collections.abc import Iterator, Sequence

from autodiff.differentiate.sweep import arrays
from autodiff.differentiate.sweep.boundary import gradient
from autodiff.differentiate.sweep.diagnosis import Diagnosis, diagnose_gradient
from autodiff.differentiate.sweep.field import Shares
from autodiff.errors import LimitError, Way
from autodiff.evaluate.arrays import Value, shape_of, units
from autodiff.graph.graph import Graph
from autodiff.numerals import flat
from autodiff.ops.shapes import size_of

#: More entries than this are refused: as lists of numbers they take a gigabyte.
MOST_ENTRIES = 20_000_000


def entries(
    graph: Graph, values: Sequence[Value], active: Sequence[int], wanted: Sequence[int], mode: str,
    shares: Shares,
) -> list[list[float]]:  # fmt: skip
    """The rows of the Jacobian, by a forward pass for each column or a reverse pass for each row.

    Raises:
        LimitError: it would have more than `MOST_ENTRIES`.
    """
    rows = sum(size_of(shape_of(values[node])) for node in graph.outputs)
    columns = sum(size_of(shape_of(values[node])) for node in wanted)
    if rows * columns > MOST_ENTRIES:
        raise LimitError(
            "too-large", f"this Jacobian has {rows:,} rows and {columns:,} columns", text=graph.text,
            spans=graph.output_spans(), hint=Way("part-of-jacobian"),
        )  # fmt: skip
    if mode == "forward":
        found = [_column(graph, values, node, unit, shares) for node in wanted for unit in _units(values[node])]
        return [list(row) for row in zip(*found, strict=True)] if found else [[] for _ in range(rows)]
    return [row for _, row in _by_rows(graph, values, active, wanted, shares)]


def _units(value: Value) -> Iterator[Value]:
    if type(value) is float:
        yield 1.0
    else:
        yield from units(value.shape)


def _column(graph: Graph, values: Sequence[Value], node: int, unit: Value, shares: Shares) -> list[float]:
    rates = arrays.tangents(graph, values, {node: unit}, shares)
    return [number for output in graph.outputs for number in flat(rates[output])]


def _by_rows(
    graph: Graph, values: Sequence[Value], active: Sequence[int], wanted: Sequence[int], shares: Shares
) -> Iterator[tuple[list[Value], list[float]]]:
    for output in graph.outputs:
        for unit in _units(values[output]):
            adjoints = gradient(arrays, graph, values, {output: unit}, active, shares)
            yield adjoints, [number for node in wanted for number in flat(adjoints[node])]


def diagnose(
    graph: Graph,
    values: Sequence[Value],
    active: Sequence[int],
    wanted: Sequence[int],
    found: Sequence[Sequence[float]],
    shares: Shares,
) -> Diagnosis | None:
    """Where the first row that is not finite began."""
    if all(math.isfinite(entry) for row in found for entry in row):
        return None
    for adjoints, row in _by_rows(graph, values, active, wanted, shares):
        if not all(map(math.isfinite, row)):
            return diagnose_gradient(arrays, graph, values, adjoints, active, wanted, shares)
    return None
