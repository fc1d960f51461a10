"""Truncated power series of the nodes of a graph at a point: derivatives of any order, from the same rows.

An operation v of u has v' = p(u)*u', where the partial p is a formula of its row. So the coefficients of v follow from
those of u and from those of p, of which one order less is needed (the recurrences of Moore 1966, with the rows in place
of a rule for each function):

    k*v[k] = 1*u[1]*p[k-1] + 2*u[2]*p[k-2] + ... + k*u[k]*p[0]

The nodes of p are operations themselves, and get their coefficients in the same way. Equal ones are one: sin needs cos
and cos needs -sin, and there it ends. Where there is no end, as for sqrt, each order adds a few nodes. Of a conditional
only the branch that is chosen at the point counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import factorial, isfinite, isnan, prod
from typing import TYPE_CHECKING, NamedTuple

from autodiff.differentiate.sweep.boundary import chosen_share
from autodiff.differentiate.sweep.shares import NO_SHARES, Number, Shares
from autodiff.errors import LimitError
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on, partial_text, rule, rule_arguments, rule_parameters
from autodiff.graph.walk import dependents
from autodiff.ops.row import Row
from autodiff.ops.table import PRODUCT, SUM

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

#: So many products of coefficients take about half a minute; and those of one operation must fit in memory.
MOST_PRODUCTS, MOST_PRODUCTS_EACH = 200_000_000, 1_000_000
#: The factorial of a larger order, and most derivatives, are beyond a double.
MOST_ORDER = 100

Orders = tuple[int, ...]


class _Index(NamedTuple):
    """How a coefficient follows from those below it: `others` are pairs of places, each with its weight."""

    place: int
    divisor: int
    others: tuple[tuple[int, int, int], ...]


class Series:
    """The coefficients of all nodes that `output` needs, by the `orders` in which some inputs are differentiated.

    The first nodes are those of `graph`; more come from the formulas of the rows. A conditional that has
    a share in `shares` counts both branches.

    Raises:
        LimitError: that would take too long.
    """

    def __init__(
        self, field: "Field", graph: Graph, values: Sequence[Number], output: int, orders: Mapping[int, int],
        shares: Shares = NO_SHARES,
    ) -> None:  # fmt: skip
        self.field, self.graph, self.output, self.shares = field, graph, output, shares
        self.orders: Orders = tuple(orders.values())
        self.values = list(values)
        #: The operation that each node is; None for a leaf, and for what does not move with the inputs.
        self.made: list[tuple[Row, tuple[int, ...]] | None] = [None] * len(graph)
        self.moving = bytearray(len(graph))
        self.known: dict[tuple[Row, tuple[int, ...]], int] = {}
        self.numbers: dict[str, int] = {}
        #: For each operation that is differentiated: the arguments that move, and the partials by them.
        self.parts: dict[int, list[tuple[int, int]]] = {}
        for node in orders:
            self.moving[node] = 1
        for node, row, args in graph.operations():
            if _moves(row, [self.moving[arg] for arg in args]):
                self.moving[node] = 1
                self.made[node] = (row, args)
                self.known.setdefault((row, args), node)
        self.need = self._needs(sum(self.orders))
        self.places = _places(self.orders)
        self.coefficients = self._coefficients(orders)

    def derivative(self, orders: Orders) -> Number:
        """The derivative of the output; `orders` says how often by each input."""
        place = self.places[orders]
        found = self.coefficients.get(self.output)
        if found is None:
            return 0.0 if place else self.values[self.output]
        return found[place] * prod(map(factorial, orders))

    def first_undefined(self, orders: Orders) -> int:
        """The first node of the formula whose derivatives up to these are not all finite."""
        below = [place for index, place in self.places.items() if all(map(int.__le__, index, orders))]
        for node in range(len(self.graph)):
            found = self.coefficients.get(node)
            if found is not None and len(found) > 1 and not all(isfinite(found[place]) for place in below):
                return node
        return self.output

    def _needs(self, order: int) -> dict[int, int]:
        """The order up to which each node is needed; makes the nodes that partials consist of."""
        need: dict[int, int] = {}
        waiting: list[list[int]] = [[] for _ in range(order + 1)]
        waiting[order].append(self.output)
        # Each coefficient meets all that are not above it.
        each = prod([(k + 1) * (k + 2) // 2 for k in self.orders])
        for level in range(order, -1, -1):
            stack = waiting[level]
            while stack:
                node = stack.pop()
                if not self.moving[node] or node in need:
                    continue
                need[node] = level
                if level == 0 or self.made[node] is None:
                    continue
                for arg, partial in self._expand(node):
                    stack.append(arg)
                    waiting[level - 1].append(partial)
                if len(self.parts) * each > MOST_PRODUCTS or each > MOST_PRODUCTS_EACH:
                    raise LimitError(
                        "too-large", f"these derivatives of order {order} take too many products of coefficients",
                        text=self.graph.text, hint="ask for a lower order",
                    )  # fmt: skip
        return need

    def _expand(self, node: int) -> list[tuple[int, int]]:
        """The arguments of an operation that move, each with the partial by it."""
        made = self.made[node]
        assert made is not None
        row, args = made
        found: list[tuple[int, int]] = []
        if row.selects:
            share = self.shares.get(node)
            truth = self.values[args[0]]
            first = share if share is not None else truth if isnan(truth) else float(bool(truth))
            weights = zip(args[1:], (first, 1.0 - first), strict=True)
            found = [(arg, self._number(weight)) for arg, weight in weights if self.moving[arg] and weight]
        else:
            for k, arg in enumerate(args):
                if self.moving[arg] and hands_on(row, k):
                    found.append((arg, self._partial(row, args, k)))
        self.parts[node] = found
        return found

    def _partial(self, row: Row, args: tuple[int, ...], argument: int) -> int:
        """The node that a partial is."""
        text = partial_text(row, argument)
        graph, inputs = _rule(row, text, len(args))
        stand = rule_arguments(row, args, argument)
        refs = [stand[k] for k in inputs]
        given = [self.values[ref] for ref in refs]
        choice = _Choice(self.field, graph, given, [self.moving[ref] for ref in refs])
        refs += map(self._number, graph.constants)
        for node, called, places in graph.operations():
            if not choice.needed[node]:
                refs.append(-1)
            elif node in choice.shares:
                refs.append(self._chosen(choice.shares[node], refs[places[1]], refs[places[2]]))
            else:
                refs.append(self._make(called, tuple([refs[place] for place in places])))
        return refs[graph.outputs[0]]

    def _chosen(self, share: float, first: int, second: int) -> int:
        if isnan(share):
            return self._number(share)
        if share in (0.0, 1.0):
            return first if share else second
        weighted = [
            self._make(PRODUCT, (self._number(weight), ref)) for weight, ref in ((share, first), (1.0 - share, second))
        ]
        return self._make(SUM, tuple(weighted))

    def _number(self, value: Number) -> int:
        ref = self.numbers.get(repr(value))
        if ref is None:
            ref = self.numbers[repr(value)] = self._add(value, None)
        return ref

    def _make(self, row: Row, args: tuple[int, ...]) -> int:
        ref = self.known.get((row, args))
        if ref is not None:
            return ref
        value = self.field.operation(row, [self.values[arg] for arg in args])
        if not _moves(row, [self.moving[arg] for arg in args]):
            return self._number(value)
        ref = self.known[row, args] = self._add(value, (row, args))
        return ref

    def _add(self, value: Number, made: tuple[Row, tuple[int, ...]] | None) -> int:
        self.values.append(value)
        self.made.append(made)
        self.moving.append(made is not None)
        return len(self.values) - 1

    def _coefficients(self, orders: Mapping[int, int]) -> dict[int, list[Number]]:
        """The coefficients of each node, up to the order in which it is needed: those of one order after the other."""
        size = len(self.places)
        found: dict[int, list[Number]] = {}
        for node, level in self.need.items():
            found[node] = [self.values[node], *[0.0] * (size - 1 if level else 0)]
        for axis, node in enumerate(orders):
            if len(found.get(node, ())) > 1:
                unit = tuple(int(k == axis) for k in range(len(orders)))
                found[node][self.places[unit]] = 1.0
        by_order: dict[int, list[_Index]] = {}
        order_of = {place: sum(index) for index, place in self.places.items()}
        for index in _recurrences(self.orders):
            by_order.setdefault(order_of[index.place], []).append(index)
        # Arguments come before what is made of them.
        steps = sorted(self.parts)
        for order, indices in sorted(by_order.items()):
            for node in steps:
                if self.need[node] >= order:
                    self._step(found, node, indices)
        return found

    def _step(self, found: dict[int, list[Number]], node: int, indices: Sequence[_Index]) -> None:
        own = found[node]
        for arg, partial in self.parts[node]:
            rates = found[arg]
            partials = found.get(partial)
            first = self.values[partial]
            for place, divisor, others in indices:
                # A coefficient or a partial of exactly zero contributes nothing.
                if rates[place] and first:
                    own[place] += rates[place] * first
                if partials is not None:
                    total = 0.0
                    for low, high, weight in others:
                        if rates[low] and partials[high]:
                            total += weight * (rates[low] * partials[high])
                    if total:
                        own[place] += total / divisor


class _Choice:
    """Which operations of a rule count at a point, and the share of the first branch of each conditional in it."""

    def __init__(self, field: "Field", graph: Graph, inputs: Sequence[Number], moves: Sequence[int]) -> None:
        self.shares: dict[int, float] = {}
        self.needed: Sequence[int] = b"\1" * len(graph)
        if not any([call.row.selects for call in graph.calls]):
            return
        values = field.forward(graph, inputs)
        moving = dependents(graph, [node for node, flag in enumerate(moves) if flag])
        self.needed = needed = bytearray(len(graph))
        needed[graph.outputs[0]] = 1
        for node in range(len(graph) - 1, graph.base - 1, -1):
            if not needed[node]:
                continue
            args = graph.args[node - graph.base]
            if graph.row(node).selects:
                truth = values[args[0]]
                share = chosen_share(field, graph, values, args, moving)
                if share is None:
                    share = truth if isnan(truth) else float(bool(truth))
                self.shares[node] = share
                args = tuple([arg for arg, weight in ((args[1], share), (args[2], 1.0 - share)) if weight])
            for arg in args:
                needed[arg] = 1


def _moves(row: Row, moving: Sequence[int]) -> bool:
    return any([flag and hands_on(row, k) for k, flag in enumerate(moving)])


@lru_cache(maxsize=4096)
def _rule(row: Row, text: str, arity: int) -> tuple[Graph, list[int]]:
    """The graph of a partial, and which of `rule_parameters` its inputs are."""
    graph = rule(row, text, arity)
    names = rule_parameters(row, arity)
    return graph, [names.index(name) for name in graph.inputs]


@lru_cache(maxsize=64)
def _places(orders: Orders) -> dict[Orders, int]:
    """Where the coefficient of each combination of orders stands; that of their sum is the sum of the places."""
    return {index: place for place, index in enumerate(product(*[range(order + 1) for order in orders]))}


@lru_cache(maxsize=64)
def _recurrences(orders: Orders) -> list[_Index]:
    return list(_all_recurrences(orders))


def _all_recurrences(orders: Orders) -> Iterator[_Index]:
    places = _places(orders)
    for index, place in places.items():
        if not place:
            continue
        axis = next(k for k, order in enumerate(index) if order)
        others = []
        for low in product(*[range(order + 1) for order in index]):
            if low[axis] and low != index:
                others.append((places[low], place - places[low], low[axis]))
        yield _Index(place, index[axis], tuple(others))
