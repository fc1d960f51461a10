"""The rules of operations as people write them: a row's formula on the names of the nodes, for one point.

A rule as its row has it is made for every point and for doubles; what a reader wants is the line of a textbook. So the
identities of `simplify` apply, of a choice that the point has made only the chosen side remains, and where the two
sides of a kink agree the shortest of them speaks for both.
"""

import re
from array import array
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from autodiff.differentiate.derive.simplify import simplify
from autodiff.evaluate.floats import forward
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.expression import write
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, partial_of, pullback_text, rule, rule_arguments, rule_parameters
from autodiff.numerals import Value, is_array
from autodiff.ops.row import Kinked

#: Of an operation with more arguments than this no rule is written: nobody would read it.
MOST_ARGUMENTS = 8


class Leaf(NamedTuple):
    """What stands for a parameter of a rule: the name of a node, or a number and how the text spells it."""

    text: str
    number: float | None = None


def leaf(graph: Graph, names: Sequence[str], node: int) -> Leaf:
    """A number where the text writes one, else a name."""
    is_number = len(graph.inputs) <= node < graph.base and node not in graph.labels
    return Leaf(names[node], graph.constants[node - len(graph.inputs)] if is_number else None)


def renamed(formula: Graph, leaves: Mapping[str, Leaf], variables: Collection[str] = ()) -> Graph:
    """`formula` with other leaves in place of its inputs; its own inputs are the names among them, each once.

    A constant that is called as one of the `variables` is written as its number.
    """
    first, last = formula.places
    chosen = [leaves[name] for name in formula.inputs]
    names = list(dict.fromkeys(item.text for item in chosen if item.number is None))
    at = [next(k for k, item in enumerate(chosen) if item.text == name) for name in names]
    leaf_places = array("l", [first[k] for k in at]), array("l", [last[k] for k in at])
    builder = GraphBuilder(
        Graph(
            inputs=names, constants=(), spellings=(), calls=(), codes=(), args=(), outputs=(), output_names=(),
            labels={}, program=formula.program, places=leaf_places,
        )
    )  # fmt: skip
    refs: list[int] = []
    for k, item in enumerate(chosen):
        place = first[k], last[k]
        refs.append(~names.index(item.text) if item.number is None else builder.constant(item.number, item.text, place))
    for k, (value, spelling) in enumerate(zip(formula.constants, formula.spellings, strict=True), len(chosen)):
        refs.append(builder.constant(value, repr(value) if spelling in variables else spelling, (first[k], last[k])))
    for node, row, args in formula.operations():
        refs.append(builder.node(row, [refs[arg] for arg in args], (first[node], last[node])))
    labels = {refs[node]: label for node, label in formula.labels.items() if node >= formula.base}
    return builder.finish([refs[formula.outputs[0]]], formula.output_names[:1], labels)


def written_operation(graph: Graph, names: Sequence[str], node: int) -> Graph:
    """One operation of `graph` as a graph of its own, whose inputs are the names of the arguments."""
    args = graph.args[node - graph.base]
    leaves = [leaf(graph, names, arg) for arg in args]
    inputs = list(dict.fromkeys(item.text for item in leaves if item.number is None))
    starts = array("l", [0] * len(inputs))
    builder = GraphBuilder(
        Graph(
            inputs=inputs, constants=(), spellings=(), calls=(), codes=(), args=(), outputs=(), output_names=(),
            labels={}, program=graph.program, places=(starts, starts),
        )
    )  # fmt: skip
    refs = [
        ~inputs.index(item.text) if item.number is None else builder.constant(item.number, item.text, (0, 0))
        for item in leaves
    ]
    return builder.finish([builder.node(graph.row(node), refs, (0, 0))], [""], {})


