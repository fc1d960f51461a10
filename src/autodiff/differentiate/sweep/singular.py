"""Points where local rules may fail, and what the function itself does there.

The chain rule holds where every operation is smooth. At a kink, at the boundary of a condition, and where an infinite
local derivative meets a zero, the product of local derivatives need not be the derivative, and often there is one all
the same: the germs of the function say so. Nothing here runs at any other point.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autodiff.differentiate.sweep.shares import Number
from autodiff.graph.graph import Graph
from autodiff.graph.walk import used_nodes

_DIGITS = 80
#: A number that is so near to its truth lost no digits.
_ROUNDED = 2.0**-50
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


def chosen(swept: float, sides: Sides, *, beyond: bool) -> float:
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


def in_extended_range(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], active: Sequence[int], lost: Sequence[int],
    adjoints: Sequence[float],
) -> dict[int, float]:  # fmt: skip
    """Some adjoints as numbers give them whose exponents have no bounds, where those of doubles are not nearly them."""
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
