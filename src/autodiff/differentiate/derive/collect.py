"""A graph to the graph of the same function as people write it: like parts collected, quotients as one, in order.

The graph goes through the normal form of `algebra.py`. What decides (the operands of comparisons and of what jumps)
stays to the last bit, as a rounding would decide otherwise.
"""

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.differentiate.derive.algebra import ADD, DIV, MUL, NEG, ONE, POW, SUB, Algebra
from autodiff.differentiate.derive.layout import Layout
from autodiff.graph.graph import Graph
from autodiff.graph.walk import ancestors
from autodiff.ops.row import Row

#: What sums and products are made of: an operand of anything else stays whole.
_COLLECTED = (ADD, SUB, MUL, NEG)


class Manner(NamedTuple):
    """How derivatives are written.

    With `domain` the first output of the graph is the formula that was differentiated: it says only where the others
    are defined, and is left out. With `expands` products are multiplied out, so that what the derivatives of one order
    have in common meets in the next; without `factors` they stay so. More than `most` parts raise LimitError.
    """

    domain: bool = False
    expands: bool = False
    factors: bool = True
    most: int = 10**9


def collect(graph: Graph, manner: Manner) -> Graph:
    """The same outputs, in other words."""
    return _Collector(graph, manner).run()


class _Collector:
    def __init__(self, graph: Graph, manner: Manner) -> None:
        self.graph, self.manner = graph, manner
        self.algebra = Algebra(expands=manner.expands, most=manner.most)
        self.typed = _always(graph, graph.outputs[0] if manner.domain else None)
        self.decides = _decides(graph)
        self.needed = ancestors(graph, graph.outputs[int(manner.domain) :])
        self.refs: list[int] = []
        #: Where the text writes each node; of a sum of contributions, the first of them.
        self.starts = list(graph.places[0])

    def run(self) -> Graph:
        graph, algebra = self.graph, self.algebra
        for node in range(graph.base):
            self.refs.append(self.leaf(node))
        kept = list(self.refs)
        composed = _composed(graph)
        for node, row, args in graph.operations():
            given = [self.refs[arg] for arg in args]
            if self.decides[node]:
                kept.append(algebra.applied(row, [kept[arg] for arg in args]))
            else:
                kept.append(-1)
            if _is_constant(row):
                self.refs.append(algebra.applied(row, [kept[arg] for arg in args]))
            elif row.selects:
                self.refs.append(algebra.applied(row, [kept[args[0]], *given[1:]]))
            elif row is ADD and self.typed[node] and not self.needed[node]:
                # Nobody reads a sum of the formula that no derivative uses: its terms need not be collected.
                self.refs.append(algebra.applied(row, given))
            elif row is ADD and not self.typed[node]:
                self.refs.append(self.contributions(node, args))
            else:
                self.refs.append(algebra.make(row, given))
            if self.typed[node]:
                self.assure(node, row, args)
            if composed[node] and algebra.expands:
                algebra.bases.add(self.refs[node])
        first = int(self.manner.domain)
        names = {self.refs[node]: name for node, name in graph.labels.items() if node >= graph.base}
        outputs = [self.refs[node] for node in graph.outputs[first:]]
        return Layout(graph, algebra).write(outputs, graph.output_names[first:], names, factors=self.manner.factors)

    def leaf(self, node: int) -> int:
        graph = self.graph
        if node < len(graph.inputs):
            return self.algebra.leaf(node, None, graph.inputs[node])
        place = node - len(graph.inputs)
        value, spelling = graph.constants[place], graph.spellings[place]
        exact = self.algebra.literal(value, spelling)
        return self.algebra.leaf(node, value, spelling) if exact is None else self.algebra.number(exact)

    def contributions(self, node: int, args: Sequence[int]) -> int:
        """A sum that the text does not write: its parts stand as what they come from."""
        left, right = args
        swap = self.starts[right] <= self.starts[left] if self.is_gathered(node, right) else False
        self.starts[node] = min(self.starts[left], self.starts[right])
        parts = [(self.refs[left], ONE), (self.refs[right], ONE)]
        return self.algebra.total(parts[::-1] if swap else parts, last=self.is_gathered(node, right))

    def is_gathered(self, node: int, right: int) -> bool:
        """Whether a sum is one of gradients, whose terms come from anywhere: it stands where its argument does."""
        first, last = self.graph.places
        return self.algebra.expands or not first[node] <= first[right] <= last[right] <= last[node]

    def assure(self, node: int, row: Row, args: Sequence[int]) -> None:
        """The formula computes a node at every point: where that is undefined, all is."""
        algebra = self.algebra
        algebra.assure(self.refs[node])
        if "x >= 0" in row.domain or "x > 0" in row.domain:
            power = algebra.as_number(self.refs[args[1]]) if row is POW else None
            if row is not POW or (power is not None and power.denominator > 1):
                algebra.positive.add(self.refs[args[0]])


def _always(graph: Graph, domain: int | None) -> bytearray:
    """1 where a node is computed at every point for the node `domain`."""
    flags = bytearray(len(graph))
    if domain is None:
        return flags
    flags[domain] = 1
    for node in range(domain, graph.base - 1, -1):
        if flags[node]:
            args = graph.args[node - graph.base]
            for arg in args[:1] if graph.row(node).selects else args:
                flags[arg] = 1
    return flags


def _is_constant(row: Row) -> bool:
    """Whether an operation is constant between its jumps: what it is given decides."""
    return bool(row.partials) and all(partial == "0" for partial in row.partials)


def _decides(graph: Graph) -> bytearray:
    """1 where a node is an operand of what jumps, or an operand of that."""
    starts: list[int] = []
    for _, row, args in graph.operations():
        if _is_constant(row):
            starts.extend(args)
        elif row.selects:
            starts.append(args[0])
    return ancestors(graph, starts)


def _composed(graph: Graph) -> bytearray:
    """1 where a node is an operand of more than sums and products."""
    flags = bytearray(len(graph))
    for _, row, args in graph.operations():
        for arg in args[1:] if row is DIV else () if row in _COLLECTED else args:
            flags[arg] = 1
    return flags
