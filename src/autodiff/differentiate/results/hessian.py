"""The Hessian of a formula: forward sweeps over the adjoint graph, whose outputs are the gradient.

A pass finds the columns of several variables at once where the graph shows that their entries do not overlap. The two
entries that mirror each other are computed apart, and both become their mean: so the matrix is symmetric to the last
bit, and an entry is at least as good as either. With arrays every element is a variable, with a pass of its own.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain, islice

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.simplify import simplify
from autodiff.differentiate.results.colouring import pattern, plan
from autodiff.differentiate.results.gradient import Gradient, Value, shown_matrix
from autodiff.differentiate.sweep.boundary import sides
from autodiff.differentiate.sweep.diagnosis import Diagnosis
from autodiff.differentiate.sweep.exactly import is_affordable, rounded
from autodiff.differentiate.sweep.passes import passes
from autodiff.errors import LimitError, Way
from autodiff.evaluate.inputs import units
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import infer_shapes
from autodiff.graph.walk import used_nodes
from autodiff.numerals import elements, flat
from autodiff.ops.row import Shape

#: A Hessian has at most so many entries: 0.8 GB of Python's floats.
MOST_ENTRIES = 25_000_000
#: So many operations, counted for each pass, may be computed with more digits than doubles have: a tenth of a second.
_AFFORDABLE = 2_000
#: To simplify a graph takes as long as some fifty passes: a large one is left as it is where few are needed.
_LARGE, _FEW = 100_000, 16


class SecondOrder(Gradient):
    """The gradient of a graph's one output, with what second derivatives are computed from."""

    _of_array = "a Hessian", "sum it with sum(...), or take one element after the other"

    def __init__(self, graph: Graph, inputs: Sequence[Value], wanted: Sequence[str] | None = None) -> None:
        super().__init__(graph, inputs, wanted)
        shapes = tuple(getattr(value, "shape", ()) for value in self.values[: len(graph.inputs)])
        #: The adjoint graph, whose outputs are the wanted partials.
        self.derived = _derived(graph, tuple(self.wanted_nodes), self._chosen(), shapes if self.has_arrays else None)
        self.derived_values: list[Value] = self.field.forward(self.derived, self.values[: len(graph.inputs)])

    def _chosen(self) -> tuple[int, ...]:
        """The conditionals on their boundary of which the chosen branch alone counts, at least for some elements."""
        everywhere = sides(self.field, self.graph, self.values)
        return tuple([node for node, share in everywhere.items() if not self.field.same(self.shares.get(node), share)])

    @cached_property
    def flat_gradient(self) -> list[tuple[str, float]]:
        """The name and the derivative of each wanted variable; of an array, those of each element."""
        return [
            (name, float(number)) for wanted, value in self.partials.items() for name, number in elements(wanted, value)
        ]

    @property
    def labels(self) -> list[str]:
        """The names of the wanted variables; of an array, those of its elements, as in `x[0]`."""
        return [name for name, _ in self.flat_gradient]

    def along(self, directions: Sequence[Mapping[int, Value]]) -> list[list[float]]:
        """The derivative of the gradient along each direction, element by element."""
        found = passes(self.field, self.derived, self.derived_values, directions, self.derived.outputs)
        columns = [[number for rate in rates for number in flat(rate)] for rates in found]
        self._round_once(columns, directions)
        if self.field.is_undefined(self.values, dict.fromkeys(self.graph.outputs, 1.0)):
            # Without a value or a first derivative, there is no second one either.
            used = used_nodes(self.graph, self.values, self.graph.outputs, self.shares)
            flags = [used[node] for node in self.wanted_nodes for _ in flat(self.values[node])]
            for column, direction in zip(columns, directions, strict=True):
                moved = any(used[node] for node in direction)
                column[:] = [math.nan if moved and flag else 0.0 for flag in flags]
        return columns

    def _round_once(self, columns: list[list[float]], directions: Sequence[Mapping[int, Value]]) -> None:
        """Replace what doubles lost on the way; on a kink, where the derivative is a convention, all stays as it is."""
        if self.has_arrays or self.kinks:
            return
        operations = len(self.derived) * len(directions)
        if not is_affordable(self.derived, self.derived_values, operations, _AFFORDABLE):
            return
        from autodiff.differentiate.sweep import extended as field
        from autodiff.evaluate import extended

        def compute() -> list[Value]:
            inputs = [extended.exact(value) for value in self.values[: len(self.graph.inputs)]]
            values = extended.forward(self.derived, inputs)
            return list(chain.from_iterable(passes(field, self.derived, values, directions, self.derived.outputs)))

        exact = iter(rounded(compute, self.derived, self.derived_values))
        for column in columns:
            better = islice(exact, len(column))
            column[:] = [old if new is None else new for old, new in zip(column, better, strict=True)]

    def why_second(self, direction: Mapping[int, Value], row: int) -> Diagnosis:
        """Where the derivative of an element of the gradient along `direction` stopped being finite."""
        from autodiff.differentiate.results.second_diagnosis import diagnose

        return diagnose(self.field, self.graph, self.values, self.derived, self.derived_values, direction, row)


