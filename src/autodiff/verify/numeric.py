"""The numeric oracle: differences of the value in extended precision, with an error estimate of their own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import mpmath

from autodiff.evaluate import extended
from autodiff.graph.graph import Graph

Number = extended.Number

#: The first step is 2^-70 of the input; while the estimate is not good enough, the step shrinks to the power of two.
_STEPS = (70, 140, 280, 560)
#: A difference whose own estimate of its error is larger than this, relatively, says nothing.
_VAGUE = 1e-6
#: A relative error of the estimate, in decimal digits, that ends the search.
_GOOD = 20
#: The error of a derivative that is nothing beside the value over the input ends it too.
_NOTHING = 35


class Slope(NamedTuple):
    """A derivative by differences: from below, from above, their central value, and an estimate of its error.

    A side is None where the function is undefined on that side.
    """

    left: Number | None
    right: Number | None
    value: Number | None
    error: Number

    @property
    def sides_differ(self) -> bool:
        """Whether the two one-sided derivatives are different numbers, whatever the rounding."""
        if self.left is None or self.right is None:
            return False
        apart = abs(self.left - self.right)
        return bool(apart > 1000 * self.error and apart > mpmath.mpf(10) ** -20 * (abs(self.left) + abs(self.right)))

    @property
    def is_sharp(self) -> bool:
        """Whether the estimate of the error is small enough for the value to say anything."""
        return self.value is not None and bool(self.error <= abs(self.value) * _VAGUE + mpmath.mpf(10) ** -_GOOD)


def slope(function: Callable[[Number], Number], at: float | Number) -> Slope:
    """The derivative of `function` at `at`: central differences with step halving (Richardson 1911)."""
    found = Slope(None, None, None, mpmath.inf)
    for bits in _STEPS:
        with mpmath.workprec(3 * bits + 120):
            x = extended.exact(at)
            step = (abs(x) or mpmath.mpf(1)) * mpmath.mpf(2) ** -bits
            here = function(x)
            far = [function(x + sign * step) for sign in (-1, 1)]
            near = [function(x + sign * step / 2) for sign in (-1, 1)]
            left = _extrapolate(here, far[0], near[0], -step)
            right = _extrapolate(here, far[1], near[1], step)
            found = _combine(here, far, near, left, right, step)
            ten = mpmath.mpf(10)
            enough = abs(found.value or 0) * ten**-_GOOD + abs(here) / (abs(x) or 1) * ten**-_NOTHING
            if found.value is not None and (found.error <= enough or found.sides_differ):
                break
    return found


def _extrapolate(here: Number, far: Number, near: Number, step: Number) -> tuple[Number, Number] | None:
    """A one-sided derivative from two steps and its error; None where the function is undefined on that side."""
    if not all(mpmath.isfinite(value) for value in (here, far, near)):
        return None
    coarse, fine = (far - here) / step, (near - here) / (step / 2)
    better = 2 * fine - coarse
    return better, abs(better - fine)


def _combine(
    here: Number, far: Sequence[Number], near: Sequence[Number], left: tuple[Number, Number] | None,
    right: tuple[Number, Number] | None, step: Number,
) -> Slope:  # fmt: skip
    if left is None and right is None:
        return Slope(None, None, None, mpmath.inf)
    if left is None or right is None:
        value, error = left or right or (None, mpmath.inf)
        return Slope(left and left[0], right and right[0], value, error)
    coarse, fine = (far[1] - far[0]) / (2 * step), (near[1] - near[0]) / step
    central = (4 * fine - coarse) / 3
    smooth = abs(left[0] - right[0]) <= 1000 * (left[1] + right[1])
    # Rounding in the differences, beside the error that the halving shows.
    noise = (abs(here) + abs(step)) * mpmath.mpf(2) ** -(mpmath.mp.prec - 10) / step
    error = abs(central - fine) + noise if smooth else left[1] + right[1] + noise
    return Slope(left[0], right[0], central, error)


def by_input(graph: Graph, inputs: Sequence[float], node: int) -> Slope:
    """The derivative of the output by one input."""
    output = graph.outputs[0]

    def value(moved: Number) -> Number:
        point = [extended.exact(number) for number in inputs]
        point[node] = moved
        return extended.forward(graph, point)[output]

    return slope(value, inputs[node])


def along(graph: Graph, inputs: Sequence[float], direction: Sequence[float]) -> Slope:
    """The derivative of the output along a direction in the space of all inputs."""
    output = graph.outputs[0]

    def value(time: Number) -> Number:
        point = [extended.exact(number) + time * rate for number, rate in zip(inputs, direction, strict=True)]
        return extended.forward(graph, point)[output]

    return slope(value, 0.0)
