"""The program as an immutable, flat, topologically ordered graph: inputs, then constants, then operations."""

import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from autodiff.errors import Span
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.row import Row
from autodiff.syntax.program import Program


class Call(NamedTuple):
    """An operation with a number of arguments."""

    row: Row
    arity: int


class Graph:
    """Nodes are numbered: inputs from 0, constants after them, operations after those, each after its arguments.

    Operation `base + k` is `calls[codes[k]]` of the nodes `args[k]`. Equal names are one input and equal numbers one
    constant; each operation that the text writes is a node of its own. Nobody changes a graph after it is built.
    """

    __slots__ = (
        "__weakref__", "args", "base", "calls", "codes", "constants", "input_numbers", "inputs", "labels", "ops",
        "output_names", "outputs", "places", "program", "spellings",
    )  # fmt: skip

    def __init__(
        self, *, inputs: Sequence[str], constants: Sequence[float], spellings: Sequence[str], calls: Sequence[Call],
        codes: Sequence[int], args: Sequence[tuple[int, ...]], outputs: Sequence[int], output_names: Sequence[str],
        labels: Mapping[int, str], program: Program, places: tuple[Sequence[int], Sequence[int]],
        ops: Operations = NO_OPERATIONS,
    ) -> None:  # fmt: skip
        self.inputs = tuple(inputs)
        #: The node of each input by its name.
        self.input_numbers = {name: node for node, name in enumerate(self.inputs)}
        self.constants = constants
        #: How the text spells each constant: "2", "pi".
        self.spellings = spellings
        self.calls = calls
        self.codes = codes
        self.args = args
        self.outputs = tuple(outputs)
        #: The names of the outputs, "" where the text gives none.
        self.output_names = tuple(output_names)
        #: The assigned name of a node, where it has one.
        self.labels = labels
        self.program = program
        #: The first and last token of each node.
        self.places = places
        #: The operations that the text may call beside those of the table.
        self.ops = ops
        #: The number of the first operation.
        self.base = len(self.inputs) + len(constants)

    def __len__(self) -> int:
        return self.base + len(self.codes)

    def _repr_svg_(self) -> str | None:
        from autodiff.graph.notebook import view

        return view("svg", self)

    @property
    def text(self) -> str:
        return self.program.text

    def row(self, node: int) -> Row:
        """The row of an operation."""
        return self.calls[self.codes[node - self.base]].row

    def operations(self) -> Iterator[tuple[int, Row, tuple[int, ...]]]:
        """Each operation: its number, its row and its arguments."""
        rows = [call.row for call in self.calls]
        for node, (code, args) in enumerate(zip(self.codes, self.args, strict=True), self.base):
            yield node, rows[code], args

    def span(self, node: int) -> Span:
        """Where the text writes `node`, as half-open offsets; a leaf, where it first stands."""
        first, last = self.places
        return self.program.span(first[node], last[node])

    def output_spans(self) -> list[Span]:
        """Where the text writes each output."""
        return [self.program.span(first, last) for first, last in self.program.output_places]

    def source(self, node: int) -> str:
        """How the text writes `node`."""
        start, end = self.span(node)
        return self.text[start:end]


#: Whether every graph that is built or rewritten is looked at: for tests, and for whoever looks for a fault.
DEBUG = os.environ.get("AUTODIFF_DEBUG") == "1"


def checked(graph: Graph) -> Graph:
    """The graph itself; where `DEBUG` is set, an illegal one is a fault where it is made."""
    if DEBUG and (found := defects(graph)):
        raise AssertionError(f"no legal graph: {'; '.join(found)}")
    return graph


def defects(graph: Graph) -> list[str]:
    """What is wrong with `graph`, as sentences; nothing for a legal one. The definition of a legal graph."""
    found = []
    size, base = len(graph), graph.base
    if len(graph.codes) != len(graph.args):
        found.append("every operation needs a code and its arguments")
    if len(graph.spellings) != len(graph.constants):
        found.append("every constant needs a spelling")
    if any(len(places) != size for places in graph.places):
        found.append("every node needs its place in the text")
    if len(set(graph.inputs)) != len(graph.inputs):
        found.append("two inputs share a name")
    for row, arity in graph.calls:
        if arity < 1 or (not row.variadic and arity != len(row.params)):
            found.append(f"{row.name} is called with {arity} arguments")
    for node, (code, args) in enumerate(zip(graph.codes, graph.args, strict=False), base):
        if not 0 <= code < len(graph.calls):
            found.append(f"node {node} has no operation")
        elif len(args) != graph.calls[code].arity:
            found.append(f"node {node} gives {len(args)} arguments to {graph.calls[code].row.name}")
        if not all(0 <= arg < node for arg in args):
            found.append(f"node {node} has an argument that does not come before it")
    if not graph.outputs or not all(0 <= node < size for node in graph.outputs):
        found.append("an output is no node")
    if len(graph.output_names) != len(graph.outputs):
        found.append("every output needs a name, which may be empty")
    if not all(0 <= node < size for node in graph.labels):
        found.append("a label names no node")
    return found


def meaning(graph: Graph) -> Hashable:
    """What a graph computes: equal where two do the same operations on the same variables in the same order."""
    constants = tuple(map(repr, graph.constants))
    calls = tuple((call.row, call.arity) for call in graph.calls)
    operations = (tuple(graph.codes), tuple(map(tuple, graph.args)))
    return (tuple(graph.inputs), constants, calls, operations, tuple(graph.outputs), tuple(graph.output_names))
