"""For which answers of which conditions an operation of a graph is needed: those of the branches of all its uses.

`laziness` knows the same of a rule with one output, whose elements mostly choose the same branch; here are graphs with
many outputs, and each row chooses for itself.
"""

from collections.abc import Sequence
from functools import lru_cache

from autodiff.evaluate.laziness import stops_at
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph

#: Conditions, and the answer of each with which the operation is needed.
Guards = frozenset[tuple[int, bool]]

_NONE: Guards = frozenset()
#: Of more conditions around an operation, the outer ones are enough.
_MOST = 8


@lru_cache(maxsize=64)
def guards_of(graph: Graph) -> Sequence[Guards]:
    """For each node, the answers of conditions before it without which no output needs it."""
    return [
        frozenset(guard for guard in guards if graph.base <= guard[0] < node) if node >= graph.base else _NONE
        for node, guards in enumerate(all_guards(graph))
    ]


@lru_cache(maxsize=64)
def all_guards(graph: Graph) -> Sequence[Guards]:
    """For each node, the answers without which no output needs it, wherever their conditions stand."""
    found: list[Guards | None] = [None] * len(graph)
    for node in graph.outputs:
        found[node] = _NONE
    for node in range(len(graph) - 1, graph.base - 1, -1):
        own = found[node] or _NONE
        row, args = graph.row(node), graph.args[node - graph.base]
        stop = stops_at(row)
        for k, arg in enumerate(args):
            guards = own
            if row.selects and k:
                guards = _with(own, args[0], k == 1)
            elif stop is not None and k:
                guards = _with(own, args[0], not stop)
            before = found[arg]
            found[arg] = guards if before is None else before & guards
    return [guards or _NONE for guards in found]


def conditions_first(graph: Graph) -> Graph:
    """The same graph in an order in which conditions come before what only their branches need: `a if c else b` writes
    them after it."""
    guards, base = all_guards(graph), graph.base
    order: list[int] = []
    state = bytearray(len(graph))
    for root in range(base, len(graph)):
        stack = [root]
        while stack:
            node = stack[-1]
            if node < base or state[node] == 2:
                stack.pop()
            elif state[node] == 1:
                state[node] = 2
                order.append(node)
                stack.pop()
            else:
                state[node] = 1
                before = [*graph.args[node - base], *(condition for condition, _ in sorted(guards[node]))]
                stack.extend(other for other in before if other >= base and not state[other])
    builder = GraphBuilder(graph)
    refs = dict(enumerate(builder.adopt()))
    first, last = graph.places
    for node in order:
        args = [refs[arg] for arg in graph.args[node - base]]
        refs[node] = builder.node(graph.row(node), args, (first[node], last[node]))
    return builder.finish([refs[node] for node in graph.outputs], graph.output_names, {})


def _with(guards: Guards, condition: int, answer: bool) -> Guards:
    return guards if len(guards) >= _MOST else guards | {(condition, answer)}
