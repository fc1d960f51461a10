"""What was recorded as a graph, and the gradient by the sweep that formulas use. No recursion: a chain may be long."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from autodiff.differentiate.sweep.boundary import gradient as gradient_of
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.kinks import kinks_at
from autodiff.differentiate.sweep.shares import field_of
from autodiff.differentiate.sweep.suspects import corrected, kept_in_range
from autodiff.dynamic.operations import shape_of
from autodiff.dynamic.value import Value
from autodiff.errors import BindingError
from autodiff.evaluate.inputs import finite_value
from autodiff.graph.builder import without_collector
from autodiff.graph.graph import Call, Graph, checked
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.walk import dependents
from autodiff.ops.shapes import text_of
from autodiff.syntax.program import Program


def recorded(outputs: Sequence[Value]) -> list[Value]:
    """All that the outputs were computed from, and they themselves: the oldest first, as Python computed them."""
    seen = set(outputs)
    stack = list(seen)
    while stack:
        for arg in stack.pop()._args:
            if isinstance(arg, Value) and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return sorted(seen, key=attrgetter("_age"))


class Recording:
    """The graph of what was recorded, the node of each Value in it, and the numbers of its leaves.

    Values that were given are inputs, in their order; array constants are inputs after them.

    Raises:
        BindingError: the data of an input was set after it was used.
    """

    def __init__(self, outputs: Sequence[Value], names: dict[Value, str] | None = None) -> None:
        order = recorded(outputs)
        self.inputs = [value for value in order if value._row is None]
        self.operations = [value for value in order if value._row is not None]
        arrays: list[Any] = []
        constants: list[float] = []
        # References until all leaves are known: a constant's is negative, an array's is None.
        constant_of: dict[float | str, int] = {}
        for value in self.operations:
            for arg in value._args:
                if type(arg) is float:
                    key = arg or repr(arg)  # 0.0 is not -0.0
                    if key not in constant_of:
                        constant_of[key] = len(constants)
                        constants.append(arg)
                elif not isinstance(arg, Value):
                    arrays.append(arg)
                elif arg._age > value._age:
                    raise BindingError(
                        "stale", "the data of an input was set after this was computed from it",
                        hint="compute it again, then call backward()",
                    )  # fmt: skip
        first = len(self.inputs) + len(arrays)
        base = first + len(constants)
        self.node_of = {value: node for node, value in enumerate(self.inputs)}
        self.node_of.update((value, node) for node, value in enumerate(self.operations, base))
        next_array = iter(range(len(self.inputs), first))
        codes: list[int] = []
        code_of: dict[tuple[int, int], int] = {}
        calls: list[Call] = []
        args_of: list[tuple[int, ...]] = []
        for value in self.operations:
            row, args = value._row, value._args
            assert row is not None
            code = code_of.get((id(row), len(args)))
            if code is None:
                code = code_of[id(row), len(args)] = len(calls)
                calls.append(Call(row, len(args)))
            codes.append(code)
            args_of.append(
                tuple([
                    first + constant_of[arg or repr(arg)] if type(arg) is float
                    else self.node_of[arg] if isinstance(arg, Value)
                    else next(next_array)
                    for arg in args
                ])
            )  # fmt: skip
        given = [names[value] for value in self.inputs] if names else map(str, range(len(self.inputs)))
        self.graph = checked(Graph(
            inputs=[*given, *map(str, range(len(self.inputs), first))], constants=constants,
            spellings=[_spelled(constant) for constant in constants], calls=calls, codes=codes, args=args_of,
            outputs=[self.node_of[output] for output in outputs], output_names=[""] * len(outputs), labels={},
            program=Program(""), places=(bytes(base + len(codes)),) * 2,
        ))  # fmt: skip
        self.leaves = [*[value._data for value in self.inputs], *arrays, *constants]


def _spelled(number: float) -> str:
    return repr(number).removesuffix(".0")


def backward(output: Value, gradient: Any = None) -> None:
    """What `Value.backward` does."""
    seed = _fitted(output, gradient)
    with without_collector():
        recording = Recording([output])
        graph, node = recording.graph, recording.graph.outputs[0]
        values = [*recording.leaves, *[value._data for value in recording.operations]]
        wanted = range(len(recording.inputs))
        active = dependents(graph, wanted)
        arrays = holds_arrays(graph) or any([type(value) is not float for value in values])
        field = field_of(arrays=arrays)
        shares = shares_at(field, graph, values, active)
        found = gradient_of(field, graph, values, {node: seed}, active, shares)
        if not arrays:
            swept = [found[k] for k in wanted]
            truth = corrected(
                graph, values, {node: seed}, active, lambda: kinks_at(field, graph, values, active),
                [{k: 1.0} for k in wanted], swept,
            )  # fmt: skip
            found[: len(swept)] = [number for number, _ in truth]
            if not any(sides for _, sides in truth):
                for k, number in kept_in_range(graph, values, {node: seed}, active, wanted, found).items():
                    found[k] = number
        for value, k in recording.node_of.items():
            value._grad = found[k] if value._grad is None else value._grad + found[k]


def _fitted(output: Value, gradient: Any) -> Any:
    """The weight of each element of the output."""
    shape = shape_of(output._data)
    if gradient is None:
        if shape:
            raise BindingError(
                "array-output", f"a gradient needs a number, and this is {text_of(shape)}",
                hint="call backward() on its sum, or give it a weight for each element: v.backward([1, 0])",
            )  # fmt: skip
        return 1.0
    seed = finite_value("the gradient of the output", gradient)
    if shape_of(seed) not in ((), shape):
        raise BindingError(
            "shape", f"the output is {text_of(shape)}, and its gradient {text_of(shape_of(seed))}",
            hint="give a weight for each element, or one number for all",
        )  # fmt: skip
    if not shape:
        return seed
    import numpy as np

    return np.broadcast_to(seed, shape)