class Hessian(SecondOrder):
    """The second derivatives of a graph's one output by the `wanted` inputs (all of them unless given), at a point.

    `entries` has a row and a column for each of `labels`. `passes` is the number of forward sweeps that they took, and
    `nonzeros` that of the entries that can be non-zero, as far as the graph shows.
    """

    def __repr__(self) -> str:
        return shown_matrix("Hessian", self.entries)

    def __init__(self, graph: Graph, inputs: Sequence[Value], wanted: Sequence[str] | None = None) -> None:
        names = graph.inputs if wanted is None else wanted
        sizes = [getattr(inputs[graph.input_numbers[name]], "size", 1) for name in names]
        if sum(sizes) ** 2 > MOST_ENTRIES:
            raise LimitError(
                "too-large", f"a Hessian by {sum(sizes):,} variables has {sum(sizes) ** 2:,} entries",
                text=graph.text, spans=[graph.span(graph.input_numbers[name]) for name in names[:8]],
                hint=Way("part-of-hessian"),
            )  # fmt: skip
        super().__init__(graph, inputs, wanted)
        self.passes = self.nonzeros = 0
        # The graph shows which numbers meet, and not which elements of arrays.
        by_elements = any([type(self.values[node]) is not float for node in self.wanted_nodes])
        self.entries: list[list[float]] = self._by_elements() if by_elements else self._by_groups()
        #: The entries that the function itself decides, as local rules may fail here: by the places of their labels.
        self.aside: dict[tuple[int, int], float] = {}
        if self.sides_of or self.kinks:
            from autodiff.differentiate.results.second_aside import second_aside

            self.aside = dict(second_aside(self))
            for (i, j), value in self.aside.items():
                self.entries[i][j] = self.entries[j][i] = value

    @property
    def is_decided(self) -> bool:
        """Whether the function itself decides every entry, and has both derivatives: no entry is a convention."""
        size = len(self.labels)
        result = self if self.twin is None else self.twin.gradient
        smooth = all([sides.is_smooth(1) and sides.is_smooth(2) for sides in result.sides_of.values()])
        return smooth and len(self.aside) == size * (size + 1) // 2

    def _by_elements(self) -> list[list[float]]:
        nodes, size = self.wanted_nodes, len(self.labels)
        meets = pattern(self.derived, nodes)
        columns: list[list[float]] = []
        for position, node in enumerate(nodes):
            directions = [{node: unit} for unit in units(self.values[node])]
            if any([position in found for found in meets]):
                columns += self.along(directions)
                self.passes += len(directions)
            else:
                columns += [[0.0] * size for _ in directions]
        sizes = [len(flat(self.values[node])) for node in nodes]
        blocks = [(row, column) for row, found in enumerate(meets) for column in found if row in meets[column]]
        self.nonzeros = sum(sizes[row] * sizes[column] for row, column in blocks)
        return [
            [a if a == b else a / 2 + b / 2 for a, b in zip(row, columns[k], strict=True)]
            for k, row in enumerate(zip(*columns, strict=True))
        ]

    def _by_groups(self) -> list[list[float]]:
        nodes, size = self.wanted_nodes, len(self.wanted_nodes)
        rows = pattern(self.derived, nodes)
        chosen = plan(rows)
        self.passes = len(chosen.groups)
        found = self.along([{nodes[column]: 1.0 for column in group} for group in chosen.groups])
        group_of = {column: k for k, group in enumerate(chosen.groups) for column in group}
        entries = [[0.0] * size for _ in nodes]
        for row, columns in enumerate(rows):
            for column in columns:
                # A mirrored row shows in shared passes what it does not tell apart.
                if row not in chosen.mirrored or column in chosen.mirrored:
                    entries[row][column] = found[group_of[column]][row]
        for row in chosen.mirrored:
            for column in range(size):
                if column not in chosen.mirrored:
                    entries[row][column] = entries[column][row]
        self._mirror(entries, rows)
        return entries

    def _mirror(self, entries: list[list[float]], rows: Sequence[Sequence[int]]) -> None:
        """Make the matrix symmetric, and count the entries that can be non-zero."""
        sets = [set(columns) for columns in rows]
        for i, columns in enumerate(rows):
            for j in columns:
                both = i in sets[j]
                self.nonzeros += both
                entry, other = entries[i][j], entries[j][i]
                if entry == other:
                    continue
                # Where the graph shows that the mirrored entry is 0 whatever the point is, this one is rounding.
                mean = entry / 2 + other / 2 if both or not math.isfinite(entry) else 0.0
                entries[i][j] = entries[j][i] = mean

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        found = super().diagnosis
        for row, entries in enumerate([] if found else self.entries):
            for column, entry in enumerate(entries):
                if not math.isfinite(entry):
                    return self.why_second(self._unit(column), row)
        return found

    def _unit(self, column: int) -> Mapping[int, Value]:
        """The direction in which one element of the wanted inputs moves."""
        directions = ({node: unit} for node in self.wanted_nodes for unit in units(self.values[node]))
        return next(islice(directions, column, None))


