"""The formulas of a row copied into a graph: their parameters become nodes, and the row itself is not repeated."""

from collections.abc import Sequence

from autodiff.graph.builder import GraphBuilder, Place
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, pullback_rule, rule, rule_parameters
from autodiff.ops.row import Row


class Formula:
    """A formula of a row, ready to be copied into one builder many times.

    `names` are its parameters, and `own` those of them that are the arguments of the row itself, in their order. Of a
    `variadic` rule only the first parameter differs from argument to argument; the rest is the same for all.
    """

    __slots__ = ("_builder", "_constants", "_inputs", "_output", "_steps")

    def __init__(
        self, builder: GraphBuilder, row: Row, graph: Graph, names: Sequence[str], own: Sequence[str], place: Place,
        *, variadic: bool = False,
    ) -> None:  # fmt: skip
        self._builder = builder
        self._inputs = [names.index(name) for name in graph.inputs]
        self._constants = [
            builder.constant(value, spelling, place)
            for value, spelling in zip(graph.constants, graph.spellings, strict=True)
        ]
        self._output = graph.outputs[0]
        positions = tuple(graph.input_numbers.get(name, -1) for name in own)
        differs = bytearray(len(graph))
        if variadic and names[0] in graph.input_numbers:
            differs[graph.input_numbers[names[0]]] = 1
        self._steps: list[tuple[Row, tuple[int, ...], bool, bool]] = []
        for node, called, args in graph.operations():
            differs[node] = any([differs[arg] for arg in args])
            self._steps.append((called, args, called is row and args == positions, bool(differs[node])))

    def copy(
        self, given: Sequence[int], own: int, place: Place, known: list[int] | None = None
    ) -> tuple[int, list[int]]:
        """The formula for the references `given`, where `own` is the operation itself: its reference, and all of them.

        `known` are the references of a copy for another argument of the same variadic operation: what is the same
        there is taken from it, so that n arguments do not cost n^2 nodes.
        """
        refs = [given[k] for k in self._inputs]
        refs += self._constants
        for called, args, is_own, differs in self._steps:
            if is_own:
                refs.append(own)
            elif known is not None and not differs:
                refs.append(known[len(refs)])
            else:
                refs.append(self._builder.node(called, [refs[arg] for arg in args], place))
        return refs[self._output], refs


def partial_formula(
    builder: GraphBuilder, row: Row, text: str, arity: int, place: Place, extra: Sequence[str] = ()
) -> Formula:
    """A partial of `row`, of `rule_parameters`; `extra` names what the formula uses besides."""
    names = (*rule_parameters(row, arity), *extra)
    own = parameters(row, arity)
    return Formula(builder, row, rule(row, text, arity), names, own, place, variadic=row.variadic)


def pullback_formula(
    builder: GraphBuilder, row: Row, argument: int, ranks: tuple[int, ...], place: Place
) -> Formula | None:
    """A pullback of `row`, of the upstream gradient and the arguments; None where no gradient flows."""
    graph = pullback_rule(row, argument, ranks)
    if graph is None:
        return None
    own = parameters(row, len(ranks))
    return Formula(builder, row, graph, ("g", *own), own, place)
