"""Which entries of a symmetric matrix of derivatives can be non-zero, and which of its columns one pass can find.

Columns that no row has both of share a pass: each row then shows the entry of the one that it has (Curtis, Powell and
Reid 1974). A column with a pass of its own gives the row that mirrors it as well (Powell and Toint 1979), so that one
variable which meets all others does not cost a pass for each of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on


class Plan(NamedTuple):
    """`groups` are the columns of each pass; the columns in `mirrored` are alone, and give their rows as well."""

    groups: list[list[int]]
    mirrored: frozenset[int]


def pattern(graph: Graph, wanted: Sequence[int]) -> list[list[int]]:
    """For each output the positions in `wanted` of the nodes that its derivative can be non-zero by."""
    # A set of positions is an integer, which has a bit for each: their union is one operation.
    sets = [0] * len(graph)
    for position, node in enumerate(wanted):
        sets[node] |= 1 << position
    moves = [[hands_on(row, k) for k in range(arity)] for row, arity in graph.calls]
    always = [all(flags) for flags in moves]
    for node, (code, args) in enumerate(zip(graph.codes, graph.args, strict=True), graph.base):
        found = sets[node]
        for k, arg in enumerate(args):
            if always[code] or moves[code][k]:
                found |= sets[arg]
        sets[node] = found
    known: dict[int, list[int]] = {}
    for output in graph.outputs:
        if sets[output] not in known:
            known[sets[output]] = _positions(sets[output])
    return [known[sets[output]] for output in graph.outputs]


def _positions(bits: int) -> list[int]:
    return [k for k, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


def plan(rows: Sequence[Sequence[int]]) -> Plan:
    """The passes for a square pattern, given by the columns of each row."""
    found = [_plan(rows, alone) for alone in _candidates(rows)]
    return min(found, key=lambda one: len(one.groups))


def _plan(rows: Sequence[Sequence[int]], alone: Sequence[int]) -> Plan:
    """The passes where the columns in `alone` have one each."""
    mirrored = frozenset(alone)
    columns: list[list[int]] = [[] for _ in rows]
    for row, found in enumerate(rows):
        if row not in mirrored:
            for column in found:
                columns[column].append(row)
    groups = [[column] for column in alone]
    # For each row the groups that it has a column of, as bits.
    used = [0] * len(rows)
    shared: list[list[int]] = []
    for column, met in enumerate(columns):
        if column in mirrored or not met:
            continue
        taken = 0
        for row in met:
            taken |= used[row]
        free = ~taken & (taken + 1)
        for row in met:
            used[row] |= free
        group = free.bit_length() - 1
        if group == len(shared):
            shared.append([])
        shared[group].append(column)
    return Plan(groups + shared, mirrored)


def _candidates(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Columns that may have a pass of their own: none, or as many of the densest as promise the fewest passes."""
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
    rank = {row: k for k, row in enumerate(order)}
    # With k of them alone, the next row needs at least as many passes as it has other columns.
    least = len(rows[order[0]]) if rows else 0
    first = last = 0
    for k in range(1, len(order)):
        if k > least:
            break
        passes = k + sum(1 for column in rows[order[k]] if rank[column] >= k)
        if passes < least:
            least, first, last = passes, k, k
        elif passes == least:
            last = k
    return [order[:count] for count in sorted({0, first, last})]