class HessianVector(SecondOrder):
    """The Hessian times a direction, the rate at which each input moves: how the gradient changes along it.

    One forward sweep, whatever the number of variables. `product` holds a number for each of `labels`.
    """

    def __init__(
        self, graph: Graph, inputs: Sequence[Value], direction: Mapping[str, Value], wanted: Sequence[str] | None = None
    ) -> None:
        super().__init__(graph, inputs, wanted)
        self.direction = dict(direction)
        self._direction = {graph.input_numbers[name]: rate for name, rate in direction.items()}
        (self.product,) = self.along([self._direction])

    def _answer(self) -> Iterable[tuple[str, Value]]:
        return list(zip(self.labels, self.product, strict=True))

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        found = super().diagnosis
        for row, entry in enumerate([] if found else self.product):
            if not math.isfinite(entry):
                return self.why_second(self._direction, row)
        return found


@lru_cache(maxsize=4)
def _derived(graph: Graph, wanted: tuple[int, ...], chosen: tuple[int, ...], shapes: tuple[Shape, ...] | None) -> Graph:
    """The graph of the gradient. The last few are kept, for those who ask at many points."""
    if shapes is not None:
        # Not simplified: where(c, x, x) is x only where c is no array, and `sum` would count the difference.
        return adjoint(graph, wanted, chosen=chosen, shapes=infer_shapes(graph, shapes))
    derived = adjoint(graph, wanted, chosen=chosen)
    return derived if len(derived) > _LARGE and len(wanted) <= _FEW else simplify(derived)
