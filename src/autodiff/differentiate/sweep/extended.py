"""The reverse sweep in extended precision: the same rules as in doubles, with fifty digits instead of sixteen."""

from collections.abc import Sequence

from autodiff.differentiate.sweep.boundary import chosen_share
from autodiff.evaluate.extended import Number, evaluate_rule, exact, partial_function
from autodiff.graph.graph import Graph


def reverse(graph: Graph, values: Sequence[Number], output: int, active: Sequence[int]) -> list[Number]:
    """The adjoint of every node, as `autodiff.differentiate.sweep.reverse.reverse` gives it in doubles."""
    adjoints = [exact(0.0)] * len(graph)
    partials_of = [[partial_function(row, arity, k) for k in range(arity)] for row, arity in graph.calls]
    adjoints[output] = exact(1.0)
    for node in range(output, graph.base - 1, -1):
        upstream = adjoints[node]
        if not upstream or not active[node]:
            continue
        args = graph.args[node - graph.base]
        partials = partials_of[graph.codes[node - graph.base]]
        given = [values[arg] for arg in args]
        share = extended_share(graph, values, node)
        for k, arg in enumerate(args):
            if active[arg]:
                local = partials[k](given) if share is None else exact((0.0, share, 1.0 - share)[k])
                if local:
                    adjoints[arg] += upstream * local
    return adjoints


def extended_share(graph: Graph, values: Sequence[Number], node: int) -> float | None:
    """`chosen_share` on extended-precision values; None for what is no conditional."""
    return chosen_share(graph, values, node, evaluate_rule) if graph.row(node).selects else None
