"""Points where local rules may fail, and what the function itself does there.

The chain rule holds where every operation is smooth. At a kink, at the boundary of a condition, and where an infinite
local derivative meets a zero, the product of local derivatives need not be the derivative, and often there is one all
the same: the germs of the function say so. Nothing here runs at any other point.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.exactly import is_affordable
from autodiff.differentiate.sweep.kinks import has_kinks
from autodiff.differentiate.sweep.shares import Number
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on, partial_text
from autodiff.graph.walk import used_nodes
from autodiff.ops.row import Row

#: Graphs of more nodes, and more inputs, are left to the rules.
_MOST_NODES, _MOST_INPUTS = 400, 16
#: Partials that may be infinite have a quotient, a power or a logarithm in them; and they are at such arguments.
_STEEP = re.compile(r"[/^]|log|gamma")
_SUSPECTS = (0.0, 1.0, -1.0, math.inf, -math.inf)
_DIGITS = 80
#: The square of a number beyond these is beyond the range of doubles, or nearly so.
_TINY, _HUGE = 1e-100, 1e100
#: What is smaller has fewer digits than a double should; and a number that is so near to its truth lost none by that.
_NORMAL, _ROUNDED = 2.0**-1022, 2.0**-50
#: With so small a difference the rules are right, but for their rounding.
_SAME = 1e-9
#: Derivatives beyond the first ones are seldom asked for.
_MOST_ORDER = 6


class Side(NamedTuple):
    """The one-sided derivatives at a point, from the first one on and as far as they are known.

    NaN stands where there is no function, and an infinite one ends the list. `state` is "" for numbers, "jump" where
    the function does not tend to its value, and "undecided" where its terms do not tell.
    """

    orders: tuple[float, ...]
    state: str = ""


class Sides(NamedTuple):
    """Both sides by one input; and why the rules fail, if a condition is the reason."""

    left: Side
    right: Side
    only_here: str = ""

    @property
    def decided(self) -> bool:
        return not (self.left.state or self.right.state)

    def both(self, order: int = 1) -> tuple[float, float] | None:
        """The derivatives of an order from below and from above; None where they are not known."""
        if not self.decided:
            return None
        found = [math.nan if not side.orders else side.orders[order - 1] for side in self[:2] if
                 not side.orders or len(side.orders) >= order]  # fmt: skip
        return (found[0], found[1]) if len(found) == 2 and not all(map(math.isnan, found)) else None

    def value(self, order: int = 1) -> float | None:
        """The derivative, of which one side is enough; or the midpoint of the two, NaN where they diverge apart."""
        both = self.both(order)
        if both is None:
            return None
        left, right = both
        if left == right or math.isnan(right):
            return left
        return right if math.isnan(left) else left / 2 + right / 2

    def is_smooth(self, order: int = 1) -> bool:
        """Whether both sides agree, or only one has a function."""
        both = self.both(order)
        return both is not None and (both[0] == both[1] or math.isnan(both[0]) or math.isnan(both[1]))


def is_small(graph: Graph, values: Sequence[float]) -> bool:
    """Whether the function may be expanded at a point: whether that takes no longer than a moment."""
    return is_affordable(graph, values, len(graph), _MOST_NODES)


def corrected(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], active: Sequence[int],
    kinks: Callable[[], Collection[int]], directions: Sequence[Mapping[int, float]], swept: Sequence[float],
) -> list[tuple[float, Sides | None]]:  # fmt: skip
    """The derivatives of a weighted sum of nodes along some directions, of which the rules gave `swept`.

    Where the rules may fail, what the function itself does is told beside each. `active` flags the nodes that move with
    any input, and `kinks` are the nodes that sit on one.
    """
    may, beyond = may_fail(graph, values, active)
    # Over one kink alone the midpoint of its sides is that of the function's.
    if (
        not may or len(directions) > _MOST_INPUTS or not all([math.isfinite(values[node]) for node in weights])
        or (not beyond and len(kinks()) < 2) or not is_small(graph, values)
    ):  # fmt: skip
        return [(number, None) for number in swept]
    sides = sides_along(graph, values, weights, directions)
    return [(_chosen(number, found, beyond=beyond), found) for number, found in zip(swept, sides, strict=True)]


def may_fail(graph: Graph, values: Sequence[float], active: Sequence[int]) -> tuple[bool, bool]:
    """Whether local rules may fail at a point; and whether more than kinks is to blame.

    That is asked at every point, so it costs little: what a graph has to look at is known once and for all.
    """
    if len(graph) > _MOST_NODES:
        return False, False
    weak = _weak(graph)
    if any([values[a] == values[b] and (active[a] or active[b]) for a, b in weak.compared]):
        return True, True
    if any([not values[node] and active[node] for node in weak.tested]):
        return True, True
    if weak.steep and _absorbs(graph, values, weak.steep, active):
        return True, True
    if len(weak.kinked) < 2:
        return False, False
    sits = [node for node, row, args in weak.kinked if floats.kink(row, args, values, active, node)]
    return len(sits) > 1, False


class _Weak(NamedTuple):
    """Where local rules may fail in a graph: the pairs that are compared, and the numbers whose truth is asked; the
    operations whose partials may be infinite, and those with kinks or jumps."""

    compared: list[tuple[int, int]]
    tested: list[int]
    steep: list[tuple[int, tuple[int, ...]]]
    kinked: list[tuple[int, Row, tuple[int, ...]]]


@lru_cache(maxsize=64)
def _weak(graph: Graph) -> _Weak:
    found = _Weak([], [], [], [])
    for node, row, args in graph.operations():
        if row.share and len(args) == 2 and row.infix not in ("and", "or"):
            found.compared.append((args[0], args[1]))
        elif row.share or row.selects:
            found.tested.extend([arg for arg in (args[:1] if row.selects else args) if not _is_truth(graph, arg)])
        if has_kinks(row):
            found.kinked.append((node, row, args))
        if any([_STEEP.search(partial_text(row, k)) for k in range(len(args)) if hands_on(row, k)]):
            found.steep.append((node, args))
    return found


def _is_truth(graph: Graph, node: int) -> bool:
    """Whether a node is a condition, and so no number whose truth is that it is not 0."""
    return node >= graph.base and bool(graph.row(node).share)


def _chosen(swept: float, sides: Sides, *, beyond: bool) -> float:
    """The derivative: what the rules gave, unless the function says something else."""
    both, value = sides.both(), sides.value()
    if both is None or value is None or swept == value or math.isclose(swept, value, rel_tol=_SAME):
        return swept
    if not sides.is_smooth():
        # Several ways lead over a kink, and each is a convention; a side that is infinite spoils no other.
        if not beyond and min(both) <= swept <= max(both):
            return swept
        if math.isfinite(both[0]) != math.isfinite(both[1]):
            return swept
    return value


def _absorbs(
    graph: Graph, values: Sequence[float], steep: Sequence[tuple[int, tuple[int, ...]]], active: Sequence[int]
) -> bool:  # fmt: skip
    """Whether a local derivative that the outputs use is not finite; one that a row does not have is none."""
    suspects = [
        node for node, args in steep
        if active[node] and (values[node] - values[node] != 0.0 or any([values[arg] in _SUSPECTS for arg in args]))
    ]  # fmt: skip
    if not suspects:
        return False
    used = used_nodes(graph, values, graph.outputs)
    for node in suspects:
        if used[node]:
            row, partials = graph.row(node), floats.local_partials(graph, values, node, active)
            for k, partial in enumerate(partials):
                if partial is not None and not math.isfinite(partial) and partial_text(row, k) != "nan":
                    return True
    return False


def sides_along(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], directions: Sequence[Mapping[int, float]]
) -> list[Sides]:
    """What the weighted sum of some nodes does on both sides of the point, along each direction."""
    import mpmath

    from autodiff.differentiate.sweep.expansions import expand
    from autodiff.evaluate import extended

    point = values[: len(graph.inputs)]
    found = []
    with mpmath.workdps(_DIGITS):
        exact = extended.forward(graph, [extended.exact(value) for value in point])
        here = sum([weight * exact[node] for node, weight in weights.items()], mpmath.mpf(0))
        for direction in directions:
            beside = [expand(graph, point, direction, rate) for rate in (-1, 1)]
            left, right = (_beside(nodes, weights, rate, here) for nodes, rate in zip(beside, (-1, 1), strict=True))
            found.append(Sides(left, right, _only_here(graph, values, beside)))
    return found


def _beside(nodes: Sequence[Any], weights: Mapping[int, float], rate: int, here: Number) -> Side:
    """The sum of some nodes on one side, from the germs of all."""
    from autodiff.evaluate import extended, germs

    for node in weights:
        if not isinstance(nodes[node], germs.Germ):
            return Side((), {germs.NoValue: "", germs.Beyond: "jump"}.get(type(nodes[node]), "undecided"))
    try:
        parts = [germs.scale(nodes[node], extended.exact(weight)) for node, weight in weights.items()]
        return _side(germs.total(parts), rate, here)
    except germs.Undecided:
        return Side((), "undecided")


def _side(germ: object, rate: int, here: Number) -> Side:
    """The derivatives on the side where t grows with `rate`."""
    import mpmath

    from autodiff.evaluate.germs import Germ, Undecided

    assert isinstance(germ, Germ)
    if not mpmath.isfinite(germ.limit) or abs(germ.limit - here) > 1e-40 * (abs(here) + abs(germ.limit)):
        return Side((), "jump")
    found: list[float] = []
    for order in range(1, _MOST_ORDER + 1):
        between = [power for power in germ.terms if order - 1 < power[0] < order or (power[0] == order and power[1])]
        if between:
            exponent = min(power[0] for power in between)
            lead = max(power for power in between if power[0] == exponent)
            # A derivative of t^a has the factors a, a - 1, ..., of which the last one is negative or 0 with log(t).
            sign = int(mpmath.sign(germ.terms[lead])) * (-1 if lead[1] % 2 else 1) * rate**order
            found.append(sign * math.inf)
            break
        try:
            found.append(float(germ.coefficient(order) * math.factorial(order) * rate**order))
        except Undecided:
            break
    return Side(tuple(found), "" if found else "undecided")


def _only_here(graph: Graph, values: Sequence[float], beside: Sequence[Sequence[object]]) -> str:
    """What is said of the condition of a choice that holds, or fails, at the point and on neither side of it."""
    from autodiff.evaluate.germs import Beyond, Germ, Undecided

    for _, row, args in graph.operations():
        if row.selects and args[0] >= graph.base:
            here = bool(values[args[0]])
            try:
                truths = [
                    bool(germ.sign) if isinstance(germ, Germ) else True if isinstance(germ, Beyond) else here
                    for germ in (nodes[args[0]] for nodes in beside)
                ]
            except Undecided:
                continue
            if here not in truths:
                source = " ".join(graph.source(args[0]).split())
                return f"{source} {'holds' if here else 'fails'} at this point only"
    return ""


def kept_in_range(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], active: Sequence[int], wanted: Sequence[int],
    adjoints: Sequence[float],
) -> dict[int, float]:  # fmt: skip
    """The adjoints of a regular point that a product lost which left the range of doubles on its way.

    They come from numbers whose exponents have no bounds. Where an adjoint is 0 or not finite, and where very large or
    very small numbers meet, there is something to look for; and where a value is subnormal, and so has few digits.
    """
    if len(graph) > _MOST_NODES:
        return {}
    lost = [node for node in wanted if not adjoints[node] or adjoints[node] - adjoints[node] != 0.0]
    if any([-_NORMAL < value < _NORMAL and value for value in values]):
        lost = [*wanted]
    elif not lost or not any([not _TINY < abs(value) < _HUGE for value in values if value and value - value == 0.0]):
        return {}
    if not is_small(graph, values) or not all([math.isfinite(values[node]) for node in weights]):
        return {}
    import mpmath

    from autodiff.differentiate.sweep import extended as field
    from autodiff.evaluate import extended

    used = used_nodes(graph, values, weights)
    with mpmath.workdps(_DIGITS):
        exact = extended.forward(graph, [extended.exact(value) for value in values[: len(graph.inputs)]])
        found = [float(adjoint) for adjoint in field.reverse(graph, exact, weights, active)]
    return {
        node: found[node]
        for node in lost
        if used[node]
        and found[node]
        and math.isfinite(found[node])
        and not math.isclose(found[node], adjoints[node], rel_tol=_ROUNDED, abs_tol=5e-324)
    }
