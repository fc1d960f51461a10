"""Walks over a graph: which nodes depend on some, which some depend on, and which a point really uses. Each once, here.

Every walk is one pass and gives a flag for each node. Values are numbers of any type: a walk asks a condition only
whether it is a number, and whether it is 0.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from autodiff.graph.graph import Graph

#: The last answer of `dependents` for a graph: whoever differentiates it again mostly asks the same.
_LAST: "WeakKeyDictionary[Graph, tuple[tuple[int, ...], bytes]]" = WeakKeyDictionary()


def dependents(graph: Graph, wanted: Iterable[int]) -> bytes:
    """1 where a node depends on one of the `wanted` nodes, or is one."""
    asked = tuple(wanted)
    last = _LAST.get(graph)
    if last is None or last[0] != asked:
        _LAST[graph] = last = asked, bytes(_dependents(graph, asked))
    return last[1]


def _dependents(graph: Graph, wanted: Sequence[int]) -> bytearray:
    flags = bytearray(len(graph))
    for node in wanted:
        flags[node] = 1
    for node, args in enumerate(graph.args, graph.base):
        if len(args) == 2:
            a, b = args
            flags[node] = flags[a] or flags[b]
        elif any([flags[arg] for arg in args]):
            flags[node] = 1
    return flags


def moved_through(graph: Graph, wanted: Iterable[int], passes: Callable[[int, int], bool]) -> bytearray:
    """1 where a node depends on one of the `wanted` nodes by arguments that `passes` (node, argument) lets through."""
    flags = bytearray(len(graph))
    for node in wanted:
        flags[node] = 1
    for node, args in enumerate(graph.args, graph.base):
        if any([flags[arg] and passes(node, k) for k, arg in enumerate(args)]):
            flags[node] = 1
    return flags


def ancestors(graph: Graph, outputs: Iterable[int]) -> bytearray:
    """1 where one of the `outputs` depends on a node, or the node is one."""
    return used_nodes(graph, None, outputs)


def used_nodes(
    graph: Graph, values: Sequence[Any] | None, outputs: Iterable[int], both: Collection[int] = ()
) -> bytearray:  # fmt: skip
    """1 where one of the `outputs` really uses a node: a branch that was not chosen is not used.

    The conditionals in `both` use both branches, as one that sits on its boundary does; and so does a condition that is
    NaN or an array. Without `values` all do.
    """
    flags = bytearray(len(graph))
    for node in outputs:
        flags[node] = 1
    selects = [values is not None and call.row.selects for call in graph.calls]
    for node in range(len(graph) - 1, graph.base - 1, -1):
        if flags[node]:
            args: Sequence[int] = graph.args[node - graph.base]
            if selects[graph.codes[node - graph.base]] and node not in both:
                args = chosen_args(args, values)
            for arg in args:
                flags[arg] = 1
    return flags


def chosen_args(args: Sequence[int], values: Sequence[Any] | None) -> Sequence[int]:
    """The arguments of a conditional that count at a point: the condition, and the branch that it chooses."""
    condition = None if values is None else values[args[0]]
    if condition is None or hasattr(condition, "shape") or condition != condition:
        return args
    return args[0], args[1] if condition else args[2]


def moved_nodes(graph: Graph, values: Sequence[Any], inputs: Iterable[int]) -> bytearray:
    """1 where a node depends on one of the `inputs` by branches that were chosen."""
    flags = bytearray(len(graph))
    for node in inputs:
        flags[node] = 1
    for node, row, args in graph.operations():
        counted = chosen_args(args, values) if row.selects else args
        flags[node] = any([flags[arg] for arg in counted])
    return flags


def ends(graph: Graph) -> list[int]:
    """The outputs and the statements that nothing uses."""
    flags = bytearray(b"\1" * len(graph))
    for args in graph.args:
        for arg in args:
            flags[arg] = 0
    return [*graph.outputs, *(node for node, flag in enumerate(flags) if flag)]
