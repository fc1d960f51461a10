"""The program as an immutable, flat, topologically ordered graph: inputs, then constants, then operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autodiff.errors import Span
from autodiff.ops.row import Row
from autodiff.syntax.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Nodes are numbered: inputs from 0, constants after them, operations after those, each after its arguments.

    `rows[k]` and `args[k]` belong to node `base + k`. Equal names are one input and equal numbers one constant; each
    operation that the text writes is a node of its own.
    """

    inputs: tuple[str, ...]
    constants: Sequence[float]
    #: How the text spells each constant: "2", "pi".
    spellings: Sequence[str]
    rows: Sequence[Row]
    args: Sequence[tuple[int, ...]]
    outputs: tuple[int, ...]
    #: The names of the outputs, "" where the text gives none.
    output_names: tuple[str, ...]
    #: The assigned name of a node, where it has one.
    labels: Mapping[int, str]
    program: Program
    #: The first and last token of each node.
    places: tuple[Sequence[int], Sequence[int]]

    @property
    def base(self) -> int:
        """The number of the first operation."""
        return len(self.inputs) + len(self.constants)

    def __len__(self) -> int:
        return self.base + len(self.rows)

    @property
    def text(self) -> str:
        return self.program.text

    def span(self, node: int) -> Span:
        """Where the text writes `node`, as half-open offsets; a leaf, where it first stands."""
        first, last = self.places
        return self.program.span(first[node], last[node])

    def source(self, node: int) -> str:
        """How the text writes `node`."""
        start, end = self.span(node)
        return self.text[start:end]


def defects(graph: Graph) -> list[str]:
    """What is wrong with `graph`, as sentences; nothing for a legal one. The definition of a legal graph."""
    found = []
    size, base = len(graph), graph.base
    if len(graph.rows) != len(graph.args):
        found.append("every operation needs a row and its arguments")
    if len(graph.spellings) != len(graph.constants):
        found.append("every constant needs a spelling")
    if any(len(places) != size for places in graph.places):
        found.append("every node needs its place in the text")
    if len(set(graph.inputs)) != len(graph.inputs):
        found.append("two inputs share a name")
    for k, (row, args) in enumerate(zip(graph.rows, graph.args, strict=False)):
        if not all(0 <= arg < base + k for arg in args):
            found.append(f"node {base + k} has an argument that does not come before it")
        if not args or (not row.variadic and len(args) != len(row.params)):
            found.append(f"node {base + k} gives {len(args)} arguments to {row.name}")
    if not graph.outputs or not all(0 <= node < size for node in graph.outputs):
        found.append("an output is no node")
    if len(graph.output_names) != len(graph.outputs):
        found.append("every output needs a name, which may be empty")
    if not all(0 <= node < size for node in graph.labels):
        found.append("a label names no node")
    return found
