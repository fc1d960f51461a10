"""Graph to text: names for the nodes, and one operation or a whole graph in the formula language."""

from collections.abc import Iterator, Sequence
from itertools import count

from autodiff.errors import Span
from autodiff.graph.graph import Graph
from autodiff.notation import INDEX, LIST, TRANSPOSED
from autodiff.ops.row import Row
from autodiff.ops.table import CONSTANTS
from autodiff.syntax.tokens import IDENTITIES, NUMBER_START

#: Letters for nodes without a name, in the order in which they are given out; e, i and o read as something else.
_LETTERS = "abcdghjkmnpqrstuvw"
_OUTPUT_NAMES = "fghyz"


def node_names(graph: Graph) -> list[str]:
    """A name for every node: what the text calls it, a number's spelling, or a free letter; unique but for numbers."""
    outputs = output_names(graph)
    taken = {*graph.inputs, *graph.labels.values(), *graph.program.assigned, *CONSTANTS, *outputs}
    fresh = fresh_names(taken)
    names = [*graph.inputs, *graph.spellings, *([""] * len(graph.codes))]
    for node, label in graph.labels.items():
        names[node] = label
    for node, name in zip(graph.outputs, outputs, strict=True):
        names[node] = names[node] or name
    for node in range(graph.base, len(graph)):
        if not names[node]:
            names[node] = next(fresh)
    return names


def output_names(graph: Graph) -> tuple[str, ...]:
    """A name for every output: the text's, else f, or f1, f2, ... for several."""
    taken = {*graph.inputs, *graph.labels.values(), *graph.program.assigned}
    stem = next((letter for letter in _OUTPUT_NAMES if not any(_like(name, letter) for name in taken)), "output")
    names, spans = [], graph.output_spans()
    for k, (node, name) in enumerate(zip(graph.outputs, graph.output_names, strict=True), 1):
        free = stem if len(graph.outputs) == 1 else f"{stem}{k}"
        names.append(name or graph.labels.get(node) or _second_name(graph, spans[k - 1 : k]) or free)
    return tuple(names)


def _second_name(graph: Graph, place: Sequence[Span]) -> str:
    """The assigned name that the text gives as the output at a place, if it has one: `b` in `a = x; b = a; b`."""
    for start, end in place:
        if graph.text[start:end] in graph.program.assigned:
            return graph.text[start:end]
    return ""


def _like(name: str, letter: str) -> bool:
    return name == letter or (name[0] == letter and name[1:].isdigit())


def fresh_names(taken: set[str]) -> Iterator[str]:
    """Letters, then t1, t2, ..., but for those that are taken."""
    yield from (letter for letter in _LETTERS if letter not in taken)
    yield from (name for k in count(1) if (name := f"t{k}") not in taken)


def operation(row: Row, args: Sequence[str]) -> str:
    """One operation as the language writes it; `args` are names or numbers."""
    if row.selects:
        return f"{args[1]} if {args[0]} else {args[2]}"
    if row.infix == LIST:
        return f"[{', '.join(args)}]"
    if row.infix == INDEX and row.options and not _is_number(args[0]):
        return args[0] + written_index(row)
    if row.infix == TRANSPOSED and not _is_number(args[0]):
        return f"{args[0]}.T"
    if row.infix and row.infix not in (INDEX, TRANSPOSED):
        left, right = (f"({arg})" if arg.startswith("-") else arg for arg in args)
        return f"{left}^{right}" if row.infix == "^" else f"{left} {row.infix} {right}"
    if row.prefix and not row.prefix.isalpha() and row.prefix.isascii():
        # -2 would be read as one number.
        return f"{row.prefix}({args[0]})" if args[0][0] in NUMBER_START else f"{row.prefix}{args[0]}"
    if row.prefix.isalpha() and row.prefix.isascii():
        return f"{row.prefix} {args[0]}"
    return written_call(row, args)


def written_call(row: Row, args: Sequence[str]) -> str:
    """An operation as a call; `args` are texts."""
    if len(args) == 1 and args[0].isdecimal() and row.name in IDENTITIES:
        # Without the second parentheses it would be read as a matrix of that size.
        return f"{row.name}(({args[0]}))"
    return f"{row.name}({', '.join([*args, *written_options(row)])})"


def _is_number(text: str) -> bool:
    return text[0] in NUMBER_START or text[0] == "-"


def written_index(row: Row) -> str:
    """The index of an operation that takes elements: `[0, 1:]`."""
    return row.options.removeprefix("at=").replace(",", ", ")


def written_options(row: Row) -> list[str]:
    """The options of an operation, as a call gives them: `axis=0`."""
    return [option.replace(",", ", ") for option in row.options.split(";")] if row.options else []


def format_graph(graph: Graph) -> str:
    """A text that parses to the same graph again: a statement for each operation, then the outputs."""
    names = node_names(graph)
    for node in range(len(graph.inputs), graph.base):
        spelling = graph.spellings[node - len(graph.inputs)]
        names[node] = graph.labels.get(node, spelling)
    lines = [
        f"{label} = {graph.spellings[node - len(graph.inputs)]}"
        for node, label in graph.labels.items()
        if node < graph.base
    ]
    for node, row, args in graph.operations():
        lines.append(f"{names[node]} = {operation(row, [names[arg] for arg in args])}")
    # A line that began with a sign would continue the one before.
    lines.append(", ".join(f"({names[node]})" if names[node][0] == "-" else names[node] for node in graph.outputs))
    return "\n".join(lines)
