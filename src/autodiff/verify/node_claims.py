"""Claims about named nodes, and claims that use their names: written as claims about variables.

The derivative by a node is the derivative by what is added to it: of `a = w*x; a^2` by `a`, it is that of
`a = (w*x) + moved_a; a^2` by `moved_a` at 0. So whatever judges claims about variables judges these too.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff.differentiate.results.gradient import Value, Values
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.syntax.program import Program
from autodiff.verify.claims import ClaimCheck


class Opened(NamedTuple):
    """A graph in which named nodes can be moved: for each name the variable that is added, and the text of that."""

    graph: Graph
    moved: Mapping[str, str]
    added: Mapping[str, tuple[str, str]]

    def variable(self, name: str) -> str:
        """The variable that stands for a name in claims."""
        return self.moved.get(name, name)

    def finished(self, found: ClaimCheck, claims: Mapping[str, str]) -> ClaimCheck:
        """The judged claim, as the formula calls things; `claims` holds the text of each."""
        names = {variable: name for name, variable in self.moved.items()}
        own, bracket, index = found.name.partition("[")
        name = names.get(own, own)
        point, advice = found.counterexample, found.advice
        if point is not None:
            where = {key: x for key, x in point.where.items() if key.partition("[")[0] not in names}
            point = point._replace(where=where)
        for written, original in self.added.values():
            advice = advice.replace(written, original)
        for variable, node in names.items():
            advice = advice.replace(variable, node)
        claim = f"({claims[name]}){bracket}{index}" if bracket and found.claim.endswith("]") else claims[name]
        return found._replace(name=name + bracket + index, claim=claim, counterexample=point, advice=advice)


def opened(graph: Graph, nodes: Sequence[str]) -> Opened:
    """The same formula, in which what the assigned names `nodes` stand for can be moved."""
    program, taken = graph.program, {*graph.inputs, *graph.program.assigned}
    moved, added, pieces, before = {}, {}, [], 0
    for name in sorted(nodes, key=lambda name: program.assigned_at[name]):
        variable = f"moved_{name}"
        while variable in taken:
            variable += "_"
        moved[name] = variable
        start, end = _assigned_span(program, name)
        original = program.text[start:end]
        written = f"({original}) + {variable}"
        added[name] = written, original
        pieces += [program.text[before:start], written]
        before = end
    text = "".join([*pieces, program.text[before:]])
    return Opened(build(text, [*graph.inputs, *moved.values()], ops=graph.ops), moved, added)


def with_names(graph: Graph, claim: str) -> str:
    """A claim with the assignments of the formula before it, which say what its names are."""
    program = graph.program
    end = len(program.text) if program.output_name else program.span(*program.output_places[0])[0]
    # A line of its own, after a comment too, which does not continue the one before.
    return f"{program.text[:end].rstrip()}\n;{claim}"


def zeros(graph: Graph, nodes: Mapping[str, str], bindings: Mapping[str, Value]) -> dict[str, Value]:
    """For each variable that moves a node, that it does not: 0, or as many as the node has elements."""
    values = Values(graph, [bindings.get(name, 1.0) for name in graph.inputs]).values
    named = {label: node for node, label in graph.labels.items()}
    return {variable: values[named[name]] * 0.0 if name in named else 0.0 for name, variable in nodes.items()}


def _assigned_span(program: Program, name: str) -> tuple[int, int]:
    """Where the text writes what it assigns to a name."""
    first = program.assigned_at[name] + 2
    functions = [function.token for function in program.functions.values()]
    starts = [*program.assigned_at.values(), *functions, program.output_places[0][0]]
    if program.output_name == name:
        return program.span(*program.output_places[0])
    last = min(start for start in starts if start > first) - 1
    while (text := program.text[slice(*program.span(last, last))].strip()) in ("", ";"):
        last -= 1
    assert text
    return program.span(first, last)
