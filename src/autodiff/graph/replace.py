"""Operations of a user replaced by their values: those that have no rule, so that every node has one, or all.

An explicit stack of the formulas that are being copied, as operations may call each other however deep.
"""

from collections.abc import Iterator
from functools import lru_cache

from autodiff.errors import LimitError
from autodiff.graph.build import build
from autodiff.graph.builder import GraphBuilder, Place
from autodiff.graph.graph import Graph
from autodiff.graph.unfold import MOST_OPERATIONS
from autodiff.ops.added import NO_OPERATIONS
from autodiff.ops.row import Row


def of_the_table(graph: Graph) -> Graph:
    """The graph in which each call of a row of a user is the value of that row: rules of users play no part in it.

    Raises:
        LimitError: that would be too many operations.
    """
    return graph if all(call.row.library is None for call in graph.calls) else _replaced(graph, every=True)


def with_rules(graph: Graph) -> Graph:
    """The graph in which each call of a row without rules is the value of that row. Raises like `of_the_table`."""
    return _replaced(graph, every=False) if any(call.row.unfolds for call in graph.calls) else graph


@lru_cache(maxsize=4096)
def _value(row: Row) -> Graph:
    """The value of a row as it is written."""
    return build(row.value, row.params, ops=row.library or NO_OPERATIONS, unfold=False)


class _Frame:
    """A graph being copied: what its nodes became, and the operations that are left."""

    __slots__ = ("graph", "operations", "refs")

    def __init__(self, graph: Graph, refs: list[int]) -> None:
        self.graph, self.refs = graph, refs
        self.operations: Iterator[tuple[int, Row, tuple[int, ...]]] = graph.operations()


def _replaced(graph: Graph, *, every: bool) -> Graph:
    """The graph in which each call of a row of a user, of `every` one or that unfolds, is its value at that place."""
    sizes = [graph.ops.size(row).operations if every or row.unfolds else 1 for row, _ in graph.calls]
    if sum(sizes[code] for code in graph.codes) > MOST_OPERATIONS:
        raise LimitError(
            "too-large", f"the operations unfold to more than {MOST_OPERATIONS:,} operations", text=graph.text,
            hint="compute repeated parts once, and name them",
        )  # fmt: skip
    builder, inputs = GraphBuilder(graph), len(graph.inputs)
    places: list[Place] = list(zip(*graph.places, strict=True))
    refs = builder.adopt()
    main = _Frame(graph, refs)
    stack, place = [main], (0, 0)
    while True:
        frame = stack[-1]
        step = next(frame.operations, None)
        if step is None:
            if frame is main:
                break
            stack.pop()
            stack[-1].refs.append(frame.refs[frame.graph.outputs[0]])
            continue
        node, row, args = step
        given = [frame.refs[arg] for arg in args]
        if frame is main:
            place = places[node]
        if row.unfolds or (every and row.library is not None):
            inner = _value(row)
            by_name = dict(zip(row.params, given, strict=True))
            copied = [by_name[name] for name in inner.inputs]
            for number, spelling in zip(inner.constants, inner.spellings, strict=True):
                copied.append(builder.constant(number, spelling, place))
            stack.append(_Frame(inner, copied))
        else:
            frame.refs.append(builder.node(row, given, place))
    labels: dict[int, str] = {}
    for node, name in graph.labels.items():
        # What unfolds may be one of its arguments, which has a name of its own.
        if not -inputs <= refs[node] < 0:
            labels.setdefault(refs[node], name)
    return builder.finish([refs[node] for node in graph.outputs], graph.output_names, labels, whole=True)
