"""What forward sweeps found, as plain data: the tangents of every node, pass by pass."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from autodiff.differentiate.results.gradient import Gradient, Node, Value, Values
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.diagnosis import Diagnosis
from autodiff.differentiate.sweep.passes import Direction, passes
from autodiff.differentiate.sweep.suspects import corrected
from autodiff.errors import LimitError, Way
from autodiff.evaluate.inputs import fitted, shaped, units
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import MOST_ELEMENTS, infer_shapes
from autodiff.graph.walk import dependents
from autodiff.numerals import elements, flat
from autodiff.ops.shapes import size_of

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

#: So many tangents are kept at most: a number for each node and each pass.
MOST_TANGENTS = 20_000_000


class ForwardSweep(Values):
    """The derivative of every node along some directions at a point, a pass for each.

    The two sweeps round differently, and where derivatives cancel beside an infinite one they may differ altogether:
    of `sqrt(x - x)` the forward sweep finds that the argument does not move, and the reverse sweep `inf - inf`.

    `tangents` holds for each pass the derivative of each node. `reverse` is the gradient by a reverse sweep at the same
    point, where the two are to be compared.
    """

    def __init__(self, graph: Graph, inputs: Sequence[Value], directions: Sequence[Direction]) -> None:
        super().__init__(graph, inputs)
        self.directions = directions
        self.active = dependents(graph, [node for direction in directions for node in direction])
        self.tangents: list[list[Value]] = passes(self.field, graph, self.values, directions, range(len(graph)))
        self.reverse: Gradient | None = None
        for output in dict.fromkeys([] if self.has_arrays else graph.outputs):
            swept = [column[output] for column in self.tangents]
            found = corrected(
                graph, self.values, {output: 1.0}, self.active, lambda: self.kinks, directions, swept
            )  # fmt: skip
            for column, (value, _) in zip(self.tangents, found, strict=True):
                column[output] = value

    @property
    def derivatives(self) -> list[list[float]]:
        """For each output, element by element, its derivative along each direction."""
        if not self.tangents:
            return [[] for _ in self.element_outputs]
        columns = [[flat(column[node]) for column in self.tangents] for node in self.graph.outputs]
        return [list(row) for parts in columns for row in zip(*parts, strict=True)]

    def beside(self, gradient: Gradient) -> Self:
        """This sweep, to be compared with a reverse sweep at the same point."""
        self.reverse = gradient
        return self

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        if self.reverse is not None and self.reverse.diagnosis is not None:
            return self.reverse.diagnosis
        return super().diagnosis or diagnose_passes(
            self.field, self.graph, self.values, self.directions, self.derivatives
        )

    def iterate(self, numbers: Iterable[int]) -> Iterator[Node]:
        """The nodes with these numbers, made one at a time; with the adjoints of `reverse`, where there is one."""
        if self.reverse is not None:
            # What an operation on whole arrays hands on, only the reverse sweep can tell.
            for node in self.reverse.iterate(numbers):
                yield node._replace(kink=self.kinks.get(node.id))
            return
        for node in super().iterate(numbers):
            yield node._replace(partials=tuple(self.local_partials(node.id)) if node.args else ())


class Tangents(ForwardSweep):
    """The derivative of every node by the `wanted` inputs (all of them unless given), a pass for each input.

    An input that is an array takes a pass for each element: `wanted` then names the elements, as in `x[0]`, and `at`
    holds their values.
    """

    def __init__(self, graph: Graph, inputs: Sequence[Value], wanted: Sequence[str] | None = None) -> None:
        names = tuple(graph.inputs) if wanted is None else tuple(wanted)
        #: The inputs behind `wanted`, and their nodes.
        self.inputs, self.wanted_nodes = names, [graph.input_numbers[name] for name in names]
        values = [inputs[node] for node in self.wanted_nodes]
        pairs = [element for name, value in zip(names, values, strict=True) for element in elements(name, value)]
        self.wanted, self.at = tuple(name for name, _ in pairs), [value for _, value in pairs]
        _refuse_many(graph, inputs, len(self.wanted))
        directions = [{node: unit} for node in self.wanted_nodes for unit in units(inputs[node])]
        super().__init__(graph, inputs, directions)

    @property
    def partials(self) -> dict[str, Value]:
        """The derivative of the (first) output by each wanted input, in the shape of the input."""
        return _shaped(self.inputs, [self.values[node] for node in self.wanted_nodes], self.derivatives[0])

    def _answer(self) -> Iterable[tuple[str, Value]]:
        outputs = [name for name, _ in self.element_outputs]
        pairs = zip(outputs, self.derivatives, strict=True)
        rates = ((f"d{name}/d{by}", rate) for name, row in pairs for by, rate in zip(self.wanted, row, strict=True))
        return [*self.outputs, *rates]

    def as_gradient(self) -> Gradient:
        """The gradient of the output, with our derivatives by the wanted inputs instead of those of its own sweep.

        It is for a check of our numbers.
        """
        gradient = Gradient(self.graph, self.values[: len(self.graph.inputs)], self.inputs)
        for node, partial in zip(self.wanted_nodes, self.partials.values(), strict=True):
            gradient.adjoints[node] = partial
        gradient.diagnosis = self.diagnosis
        return gradient


class Directional(ForwardSweep):
    """The derivative of every node along one direction: the rate at which each input that it names moves."""

    def __init__(self, graph: Graph, inputs: Sequence[Value], direction: Mapping[str, Value]) -> None:
        self.direction = dict(direction)
        rates = {graph.input_numbers[name]: rate for name, rate in direction.items()}
        super().__init__(graph, inputs, [{node: fitted(rate, inputs[node]) for node, rate in rates.items()}])

    def _answer(self) -> Iterable[tuple[str, Value]]:
        names = [name for name, _ in self.element_outputs]
        return [*self.outputs, *((f"d{name}", row[0]) for name, row in zip(names, self.derivatives, strict=True))]

    @property
    def derivative(self) -> float:
        """The derivative of the (first) output along the direction."""
        return self.derivatives[0][0]


def _refuse_many(graph: Graph, inputs: Sequence[Value], passes: int) -> None:
    """Raise LimitError where the tangents of all nodes along all directions would take more than a gigabyte."""
    hint = Way("fewer-passes")
    if all([type(value) is float for value in inputs]):
        if passes * len(graph) > MOST_TANGENTS:
            raise LimitError(
                "too-large", f"forward mode would keep {passes:,} tangents of {len(graph):,} nodes", text=graph.text,
                hint=hint,
            )  # fmt: skip
        return
    shapes = infer_shapes(graph, [getattr(value, "shape", ()) for value in inputs])
    if passes * sum(map(size_of, shapes)) > MOST_ELEMENTS:
        raise LimitError(
            "too-large", f"{passes:,} forward passes make more than {MOST_ELEMENTS:,} elements in all",
            text=graph.text, spans=graph.output_spans(), hint=hint,
        )  # fmt: skip


def diagnose_passes(
    field: "Field", graph: Graph, values: Sequence[Value], directions: Sequence[Direction],
    derivatives: Sequence[Sequence[float]],
) -> Diagnosis | None:  # fmt: skip
    """Where the first derivative that is not finite began; `derivatives` has a row for each element of each output."""
    outputs = [node for node in graph.outputs for _ in flat(values[node])]
    for output, row in zip(outputs, derivatives, strict=True):
        for direction, derivative in zip(directions, row, strict=True):
            if derivative - derivative == 0.0:
                continue
            active = dependents(graph, direction)
            shares = shares_at(field, graph, values, active)
            rates = field.tangents(graph, values, direction, shares)
            return field.diagnose_tangent(graph, values, rates, active, output, shares)
    return None


def _shaped(names: Sequence[str], values: Sequence[Value], numbers: Sequence[float]) -> dict[str, Value]:
    """Numbers, one for each element of some inputs, in the shapes of the inputs."""
    found: dict[str, Value] = {}
    start = 0
    for name, value in zip(names, values, strict=True):
        size = len(flat(value))
        found[name] = shaped(numbers[start : start + size], value)
        start += size
    return found
