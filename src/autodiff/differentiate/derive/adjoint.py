"""The adjoint graph: a graph to the graph of its derivatives, from the same rows as the numeric sweep.

Evaluated, it gives what the sweep in `reverse.py` gives, bit for bit: every gradient is the sum, in the same order, of
the same products. Nothing is simplified here. The adjoint graph of an adjoint graph holds second derivatives.
"""

from collections.abc import Container, Sequence

from autodiff.differentiate.sweep.boundary import may_move, outcomes, parts_of_condition
from autodiff.graph.builder import GraphBuilder, Place, without_collector
from autodiff.graph.graph import Graph
from autodiff.graph.inline import Formula, partial_formula, pullback_formula
from autodiff.graph.rules import hands_on, partial_text, rule_arguments
from autodiff.graph.text import output_names
from autodiff.graph.walk import ancestors, moved_through
from autodiff.ops.row import Row, Shape
from autodiff.ops.table import BROADCAST_TO, INFIX, PRODUCT, SUM, SUM_TO


def adjoint(
    graph: Graph, wanted: Sequence[int], output: int | None = None, *, chosen: Container[int] = (),
    shapes: Sequence[Shape] | None = None, kept: Sequence[int] = (),
) -> Graph:  # fmt: skip
    """The graph whose outputs are the derivatives of `output` by each of the `wanted` nodes.

    `output` is a node, the first output of `graph` unless given. The new graph has the inputs of `graph`, those of its
    operations that a derivative needs, and operations that say where in the text they come from. A derivative by what
    `output` does not depend on is the constant 0. A continuous conditional on its boundary counts both
    branches; one in `chosen`, the chosen one alone. `shapes` are those of all nodes, where some are arrays: the graph
    is made for them. The output is a number. The nodes in `kept` are outputs too, before the derivatives.
    """
    with without_collector():
        return _Adjoint(graph, graph.outputs[0] if output is None else output, chosen, shapes, kept).by(wanted)


