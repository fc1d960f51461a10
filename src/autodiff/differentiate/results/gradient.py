"""What a sweep found, as plain data for the reports and for Python."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from autodiff.differentiate.sweep.boundary import on_boundary
from autodiff.differentiate.sweep.diagnosis import Diagnosis, alive, diagnose_gradient, diagnose_value
from autodiff.differentiate.sweep.kinks import Kink, find_kinks, has_kinks
from autodiff.differentiate.sweep.reverse import dependents, local_partials, reverse
from autodiff.errors import Span, Way
from autodiff.evaluate.floats import forward
from autodiff.graph.graph import RENDERERS, Graph
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.text import node_names, operation, output_names
from autodiff.numerals import elements

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


class Values:
    """A graph evaluated at a point."""

    def __init__(self, graph: Graph, inputs: Sequence[Value]) -> None:
        self.graph = graph
        #: Whether a value may be an array.
        self.has_arrays = holds_arrays(graph) or any([type(value) is not float for value in inputs])
        self.values: list[Value]
        if self.has_arrays:
            from autodiff.evaluate import arrays

            self.values = arrays.forward(graph, inputs)
        else:
            self.values = forward(graph, inputs)
        self.active: Sequence[int] = bytes(len(graph))
        self.adjoints: Sequence[Value] | None = None
        #: Whether a continuous conditional on its boundary counts both branches.
        self.midpoint = True

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.outputs)
        return f"<{type(self).__name__} {shown}>"

    def _repr_html_(self) -> str | None:
        render = RENDERERS.get("result")
        return None if render is None else render(self)

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
    def diagnosis(self) -> Diagnosis | None:
        """Where what was asked for stopped being finite; None where all of it is finite."""
        if self.has_arrays:
            from autodiff.differentiate.sweep import array_diagnosis

            return array_diagnosis.diagnose_value(self.graph, self.values, self.graph.outputs)
        return diagnose_value(self.graph, self.values, self.graph.outputs)

    @cached_property
    def names(self) -> list[str]:
        return node_names(self.graph)

    @cached_property
    def kinks(self) -> dict[int, Kink]:
        """The nodes that the output uses and that sit on a kink, by their number."""
        if not any(has_kinks(call.row) for call in self.graph.calls):
            return {}
        used = alive(self.graph, self.values, self.graph.outputs)
        if self.has_arrays:
            from autodiff.differentiate.sweep.array_kinks import find_kinks as find_array_kinks

            return find_array_kinks(self.graph, self.values, self.active, used)
        return find_kinks(self.graph, self.values, self.active, used)

    @property
    def nodes(self) -> list[Node]:
        """Every node, in topological order."""
        return list(self.iterate(range(len(self.graph))))

    def local_partials(self, node: int) -> list[Value | None]:
        """The derivative of an operation by each of its arguments; None where nothing wanted is behind one."""
        if self.has_arrays:
            from autodiff.differentiate.sweep import arrays

            return arrays.local_partials(self.graph, self.values, node, self.active, midpoint=self.midpoint)
        return local_partials(self.graph, self.values, node, self.active, midpoint=self.midpoint)

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
        from autodiff.differentiate.sweep import arrays
        from autodiff.evaluate.arrays import quiet

        assert self.adjoints is not None
        graph, values, adjoint = self.graph, self.values, self.adjoints[node]
        args = graph.args[node - graph.base]
        texts = tuple(
            arrays.written_pullback(graph, values, node, k, self.names) if self.active[arg] else None
            for k, arg in enumerate(args)
        )
        with quiet():
            handed = [
                arrays.pull(graph, values, node, k, adjoint, self.active, self.midpoint) if self.active[arg] else None
                for k, arg in enumerate(args)
            ]
        return texts, tuple(
            arrays.zeros_like(values[arg]) if part is None and self.active[arg] else part
            for arg, part in zip(args, handed, strict=True)
        )


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
        self.adjoints: list[Value]
        if self.has_arrays:
            from autodiff.differentiate.sweep import arrays

            self.adjoints, self.midpoint = arrays.gradient(graph, self.values, weights, self.active, self.wanted_nodes)
        else:
            self.adjoints, self.midpoint = gradient(
                graph, self.values, weights, self.active, self.wanted_nodes, self.value
            )

    def _fit_seeds(self) -> None:
        """Give every weight the shape of its output.

        Raises:
            FormulaError: an output is an array and has no weights, or weights of another shape.
        """
        from autodiff.differentiate.sweep import arrays

        numbers = [self.values[node] for node in self.graph.outputs]
        if self.seeds is None:
            arrays.refuse_array(self.graph, numbers[0], *self._of_array)
        else:
            self.seeds = tuple(arrays.fitted_seeds(self.graph, numbers, self.seeds))

    @property
    def value(self) -> Value:
        """The value of what is differentiated: the output, or with `seeds` the weighted sum of the outputs."""
        if self.seeds is None:
            return super().value
        numbers = [self.values[node] for node in self.graph.outputs]
        if self.has_arrays:
            from autodiff.differentiate.sweep import arrays

            return arrays.weighted_sum(self.seeds, numbers)
        return sum([weight * number for weight, number in zip(self.seeds, numbers, strict=True) if weight], 0.0)

    @property
    def partials(self) -> dict[str, Value]:
        """The derivative of the output by each wanted input, in the shape of the input."""
        return {name: self.adjoints[node] for name, node in zip(self.wanted, self.wanted_nodes, strict=True)}

    @property
    def element_partials(self) -> dict[str, float]:
        """The derivative by each element of each wanted input, by its name, as in `W[0, 1]`."""
        return dict(element for name, value in self.partials.items() for element in elements(name, value))

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        if self.has_arrays:
            from autodiff.differentiate.sweep import array_diagnosis

            return super().diagnosis or array_diagnosis.diagnose_gradient(
                self.graph, self.values, self.adjoints, self.active, self.wanted_nodes
            )
        return diagnose_value(self.graph, self.values, self.graph.outputs) or diagnose_gradient(
            self.graph, self.values, self.adjoints, self.active, self.wanted_nodes
        )


def gradient(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], active: Sequence[int], wanted: Sequence[int],
    value: float,
) -> tuple[list[Value], bool]:  # fmt: skip
    """The adjoints of a sum of nodes with `weights`, whose value is given; whether conditionals count both branches.

    As `autodiff.differentiate.sweep.arrays.gradient`, for a graph of floats.
    """
    if math.isnan(value):
        # Where the output has no value it has no derivative either, whatever the rules would give.
        return [math.nan if flag else 0.0 for flag in alive(graph, values, list(weights))], True
    adjoints = reverse(graph, values, weights, active)
    undefined = not all(math.isfinite(adjoints[node]) for node in wanted)
    if undefined and on_boundary(graph, values):
        # A branch that was not chosen never spoils a gradient, not even on the boundary.
        return reverse(graph, values, weights, active, midpoint=False), False
    return adjoints, True


def _weights(graph: Graph, seeds: Sequence[Value]) -> dict[int, Value]:
    """The weight of each node that is an output with a weight other than zero; a node may be several outputs."""
    weights: dict[int, Value] = {}
    for node, seed in zip(graph.outputs, seeds, strict=True):
        if type(seed) is not float or seed:
            weights[node] = weights.get(node, 0.0) + seed
    return weights
