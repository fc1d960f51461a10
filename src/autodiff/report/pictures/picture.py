"""A graph as boxes and arrows, with their texts: what every drawing of it shows."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.errors import LimitError, Way
from autodiff.graph.graph import Graph
from autodiff.graph.text import node_names, operation
from autodiff.numerals import elements, for_people, is_array
from autodiff.report.node_texts import kink_text
from autodiff.report.sheet import Options

#: A picture of more nodes is drawn only when all of it is asked for: nobody can read it.
MOST_NODES = 300
#: Longer texts are cut in a picture; the page and the table have all of them.
_LONGEST = 34


class Box(NamedTuple):
    """A node: its number, its name, and what it computes (empty for an input).

    `shape` is that of an array. `mark` says that the node sits on a kink, or where a number is not finite; `used` is
    False for what only a branch computes that was not chosen.
    """

    node: int
    name: str
    operation: str
    kind: str
    is_output: bool
    value: str
    gradient: str
    shape: str
    mark: str
    used: bool

    @property
    def title(self) -> str:
        return clipped(f"{self.name} = {self.operation}" if self.operation else self.name)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What stands below the title: the kind of each line, and its text."""
        found = [("shape", self.shape), ("value", self.value), ("gradient", self.gradient), ("mark", self.mark)]
        return [(kind, clipped(text)) for kind, text in found if text]


class Arrow(NamedTuple):
    """An argument of an operation: from the node that it is to the operation, and the local partial as a text."""

    source: int
    target: int
    argument: int
    partial: str


class Picture(NamedTuple):
    """The boxes in topological order, and the arrows between them."""

    formula: str
    boxes: list[Box]
    arrows: list[Arrow]


def clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def refuse_many(graph: Graph, options: Options) -> None:
    """Raise LimitError for a graph that nobody could read as a picture."""
    if len(graph) > MOST_NODES and not options.all_nodes:
        raise LimitError(
            "too-many-nodes", f"a picture of {len(graph):,} nodes is hard to read",
            hint=Way("list-numbers", {"most": MOST_NODES}),
        )  # fmt: skip


def drawn(graph: Graph) -> list[int]:
    """The nodes that get a box: a number without a name stands in the operations that use it."""
    return [
        node
        for node in range(len(graph))
        if node < len(graph.inputs) or node >= graph.base or node in graph.labels or node in graph.outputs
    ]


def of_graph(graph: Graph) -> Picture:
    """Only the structure."""
    names, nodes = node_names(graph), drawn(graph)
    boxes = [
        Box(node, *_told(graph, names, node), node in graph.outputs, "", "", "", "", True)
        for node in nodes
    ]  # fmt: skip
    return Picture(graph.text, boxes, _arrows(graph, nodes, {}))


def of_result(result: Values, options: Options) -> Picture:
    """The structure with its numbers: values, and of a gradient also local partials, adjoints and kinks."""
    graph, names, nodes = result.graph, result.names, drawn(result.graph)
    used = result.used
    boxes, partials = [], {}
    for item in result.iterate(nodes):
        node = item.id
        value = for_people(item.value, options.digits) if used[node] else ""
        gradient = for_people(item.gradient, options.digits) if used[node] else ""
        mark = mark_text(item.value, item.gradient, kink_text(item.kink)) if used[node] else "not used here"
        shape = "x".join(map(str, item.value.shape)) if is_array(item.value) else ""
        told = _told(graph, names, node)
        boxes.append(Box(node, *told, node in graph.outputs, value, gradient, shape, mark, bool(used[node])))
        if isinstance(result, Gradient) and used[node]:
            for k, partial in enumerate(item.partials):
                pullback = item.pullbacks[k] if k < len(item.pullbacks) else None
                partials[node, k] = pullback or for_people(partial, options.digits)
    return Picture(graph.text, boxes, _arrows(graph, nodes, partials))


def mark_text(value: object, gradient: object, kink: str) -> str:
    """What is special about a node: a kink, or numbers that are not finite."""
    wrong = [name for name, number in (("value", value), ("gradient", gradient)) if not _is_finite(number)]
    return ", ".join([*([f"{' and '.join(wrong)} not finite"] if wrong else []), *([kink] if kink else [])])


def _is_finite(number: object) -> bool:
    return number is None or all(math.isfinite(value) for _, value in elements("", number))


def _told(graph: Graph, names: Sequence[str], node: int) -> tuple[str, str, str]:
    """The name of a node, its operation, and its kind."""
    if node < len(graph.inputs):
        return names[node], "", "input"
    if node < graph.base:
        spelling = graph.spellings[node - len(graph.inputs)]
        return names[node], spelling if spelling != names[node] else "", "constant"
    return names[node], operation(graph.row(node), [names[arg] for arg in graph.args[node - graph.base]]), "operation"


def _arrows(graph: Graph, nodes: Sequence[int], partials: dict[tuple[int, int], str]) -> list[Arrow]:
    shown = set(nodes)
    return [
        Arrow(arg, node, k, clipped(partials.get((node, k), "")))
        for node, _, args in graph.operations()
        for k, arg in enumerate(args)
        if arg in shown
    ]
