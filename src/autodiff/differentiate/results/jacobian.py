"""The Jacobian of several outputs by several inputs, by the sweep that needs fewer passes."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from autodiff.differentiate.results.gradient import Value, Values
from autodiff.differentiate.results.tangents import diagnose_passes
from autodiff.differentiate.sweep.boundary import gradient
from autodiff.differentiate.sweep.diagnosis import Diagnosis, diagnose_gradient
from autodiff.differentiate.sweep.forward import Direction
from autodiff.differentiate.sweep.passes import passes
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
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

            self.entries = entries(graph, self.values, self.active, self.wanted_nodes, self.mode, self.shares)
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
        columns = passes(self.graph, self.values, self._directions, self.graph.outputs)
        return [[column[k] for column in columns] for k in range(len(self.graph.outputs))]

    def _by_rows(self) -> list[list[float]]:
        return [self._picked(self._adjoints(output)) for output in self.graph.outputs]

    def _picked(self, adjoints: Sequence[float]) -> list[float]:
        return [adjoints[node] for node in self.wanted_nodes]

    def _adjoints(self, output: int) -> list[float]:
        """The adjoints of one output."""
        return gradient(self.field, self.graph, self.values, {output: 1.0}, self.active, self.shares)

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        graph, values = self.graph, self.values
        found = super().diagnosis
        if found is not None:
            return found
        if self.has_arrays:
            from autodiff.differentiate.results.array_jacobian import diagnose

            return diagnose(graph, values, self.active, self.wanted_nodes, self.entries, self.shares)
        if self.mode == "forward":
            return diagnose_passes(graph, values, self._directions, self.entries)
        for output, row in zip(graph.outputs, self.entries, strict=True):
            if not all(math.isfinite(entry) for entry in row):
                adjoints = self._adjoints(output)
                return diagnose_gradient(
                    self.field, graph, values, adjoints, self.active, self.wanted_nodes, self.shares
                )
        return None