class _Adjoint:
    """The work of one call: the builder, what each node of `graph` became in it, and the formulas it copies."""

    def __init__(
        self, graph: Graph, output: int, chosen: Container[int], shapes: Sequence[Shape] | None, kept: Sequence[int]
    ) -> None:
        self.graph, self.output, self.chosen, self.shapes, self.kept = graph, output, chosen, shapes, kept
        self.builder = GraphBuilder(graph)
        self.formulas: dict[tuple[Row, int, str], Formula] = {}
        #: The share of each condition that has been asked for.
        self.shares: dict[int, int] = {}
        self.refs = self.builder.adopt()
        self.reached = reached = ancestors(graph, [output, *kept])
        for node, row, args in graph.operations():
            refs = [self.refs[arg] for arg in args]
            self.refs.append(self.builder.node(row, refs, self.place(node)) if reached[node] else 0)

    def place(self, node: int) -> Place:
        first, last = self.graph.places
        return first[node], last[node]

    def by(self, wanted: Sequence[int]) -> Graph:
        """One sweep, from the output down to the inputs, in which the gradients are nodes."""
        graph, builder, place = self.graph, self.builder, self.place(self.output)
        moves = [[hands_on(row, k) for k in range(arity)] for row, arity in graph.calls]
        active = moved_through(graph, wanted, lambda node, k: moves[graph.codes[node - graph.base]][k])
        gradients: list[int | None] = [None] * len(graph)
        gradients[self.output] = builder.constant(1.0, "1", place)
        for node in range(self.output, graph.base - 1, -1):
            upstream = gradients[node]
            if upstream is None or not active[node]:
                continue
            args, moving = graph.args[node - graph.base], moves[graph.codes[node - graph.base]]
            known: list[int] | None = None
            for k, arg in enumerate(args):
                if active[arg] and moving[k]:
                    part, known = self.contribution(node, k, upstream, known)
                    total = gradients[arg]
                    gradients[arg] = part if total is None else builder.node(SUM, (total, part), self.place(arg))
        found = [self.zero(node, place) if gradients[node] is None else gradients[node] for node in wanted]
        found = [*(self.refs[node] for node in self.kept), *found]
        names = [*(graph.labels.get(node, "") for node in self.kept), *_names(graph, self.output, wanted)]
        labels = {self.refs[node]: name for node, name in graph.labels.items() if self.reached[node]}
        return builder.finish([ref for ref in found if ref is not None], names, labels)

    def zero(self, node: int, place: Place) -> int:
        """The derivative by what the output does not depend on, in its shape."""
        zero = self.builder.constant(0.0, "0", place)
        if self.shapes is None or not self.shapes[node]:
            return zero
        return self.builder.node(BROADCAST_TO, (zero, self.refs[node]), place)

    def contribution(self, node: int, k: int, upstream: int, known: list[int] | None) -> tuple[int, list[int]]:
        """What an operation hands to its argument k, upstream gradient times partial; and what it has copied."""
        graph, place = self.graph, self.place(node)
        row, args = graph.row(node), graph.args[node - graph.base]
        if row.shape is not None:
            return self.pullback(node, k, upstream), []
        arrays = self.shapes is not None and any([self.shapes[arg] for arg in args])
        given = [*rule_arguments(row, [self.refs[arg] for arg in args], k)]
        share = self.share(args[0]) if row.shared and node not in self.chosen else None
        if share is None:
            formula = self.formula(row, partial_text(row, k), len(args), place)
        else:
            formula = self.formula(row, row.shared[k], len(args), place)
            given.append(share)
        partial, copied = formula.copy(given, self.refs[node], place, known if row.variadic else None)
        part = self.builder.node(PRODUCT, (upstream, partial), place)
        if arrays and self.shapes is not None and self.shapes[args[k]] != self.shapes[node]:
            # It was broadcast.
            part = self.builder.node(SUM_TO, (part, self.refs[args[k]]), place)
        return part, copied

    def pullback(self, node: int, k: int, upstream: int) -> int:
        """What an operation on whole arrays hands to its argument k."""
        graph, place = self.graph, self.place(node)
        row, args = graph.row(node), graph.args[node - graph.base]
        assert self.shapes is not None
        ranks = tuple(len(self.shapes[arg]) for arg in args)
        key = (row, k, repr(ranks))
        if key not in self.formulas:
            formula = pullback_formula(self.builder, row, k, ranks, place)
            assert formula is not None
            self.formulas[key] = formula
        given = [upstream, *(self.refs[arg] for arg in args)]
        return self.formulas[key].copy(given, self.refs[node], place)[0]

    def formula(self, row: Row, text: str, arity: int, place: Place) -> Formula:
        key = (row, arity, text)
        if key not in self.formulas:
            self.formulas[key] = partial_formula(self.builder, row, text, arity, place, ("share",))
        return self.formulas[key]

    def share(self, condition: int) -> int | None:
        """The share of a condition as a node, as `chosen_share` computes it; None for what has no boundary."""
        graph = self.graph
        for node in () if condition in self.shares else parts_of_condition(graph, condition):
            row, args, place = graph.row(node), graph.args[node - graph.base], self.place(node)
            if not row.share or node in self.shares:
                continue
            if any(arg in self.shares for arg in args):
                self.shares[node] = self.expected(row, args, place)
            elif any(may_move(graph, arg) for arg in args):
                refs = [self.refs[arg] for arg in args]
                formula = self.formula(row, row.share, len(args), place)
                self.shares[node] = formula.copy(refs, self.refs[node], place)[0]
            else:
                self.shares[node] = self.refs[node]
        return self.shares.get(condition)

    def expected(self, row: Row, args: Sequence[int], place: Place) -> int:
        """What logic makes of conditions that hold on their shares of the sides."""
        builder, total = self.builder, None
        for truths, holds in outcomes(row, [arg in self.shares for arg in args]):
            term: int | None = None
            refs = []
            for arg, truth in zip(args, truths, strict=True):
                if truth is None:
                    refs.append(self.refs[arg])
                    continue
                one = builder.constant(1.0, "1", place)
                refs.append(one if truth else builder.constant(0.0, "0", place))
                share = self.shares[arg]
                weight = share if truth else builder.node(INFIX["-"], (one, share), place)
                term = weight if term is None else builder.node(INFIX["*"], (term, weight), place)
            assert term is not None
            if holds is None:
                term = builder.node(INFIX["*"], (term, builder.node(row, refs, place)), place)
            total = term if total is None else builder.node(SUM, (total, term), place)
        return builder.constant(0.0, "0", place) if total is None else total


def _names(graph: Graph, output: int, wanted: Sequence[int]) -> list[str]:
    """`df_dx` for each derivative, where the names are known and free."""
    named = dict(zip(graph.outputs, output_names(graph), strict=True))
    of = named.get(output) or graph.labels.get(output, "")
    taken = {*graph.inputs, *graph.labels.values(), *graph.program.assigned}
    names = []
    for node in wanted:
        by = graph.inputs[node] if node < len(graph.inputs) else graph.labels.get(node, "")
        name = f"d{of}_d{by}" if of and by else ""
        names.append("" if name in taken else name)
        taken.add(name)
    return names
