"""Operations of a user replaced by their values: those that have no rule, so that every node has one, or all."""

from collections.abc import Collection

from autodiff.errors import LimitError
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.inline import Formula
from autodiff.graph.rules import rule
from autodiff.graph.unfold import MOST_OPERATIONS
from autodiff.ops.row import Row


def of_the_table(graph: Graph) -> Graph:
    """The graph in which each call of a row of a user is the value of that row: rules of users play no part in it.

    Raises:
        LimitError: that would be too many operations.
    """
    # Each turn leaves what is called by what is replaced; rows call each other `MOST_DEPTH` deep at most.
    while rows := {call.row for call in graph.calls if call.row.library is not None}:
        graph = replaced(graph, rows)
    return graph


def replaced(graph: Graph, rows: Collection[Row]) -> Graph:
    """The graph in which each call of one of the `rows` is the value of that row, at the place of the call.

    Raises:
        LimitError: that would be too many operations.
    """
    size = sum(graph.ops.size(row).operations if row in rows else 1 for _, row, _ in graph.operations())
    if size > MOST_OPERATIONS:
        raise LimitError(
            "too-large", f"the operations unfold to more than {MOST_OPERATIONS:,} operations", text=graph.text,
            hint="compute repeated parts once, and name them",
        )  # fmt: skip
    builder, inputs = GraphBuilder(graph), len(graph.inputs)
    places = list(zip(*graph.places, strict=True))
    refs = [~node for node in range(inputs)]
    for node, (value, spelling) in enumerate(zip(graph.constants, graph.spellings, strict=True), inputs):
        refs.append(builder.constant(value, spelling, places[node], graph.labels.get(node, "")))
    formulas: dict[Row, Formula] = {}
    for node, row, args in graph.operations():
        given, place = [refs[arg] for arg in args], places[node]
        if row not in rows:
            refs.append(builder.node(row, given, place))
            continue
        if row not in formulas:
            formulas[row] = Formula(builder, row, rule(row, row.value, len(args)), row.params, (), place)
        refs.append(formulas[row].copy(given, 0, place)[0])
    labels: dict[int, str] = {}
    for node, name in graph.labels.items():
        # What unfolds may be one of its arguments, which has a name of its own.
        if not -inputs <= refs[node] < 0:
            labels.setdefault(refs[node], name)
    return builder.finish([refs[node] for node in graph.outputs], graph.output_names, labels, whole=True)
