"""A formula as a routine: one graph that holds its values and the derivatives that were asked for.

The adjoint graph of each output joins the operations of the values, equal parts become one, and what no result needs
is dropped. Generated code and compiled formulas are made from this graph and nothing else.
"""

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.simplify import simplify
from autodiff.errors import FormulaError, LimitError
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.replace import of_the_table
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.text import output_names
from autodiff.ops.row import Row
from autodiff.ops.table import INFIX, PREFIX, PRODUCT

#: A matrix of more entries is refused: each is code of its own.
MOST_ENTRIES = 100_000


class Routine(NamedTuple):
    """Values and derivatives of `source` as outputs of one graph, in this order.

    Every derivative is by the inputs in `wanted`: a row of `jacobian` for each output, and where second derivatives
    were asked for, a row of `hessian` for each wanted input. The numbers are nodes of `graph`.
    """

    graph: Graph
    source: Graph
    wanted: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[int, ...]
    jacobian: tuple[tuple[int, ...], ...]
    hessian: tuple[tuple[int, ...], ...] = ()


def routine(graph: Graph, wanted: Sequence[str], *, hessian: bool = False, exact: bool = False) -> Routine:
    """The routine of a graph of numbers.

    With `exact` operations of a user stay as they are, and so do their bits; without, they are written out.

    Raises:
        FormulaError: the graph has arrays, or a Hessian of several outputs is asked for.
        LimitError: there are too many entries.
    """
    refuse_arrays(graph)
    if hessian and len(graph.outputs) > 1:
        raise FormulaError(
            "several-outputs", f"a Hessian needs one output, and this formula has {len(graph.outputs)}",
            text=graph.text, spans=graph.output_spans(), hint="take one output after the other",
        )  # fmt: skip
    many = len(graph.outputs) * len(wanted) + (len(wanted) ** 2 if hessian else 0)
    if many > MOST_ENTRIES:
        raise LimitError(
            "too-large", f"{many:,} derivatives are more than {MOST_ENTRIES:,}", text=graph.text,
            hint="choose some variables with wrt",
        )  # fmt: skip
    nodes = [graph.input_numbers[name] for name in wanted]
    whole, outputs, size = graph, len(graph.outputs), len(nodes)
    for k in range(outputs):
        whole = adjoint(whole, nodes, whole.outputs[k], kept=whole.outputs)
    if hessian:
        # Symmetric: below the diagonal stands what is above it.
        whole = simplify(whole)
        for k in range(size):
            whole = adjoint(whole, nodes[k:], whole.outputs[outputs + k], kept=whole.outputs)
    whole = simplify(whole if exact else of_the_table(whole))
    places = list(whole.outputs)
    values, places = places[:outputs], places[outputs:]
    jacobian = [tuple(places[k * size : (k + 1) * size]) for k in range(outputs)]
    matrix: list[list[int]] = [[0] * size for _ in range(size)] if hessian else []
    rest = iter(places[outputs * size :])
    for i in range(size if hessian else 0):
        for j in range(i, size):
            matrix[i][j] = matrix[j][i] = next(rest)
    return Routine(
        whole, graph, tuple(wanted), tuple(output_names(graph)), tuple(values), tuple(jacobian),
        tuple(map(tuple, matrix)),
    )  # fmt: skip


def refuse_arrays(graph: Graph) -> None:
    """Raise FormulaError for operations on whole arrays."""
    if holds_arrays(graph):
        node = next(node for node, row, _ in graph.operations() if row.is_array)
        raise FormulaError(
            "array-code", "code is made for formulas of numbers, and this one has arrays", text=graph.text,
            spans=[graph.span(node)], hint="write out the elements: x1*y1 + x2*y2",
        )  # fmt: skip


def plain_products(graph: Graph) -> set[int]:
    """The products of the chain rule that may be computed as plain ones, as long as every output comes out finite.

    Such a product differs from a plain one only where a zero meets what is not finite. The plain one is NaN then, and
    what stands above it here are sums, products and branches alone, which hand a NaN on to the outputs.
    """
    carried = bytearray(b"\1" * len(graph))
    handing = {INFIX["+"], INFIX["-"], INFIX["*"], PREFIX["-"], PRODUCT}
    for node in range(len(graph) - 1, graph.base - 1, -1):
        row, args = graph.row(node), graph.args[node - graph.base]
        hands = row in handing and carried[node]
        for k, arg in enumerate(args):
            if not (hands or (row.selects and k and carried[node])):
                carried[arg] = 0
    return {node for node, row, _ in graph.operations() if row is PRODUCT and carried[node]}


def lowered(graph: Graph, products: Sequence[int] | set[int]) -> Graph:
    """The graph with plain products in place of some of the chain rule's."""
    chosen, times = set(products), INFIX["*"]
    builder = GraphBuilder(graph)
    refs = builder.adopt()
    first, last = graph.places
    for node, row, args in graph.operations():
        called: Row = times if node in chosen else row
        refs.append(builder.node(called, [refs[arg] for arg in args], (first[node], last[node])))
    return builder.finish([refs[node] for node in graph.outputs], graph.output_names, {})


def with_constant_factors(graph: Graph) -> Graph:
    """The graph with plain products by finite numbers other than 0: only the sign of a zero differs."""

    def is_factor(node: int) -> bool:
        leaf = node - len(graph.inputs)
        value = graph.constants[leaf] if 0 <= leaf < len(graph.constants) else 0.0
        return value != 0.0 and value - value == 0.0

    found = {node for node, row, args in graph.operations() if row is PRODUCT and any(map(is_factor, args))}
    return lowered(graph, found) if found else graph
