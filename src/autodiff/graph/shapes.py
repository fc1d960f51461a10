"""The shape of every node, from those of the inputs, before anything is computed. Errors point at the operands."""

from collections.abc import Sequence

from autodiff.errors import FormulaError, LimitError
from autodiff.graph.graph import Graph
from autodiff.ops import shapes as rules
from autodiff.ops.row import Row, Shape, read_options
from autodiff.ops.shapes import ShapeMismatch, text_of

#: All nodes together may hold so many elements: 0.8 GB of doubles, and as much again for the gradient.
MOST_ELEMENTS = 100_000_000

#: NumPy before 2.0 has no more axes, and pullbacks need one or two beyond those of their operands.
MOST_AXES = 30


def holds_arrays(graph: Graph) -> bool:
    """Whether an operation of `graph` works on whole arrays."""
    return any([call.row.shape is not None for call in graph.calls])


def infer_shapes(graph: Graph, inputs: Sequence[Shape]) -> list[Shape]:
    """The shape of every node, () for a number, for the shapes of the inputs in their order.

    Raises:
        FormulaError: the operands of an operation do not fit.
        LimitError: the nodes would hold more than `MOST_ELEMENTS`, or one has more than `MOST_AXES`.
    """
    for node, shape in enumerate(inputs):
        _refuse_axes(graph, node, shape)
    shapes: list[Shape] = [*inputs, *[()] * len(graph.constants)]
    total = sum(map(rules.size_of, inputs))
    for node, row, args in graph.operations():
        given = [shapes[arg] for arg in args]
        if row.shape is None:
            # Most nodes of most graphs are numbers.
            shape = rules.broadcast(given, {}) if any(given) and _fits(graph, node, row, given) else ()
        else:
            shape = _shape_of(graph, node, row, given)
        shapes.append(shape)
        if shape:
            _refuse_axes(graph, node, shape)
            total += rules.size_of(shape)
            if total > MOST_ELEMENTS:
                raise LimitError(
                    "too-large", f"this makes {text_of(shape)}: more than {MOST_ELEMENTS:,} elements in all",
                    text=graph.text, spans=[graph.span(node)], hint="use smaller arrays, or sum them earlier",
                )  # fmt: skip
    return shapes


def _refuse_axes(graph: Graph, node: int, shape: Shape) -> None:
    if len(shape) > MOST_AXES:
        raise LimitError(
            "too-many-axes", f"an array has at most {MOST_AXES} axes, and this has {len(shape)}", text=graph.text,
            spans=[graph.span(node)], hint="use fewer nested lists",
        )  # fmt: skip


def _fits(graph: Graph, node: int, row: Row, given: Sequence[Shape]) -> bool:
    try:
        rules.broadcast(given, {})
    except ShapeMismatch as error:
        raise _shape_error(graph, node, given, error) from None
    return True


def _shape_of(graph: Graph, node: int, row: Row, given: Sequence[Shape]) -> Shape:
    assert row.shape is not None
    try:
        return row.shape(given, read_options(row.options))
    except ShapeMismatch as error:
        raise _shape_error(graph, node, given, error) from None


def _shape_error(graph: Graph, node: int, given: Sequence[Shape], error: ShapeMismatch) -> FormulaError:
    args = graph.args[node - graph.base]
    return FormulaError(
        "shape", str(error), text=graph.text, spans=[_operand(graph, node, args[k]) for k in error.culprits],
        hint=error.hint,
    )  # fmt: skip


def _operand(graph: Graph, node: int, arg: int) -> tuple[int, int]:
    """Where an operand stands in its operation: a name that is used twice is underlined where it is used here."""
    start, end = graph.span(arg)
    low, high = graph.span(node)
    if low <= start and end <= high:
        return start, end
    return _written_in(graph, arg, low, high)


def _written_in(graph: Graph, arg: int, low: int, high: int) -> tuple[int, int]:
    import re

    name = graph.labels.get(arg) or graph.source(arg)
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", graph.text[low:high])
    return (low + found.start(), low + found.end()) if found else (low, high)
