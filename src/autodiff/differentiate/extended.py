"""The reverse sweep in extended precision: the same rules as in doubles, with fifty digits instead of sixteen."""

from collections.abc import Sequence

from autodiff.evaluate.extended import Number, exact, partial
from autodiff.graph.graph import Graph


def reverse(graph: Graph, values: Sequence[Number], output: int, active: Sequence[int]) -> list[Number]:
    """The adjoint of every node, as `autodiff.differentiate.reverse.reverse` gives it in doubles."""
    adjoints = [exact(0.0)] * len(graph)
    adjoints[output] = exact(1.0)
    for node in range(output, graph.base - 1, -1):
        upstream = adjoints[node]
        if not upstream or not active[node]:
            continue
        row, args = graph.row(node), graph.args[node - graph.base]
        given = [values[arg] for arg in args]
        for k, arg in enumerate(args):
            if active[arg]:
                local = partial(row, k, given)
                if local:
                    adjoints[arg] += upstream * local
    return adjoints
