"""The numeric witness: differences by each input, or along directions where there are too many."""

import math
from collections.abc import Mapping, Sequence

import mpmath

from autodiff.evaluate import extended
from autodiff.verify.oracles import differences
from autodiff.verify.oracles.witness import DIGITS, ZERO, Ours, Question, Statement, agree

NAME = "numeric"
#: Differences by each input cost five evaluations of the whole graph or more; beyond so many operations in all,
#: differences along directions that move every input replace them. Measured: 10^5 operations take about a second.
MOST_DIFFERENCES = 100_000
#: A graph of more nodes than this gets one direction, a smaller one two.
_LARGE = 10_000
#: By so many digits a derivative stands out of the noise.
_STANDS_OUT = 20


class Differences:
    """The entry in the list of witnesses."""

    name, doing = NAME, "differences"

    def ask(self, questions: Sequence[Question]) -> "Sequence[_Hearing]":
        return [_Hearing(question) for question in questions]


class _Hearing:
    def __init__(self, question: Question) -> None:
        self._question = question

    def answer(self, ours: Ours, seconds: float) -> Mapping[int, Statement]:
        question = self._question
        if by_each(question):
            return {node: _by_input(question, ours, node) for node in question.wanted}
        agrees = _direction_agrees(question, ours)
        return dict.fromkeys(question.wanted, Statement(agrees=agrees))

    def stop(self) -> None:
        """It works while it is asked only."""


def by_each(question: Question) -> bool:
    """Whether there is time for each input by itself."""
    return len(question.wanted) * len(question.graph) <= MOST_DIFFERENCES


def direction(question: Question, turn: int = 0) -> dict[int, float]:
    """A fixed direction that moves every wanted input: for each how fast it moves."""
    weights = {}
    for k, node in enumerate(question.wanted):
        # Weights without a pattern that a gradient could share: the fractional parts of k times the golden ratio.
        weight = 0.5 + math.modf((k + 1) * 0.6180339887498949 * (turn + 1))[0]
        weights[node] = weight * (abs(question.inputs[node]) or 1.0) * (-1) ** (k >> turn)
    return weights


def _by_input(question: Question, ours: Ours, node: int) -> Statement:
    with extended.digits(DIGITS):
        size = abs(ours.adjoints[node])
        # A derivative is looked at until it stands out of the noise, or is 0 for all doubles.
        nothing = max(size, ZERO) * mpmath.mpf(10) ** -_STANDS_OUT if size and mpmath.isfinite(size) else None
    slope = differences.by_input(
        question.graph, question.inputs, node, closely=bool(ours.kinked[node]), sizes=ours.sizes, nothing=nothing
    )
    if not slope.is_sharp or slope.value is None:
        return Statement(slope=slope, reason=_silence(slope))
    with extended.digits(DIGITS):
        near = abs(ours.adjoints[node] - slope.value) <= 100 * slope.error
        agrees = bool(near) or agree(ours.adjoints[node], slope.value, ours.sizes[node])
    return Statement(slope.value, agrees, slope=slope)


def _silence(slope: differences.Slope) -> str:
    """Why differences say nothing."""
    if slope.jumps:
        return "the function jumps here"
    return "the function is undefined beside the point" if slope.value is None else "differences do not settle"


def _direction_agrees(question: Question, ours: Ours) -> bool | None:
    """Whether the gradient agrees with differences along directions that move every wanted input."""
    for turn in range(1 if len(question.graph) > _LARGE else 2):
        weights = direction(question, turn)
        slope = differences.along(question.graph, question.inputs, weights)
        if slope.value is None or slope.sides_differ:
            return None
        with extended.digits(DIGITS):
            parts = [ours.adjoints[node] * weight for node, weight in weights.items()]
            scale = mpmath.fsum(parts, absolute=True)
            if abs(mpmath.fsum(parts) - slope.value) > 100 * slope.error + scale * mpmath.mpf(10) ** -20:
                return False
    return True
