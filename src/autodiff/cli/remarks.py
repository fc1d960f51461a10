"""What a formula may have been meant to say, in notes on standard error: nothing is lost or misread in silence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autodiff.cli.stderr import say
from autodiff.graph.graph import Graph
from autodiff.graph.walk import ancestors
from autodiff.ops import shapes as rules

#: How many names a note lists.
_SHOWN = 8
#: The constants that people also use as variables; nobody takes pi for one.
_DOUBTFUL = frozenset({"e", "tau", "τ"})


def remark(graph: Graph, spell: Callable[[str], str], *, unbound: bool = False) -> None:
    """Say what is doubtful in a formula; `spell` says how the command line makes a name a variable.

    In a command that needs no values (`unbound`) a name that nobody meant goes unnoticed, so that is said too.
    """
    for note in [*_unused(graph), *_commas(graph)]:
        say(f"note: {note}")
    if not _DOUBTFUL.isdisjoint(graph.spellings):
        from autodiff.graph.misread import constants_read_as_such

        for name in constants_read_as_such(graph, _DOUBTFUL):
            value = f"{graph.constants[graph.spellings.index(name)]:.6g}"
            say(f"note: {name!r} is the constant {value} here; to make it a variable: {spell(name)}")
    if not unbound:
        return
    from autodiff.graph.misread import misread

    for name, better in misread(graph):
        what = "a product" if "*" in better else "a function"
        say(f"note: {name!r} is one name, a variable; for {what} write {better}")


def remark_arrays(graph: Graph, values: Mapping[str, Any]) -> None:
    """Say what of a formula is doubtful for values of these shapes: one sum over all rows of a matrix."""
    if not any([call.row.shape is rules.normalised and not call.row.options for call in graph.calls]):
        return
    if any([name not in values for name in graph.inputs]):
        return
    from autodiff.graph.shapes import infer_shapes

    shapes = infer_shapes(graph, [getattr(values[name], "shape", ()) for name in graph.inputs])
    for node, row, (arg,) in ((node, row, args) for node, row, args in graph.operations() if len(args) == 1):
        if row.shape is rules.normalised and not row.options and len(shapes[arg]) > 1:
            call = graph.source(node)
            each = f"{call[:-1]}, axis=1)" if call.endswith(")") and len(call) < 60 else "axis=1"
            say(
                f"note: {row.name} takes all {rules.size_of(shapes[arg])} elements together; "
                f"for each row of the matrix alone write {each}"
            )


def _unused(graph: Graph) -> list[str]:
    """What the formula computes or defines, and no output uses."""
    notes = []
    program = graph.program
    if program.assigned:
        used = ancestors(graph, graph.outputs)
        idle = [name for node, name in graph.labels.items() if not used[node]]
        if idle:
            outputs = [graph.text[slice(*span)] for span in graph.output_spans()]
            last = program.output_name or ", ".join(outputs)
            also = f"; for them too end with: {', '.join(idle)}, {last}" if len(idle) + len(last) < 60 else ""
            notes.append(f"no output uses {_listed(idle)}{also.replace('them', 'it') if len(idle) == 1 else also}")
    if program.idle:
        notes.append(f"nothing calls {_listed(program.idle)}")
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = [repr(name) for name in names[:_SHOWN]]
    if len(names) > len(shown):
        return f"{', '.join(shown)} and {len(names) - len(shown)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _commas(graph: Graph) -> list[str]:
    """Two outputs that are perhaps one number with a decimal comma: `1,5 + 2`."""
    program = graph.program
    for (_, left), (right, _) in zip(program.output_places, program.output_places[1:], strict=False):
        (start, end), (after, stop) = program.span(left, left), program.span(right, right)
        whole, part = graph.text[start:end], graph.text[after:stop]
        if graph.text[end:after] == "," and whole.isdecimal() and part.isdecimal():
            return [f"'{whole},{part}' ends one output and begins another; for a decimal number write {whole}.{part}"]
    return []
