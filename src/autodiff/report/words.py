"""Sentences and cells that several formats share."""

from collections.abc import Iterator

from autodiff.differentiate.kinks import Kink
from autodiff.differentiate.results import Gradient, Node, Values
from autodiff.report.numbers import for_people
from autodiff.report.options import MANY, Options


def kink_text(kink: Kink | None) -> str:
    """`kink [-1, 1]`: the one-sided derivatives of each argument where they differ; `jump` where the value jumps."""
    if kink is None:
        return ""
    spans = [f"[{for_people(span[0])}, {for_people(span[1])}]" for span in kink.intervals if span is not None]
    return " ".join([kink.kind, *spans])


def kink_notes(result: Values) -> Iterator[str]:
    """A sentence for each node that sits on a kink, for formats that have no place for it."""
    for node in result.iterate(sorted(result.kinks)):
        if node.kink is None:
            continue
        if node.kink.kind == "jump":
            yield f"{node.operation} sits on a jump: its value changes abruptly here, which the derivative leaves out"
        else:
            spans = [f"[{for_people(span[0])}, {for_people(span[1])}]" for span in node.kink.intervals if span]
            sides = ", ".join(dict.fromkeys(spans))
            yield f"{node.operation} sits on its kink: one-sided derivatives {sides}; the midpoint is used"


def shown(result: Values, options: Options) -> range:
    """The nodes that a table lists."""
    graph = result.graph
    return range(len(graph) if options.all_nodes or len(graph) <= MANY else 0)


def hidden_note(result: Values) -> str:
    """What to say instead of a table of very many nodes."""
    graph = result.graph
    return (
        f"{len(graph):,} nodes: {len(graph.inputs):,} inputs, {len(graph.constants):,} constants, "
        f"{len(graph.codes):,} operations (--all lists them)"
    )


def partials_text(node: Node, names: list[str], digits: int | None) -> str:
    """`d/dx = 2, d/dy = 3`: the local derivatives that were needed."""
    pairs = zip(node.args, node.partials, strict=False)
    return ", ".join(
        f"d/d{names[arg]} = {for_people(partial, digits)}" for arg, partial in pairs if partial is not None
    )


def node_cells(result: Values, node: Node, options: Options) -> list[str]:
    """The cells of one node: number, name, operation, value and, with a gradient, partials, gradient, kink."""
    text = node.op if not node.args else node.operation
    cells = [str(node.id), node.name, text, for_people(node.value, options.digits)]
    if isinstance(result, Gradient):
        partials = partials_text(node, result.names, options.digits)
        cells += [partials, for_people(node.gradient, options.digits), kink_text(node.kink)]
    return cells


def node_columns(result: Values) -> list[str]:
    columns = ["#", "name", "operation", "value"]
    return [*columns, "local partials", "gradient", "kink"] if isinstance(result, Gradient) else columns
