"""A graph with arrays as a program of numbers: every element a variable of its own, every array operation spelled out.

The derivative of such a program uses the rules of operations on numbers only, so it says whether those of operations on
arrays are right.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from autodiff.evaluate.arrays import Value, apply, quiet, shape_of
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.graph.text import node_names, operation
from autodiff.numerals import elements, flat
from autodiff.ops.added import Operations
from autodiff.ops.kernels import arrays as array_kernels
from autodiff.ops.kernels import elements as array_elements
from autodiff.ops.row import Row, read_options
from autodiff.ops.table import BY_NAME, CONSTANTS, INFIX

#: A program of more operations than this is not written.
MOST_OPERATIONS = 20_000


class TooLarge(Exception):
    """The program would have too many operations."""


class Program(NamedTuple):
    """A program of numbers.

    `text` is in the formula language. `inputs` holds the value of each of its variables, and `names` what each
    name of the program is called in the graph that it comes from, as in `W[0, 1]`. `nodes` holds for each node of that
    graph the names of its elements.
    """

    text: str
    inputs: Mapping[str, float]
    names: Mapping[str, str]
    nodes: Sequence[Sequence[str]]
    #: What the text may call beside the table.
    ops: Operations

    def graph(self) -> Graph:
        """The graph of the text."""
        return build(self.text, self.inputs, ops=self.ops)


class Element:
    """A number of the program: what it is called there, and its value."""

    __slots__ = ("name", "value", "writer")

    def __init__(self, writer: "_Writer", name: str, value: float) -> None:
        self.writer, self.name, self.value = writer, name, value

    def _with(self, symbol: str, left: Any, right: Any) -> Any:
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
            return NotImplemented  # NumPy does it element by element
        return self.writer.call(INFIX[symbol], left, right)

    def __add__(self, other: Any) -> Any:
        return self._with("+", self, other)

    def __radd__(self, other: Any) -> Any:
        # Sums begin with a zero.
        return self if isinstance(other, int | float) and other == 0 else self._with("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._with("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._with("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self._with("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._with("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._with("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with("/", other, self)


class _Writer:
    def __init__(self, taken: set[str], most: int) -> None:
        self.most = most
        self.statements: list[str] = []
        self.taken = taken
        self.fresh = (name for k in count(1) if (name := f"t{k}") not in taken)

    def name(self, wanted: str) -> str:
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted

    def call(self, row: Row, *args: Any) -> Element:
        """One operation, written as a statement."""
        if len(self.statements) >= self.most:
            raise TooLarge
        names = [arg.name if isinstance(arg, Element) else repr(float(arg)) for arg in args]
        values = [arg.value if isinstance(arg, Element) else float(arg) for arg in args]
        name = next(self.fresh)
        self.statements.append(f"{name} = {operation(row, names)}")
        return Element(self, name, float(apply(row, values)))

    def by_name(self, name: str, *args: Any) -> Element:
        rows = [row for row in BY_NAME[name] if not row.is_array]
        return self.call(next(row for row in rows if row.variadic or len(row.params) == len(args)), *args)


def program_of(
    graph: Graph, values: Sequence[Value], seeds: Mapping[int, Value] | None = None, *,
    direction: Mapping[int, Value] | None = None, most: int = MOST_OPERATIONS,
) -> Program:  # fmt: skip
    """The program of a graph at a point: its output, or the sum of nodes weighted by `seeds`.

    With a `direction`, the inputs move with a new variable, `step`, whose value is 0.

    Raises:
        TooLarge: it would have more than `most` operations.
    """
    names = node_names(graph)
    writer = _Writer({*names, *CONSTANTS, *graph.inputs}, most)
    inputs: dict[str, float] = {}
    called: dict[str, str] = {}
    step = Element(writer, writer.name("step"), 0.0)
    if direction is not None:
        inputs[step.name] = 0.0
    numbers: list[Any] = []
    with quiet():
        for node in range(len(graph)):
            if node < len(graph.inputs):
                numbers.append(_input(writer, names[node], values[node], inputs, called))
                if direction is not None:
                    numbers[-1] = _moved(numbers[-1], values[node], step, direction.get(node))
            elif node < graph.base:
                spelling = graph.spellings[node - len(graph.inputs)]
                numbers.append(Element(writer, spelling, float(values[node])))
            else:
                given = [numbers[arg] for arg in graph.args[node - graph.base]]
                numbers.append(_operation(writer, graph.row(node), given))
            if node >= len(graph.inputs):
                for (label, _), element in zip(elements(names[node], values[node]), _flat(numbers[node]), strict=True):
                    if isinstance(element, Element) and node >= graph.base:
                        called.setdefault(element.name, label)
        output = _weighted(graph, values, numbers, seeds)
    name = output.name if isinstance(output, Element) else repr(float(output))
    if direction is not None:
        inputs = {step.name: 0.0}
    nodes = [[getattr(element, "name", "") for element in _flat(number)] for number in numbers]
    return Program("; ".join([*writer.statements, name]), inputs, called, nodes, graph.ops)


def _flat(number: Any) -> list[Any]:
    return list(number.ravel()) if isinstance(number, np.ndarray) else [number]


def _input(writer: _Writer, name: str, value: Value, inputs: dict[str, float], called: dict[str, str]) -> Any:
    if type(value) is float:
        inputs[name] = value
        called[name] = name
        return Element(writer, name, value)
    found = np.empty(value.shape, dtype=object)
    for place, (label, number) in zip(np.ndindex(value.shape), elements(name, value), strict=True):
        short = writer.name("_".join([name, *map(str, place)]))
        inputs[short] = number
        called[short] = label
        found[place] = Element(writer, short, number)
    return found


def _moved(number: Any, value: Value, step: Element, rate: Value | None) -> Any:
    """An input that moves with `step`: its value plus the rate times the step, each exact at 0."""
    rates = [0.0] * len(flat(value)) if rate is None else flat(rate)
    moved = [at + step * speed if speed else at for at, speed in zip(flat(value), rates, strict=True)]
    if type(value) is float:
        return moved[0]
    result = np.empty(len(moved), dtype=object)
    result[:] = moved
    return result.reshape(value.shape)


def _operation(writer: _Writer, row: Row, given: Sequence[Any]) -> Any:
    if row.shape is not None:
        kernel = row.targets["numpy"]
        spelled = getattr(array_elements, kernel, None)
        arrays = [arg if isinstance(arg, np.ndarray) else _cell(arg) for arg in given]
        options = read_options(row.options)
        if spelled is not None:
            result = spelled(writer.by_name, *arrays, **options)
        else:
            result = getattr(array_kernels, kernel)(*arrays, **options)
        return result.item() if isinstance(result, np.ndarray) and not result.ndim else result
    if not any(isinstance(arg, np.ndarray) for arg in given):
        return writer.call(row, *given)
    spread = np.broadcast_arrays(*[arg if isinstance(arg, np.ndarray) else _cell(arg) for arg in given])
    result = np.empty(spread[0].shape, dtype=object)
    for place in np.ndindex(result.shape):
        result[place] = writer.call(row, *[array[place] for array in spread])
    return result


def _cell(number: Any) -> Any:
    cell = np.empty((), dtype=object)
    cell[()] = number
    return cell


def _weighted(graph: Graph, values: Sequence[Value], numbers: Sequence[Any], seeds: Mapping[int, Value] | None) -> Any:
    if seeds is None:
        return numbers[graph.outputs[0]]
    total: Any = 0.0
    for term in _terms(values, numbers, seeds):
        total = term + total if isinstance(total, Element) else term
    return total


def _terms(values: Sequence[Value], numbers: Sequence[Any], seeds: Mapping[int, Value]) -> Iterator[Any]:
    for node, seed in seeds.items():
        weights = flat(np.broadcast_to(seed, shape_of(values[node])) if shape_of(values[node]) else seed)
        for weight, number in zip(weights, _flat(numbers[node]), strict=True):
            if weight:
                yield number if weight == 1.0 else number * weight