def written_rule(
    graph: Graph, names: Sequence[str], values: Sequence[Value], node: int, argument: int, *, on_kink: bool
) -> Graph | None:
    """The partial derivative of an elementwise operation by one argument, as a formula of the nodes at this point.

    None for an operation on whole arrays, for one with very many arguments, and for a choice on its boundary. `on_kink`
    says whether the node sits on its kink, where nothing but the row's own convention holds.
    """
    row, args = graph.row(node), graph.args[node - graph.base]
    if row.shape is not None or len(args) > MOST_ARGUMENTS or (row.selects and on_kink):
        return None
    partial = partial_of(row, argument)
    texts = [partial]
    if isinstance(partial, Kinked):
        texts = [partial.midpoint] if on_kink else [partial.midpoint, partial.left, partial.right]
    # The node that each parameter stands for.
    given = dict(zip(rule_parameters(row, len(args)), rule_arguments(row, args, argument), strict=True))
    leaves = {name: leaf(graph, names, arg) for name, arg in given.items()}
    point = {leaves[name].text: values[arg] for name, arg in given.items()}
    found = []
    for text in texts:
        formula = rule(row, str(text), len(args))
        if formula.inputs or any(spelling in graph.input_numbers for spelling in formula.spellings):
            found.append(simplify(renamed(formula, leaves, graph.input_numbers), written=True))
        else:
            found.append(_literal(formula))
    return _chosen(min(found, key=lambda candidate: len(write(candidate, candidate.outputs[0]))), point)


@lru_cache(maxsize=1024)
def _literal(formula: Graph) -> Graph:
    """A rule that asks for no argument: most are 1 or -1, and the same for all nodes."""
    return simplify(formula, written=True)


def _chosen(formula: Graph, point: Mapping[str, Value]) -> Graph:
    """A rule without the choices that the point has made."""
    given = [point[name] for name in formula.inputs]
    if not any(call.row.selects for call in formula.calls) or any(map(is_array, given)):
        return formula
    values = forward(formula, given)
    first, last = formula.places
    builder = GraphBuilder(formula)
    refs = builder.adopt()
    for node, row, args in formula.operations():
        condition = values[args[0]]
        if row.selects and condition == condition:
            refs.append(refs[args[1] if condition else args[2]])
        else:
            refs.append(builder.node(row, [refs[arg] for arg in args], (first[node], last[node])))
    labels = {refs[node]: label for node, label in formula.labels.items() if node >= formula.base}
    return simplify(builder.finish([refs[formula.outputs[0]]], formula.output_names, labels), written=True)


def written_pullback(
    graph: Graph, names: Sequence[str], values: Sequence[Value], node: int, argument: int, upstream: str
) -> Graph | None:
    """What an operation on whole arrays hands to one argument, as a formula of the nodes; `upstream` stands for `g`."""
    from autodiff.graph.build import build

    row, args = graph.row(node), graph.args[node - graph.base]
    text = pullback_text(row, argument, [len(getattr(values[arg], "shape", ())) for arg in args])
    if not text:
        return None
    params = parameters(row, len(args))
    leaves = {name: leaf(graph, names, arg) for name, arg in zip(params, args, strict=True)}
    return renamed(build(text, ("g", *params)), {**leaves, "g": Leaf(upstream)})


def text_of_rule(formula: Graph, names: Collection[str] = ()) -> str:
    """A rule in one line; parts that have names come last, as in `exp(x - m)/s, where m = max(x, y); s = ...`.

    `names` are taken: no part gets one of them.
    """
    *parts, last = write(formula, formula.outputs[0], avoid=names).split("; ")
    return f"{last}, where {'; '.join(parts)}" if parts else last


def pullback_at(graph: Graph, values: Sequence[Value], node: int, argument: int, names: Sequence[str]) -> str | None:
    """The pullback of an operation on whole arrays as a formula of the nodes; None for any other.

    In it `g` is the gradient of the operation, or `upstream` where a node is called g.
    """
    row, args = graph.row(node), graph.args[node - graph.base]
    if row.shape is None:
        return None
    text = pullback_text(row, argument, [len(getattr(values[arg], "shape", ())) for arg in args])
    by_name = dict(zip(parameters(row, len(args)), [names[arg] for arg in args], strict=True))
    if "g" in by_name.values():
        by_name["g"] = "upstream"
    return re.sub(r"\b[A-Za-z]\w*\b(?![=(])", lambda found: by_name.get(found.group(), found.group()), text) or "0"
