"""The numeric oracle: differences of the value in extended precision, with an error estimate of their own."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import mpmath

from autodiff.evaluate import extended
from autodiff.graph.graph import Graph

Number = extended.Number

#: The first step is 2^-70 of the input or of 1, whichever is smaller; while the estimate is not good enough, the step
#: shrinks to the power of two. The last is smaller than any difference of two doubles near 1.
_STEPS = (70, 140, 280, 560, 1120)
#: Inputs far from 1 need more bits, so that a step leaves traces in the input and in the value; at most so many.
_MOST_EXTRA_BITS = 4096
#: A difference whose own estimate of its error is larger than this, relatively, says nothing.
_VAGUE = 1e-6
#: A relative error of the estimate, in decimal digits, that ends the search.
_GOOD = 20
#: An absolute error that ends it too: the derivative is zero, for all that doubles can tell.
_NOTHING = 100
#: One-sided derivatives that differ by more than so many times their errors are different.
_DISTINCT = 1e6
#: Where half the step leaves more than this of the change, the function does not get nearer: it jumps.
_ABRUPT = 0.95


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


def slope(function: Callable[[Number], Number], at: float | Number, *, closely: bool = False) -> Slope:
    """The derivative of `function` at `at`: central differences with step halving (Richardson 1911).

    `closely` is for a function that is known to be on a kink, near which others may be: only the last steps are used.
    """
    for bits in _STEPS[-2:-1] if closely else _STEPS:
        found = _with_step(function, at, bits)
        if closely or found.jumps or found.sides_differ:
            # Two kinks close to each other look like one from far away, and rounding looks like a jump.
            closest = _with_step(function, at, _STEPS[-1])
            return closest if closest.jump > found.jump / 2 else closest._replace(jump=0)
        if found.value is not None and (
            found.error <= abs(found.value) * mpmath.mpf(10) ** -_GOOD or found.error <= mpmath.mpf(10) ** -_NOTHING
        ):
            break
    return found


def _with_step(function: Callable[[Number], Number], at: float | Number, bits: int) -> Slope:
    with mpmath.workprec(64):
        size = mpmath.mag(at) if at and mpmath.isfinite(at) else 0
    extra = min(size if size > 0 else -2 * size, _MOST_EXTRA_BITS)
    with mpmath.workprec(3 * bits + 120 + extra):
        x = extended.exact(at)
        step = (min(abs(x), mpmath.mpf(1)) or mpmath.mpf(1)) * mpmath.mpf(2) ** -bits
        here = function(x)
        far = [function(x + sign * step) for sign in (-1, 1)]
        near = [function(x + sign * step / 2) for sign in (-1, 1)]
        left = _extrapolate(here, far[0], near[0], -step)
        right = _extrapolate(here, far[1], near[1], step)
        jump = max(_jump(here, *side) for side in zip(far, near, strict=True))
        return _combine(x, here, far, near, left, right, step)._replace(jump=jump)


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
    right: tuple[Number, Number] | None, step: Number,
) -> Slope:  # fmt: skip
    if left is None and right is None:
        return Slope(None, None, None, mpmath.inf)
    # Rounding of the value and of the input, over the step, beside the error that the halving shows.
    steepest = max(abs(side[0]) for side in (left, right) if side is not None)
    noise = (abs(here) + steepest * abs(x)) * mpmath.mpf(2) ** -(mpmath.mp.prec - 10) / step
    if left is None or right is None:
        value, error = left or right or (None, mpmath.inf)
        return Slope(left and left[0], right and right[0], value, error + noise)
    coarse, fine = (far[1] - far[0]) / (2 * step), (near[1] - near[0]) / step
    central = (4 * fine - coarse) / 3
    side_error = left[1] + right[1] + noise
    smooth = abs(left[0] - right[0]) <= _DISTINCT * side_error
    error = abs(central - fine) + noise if smooth else side_error
    return Slope(left[0], right[0], central, error, side_error)


def by_input(graph: Graph, inputs: Sequence[float], node: int, *, closely: bool = False) -> Slope:
    """The derivative of the output by one input; `closely` as for `slope`."""
    output = graph.outputs[0]

    def value(moved: Number) -> Number:
        point = [extended.exact(number) for number in inputs]
        point[node] = moved
        return extended.forward(graph, point)[output]

    return slope(value, inputs[node], closely=closely)


def along(graph: Graph, inputs: Sequence[float], direction: Mapping[int, float]) -> Slope:
    """The derivative of the output along a direction, which says how fast each input moves that does."""
    output = graph.outputs[0]

    def value(time: Number) -> Number:
        point = [extended.exact(number) for number in inputs]
        for node, rate in direction.items():
            point[node] += time * rate
        return extended.forward(graph, point)[output]

    return slope(value, 0.0)
