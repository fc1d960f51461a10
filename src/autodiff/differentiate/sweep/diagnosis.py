"""Why a value or a gradient is not finite: the first node where that began, and the reason in words."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from autodiff.differentiate.sweep.reverse import local_partials
from autodiff.differentiate.sweep.shares import NO_SHARES, Number, Shares
from autodiff.errors import Span
from autodiff.evaluate.compiled import condition_function
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_text
from autodiff.graph.text import operation
from autodiff.graph.walk import dependents, used_nodes
from autodiff.numerals import in_words
from autodiff.ops.row import Row

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

#: An argument that is written longer than this is called by the name of its parameter.
_SHORT = 24
#: An argument that needs no parentheses as an operand.
_SIMPLE = r"[\w.]+|\w+\([^()]*\)"
_NAME = r"\b[A-Za-z]\w*\b"
#: What in an argument binds weaker than the comparisons of a domain, or as they do.
_CONDITION = r"[<>=≤≥≠]|\b(?:if|and|or|not)\b"
#: Names for the parameters of a rule, where the formula uses the row's own.
_LETTERS = "abcuvw"


class Diagnosis(NamedTuple):
    """`about` is "value", "gradient" or "tangent"; `node` is where it began, and `span` is its place in the formula."""

    about: str
    node: int
    span: Span
    message: str


def diagnose_value(field: "Field", graph: Graph, values: Sequence[Number], wrong: Sequence[int]) -> Diagnosis:
    """Where the outputs `wrong` stopped being finite."""
    used = used_nodes(graph, values, wrong)
    node = next(node for node, value in enumerate(values) if used[node] and not field.is_finite(value))
    return Diagnosis("value", node, graph.span(node), field.why_value(graph, values, node))


def why_value(graph: Graph, values: Sequence[float], node: int) -> str:
    value = values[node]
    if node < len(graph.inputs):
        return f"{graph.inputs[node]} is {in_words(value)}"
    if node < graph.base:
        spelling = graph.spellings[node - len(graph.inputs)]
        return (
            f"{spelling} is {in_words(value)}"
            if spelling[-1].isalpha()
            else f"{_clip(spelling)} is too large for a double"
        )
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    shown = [_argument(graph, row, k, arg) for k, arg in enumerate(args)]
    here = _here(graph, args, shown, given)
    if row.domain and not _in_domain(row, given):
        return _outside(graph, row, args, shown) + (f"; here {here}" if here else "")
    at = f" at {here}" if here else ""
    if math.isinf(value):
        return f"{_subject(graph, row, args, shown)} overflows: it is beyond 1.8e308{at}"
    return f"{_subject(graph, row, args, shown)} is undefined{at}"


def _outside(graph: Graph, row: Row, args: Sequence[int], shown: Sequence[str]) -> str:
    """What to say of arguments outside the domain of `row`: `log is defined for x - 2 > 0`."""
    decides = set(re.findall(_NAME, row.domain))
    if not any(_is_number(graph, arg) for name, arg in zip(row.params, args, strict=False) if name in decides):
        return f"{_subject(graph, row, args, shown)} is defined for {_rename(row, row.domain, shown)}"
    # With a number in it the domain would read `0 != 0`: state it for the parameters, under names that are free.
    taken = {*graph.inputs, *graph.labels.values()}
    free = row.params if taken.isdisjoint(row.params) else [name for name in _LETTERS if name not in taken]
    names = [*free, *row.params][: len(row.params)]
    subject = _subject(graph, row, args, shown) if row.infix else operation(row, shown)
    return f"{subject} has no value: {operation(row, names)} is defined for {_rename(row, row.domain, names)}"


def diagnose_gradient(
    field: "Field", graph: Graph, values: Sequence[Number], adjoints: Sequence[Number], active: Sequence[int],
    wrong: Sequence[int], shares: Shares,
) -> Diagnosis:  # fmt: skip
    """Where the gradient by the nodes `wrong` stopped being finite."""
    # Only a node that the wrong gradients come from can be the culprit.
    reaches = dependents(graph, wrong)
    for node in range(len(graph) - 1, graph.base - 1, -1):
        upstream = adjoints[node]
        if not reaches[node] or not field.is_finite(upstream):
            continue
        for k, arg in enumerate(graph.args[node - graph.base]):
            if reaches[arg] and active[arg]:
                part = field.handed(graph, values, node, k, upstream, active, shares)
                if not field.is_finite(part):
                    message = field.why_handed(graph, values, node, k, upstream)
                    return Diagnosis("gradient", node, graph.span(node), message)
    worst = max(node for node in range(len(graph)) if reaches[node] and not field.is_finite(adjoints[node]))
    return Diagnosis("gradient", worst, graph.span(worst), why_sum("gradient"))


def diagnose_tangent(
    graph: Graph, values: Sequence[float], rates: Sequence[float], active: Sequence[int], output: int,
    shares: Shares = NO_SHARES,
) -> Diagnosis | None:  # fmt: skip
    """Where the tangent of `output` stopped being finite; None where it is finite. `rates` are those of the sweep."""
    if math.isfinite(rates[output]):
        return None
    # Only a node that hands the bad tangent on can be the culprit; the first of them has finite tangents before it.
    bad = {output}
    for node in range(output, graph.base - 1, -1):
        if node in bad:
            args = graph.args[node - graph.base]
            partials = local_partials(graph, values, node, active, shares)
            bad |= {
                arg for arg, partial in zip(args, partials, strict=True) if partial and not math.isfinite(rates[arg])
            }
    first = min(bad)
    message = why_sum("tangent")
    if first >= graph.base:
        partials = local_partials(graph, values, first, active, shares)
        for k, (arg, partial) in enumerate(zip(graph.args[first - graph.base], partials, strict=True)):
            if partial and rates[arg] and not math.isfinite(partial * rates[arg]):
                message = why_partial(graph, values, first, k, partial, "tangent")
                break
    return Diagnosis("tangent", first, graph.span(first), message)


def why_sum(what: str) -> str:
    return f"the {what} overflows: the parts that meet here add up to more than 1.8e308"


def why_partial(
    graph: Graph, values: Sequence[float], node: int, argument: int, partial: float, what: str = "gradient"
) -> str:
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    shown = [_argument(graph, row, k, arg) for k, arg in enumerate(args)]
    here = _here(graph, args, shown, given)
    at = f" at {here}" if here else ""
    if math.isfinite(partial):
        return f"the {what} overflows at {_subject(graph, row, args, shown)}: it is beyond 1.8e308{at}"
    by = f" with respect to {shown[argument]}" if len(args) > 1 else ""
    state = "infinite" if math.isinf(partial) else "undefined"
    # By the order of a Bessel function, say, there may be a derivative, which no row has.
    lacking = ": there is no rule for it" if partial_text(row, argument) == "nan" else ""
    return f"the derivative of {_subject(graph, row, args, shown)}{by} is {state}{at}{lacking}"


def why_derivative(graph: Graph, values: Sequence[float], node: int, which: str, number: float) -> str:
    """What to say of a node with a derivative of higher order, `which`, that is not finite."""
    state = "undefined" if math.isnan(number) else "infinite"
    if node < graph.base:
        return f"the {which} is {state} here"
    row, args = graph.row(node), graph.args[node - graph.base]
    shown = [_argument(graph, row, k, arg) for k, arg in enumerate(args)]
    here = _here(graph, args, shown, [values[arg] for arg in args])
    return f"the {which} of {_subject(graph, row, args, shown)} is {state}{f' at {here}' if here else ''}"


def _argument(graph: Graph, row: Row, k: int, arg: int) -> str:
    """What to call an argument: its name, or how the text writes it if that is short, or its parameter."""
    if arg < len(graph.inputs):
        return graph.inputs[arg]
    if arg in graph.labels:
        return graph.labels[arg]
    source = graph.source(arg)
    if len(source) <= _SHORT and "\n" not in source:
        return source
    return f"argument {k + 1}" if row.variadic else row.params[k]


def _is_number(graph: Graph, node: int) -> bool:
    """Whether the text calls `node` by its value."""
    return len(graph.inputs) <= node < graph.base and node not in graph.labels


def domain_of(graph: Graph, node: int) -> str:
    """Where an operation is defined, in the words of the formula: `det(W) != 0`."""
    row = graph.row(node)
    args = graph.args[node - graph.base]
    return _rename(row, row.domain, [_argument(graph, row, k, arg) for k, arg in enumerate(args)])


def _rename(row: Row, domain: str, shown: Sequence[str]) -> str:
    """A condition of `row`, with the arguments in place of the parameters."""
    args = dict(zip(row.params, map(_beside_comparison, shown), strict=False))
    return re.sub(_NAME, lambda found: args.get(found.group(), found.group()), domain)


def _beside_comparison(arg: str) -> str:
    # A sum is clear beside a comparison or inside a call, and a condition is not.
    outside, found = arg, 1
    while found:
        outside, found = re.subn(r"\([^()]*\)", "", outside)
    return f"({arg})" if re.search(_CONDITION, outside) else arg


def _subject(graph: Graph, row: Row, args: Sequence[int], shown: Sequence[str]) -> str:
    """What to call an operation: as it is written, or for a function its name, where its arguments are named later."""
    if row.infix or row.prefix == "-":
        return operation(row, [arg if re.fullmatch(_SIMPLE, arg) else f"({arg})" for arg in shown])
    return operation(row, shown) if len(args) <= 3 and all(_is_number(graph, arg) for arg in args) else row.name


def _here(graph: Graph, args: Sequence[int], shown: Sequence[str], given: Sequence[float]) -> str:
    """The values of the arguments, but for those that the text calls by their value; empty where those are all."""
    return ", ".join(
        dict.fromkeys(
            f"{_beside_comparison(name)} {'=' if math.isfinite(value) else 'is'} {in_words(value)}"
            for arg, name, value in zip(args, shown, given, strict=True)
            if not _is_number(graph, arg)
        )
    )


def _in_domain(row: Row, given: Sequence[float]) -> bool:
    try:
        return condition_function(row, row.domain, len(given))(*given, math.nan) != 0.0
    except ARITHMETIC:
        return True


def _clip(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
