"""The numeric oracle: differences of the value in extended precision, with an error estimate of their own."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import mpmath

from autodiff.evaluate import extended
from autodiff.evaluate.floats import forward
from autodiff.graph.graph import Graph

Number = extended.Number

#: The first step is 2^-70 of the smallest number around, or of 1; while the estimate is not good enough, the step
#: shrinks to the power of two. The last is smaller than any difference of two doubles near 1.
_STEPS = (70, 140, 280, 560, 1120)
#: How far from 1 numbers count, as a binary exponent: doubles end there.
_FARTHEST = 1100
#: After so many seconds no closer step is tried.
_PATIENCE = 5.0
#: A difference whose own estimate of its error is larger than this, relatively, says nothing.
_VAGUE = 1e-6
#: A relative error of the estimate, in decimal digits, that ends the search.
_GOOD = 20
#: An absolute error that ends it too: the derivative is zero, for all that doubles can tell.
_NOTHING = 100
#: One-sided derivatives that differ by more than so many times their errors are different.
_DISTINCT = 1e6
#: So many of the last bits of a value are not relied on.
_GUARD = 10
#: Where half the step leaves more than this of the change, the function does not get nearer: it jumps.
_ABRUPT = 0.95
#: Beside a singular point: two steps as powers of ten, and digits that leave many right whatever cancels.
_BESIDE, _BESIDE_DIGITS = (40, 80), 500


class Slope(NamedTuple):
    """A derivative by differences: from below, from above, their central value, and an estimate of its error.

    A side is None where the function is undefined on that side. `side_error` is the estimate for the two sides, and
    `jump` is how far the function stays from its value here, however near one comes: then there is no derivative.
    """

    left: Number | None
    right: Number | None
    value: Number | None
    error: Number
    side_error: Number = mpmath.inf
    jump: Number = 0

    @property
    def jumps(self) -> bool:
        return bool(self.jump)

    @property
    def sides_differ(self) -> bool:
        """Whether the two one-sided derivatives are different numbers, whatever the rounding."""
        if self.left is None or self.right is None or self.jumps:
            return False
        apart = abs(self.left - self.right)
        far = mpmath.mpf(10) ** -_GOOD * (abs(self.left) + abs(self.right))
        return bool(apart > _DISTINCT * self.side_error and apart > far)

    @property
    def is_sharp(self) -> bool:
        """Whether the estimate of the error is small enough for the value to say anything."""
        return (
            self.value is not None
            and not self.jumps
            and bool(self.error <= abs(self.value) * _VAGUE + mpmath.mpf(10) ** -_GOOD)
        )


def slope(
    function: Callable[[Number], Number], at: float | Number, beside: Iterable[float | Number] = (), *,
    closely: bool = False, inside: float = 0.0, nothing: Number | None = None,
) -> Slope:  # fmt: skip
    """The derivative of `function` at `at`: central differences with step halving (Richardson 1911).

    `beside` are the numbers that `function` computes with: steps are small beside the smallest. `closely` is for a
    function that is known to be on a kink, near which others may be: only the last steps are used. `inside` is how
    large what rounds inside the function is, as far as that shows in the value; an error of `nothing` is none.
    """
    least = mpmath.mpf(10) ** -_NOTHING if nothing is None else min(nothing, mpmath.mpf(10) ** -_NOTHING)
    smallest, largest = _sizes([at, *beside])
    started = time.monotonic()
    for bits in _STEPS[-2:-1] if closely else _STEPS:
        found = _with_step(function, at, bits, smallest, largest, closely=closely, inside=inside)
        if closely or found.jumps or found.sides_differ:
            # Two kinks close to each other look like one from far away, and rounding looks like a jump.
            closest = _with_step(function, at, _STEPS[-1], smallest, largest, closely=True, inside=inside)
            return closest if closest.jump > found.jump / 2 else closest._replace(jump=0)
        if found.value is not None and (
            found.error <= abs(found.value) * mpmath.mpf(10) ** -_GOOD or found.error <= least
        ):
            break
        if time.monotonic() - started > _PATIENCE:
            break
    return found


def _sizes(numbers: Iterable[float | Number]) -> tuple[int, int]:
    """The binary exponents of the smallest and of the largest of some numbers and 1."""
    with mpmath.workprec(53):
        sizes = [0, *(int(mpmath.mag(number)) for number in numbers if number and mpmath.isfinite(number))]
    return max(min(sizes), -_FARTHEST), min(max(sizes), _FARTHEST)


def one_sided(graph: Graph, inputs: Sequence[float], node: int) -> tuple[float | None, float | None]:
    """The derivatives by an input from below and from above, by the function alone; None where they do not settle.

    Two steps that are far below all that matters, with digits to match; NaN where there is no function.
    """
    found: list[float | None] = []
    with mpmath.workdps(_BESIDE_DIGITS + digits_between(inputs)):
        point = [extended.exact(value) for value in inputs]
        here = extended.forward(graph, point)[graph.outputs[0]]
        for side in (-1, 1):
            slopes = []
            for digits in _BESIDE:
                step = side * mpmath.mpf(10) ** -digits * min(1, abs(point[node]) or 1)
                moved = [*point[:node], point[node] + step, *point[node + 1 :]]
                slopes.append((extended.forward(graph, moved)[graph.outputs[0]] - here) / step)
            found.append(_settled(*slopes))
    return found[0], found[1]


def _settled(far: Number, near: Number) -> float | None:
    """Where slopes tend to, of which the second has by far the smaller step."""
    if mpmath.isnan(far) or mpmath.isnan(near):
        return math.nan if mpmath.isnan(far) and mpmath.isnan(near) else None
    if abs(near) <= 1e-15 and abs(far) <= 1e-10:
        return 0.0 if abs(near) < 1e-20 or abs(near) <= abs(far) / 100 else float(near)
    if abs(near - far) <= 1e-15 * abs(near):
        return float(near)
    return float(mpmath.sign(near)) * math.inf if abs(near) > 100 * abs(far) else None


def digits_between(numbers: Iterable[float | Number]) -> int:
    """How many decimal digits lie between the largest and the smallest of some numbers and 1."""
    smallest, largest = _sizes(numbers)
    return int((largest - smallest) * math.log10(2))


def _with_step(
    function: Callable[[Number], Number], at: float | Number, bits: int, smallest: int, largest: int, *,
    closely: bool, inside: float,
) -> Slope:  # fmt: skip
    # Sides that differ need few digits, and what is gamma costs seconds with a thousand.
    precision = bits + 250 if closely else min(3 * bits + 120, bits + 1000)
    with mpmath.workprec(precision + largest - 2 * smallest):
        x = extended.exact(at)
        step = mpmath.mpf(2) ** (smallest - bits)
        here = function(x)
        far = [function(x + sign * step) for sign in (-1, 1)]
        near = [function(x + sign * step / 2) for sign in (-1, 1)]
        left = _extrapolate(here, far[0], near[0], -step)
        right = _extrapolate(here, far[1], near[1], step)
        jump = max(_jump(here, *side) for side in zip(far, near, strict=True))
        return _combine(x, here, far, near, left, right, step, inside)._replace(jump=jump)


def _jump(here: Number, far: Number, near: Number) -> Number:
    """How far the function stays from its value at the point; zero if it comes nearer."""
    if not all(mpmath.isfinite(value) for value in (here, far, near)):
        return mpmath.mpf(0)
    gap = abs(near - here)
    return gap if gap > _ABRUPT * abs(far - here) else mpmath.mpf(0)


def _extrapolate(here: Number, far: Number, near: Number, step: Number) -> tuple[Number, Number] | None:
    """A one-sided derivative from two steps and its error; None where the function is undefined on that side."""
    if not all(mpmath.isfinite(value) for value in (here, far, near)):
        return None
    coarse, fine = (far - here) / step, (near - here) / (step / 2)
    better = 2 * fine - coarse
    return better, abs(better - fine)


def _combine(
    x: Number, here: Number, far: Sequence[Number], near: Sequence[Number], left: tuple[Number, Number] | None,
    right: tuple[Number, Number] | None, step: Number, inside: float,
) -> Slope:  # fmt: skip
    if left is None and right is None:
        return Slope(None, None, None, mpmath.inf)
    # Rounding of the value, of the input and of all that cancels on the way, over the step, beside the error that the
    # halving shows.
    steepest = max(abs(side[0]) for side in (left, right) if side is not None)
    rounds = max((abs(here) + steepest * abs(x)) * 2**_GUARD, mpmath.mpf(inside) * 8)
    noise = rounds * mpmath.mpf(2) ** -mpmath.mp.prec / step
    if left is None or right is None:
        value, error = left or right or (None, mpmath.inf)
        return Slope(left and left[0], right and right[0], value, error + noise)
    coarse, fine = (far[1] - far[0]) / (2 * step), (near[1] - near[0]) / step
    central = (4 * fine - coarse) / 3
    side_error = left[1] + right[1] + noise
    smooth = abs(left[0] - right[0]) <= _DISTINCT * side_error
    error = abs(central - fine) + noise if smooth else side_error
    return Slope(left[0], right[0], central, error, side_error)


def by_input(
    graph: Graph, inputs: Sequence[float], node: int, *, closely: bool = False, sizes: Sequence[float] = (),
    nothing: Number | None = None,
) -> Slope:  # fmt: skip
    """The derivative of the output by one input; `closely` and `nothing` as for `slope`.

    `sizes` says for each node how much of a change of it may show in the output.
    """
    output = graph.outputs[0]
    beside = forward(graph, inputs)
    rounded = [abs(size * value) for size, value in zip(sizes, beside, strict=True)] if sizes else []
    inside = sum(size for size in rounded[graph.base :] if math.isfinite(size))

    def value(moved: Number) -> Number:
        point = [extended.exact(number) for number in inputs]
        point[node] = moved
        return extended.forward(graph, point)[output]

    return slope(value, inputs[node], beside, closely=closely, inside=inside, nothing=nothing)


def along(graph: Graph, inputs: Sequence[float], direction: Mapping[int, float]) -> Slope:
    """The derivative of the output along a direction, which says how fast each input moves that does."""
    output = graph.outputs[0]
    beside = forward(graph, inputs)

    def value(time: Number) -> Number:
        point = [extended.exact(number) for number in inputs]
        for node, rate in direction.items():
            point[node] += time * rate
        return extended.forward(graph, point)[output]

    return slope(value, 0.0, beside)
