"""Why a value or a gradient is not finite: the first node where that began, and the reason in words."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from autodiff.differentiate.reverse import local_partials
from autodiff.errors import Span
from autodiff.evaluate.compiled import condition_function
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.graph.rules import locally_constant
from autodiff.graph.text import operation
from autodiff.ops.row import Row

#: An argument that is written longer than this is called by the name of its parameter.
_SHORT = 24


class Diagnosis(NamedTuple):
    """`about` is "value" or "gradient"; `node` is where it began, and `span` is its place in the formula."""

    about: str
    node: int
    span: Span
    message: str


def alive(graph: Graph, values: Sequence[float], outputs: Sequence[int]) -> bytearray:
    """A flag for each node: 1 where an output really uses it; a branch that was not chosen is not used."""
    flags = bytearray(len(graph))
    for node in outputs:
        flags[node] = 1
    for node in range(max(outputs), graph.base - 1, -1):
        if flags[node]:
            row, args = graph.row(node), graph.args[node - graph.base]
            if row.selects and not math.isnan(values[args[0]]):
                args = (args[0], args[1] if values[args[0]] else args[2])
            for arg in args:
                flags[arg] = 1
    return flags


def diagnose_value(graph: Graph, values: Sequence[float], outputs: Sequence[int]) -> Diagnosis | None:
    """Where the outputs stopped being finite; None where they are finite."""
    if all(math.isfinite(values[node]) for node in outputs):
        return None
    used = alive(graph, values, [node for node in outputs if not math.isfinite(values[node])])
    node = next(node for node, value in enumerate(values) if used[node] and not math.isfinite(value))
    return Diagnosis("value", node, graph.span(node), _why_value(graph, values, node))


def _why_value(graph: Graph, values: Sequence[float], node: int) -> str:
    value = values[node]
    if node < len(graph.inputs):
        return f"{graph.inputs[node]} is {_number(value)}"
    if node < graph.base:
        spelling = graph.spellings[node - len(graph.inputs)]
        return (
            f"{spelling} is {_number(value)}"
            if spelling[-1].isalpha()
            else f"{_clip(spelling)} is too large for a double"
        )
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    shown = [_argument(graph, row, k, arg) for k, arg in enumerate(args)]
    if row.domain and not _in_domain(row, given):
        domain = _rename(row, row.domain, shown)
        return f"{_subject(row, shown)} is defined for {domain}; here {_here(row, shown, given)}"
    if math.isinf(value):
        return f"{_subject(row, shown)} overflows: it is beyond 1.8e308 at {_here(row, shown, given)}"
    return f"{_subject(row, shown)} is undefined at {_here(row, shown, given)}"


def diagnose_gradient(
    graph: Graph, values: Sequence[float], adjoints: Sequence[float], active: Sequence[int], wanted: Sequence[int]
) -> Diagnosis | None:
    """Where the gradient by the `wanted` nodes stopped being finite; None where it is finite."""
    bad = [node for node in wanted if not math.isfinite(adjoints[node])]
    if not bad:
        return None
    # Only a node that the bad gradients come from can be the culprit.
    reaches = bytearray(len(graph))
    for node in bad:
        reaches[node] = 1
    for node, args in enumerate(graph.args, graph.base):
        reaches[node] = any([reaches[arg] for arg in args])
    for node in range(len(graph) - 1, graph.base - 1, -1):
        upstream = adjoints[node]
        if not reaches[node] or upstream == 0.0 or not math.isfinite(upstream):
            continue
        row, args = graph.row(node), graph.args[node - graph.base]
        for k, (arg, partial) in enumerate(zip(args, local_partials(graph, values, node, active), strict=True)):
            if partial is None or not reaches[arg] or (partial == 0.0 and locally_constant(row, k)):
                continue
            if not math.isfinite(upstream * partial):
                return Diagnosis("gradient", node, graph.span(node), _why_partial(graph, values, node, k, partial))
    worst = bad[0]
    return Diagnosis(
        "gradient",
        worst,
        graph.span(worst),
        f"the gradient overflows: the parts that meet here sum to {_number(adjoints[worst])}",
    )


def _why_partial(graph: Graph, values: Sequence[float], node: int, argument: int, partial: float) -> str:
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    shown = [_argument(graph, row, k, arg) for k, arg in enumerate(args)]
    here = _here(row, shown, given)
    if math.isfinite(partial):
        return f"the gradient overflows at {_subject(row, shown)}: it is beyond 1.8e308 at {here}"
    by = f" with respect to {shown[argument]}" if len(args) > 1 else ""
    state = "infinite" if math.isinf(partial) else "undefined"
    return f"the derivative of {_subject(row, shown)}{by} is {state} at {here}"


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


def _rename(row: Row, text: str, shown: Sequence[str]) -> str:
    names = dict(zip(row.params, shown, strict=False))
    simple = {name: arg if re.fullmatch(r"[\w.]+|\w+\([^()]*\)", arg) else f"({arg})" for name, arg in names.items()}
    return re.sub(r"\b[A-Za-z]\w*\b", lambda found: simple.get(found.group(), found.group()), text)


def _subject(row: Row, shown: Sequence[str]) -> str:
    if row.infix or row.prefix == "-":
        simple = [arg if re.fullmatch(r"[\w.]+|\w+\([^()]*\)", arg) else f"({arg})" for arg in shown]
        return operation(row, simple)
    return row.name


def _here(row: Row, shown: Sequence[str], given: Sequence[float]) -> str:
    return ", ".join(
        dict.fromkeys(
            f"{name} = {_number(value)}"
            for name, value in zip(shown, given, strict=True)
            if name != _number(value)
        )
    ) or "this point"  # fmt: skip


def _in_domain(row: Row, given: Sequence[float]) -> bool:
    try:
        return condition_function(row, row.domain, len(given))(*given, math.nan) != 0.0
    except ARITHMETIC:
        return True


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    return f"{value:.6g}"


def _clip(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
