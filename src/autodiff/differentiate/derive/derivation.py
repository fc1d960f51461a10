"""How a derivative comes about, rule by rule, in the words of a textbook: a step for each part of a formula."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff.differentiate.derive.algebra import ADD, DIV, MUL, NEG, POW, SUB
from autodiff.differentiate.derive.derivatives import Derivative, derivatives
from autodiff.errors import FormulaError, LimitError
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.expression import write
from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_text
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.walk import ancestors, dependents
from autodiff.ops.row import Row

#: Nobody reads more steps.
MOST_STEPS = 200


class Law(NamedTuple):
    """A rule of differentiation: its name, and what it says of u and v; c stands for what does not change."""

    name: str
    text: str


class Step(NamedTuple):
    """A law, what it is used on, and what comes out. `parts` says what u and v are, and `node` is one of the graph."""

    law: Law
    parts: Mapping[str, str]
    graph: Graph
    node: int
    derivative: Derivative

    @property
    def text(self) -> str:
        """What is differentiated."""
        return write(self.graph, self.node)


_LAWS = {
    (ADD, "uv"): Law("sum rule", "(u + v)' = u' + v'"), (ADD, "u"): Law("sum rule", "(u + c)' = u'"),
    (ADD, "v"): Law("sum rule", "(c + v)' = v'"), (SUB, "uv"): Law("difference rule", "(u - v)' = u' - v'"),
    (SUB, "u"): Law("difference rule", "(u - c)' = u'"), (SUB, "v"): Law("difference rule", "(c - v)' = -v'"),
    (NEG, "u"): Law("constant factor rule", "(-u)' = -u'"), (MUL, "uv"): Law("product rule", "(u*v)' = u'*v + u*v'"),
    (MUL, "u"): Law("constant factor rule", "(u*c)' = u'*c"), (MUL, "v"): Law("constant factor rule", "(c*v)' = c*v'"),
    (DIV, "uv"): Law("quotient rule", "(u/v)' = (u'*v - u*v')/v^2"),
    (DIV, "u"): Law("constant factor rule", "(u/c)' = u'/c"),
    (DIV, "v"): Law("reciprocal rule", "(c/v)' = -c*v'/v^2"), (POW, "u"): Law("power rule", "(u^c)' = c*u^(c - 1)*u'"),
    (POW, "v"): Law("exponential rule", "(c^v)' = c^v*log(c)*v'"),
    (POW, "uv"): Law("power rule for both", "(u^v)' = u^v*(v'*log(u) + v*u'/u)"),
}  # fmt: skip
_CHOICE = Law("choice", "each branch by itself")


def derivation(graph: Graph, variable: str) -> list[Step]:
    """The steps that lead to the derivative of the graph's one output by a variable, the parts of a formula first.

    Raises:
        FormulaError: the formula has several outputs, or arrays.
        LimitError: there are more steps than anybody reads.
    """
    if len(graph.outputs) > 1 or holds_arrays(graph):
        raise FormulaError(
            "no-steps", "steps are those of one formula of numbers", text=graph.text, spans=graph.output_spans(),
            hint="ask for one output; of arrays the explanation of a gradient shows every step",
        )  # fmt: skip
    node = graph.input_numbers[variable]
    moves, used = dependents(graph, [node]), ancestors(graph, graph.outputs)
    # A condition chooses, and has no derivative of its own.
    nodes = [one for one, row, _ in graph.operations() if moves[one] and used[one] and not row.share]
    if len(nodes) > MOST_STEPS:
        raise LimitError(
            "too-large", f"this takes {len(nodes):,} steps, more than {MOST_STEPS}", text=graph.text,
            hint="differentiate parts of it by themselves",
        )  # fmt: skip
    whole = derivatives(graph, [[variable]])
    if not nodes:
        return []
    builder = GraphBuilder(graph)
    refs = builder.copied(graph)
    parts = builder.finish([refs[one] for one in nodes[:-1]], [f"u{k}" for k in range(len(nodes) - 1)], {})
    found = [*(derivatives(parts, [[variable]]) if len(nodes) > 1 else ()), *whole]
    steps: dict[str, Step] = {}
    for one, derivative in zip(nodes, found, strict=True):
        row, args = graph.row(one), graph.args[one - graph.base]
        moving = [k for k, arg in enumerate(args) if moves[arg] and not (row.selects and k == 0)]
        given = {letter: write(graph, args[k]) for letter, k in _letters(row, moving)}
        step = Step(_law(row, moving, is_table=list(given.values()) == [variable]), given, graph, one, derivative)
        # What a formula says twice is derived once.
        steps.setdefault(step.text, step)
    return list(steps.values())


def _letters(row: Row, moving: Sequence[int]) -> list[tuple[str, int]]:
    """u and v for the arguments that move; of an operation with two operands u is the left one."""
    if row in (ADD, SUB, MUL, DIV, POW):
        return [("uv"[k], k) for k in moving]
    return [(f"u{n}" if len(moving) > 1 else "u", k) for n, k in enumerate(moving, 1)]


def _law(row: Row, moving: Sequence[int], *, is_table: bool) -> Law:
    """The law for an operation whose arguments `moving` move; with `is_table` the only one is the variable itself."""
    letters = "".join(letter for letter, _ in _letters(row, moving))
    if (row, letters) in _LAWS:
        return _LAWS[row, letters]
    if row.selects:
        return _CHOICE
    if len(moving) > 1 or row.variadic:
        names = [letter for letter, _ in _letters(row, moving)]
        total = " + ".join(f"d{row.name}/d{letter}*{letter}'" for letter in names)
        return Law("total derivative", f"{row.name}({', '.join(names)})' = {total}")
    (k,) = moving
    params = row.params
    partial = re.sub(rf"\b{params[k]}\b", "u", partial_text(row, k))
    args = ", ".join("u" if param == params[k] else param for param in params)
    outer = partial if re.fullmatch(r"\w+(\([^()]*\))?", partial) else f"({partial})"
    return Law(
        f"derivative of {row.name}" if is_table else f"chain rule with {row.name}", f"{row.name}({args})' = {outer}*u'"
    )
