"""Implicit differentiation: how y moves with x where F(x, y) stays 0, as formulas.

dy/dx is -(dF/dx)/(dF/dy), where that is not 0; and what depends on x and on y moves along with the total derivative
d/dx + dy/dx*d/dy. Source: the implicit function theorem, in any textbook of calculus.
"""

from collections.abc import Sequence

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.algebra import ADD, DIV, MUL, NEG
from autodiff.differentiate.derive.collect import Manner
from autodiff.differentiate.derive.derivatives import Derivative
from autodiff.differentiate.derive.simplify import simplify
from autodiff.errors import FormulaError
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import holds_arrays


def implicit(graph: Graph, dependent: str, chains: Sequence[Sequence[str]]) -> list[Derivative]:
    """The derivatives of `dependent`, which the graph's one output holds at 0: for each chain by its variables in turn.

    Raises:
        FormulaError: the formula has several outputs or arrays, or does not depend on the variable.
    """
    output = graph.outputs[0]
    if len(graph.outputs) > 1 or holds_arrays(graph):
        raise FormulaError(
            "no-equation", "an equation has numbers on both sides", text=graph.text, spans=graph.output_spans(),
            hint="write one equation, such as x^2 + y^2 = 25",
        )  # fmt: skip
    y = graph.input_numbers[dependent]
    names = list(dict.fromkeys(name for chain in chains for name in chain))
    nodes = [graph.input_numbers[name] for name in names]
    moved = adjoint(graph, [*nodes, y], output, chosen=range(len(graph)), kept=[output])
    builder, refs, place = _begun(moved)
    *by, by_y = [refs[node] for node in moved.outputs[1:]]
    slopes = [builder.node(NEG, (builder.node(DIV, (one, by_y), place),), place) for one in by]
    first = _readable(builder.finish([refs[moved.outputs[0]], *slopes], [""] * (1 + len(slopes)), {}))
    slope_of = dict(zip(names, first.outputs, strict=True))
    found = []
    for chain in chains:
        last, node = first, slope_of[chain[0]]
        for name in chain[1:]:
            last = _along(last, node, graph.input_numbers[name], y, first, slope_of[name])
            (node,) = last.outputs
        found.append(Derivative(dependent, tuple(chain), last, node))
    return found


def _along(graph: Graph, node: int, x: int, y: int, slopes: Graph, slope: int) -> Graph:
    """The total derivative of a node by x, where y moves with a slope that another graph of these inputs has."""
    moved = adjoint(graph, [x, y], node, chosen=range(len(graph)), kept=[node])
    builder, refs, place = _begun(moved)
    beside = builder.copied(slopes)
    here, by_x, by_y = (refs[one] for one in moved.outputs)
    along = builder.node(MUL, (by_y, beside[slope]), place)
    return _readable(builder.finish([here, builder.node(ADD, (by_x, along), place)], ["", ""], {}))


def _begun(graph: Graph) -> tuple[GraphBuilder, list[int], tuple[int, int]]:
    """A builder with the nodes of a graph, and a place for new ones."""
    builder = GraphBuilder(graph)
    first, last = graph.places
    node = graph.outputs[0]
    return builder, builder.copied(graph), (first[node], last[node])


def _readable(graph: Graph) -> Graph:
    return simplify(graph, written=True, manner=Manner(domain=True))
