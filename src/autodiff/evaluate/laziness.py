"""Which operations of a rule the output can do without: those that only a branch that nobody chose would use.

A rule guards an expensive or overflowing form by a condition that nearly always says the same for all elements of an
array. Known before anything is computed: for each operation, which answer of which condition makes it superfluous.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from autodiff.graph.graph import Graph
from autodiff.ops.row import Row


class Step(NamedTuple):
    """One operation of a rule."""

    node: int
    row: Row
    args: tuple[int, ...]
    #: Conditions, and for each the answer that makes this operation superfluous.
    guards: tuple[tuple[int, bool], ...]
    #: The operations whose values nobody needs after this one.
    done: tuple[int, ...]


@lru_cache(maxsize=4096)
def steps(graph: Graph) -> tuple[Step, ...]:
    """The operations of a rule, of which only the first output is wanted, in their order."""
    output = graph.outputs[0]
    used = _used(graph, output)
    guards: dict[int, list[tuple[int, bool]]] = {}
    for node, condition, answer, position in _choices(graph):
        rest = _used(graph, output, (node, position))
        for other, row, _ in graph.operations():
            # What runs before the condition is known runs anyway.
            if used[other] and not rest[other] and other > condition and row.shape is None:
                guards.setdefault(other, []).append((condition, answer))
    last = {arg: node for node, _, args in graph.operations() for arg in args if arg >= graph.base}
    last.pop(output, None)
    done: dict[int, list[int]] = {}
    for arg, node in last.items():
        done.setdefault(node, []).append(arg)
    return tuple(
        Step(node, row, args, tuple(guards.get(node, ())), tuple(done.get(node, ())))
        for node, row, args in graph.operations()
    )


def stops_at(row: Row) -> bool | None:
    """The answer of the first operand after which logic does not look at the second; None for all other operations."""
    return {"and": False, "or": True}.get(row.infix)


def _choices(graph: Graph) -> Iterator[tuple[int, int, bool, int]]:
    """Each operation that may ignore an argument: it, its condition, the answer of that, and which argument."""
    for node, row, args in graph.operations():
        answer = stops_at(row)
        if row.selects:
            yield node, args[0], False, 1
            yield node, args[0], True, 2
        elif answer is not None:
            yield node, args[0], answer, 1


def _used(graph: Graph, output: int, without: tuple[int, int] | None = None) -> bytearray:
    """A flag for each node: 1 where `output` uses it, `without` one argument (the second) of one node (the first)."""
    flags = bytearray(len(graph))
    flags[output] = 1
    for node in range(output, graph.base - 1, -1):
        if flags[node]:
            for k, arg in enumerate(graph.args[node - graph.base]):
                if (node, k) != without:
                    flags[arg] = 1
    return flags
