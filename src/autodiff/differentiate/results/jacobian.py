"""The Jacobian of several outputs by several inputs, by the sweep that needs fewer passes."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from autodiff.differentiate.results.gradient import Value, Values, shown_matrix
from autodiff.differentiate.results.tangents import diagnose_passes
from autodiff.differentiate.sweep.boundary import gradient
from autodiff.differentiate.sweep.diagnosis import Diagnosis, diagnose_gradient
from autodiff.differentiate.sweep.passes import Direction, passes
from autodiff.differentiate.sweep.suspects import corrected
from autodiff.errors import LimitError, Way
from autodiff.evaluate.inputs import units
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.numerals import elements, flat

#: More entries than this are refused: as lists of numbers they take a gigabyte.
MOST_ENTRIES = 20_000_000

Mode = Literal["forward", "reverse"]


class Jacobian(Values):
    """The derivative of every output by the `wanted` inputs (all of them unless given), at a point.

    `entries` has a row for each output and a column for each wanted input. The reverse sweep needs a pass for each
    output and the forward sweep one for each input; `mode` says which was taken, the one with fewer passes unless it
    was asked for, and `passes` how many there were.
    """

    def __repr__(self) -> str:
        return shown_matrix("Jacobian", self.entries)

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
        if rows * columns > MOST_ENTRIES:
            raise LimitError(
                "too-large", f"this Jacobian has {rows:,} rows and {columns:,} columns", text=graph.text,
                spans=graph.output_spans(), hint=Way("part-of-jacobian"),
            )  # fmt: skip
        self.entries: list[list[float]] = self._by_columns() if self.mode == "forward" else list(self._by_rows())
        for row, output in enumerate([] if self.has_arrays else graph.outputs):
            found = corrected(
                graph, self.values, {output: 1.0}, self.active, lambda: self.kinks, self._directions, self.entries[row]
            )  # fmt: skip
            self.entries[row] = [value for value, _ in found]

    @property
    def rows(self) -> list[str]:
        """The names of the outputs, element by element."""
        return [name for name, _ in self.element_outputs]

    @property
    def _directions(self) -> list[Direction]:
        return [{node: unit} for node in self.wanted_nodes for unit in units(self.values[node])]

    def _by_columns(self) -> list[list[float]]:
        found = passes(self.field, self.graph, self.values, self._directions, self.graph.outputs)
        columns = [[number for rate in rates for number in flat(rate)] for rates in found]
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in self.rows]

    def _by_rows(self) -> Iterator[list[float]]:
        for adjoints in self._sweeps():
            yield [number for node in self.wanted_nodes for number in flat(adjoints[node])]

    def _sweeps(self) -> Iterator[list[Value]]:
        """The adjoints of each element of each output."""
        for output in self.graph.outputs:
            for unit in units(self.values[output]):
                yield gradient(self.field, self.graph, self.values, {output: unit}, self.active, self.shares)

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        graph, values, field = self.graph, self.values, self.field
        found = super().diagnosis
        if found is not None or all(math.isfinite(entry) for row in self.entries for entry in row):
            return found
        if self.mode == "forward":
            return diagnose_passes(field, graph, values, self._directions, self.entries)
        for adjoints, row in zip(self._sweeps(), self.entries, strict=True):
            if not all(math.isfinite(entry) for entry in row):
                wrong = self.not_finite(self.wanted_nodes, adjoints)
                return diagnose_gradient(field, graph, values, adjoints, self.active, wrong, self.shares)
        return None
