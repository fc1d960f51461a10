"""Where local rules may be not enough, as a part of a graph: a condition of the rows that need a closer look.

`suspects.may_fail` asks the same of one point. Here the answer is an output of the graph, so that whoever computes many
rows computes it with them.
"""

from collections.abc import Sequence

from autodiff.differentiate.sweep.kinks import has_kinks
from autodiff.evaluate.guards import Guards, all_guards
from autodiff.graph.builder import GraphBuilder, Place
from autodiff.graph.graph import Graph
from autodiff.graph.inline import partial_formula
from autodiff.graph.rules import partial_of, rule_arguments
from autodiff.ops.row import Kinked, Row
from autodiff.ops.table import INFIX, PREFIX


def with_guard(
    graph: Graph, active: Sequence[int], whole: Graph | None = None, outputs: Sequence[int] | None = None
) -> Graph:  # fmt: skip
    """The graph with one more output: 1 in the rows in which it sits on a kink or on the boundary of a condition.

    `active` flags the nodes that move with what is wanted. The other outputs are those of `graph`, or some nodes of a
    graph `whole` with the same inputs.
    """
    guard = _Guard(graph, active)
    wholes = graph if whole is None else whole
    refs = guard.refs if whole is None else guard.builder.copied(whole)
    places = wholes.outputs if outputs is None else outputs
    found = [*[refs[node] for node in places], guard.condition()]
    return guard.builder.finish(found, [""] * len(found), {})


class _Guard:
    def __init__(self, graph: Graph, active: Sequence[int]) -> None:
        self.graph, self.active = graph, active
        self.builder = GraphBuilder(graph)
        self.refs = self.builder.copied(graph)
        self.guards = all_guards(graph)
        self.terms: dict[int, None] = {}

    def condition(self) -> int:
        for node, row, args in self.graph.operations():
            self.look_at(node, row, args)
        place = self.place(self.graph.outputs[0])
        total: int | None = None
        for term in self.terms:
            total = term if total is None else self.builder.node(INFIX["or"], (total, term), place)
        return self.builder.constant(0.0, "0", place) if total is None else total

    def place(self, node: int) -> Place:
        first, last = self.graph.places
        return first[node], last[node]

    def look_at(self, node: int, row: Row, args: Sequence[int]) -> None:
        active, place = self.active, self.place(node)
        if row.share and len(args) == 2 and row.infix not in ("and", "or"):
            if active[args[0]] or active[args[1]]:
                self.add(node, self.builder.node(INFIX["=="], [self.refs[arg] for arg in args], place))
        elif row.share or row.selects:
            for arg in args[:1] if row.selects else args:
                if active[arg] and not self.is_truth(arg):
                    zero = self.builder.constant(0.0, "0", place)
                    self.add(node, self.builder.node(INFIX["=="], (self.refs[arg], zero), place))
        if has_kinks(row) and any([active[arg] for arg in args]):
            self.look_for_kinks(node, row, args)

    def look_for_kinks(self, node: int, row: Row, args: Sequence[int]) -> None:
        place, given = self.place(node), [self.refs[arg] for arg in args]
        for k, arg in enumerate(args):
            partial = partial_of(row, k)
            if self.active[arg] and isinstance(partial, Kinked):
                own = rule_arguments(row, given, k)
                sides = [
                    partial_formula(self.builder, row, text, len(args), place).copy(own, self.refs[node], place)[0]
                    for text in partial[:2]
                ]
                self.add(node, self.builder.node(INFIX["!="], sides, place))
        if row.jump:
            formula = partial_formula(self.builder, row, row.jump, len(args), place)
            self.add(node, formula.copy(rule_arguments(row, given, 0), self.refs[node], place)[0])

    def is_truth(self, node: int) -> bool:
        return node >= self.graph.base and bool(self.graph.row(node).share)

    def add(self, node: int, term: int) -> None:
        """A term counts only in the rows that choose the branch in which `node` is.

        So does one behind an `and` that is false before it, which `gradient` names as a kink although nothing bends.
        """
        guards: Guards = self.guards[node]
        for condition, answer in sorted(guards, reverse=True):
            place = self.place(condition)
            holds = self.refs[condition]
            if not answer:
                holds = self.builder.node(PREFIX["not"], (holds,), place)
            term = self.builder.node(INFIX["and"], (holds, term), place)
        self.terms[term] = None
