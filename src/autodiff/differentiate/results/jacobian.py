"""The Jacobian of several outputs by several inputs, by the sweep that needs fewer passes."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from autodiff.differentiate.results.gradient import Value, Values
from autodiff.differentiate.results.tangents import diagnose_passes
from autodiff.differentiate.sweep.boundary import on_boundary
from autodiff.differentiate.sweep.diagnosis import Diagnosis, alive, diagnose_gradient, diagnose_value
from autodiff.differentiate.sweep.forward import Direction, passes
from autodiff.differentiate.sweep.reverse import dependents, reverse
from autodiff.graph.graph import Graph
from autodiff.numerals import elements

Mode = Literal["forward", "reverse"]


class Jacobian(Values):
    """The derivative of every output by the `wanted` inputs (all of them unless given), at a point.

    `entries` has a row for each output and a column for each wanted input. The reverse sweep needs a pass for each
    output and the forward sweep one for each input; `mode` says which was taken, the one with fewer passes unless it
    was asked for, and `passes` how many there were.
    """

    def __init__(
        self, graph: Graph, inputs: Sequence[Value], wanted: Sequence[str] | None = None, mode: Mode | None = None
    ) -> None:
        super().__init__(graph, inputs)
        self.wanted = tuple(graph.inputs) if wanted is None else tuple(wanted)
        self.wanted_nodes = [graph.input_numbers[name] for name in self.wanted]
        self.active = dependents(graph, self.wanted_nodes)
        #: The names of the columns: the wanted inputs, element by element.
        self.columns = tuple(
            name
            for input_, node in zip(self.wanted, self.wanted_nodes, strict=True)
            for name, _ in elements(input_, self.values[node])
        )
        rows, columns = len(self.rows), len(self.columns)
        self.mode: Mode = mode or ("forward" if columns < rows else "reverse")
        self.passes = columns if self.mode == "forward" else rows
        self.entries: list[list[float]]
        if self.has_arrays:
            from autodiff.differentiate.results.array_jacobian import entries

            self.entries = entries(graph, self.values, self.active, self.wanted_nodes, self.mode)
        else:
            self.entries = self._by_columns() if self.mode == "forward" else self._by_rows()

    @property
    def rows(self) -> list[str]:
        """The names of the outputs, element by element."""
        return [name for name, _ in self.element_outputs]

    @property
    def _directions(self) -> list[Direction]:
        return [{node: 1.0} for node in self.wanted_nodes]

    def _by_columns(self) -> list[list[float]]:
        columns, _ = passes(self.graph, self.values, self._directions, self.graph.outputs)
        return [[column[k] for column in columns] for k in range(len(self.graph.outputs))]

    def _by_rows(self) -> list[list[float]]:
        graph, found = self.graph, []
        boundary: bool | None = None
        for output in graph.outputs:
            if math.isnan(self.values[output]):
                used = alive(graph, self.values, [output])
                row = [math.nan if used[node] else 0.0 for node in self.wanted_nodes]
            else:
                row = self._row(output)
                if not all(math.isfinite(entry) for entry in row):
                    boundary = on_boundary(graph, self.values) if boundary is None else boundary
                    row = self._row(output, midpoint=False) if boundary else row
            found.append(row)
        return found

    def _row(self, output: int, *, midpoint: bool = True) -> list[float]:
        adjoints = reverse(self.graph, self.values, {output: 1.0}, self.active, midpoint=midpoint)
        return [adjoints[node] for node in self.wanted_nodes]

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        graph, values = self.graph, self.values
        if self.has_arrays:
            from autodiff.differentiate.results.array_jacobian import diagnose

            return super().diagnosis or diagnose(graph, values, self.active, self.wanted_nodes, self.entries)
        found = diagnose_value(graph, values, graph.outputs)
        if found or self.mode == "forward":
            return found or diagnose_passes(graph, values, self._directions, self.entries)
        for output, row in zip(graph.outputs, self.entries, strict=True):
            if not all(math.isfinite(entry) for entry in row):
                adjoints = reverse(graph, values, {output: 1.0}, self.active, midpoint=False)
                return diagnose_gradient(graph, values, adjoints, self.active, self.wanted_nodes)
        return None
