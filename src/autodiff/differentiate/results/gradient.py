"""What a sweep found, as plain data for the reports and for Python."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from autodiff.differentiate.sweep import suspects
from autodiff.differentiate.sweep.boundary import counted, gradient, sides
from autodiff.differentiate.sweep.kinks import Kink, kinks_at
from autodiff.differentiate.sweep.shares import Shares, field_of
from autodiff.errors import Span, Way
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.text import node_names, operation, output_names
from autodiff.graph.walk import dependents, ends, moved_nodes, used_nodes
from autodiff.numerals import MOST_SHOWN, elements, for_people

if TYPE_CHECKING:
    from autodiff.differentiate.results.twin import Twin
    from autodiff.differentiate.sweep.diagnosis import Diagnosis
    from autodiff.differentiate.sweep.field import Field
    from autodiff.differentiate.sweep.singular import Sides

#: A float; where the graph has arrays, also an array of doubles.
Value = Any

#: How much of the source of a node is kept as its expression.
_EXPRESSION = 200


class Node(NamedTuple):
    """One node of the graph at one point.

    `op` is the name of the operation, or "input" or "constant". `partials` holds the derivative by each argument, and
    `gradient` that of the output by this node; both are None where nothing wanted is behind them. `expression` and
    `span` say how and where the formula writes the node. Numbers are arrays where the node is one. An operation on
    whole arrays has no partials but `pullbacks`: what it hands to each argument as a formula, in which g is its own
    gradient; `handed` holds the result of each.
    """

    id: int
    name: str
    op: str
    args: tuple[int, ...]
    operation: str
    expression: str
    span: Span
    value: Value
    partials: tuple[Value | None, ...]
    gradient: Value | None
    kink: Kink | None
    pullbacks: tuple[str | None, ...] = ()
    handed: tuple[Value | None, ...] | None = None

    @property
    def downstream(self) -> tuple[Value | None, ...]:
        """What this node hands to each argument: its own (upstream) gradient times the local partial."""
        if self.handed is not None or not self.partials:
            return self.handed or ()
        if self.gradient is None:
            return (None,) * len(self.partials)
        if self.gradient == 0.0:
            return tuple(None if partial is None else 0.0 for partial in self.partials)
        # A zero contributes nothing, even to an infinite gradient.
        return tuple(
            None if partial is None else self.gradient * partial if partial else 0.0 for partial in self.partials
        )


def shown(kind: str, answer: Iterable[tuple[str, Value]]) -> str:
    """How Python shows a result: `Gradient(f=6, x=2, y=5)`. Of very many numbers the first."""
    parts = [f"{name}={for_people(value)}" for name, value in islice(answer, MOST_SHOWN + 1)]
    return f"{kind}({', '.join([*parts[:MOST_SHOWN], *(['...'] if len(parts) > MOST_SHOWN else [])])})"


def shown_matrix(kind: str, rows: Sequence[Sequence[float]]) -> str:
    """How Python shows a matrix: `Hessian([[2, 0], [0, 2]])`; a large one by its size."""
    if sum(map(len, rows)) > MOST_SHOWN:
        return f"{kind}({len(rows)}x{len(rows[0])})"
    texts = [f"[{', '.join(map(for_people, row))}]" for row in rows]
    return f"{kind}([{', '.join(texts)}])"


class Values:
    """A graph evaluated at a point."""

    def __init__(self, graph: Graph, inputs: Sequence[Value]) -> None:
        self.graph = graph
        #: Whether a value may be an array.
        self.has_arrays = holds_arrays(graph) or any([type(value) is not float for value in inputs])
        self.values: list[Value] = self.field.forward(graph, inputs)
        self.active: Sequence[int] = bytes(len(graph))
        self.adjoints: Sequence[Value] | None = None

    @property
    def field(self) -> "Field":
        """The number type; it is looked up, so that a result can be pickled."""
        return field_of(arrays=self.has_arrays)

    def __repr__(self) -> str:
        return shown(type(self).__name__, self._answer())

    def _answer(self) -> Iterable[tuple[str, Value]]:
        """What was asked for, by name."""
        return self.outputs

    def _repr_html_(self) -> str | None:
        from autodiff.graph.notebook import view

        return view("html", self)

    @property
    def formula(self) -> str:
        return self.graph.text

    @property
    def outputs(self) -> list[tuple[str, Value]]:
        """The name and the value of each output."""
        numbers = [self.values[node] for node in self.graph.outputs]
        return list(zip(output_names(self.graph), numbers, strict=True))

    @property
    def element_outputs(self) -> list[tuple[str, float]]:
        """The outputs element by element: the same for outputs that are numbers."""
        return [element for name, value in self.outputs for element in elements(name, value)]

    @property
    def value(self) -> Value:
        """The value of the (first) output."""
        return self.values[self.graph.outputs[0]]

    @cached_property
    def diagnosis(self) -> "Diagnosis | None":
        """Where what was asked for stopped being finite; None where all of it is finite."""
        wrong = self.not_finite(self.graph.outputs, self.values)
        if not wrong:
            return None
        from autodiff.differentiate.sweep.diagnosis import diagnose_value

        return diagnose_value(self.field, self.graph, self.values, wrong)

    def not_finite(self, nodes: Iterable[int], numbers: Sequence[Value]) -> list[int]:
        """Those of some nodes whose number is not finite."""
        return [node for node in nodes if not self.field.is_finite(numbers[node])]

    @cached_property
    def sides(self) -> Shares:
        """The share of every continuous conditional on its boundary: one whose condition moves with what is wanted."""
        return sides(self.field, self.graph, self.values, None if self.adjoints is None else self.active)

    @cached_property
    def shares(self) -> Shares:
        """Those by which a conditional counts both branches."""
        if not self.sides:
            return self.sides
        return counted(self.field, self.graph, self.values, self.active, self.sides)

    @cached_property
    def used(self) -> Sequence[int]:
        """A flag for each node: 0 for an operation that only branches use which do not count.

        A statement that nothing uses is no branch: what it computes counts here.
        """
        flags = used_nodes(self.graph, self.values, ends(self.graph), self.shares)
        flags[: self.graph.base] = b"\1" * self.graph.base
        return flags

    @cached_property
    def names(self) -> list[str]:
        return node_names(self.graph)

    @cached_property
    def kinks(self) -> dict[int, Kink]:
        """The nodes that the output uses and that sit on a kink, by their number."""
        return kinks_at(self.field, self.graph, self.values, self.active, self.sides, self.shares)

    @property
    def nodes(self) -> list[Node]:
        """Every node, in topological order."""
        return list(self.iterate(range(len(self.graph))))

    def local_partials(self, node: int) -> list[Value | None]:
        """The derivative of an operation by each of its arguments; None where nothing wanted is behind one."""
        return self.field.local_partials(self.graph, self.values, node, self.active, self.shares)

    def handed(self, node: int, argument: int, upstream: Value) -> Value:
        """What an operation hands to one argument, if its own gradient is `upstream`."""
        return self.field.handed(self.graph, self.values, node, argument, upstream, self.active, self.shares)

    def iterate(self, numbers: Iterable[int]) -> Iterator[Node]:
        """The nodes with these numbers, made one at a time."""
        graph, names = self.graph, self.names
        for k in numbers:
            args: tuple[int, ...] = ()
            partials: tuple[Value | None, ...] = ()
            pullbacks: tuple[str | None, ...] = ()
            handed: tuple[Value | None, ...] | None = None
            if k < len(graph.inputs):
                op, text = "input", names[k]
            elif k < graph.base:
                op, text = "constant", graph.spellings[k - len(graph.inputs)]
            else:
                row, args = graph.row(k), graph.args[k - graph.base]
                op, text = row.name, operation(row, [names[arg] for arg in args])
                if self.adjoints is not None:
                    partials = tuple(self.local_partials(k))
                    if self.has_arrays:
                        pullbacks, handed = self._handed(k)
            gradient = self.adjoints[k] if self.adjoints is not None and self.active[k] else None
            source = graph.source(k)
            if len(source) > _EXPRESSION:
                source = source[: _EXPRESSION - 1] + "…"
            yield Node(
                k,
                names[k],
                op,
                args,
                text,
                source,
                graph.span(k),
                self.values[k],
                partials,
                gradient,
                self.kinks.get(k),
                pullbacks,
                handed,
            )

    def _handed(self, node: int) -> tuple[tuple[str | None, ...], tuple[Value | None, ...]]:
        """What an operation of a graph with arrays hands to each argument: as formulas, and as numbers."""
        from autodiff.differentiate.derive.written_rules import pullback_at

        assert self.adjoints is not None
        graph, adjoint = self.graph, self.adjoints[node]
        flags = [self.active[arg] for arg in graph.args[node - graph.base]]
        texts = [pullback_at(graph, self.values, node, k, self.names) if flag else None for k, flag in enumerate(flags)]
        handed = [self.handed(node, k, adjoint) if flag else None for k, flag in enumerate(flags)]
        return tuple(texts), tuple(handed)


class Gradient(Values):
    """The gradient of a graph's output at a point, by the `wanted` inputs (all of them unless given).

    With `seeds`, a weight for each output, it is that of the weighted sum of the outputs.
    """

    #: What an array as output has none of, and what to do about it.
    _of_array: tuple[str, str | Way] = "a gradient", Way("weigh-elements")

    def __init__(
        self,
        graph: Graph,
        inputs: Sequence[Value],
        wanted: Sequence[str] | None = None,
        seeds: Sequence[Value] | None = None,
    ) -> None:
        super().__init__(graph, inputs)
        self.seeds = None if seeds is None else tuple(seeds)
        self.wanted = tuple(graph.inputs) if wanted is None else tuple(wanted)
        self.wanted_nodes = [graph.input_numbers[name] for name in self.wanted]
        self.active = dependents(graph, self.wanted_nodes)
        if self.has_arrays or (self.seeds is not None and any([type(seed) is not float for seed in self.seeds])):
            self._fit_seeds()
        weights = {graph.outputs[0]: 1.0} if self.seeds is None else _weights(graph, self.seeds)
        self.adjoints: list[Value] = []
        self.adjoints = gradient(self.field, graph, self.values, weights, self.active, self.shares)
        #: What the function does on both sides, by the wanted inputs for which local rules may fail at this point; and
        #: where it is not the derivative, what backpropagation alone gives, by the name of the input.
        self.sides_of: dict[int, Sides] = {}
        self.swept: dict[str, Value] = {}
        #: For arrays: the gradient of the same function of their elements, where the rules of arrays may fail.
        self.twin: Twin | None = None
        if not self.has_arrays:
            self._look_aside(weights)
        elif suspects.is_small_in_elements(self.values):
            from autodiff.differentiate.results.twin import look_at_elements

            look_at_elements(self, weights)

    def _look_aside(self, weights: Mapping[int, float]) -> None:
        """Where local rules may fail, take the derivative of the function itself."""
        if not all(map(math.isfinite, [self.values[node] for node in weights])):
            self._refuse_finite(weights)
            return
        if not suspects.may_fail(self.graph, self.values, self.active)[0]:
            self._keep_range(weights)
            return
        nodes = self.wanted_nodes
        swept = [self.adjoints[node] for node in nodes]
        directions = [{node: 1.0} for node in nodes]
        found = suspects.corrected(self.graph, self.values, weights, self.active, lambda: self.kinks, directions, swept)
        for name, node, before, (value, beside) in zip(self.wanted, nodes, swept, found, strict=True):
            if beside is not None:
                self.sides_of[node] = beside
            if value is not before:
                self.swept[name] = before
                self.adjoints[node] = value

    def beside(self, node: int, order: int) -> float | None:
        """A derivative of higher order by one input alone, by the function itself, where local rules may fail."""
        sides = self.sides_of.get(node)
        if (
            sides is None
            and self.kinks
            and not self.has_arrays
            and suspects.is_small(self.graph, self.values)
            and math.isfinite(self.value)
        ):
            from autodiff.differentiate.sweep.singular import sides_along

            weights = dict.fromkeys(self.graph.outputs, 1.0)
            sides = self.sides_of[node] = sides_along(self.graph, self.values, weights, [{node: 1.0}])[0]
        return None if sides is None else sides.value(order)

    def _keep_range(self, weights: Mapping[int, float]) -> None:
        """Where a product of derivatives leaves the range of doubles on its way, compute it without bounds."""
        found = suspects.kept_in_range(self.graph, self.values, weights, self.active, self.wanted_nodes, self.adjoints)
        for node, value in found.items():
            self.swept[self.graph.inputs[node]] = self.adjoints[node]
            self.adjoints[node] = value

    def _refuse_finite(self, weights: Mapping[int, float]) -> None:
        """An infinite value at a finite point has no gradient of 0: a zero met an infinite derivative on the way."""
        if not all(map(math.isfinite, self.values[: len(self.graph.inputs)])):
            return
        used = used_nodes(self.graph, self.values, weights)
        infinite = [node for node in range(len(self.graph)) if used[node] and not math.isfinite(self.values[node])]
        for node in self.wanted_nodes:
            if not self.adjoints[node] and used[node]:
                moved = moved_nodes(self.graph, self.values, [node])
                if any([moved[other] for other in infinite]):
                    self.swept[self.graph.inputs[node]] = self.adjoints[node]
                    self.adjoints[node] = math.nan

    def _fit_seeds(self) -> None:
        """Give every weight the shape of its output.

        Raises:
            FormulaError: an output is an array and has no weights, or weights of another shape.
        """
        from autodiff.differentiate.sweep.weights import fitted_seeds, refuse_array

        numbers = [self.values[node] for node in self.graph.outputs]
        if self.seeds is None:
            refuse_array(self.graph, numbers[0], *self._of_array)
        else:
            self.seeds = tuple(fitted_seeds(self.graph, numbers, self.seeds))

    @property
    def value(self) -> Value:
        """The value of what is differentiated: the output, or with `seeds` the weighted sum of the outputs."""
        if self.seeds is None:
            return super().value
        numbers = [self.values[node] for node in self.graph.outputs]
        if self.has_arrays:
            from autodiff.differentiate.sweep.weights import weighted_sum

            return weighted_sum(self.seeds, numbers)
        return sum([weight * number for weight, number in zip(self.seeds, numbers, strict=True) if weight], 0.0)

    def _answer(self) -> Iterable[tuple[str, Value]]:
        return [*self.outputs, *self.partials.items()]

    @property
    def partials(self) -> dict[str, Value]:
        """The derivative of the output by each wanted input, in the shape of the input."""
        return {name: self.adjoints[node] for name, node in zip(self.wanted, self.wanted_nodes, strict=True)}

    @property
    def element_partials(self) -> dict[str, float]:
        """The derivative by each element of each wanted input, by its name, as in `W[0, 1]`."""
        return dict(element for name, value in self.partials.items() for element in elements(name, value))

    @cached_property
    def diagnosis(self) -> "Diagnosis | None":
        wrong = self.not_finite(self.wanted_nodes, self.adjoints)
        if super().diagnosis is not None or not wrong:
            return super().diagnosis
        from autodiff.differentiate.sweep.diagnosis import Diagnosis, diagnose_gradient

        apart = next((node for node in wrong if node in self.sides_of and self.graph.inputs[node] in self.swept), None)
        if apart is not None:
            left, right = map(for_people, self.sides_of[apart].both() or (math.nan, math.nan))
            message = f"the derivative by {self.graph.inputs[apart]} is {left} from below and {right} from above"
            output = self.graph.outputs[0]
            return Diagnosis("gradient", output, self.graph.span(output), message)
        return diagnose_gradient(self.field, self.graph, self.values, self.adjoints, self.active, wrong, self.shares)


def _weights(graph: Graph, seeds: Sequence[Value]) -> dict[int, Value]:
    """The weight of each node that is an output with a weight other than zero; a node may be several outputs."""
    weights: dict[int, Value] = {}
    for node, seed in zip(graph.outputs, seeds, strict=True):
        if type(seed) is not float or seed:
            weights[node] = weights.get(node, 0.0) + seed
    return weights
