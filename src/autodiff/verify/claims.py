"""Derivatives that somebody claims: are they right, where are they wrong, and what is missing?

The truth at a point is our gradient with fifty digits, which the check of gradients stands for. A claim that agrees at
every point drawn is right for all practical purposes; SymPy may prove it for all points.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import mpmath

from autodiff.differentiate import extended as extended_sweep
from autodiff.differentiate.results import Gradient
from autodiff.differentiate.reverse import dependents
from autodiff.evaluate import extended
from autodiff.graph.graph import Graph
from autodiff.syntax.numbers import for_people
from autodiff.verify.results import Verdict

Number = extended.Number

#: Where variables are drawn from unless a range is given: first near one, then wider, for formulas defined there only.
_INTERVALS = ((0.25, 2.0), (-2.0, 2.0), (-0.95, 0.95), (1.0, 10.0), (-10.0, 10.0))
#: How many draws a wanted point may cost.
_TRIES = 40
_DIGITS = 60
#: Two numbers with sixty digits agree if they do to so many.
_AGREEMENT = 25


class Point(NamedTuple):
    """A point with the claim and the truth there."""

    where: Mapping[str, float]
    claim: float
    truth: float


class ClaimCheck(NamedTuple):
    """The verdict on a claimed derivative by `name`.

    `points` counts where it was compared, `proved` says that SymPy proved it, `counterexample` is a point where it
    fails, and `advice` says what is missing, where that is simple.
    """

    name: str
    claim: str
    verdict: Verdict
    points: int
    proved: bool
    counterexample: Point | None
    advice: str
    remarks: tuple[str, ...] = ()

    def proved_by(self, answer: str | None) -> "ClaimCheck":
        """The same with what SymPy said: "yes", "no" or nothing."""
        if self.verdict is not Verdict.PASS or answer is None:
            return self
        if answer == "yes":
            return self._replace(proved=True)
        return self._replace(remarks=(*self.remarks, "SymPy could not confirm it"))


class Sampling(NamedTuple):
    """How points are drawn: how many, from which seed, and from which ranges."""

    samples: int
    seed: int
    ranges: Mapping[str, tuple[float, float]]


class _Known(NamedTuple):
    """Everything at one point: values, adjoints, the claim and the truth."""

    where: Mapping[str, float]
    values: Sequence[Number]
    adjoints: Sequence[Number]
    claim: Number
    truth: Number


def check_claim(graph: Graph, name: str, claim: Graph, given: Mapping[str, float], sampling: Sampling) -> ClaimCheck:
    """Judge the claim that `claim` is the derivative of `graph` by `name`.

    `given` binds variables; the others are drawn.
    """
    known: list[_Known] = []
    kinked = False
    for where in _points(graph, given, sampling):
        gradient = Gradient(graph, [where[variable] for variable in graph.inputs], [name])
        if gradient.diagnosis is not None:
            continue
        if gradient.kinks:
            kinked = True
            continue
        known.append(_compare(graph, name, claim, where))
        if len(known) == sampling.samples:
            break
    wrong = [found for found in known if not _agree(found.claim, found.truth)]
    if wrong:
        worst = wrong[0]
        point = Point(worst.where, float(worst.claim), float(worst.truth))
        return ClaimCheck(name, claim.text, Verdict.FAIL, len(known), False, point, _advice(graph, name, known))
    if not known:
        verdict = Verdict.KINK if kinked else Verdict.UNDEFINED
        remark = "the point sits on a kink" if kinked else "no point was found where the formula is defined"
        return ClaimCheck(name, claim.text, verdict, 0, False, None, "", (remark,))
    return ClaimCheck(name, claim.text, Verdict.PASS, len(known), False, None, "")


def _points(graph: Graph, given: Mapping[str, float], sampling: Sampling) -> Iterator[dict[str, float]]:
    """The given point, or points drawn for the variables that are not given."""
    free = [name for name in graph.inputs if name not in given]
    if not free:
        yield dict(given)
        return
    draw = random.Random(sampling.seed)
    for turn in range(sampling.samples * _TRIES):
        interval = _INTERVALS[turn % len(_INTERVALS)]
        drawn = {name: draw.uniform(*sampling.ranges.get(name, interval)) for name in free}
        # Few digits read better in a counterexample, and are as good.
        yield {**given, **{name: _rounded(x, sampling.ranges.get(name, interval)) for name, x in drawn.items()}}


def _rounded(x: float, interval: tuple[float, float]) -> float:
    low, high = interval
    rounded = float(f"{x:.4g}")
    return rounded if low <= rounded <= high else x


def _compare(graph: Graph, name: str, claim: Graph, where: Mapping[str, float]) -> _Known:
    """The claim and the truth at a point; numbers in both formulas mean the decimals that they are written as."""
    with extended.digits(_DIGITS):
        values = _evaluate(graph, where)
        node = graph.input_numbers[name]
        adjoints = extended_sweep.reverse(graph, values, graph.outputs[0], dependents(graph, [node]))
        return _Known(where, values, adjoints, _evaluate(claim, where)[claim.outputs[0]], adjoints[node])


def _evaluate(graph: Graph, where: Mapping[str, float]) -> list[Number]:
    return extended.forward(graph, [extended.exact(where[name]) for name in graph.inputs], decimal=True)


def _agree(a: Number, b: Number) -> bool:
    if not mpmath.isfinite(a) or not mpmath.isfinite(b):
        return False
    size = max(abs(a), abs(b))
    return bool(abs(a - b) <= size * mpmath.mpf(10) ** -_AGREEMENT or size < mpmath.mpf(10) ** -_DIGITS)


def _advice(graph: Graph, name: str, known: Sequence[_Known]) -> str:
    """What is wrong with a claim, where that is simple: a factor, a sign, an inner derivative, a forgotten term."""
    usable = [found for found in known if found.claim and found.truth and mpmath.isfinite(found.claim)]
    with extended.digits(_DIGITS):
        if not usable:
            return "it is 0 and should not be" if all(not found.claim for found in known) else ""
        ratios = [found.truth / found.claim for found in usable]
        if len(usable) > 1 and all(_agree(ratio, ratios[0]) for ratio in ratios):
            return _constant_factor(ratios[0])
        if len(usable) > 1:
            gaps = [found.truth - found.claim for found in usable]
            if all(_agree(gap, gaps[0]) for gap in gaps):
                return f"it is off by a constant: add {_simple(gaps[0])}"
        return _inner_derivative(graph, name, usable, ratios) or _forgotten_term(graph, name, usable)


def _constant_factor(ratio: Number) -> str:
    if _agree(ratio, mpmath.mpf(-1)):
        return "the sign is wrong"
    return f"a constant factor is missing: multiply it by {_simple(ratio)}"


def _simple(number: Number) -> str:
    """A number as people would write it: a whole number, a fraction with a small denominator, or digits."""
    for below in range(1, 13):
        above = mpmath.nint(number * below)
        if _agree(number * below, above) and abs(above) < 10**6:
            return str(int(above)) if below == 1 else f"{int(above)}/{below}"
    return for_people(float(number), 12)


def _inner_derivative(graph: Graph, name: str, usable: Sequence[_Known], ratios: Sequence[Number]) -> str:
    """A factor that is the derivative of a part of the formula: the chain rule was forgotten, or applied twice."""
    node = graph.input_numbers[name]
    active = dependents(graph, [node])
    for inner in range(graph.base, len(graph)):
        if not active[inner] or inner in graph.outputs:
            continue
        slopes = [extended_sweep.reverse(graph, found.values, inner, active)[node] for found in usable]
        if any(not slope or _agree(abs(slope), mpmath.mpf(1)) for slope in slopes):
            continue
        source = graph.source(inner)
        for sign, word in ((1, ""), (-1, ", and the sign is wrong")):
            if all(_agree(ratio, sign * slope) for ratio, slope in zip(ratios, slopes, strict=True)):
                return f"the inner derivative is missing: multiply it by the derivative of {source} by {name}{word}"
            if all(_agree(ratio * slope, mpmath.mpf(sign)) for ratio, slope in zip(ratios, slopes, strict=True)):
                return f"the inner derivative is there twice: divide it by the derivative of {source} by {name}{word}"
    return ""


def _forgotten_term(graph: Graph, name: str, usable: Sequence[_Known]) -> str:
    """One of the routes by which the variable reaches the output is left out."""
    node = graph.input_numbers[name]
    for consumer, row, args in graph.operations():
        for k, arg in enumerate(args):
            if arg != node:
                continue
            gaps = []
            for found in usable:
                local = extended.partial(row, k, [found.values[place] for place in args])
                gaps.append(found.adjoints[consumer] * local)
            if all(gap and _agree(found.claim + gap, found.truth) for found, gap in zip(usable, gaps, strict=True)):
                return f"a term is missing: the part that goes through {graph.source(consumer)}"
    return ""
