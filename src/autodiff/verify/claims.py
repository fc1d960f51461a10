"""Derivatives that somebody claims: are they right, and where are they wrong?

The truth at a point is our gradient with fifty digits, which the check of gradients stands for. A claim that agrees at
every point drawn is right for all practical purposes; SymPy may prove it for all points.
"""

import math
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

import mpmath

from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.sweep.kinks import has_kinks
from autodiff.evaluate import extended
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.numerals import for_people, in_words
from autodiff.verify import advice, blame
from autodiff.verify.advice import Known, advise, agree
from autodiff.verify.judge import extended_adjoints
from autodiff.verify.oracles import differences as numeric
from autodiff.verify.results import Verdict

Number = extended.Number

#: Where variables are drawn from unless a range is given: first near one, then wider, for formulas defined there only.
_INTERVALS = ((0.25, 2.0), (-2.0, 2.0), (-0.95, 0.95), (1.0, 10.0), (-10.0, 10.0))
#: Beyond those a formula with cases may change; it is drawn near so many of its numbers, below so much.
_MOST_BOUNDARIES = 8
_FARTHEST = 1e6
#: Around, beyond and below a scale; so many scales are looked at, of so many variables; and what two close numbers are.
_BESIDE = ((0.5, 0.99), (1.01, 2.0), (2.0, 30.0), (0.03, 0.5))
_MOST_SCALES, _MOST_SEARCHED, _CLOSE = 9, 3, 0.05
#: How many draws a wanted point may cost, and how many draws without any point end the search.
_TRIES = 40
_HOPELESS = 2000
#: Digits of the comparison, and how many more they are than those of a first one: rounding shrinks by most of that.
_DIGITS, _FEWER_DIGITS = 200, advice.DIGITS
_SHRINKS = 100
#: The digits that a gap beside 0 is looked at with, at most.
_MOST_DIGITS = 10_000
#: Numbers of that many digits agree if they do to so many.
_EQUAL = 150
#: How many points are compared with that many digits.
_THOROUGH = 20
#: A number with so many digits is a rounded one: 3.14159265358979 means pi.
_ROUNDED = 15


class Point(NamedTuple):
    """A point with the claim and the truth there; `shown` holds both with the digits that tell them apart."""

    where: Mapping[str, float]
    claim: float
    truth: float
    shown: tuple[str, str]


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
    """How points are drawn: how many, from which seed, from which ranges, and until when (of `time.monotonic`).

    Variables in `fixed` stay at the values they are given.
    """

    samples: int
    seed: int
    ranges: Mapping[str, tuple[float, float]]
    until: float = math.inf
    fixed: Sequence[str] = ()


def check_claim(
    graph: Graph, name: str, claim: Graph, given: Mapping[str, float], sampling: Sampling,
    first: Mapping[str, float] = MappingProxyType({}),
) -> ClaimCheck:  # fmt: skip
    """Judge the claim that `claim` is the derivative of `graph` by `name`.

    `given` binds variables; the others are drawn, after a first point at which those in `first` have these values. By a
    variable that `graph` does not use, the derivative is 0.
    """
    wanted = [name] if name in graph.input_numbers else []
    known: list[Known] = []
    kinked, undefined = False, ""
    late = False
    for turn, (where, counts) in enumerate(_points(graph, claim, given, sampling, first)):
        late = bool(known) and time.monotonic() > sampling.until
        if late or (not known and turn == _HOPELESS):
            break
        if counts and len(known) >= sampling.samples:
            continue
        gradient = Gradient(graph, [where[variable] for variable in graph.inputs], wanted)
        if gradient.diagnosis is not None:
            undefined = undefined or gradient.diagnosis.message
            continue
        if gradient.kinks or _is_kink(gradient):
            kinked = True
            continue
        if gradient.swept:
            undefined = undefined or "local rules fail here, and a claim by them would too"
            continue
        found = _compare(graph, name, claim, where, known)
        if not mpmath.isfinite(found.truth):
            undefined = undefined or "with the decimals as they are written, it is not finite"
            continue
        if _is_indeterminate(gradient):
            undefined = undefined or "it is 0 times infinity"
            continue
        known.append(found)
    if not known:
        verdict = Verdict.KINK if kinked else Verdict.UNDEFINED
        remark = f"no point was found where the derivative has a value: {undefined}"
        remark = "the point sits on a kink" if kinked else remark
        return ClaimCheck(name, claim.text, verdict, 0, False, None, "", (remark,))
    wrong = [found for found in known if not found.right]
    rounding = _rounding(graph, claim)
    if all(found.apart <= rounding for found in wrong):
        remarks = [f"it agrees to {_digits(wrong)} digits, as far as its rounded numbers go"] if wrong else []
        remarks += ["there was no time for more points"] if late else []
        return ClaimCheck(name, claim.text, Verdict.PASS, len(known), False, None, "", tuple(remarks))
    worst = next((found for found in wrong if mpmath.isfinite(found.claim)), wrong[0])
    point = Point(worst.where, float(worst.claim), float(worst.truth), _shown(worst.claim, worst.truth))
    # Far out one term drowns the others: advice is sought where variables usually are, if that shows anything.
    usual = known[: sampling.samples]
    told = known if all(found.right for found in usual) else usual
    only = first and known[0].right and {**worst.where, **first} != worst.where
    remarks = ["it is right at the values that were given, but not at others of the same shape"] if only else []
    return ClaimCheck(
        name, claim.text, Verdict.FAIL, len(known), False, point, advise(graph, name, told), tuple(remarks)
    )


def _is_kink(gradient: Gradient) -> bool:
    """Whether the one-sided derivatives differ where the rules see no kink, as for sqrt(x^2) at 0."""
    if not any(blame.zeros_times_infinity(gradient)):
        return False
    slope = _slope(gradient)
    return slope.sides_differ or slope.jumps


def _is_indeterminate(gradient: Gradient) -> bool:
    """Whether 0 times infinity was taken as 0 in the gradient, and differences do not confirm that."""
    if not any(blame.zeros_times_infinity(gradient)):
        return False
    slope, (adjoint,) = _slope(gradient), gradient.partials.values()
    return slope.value is None or abs(slope.value - adjoint) > 100 * slope.error + 1e-12 * abs(adjoint)


def _slope(gradient: Gradient) -> numeric.Slope:
    graph = gradient.graph
    return numeric.by_input(graph, gradient.values[: len(graph.inputs)], gradient.wanted_nodes[0])


def _points(
    graph: Graph, claim: Graph, given: Mapping[str, float], sampling: Sampling, first: Mapping[str, float]
) -> Iterator[tuple[dict[str, float], bool]]:  # fmt: skip
    """The given point, or points drawn for the variables that are not given; and whether there are enough at some time.

    The point with the values of `first` is one more. After those that were asked for come those at which the numbers in
    the formulas make them other ones.
    """
    # A claim may use what the formula, spelled out in numbers, does not.
    free = [name for name in dict.fromkeys([*graph.inputs, *claim.inputs]) if name not in given]
    if not free:
        yield dict(given), False
        return
    draw = random.Random(sampling.seed)
    intervals = [*_INTERVALS, *((middle - 1, middle + 1) for middle in _boundaries(graph, claim))]
    if first:
        drawn = {name: _uniform(draw, *sampling.ranges.get(name, intervals[0])) for name in free}
        yield {**given, **{name: _rounded(x, sampling.ranges.get(name, intervals[0])) for name, x in drawn.items()},
               **{name: x for name, x in first.items() if name in graph.input_numbers}}, False  # fmt: skip
    for turn in range(sampling.samples * _TRIES):
        interval = intervals[turn % len(intervals)]
        drawn = {name: _uniform(draw, *sampling.ranges.get(name, interval)) for name in free}
        # Few digits read better in a counterexample, and are as good.
        yield {**given, **{name: _rounded(x, sampling.ranges.get(name, interval)) for name, x in drawn.items()}}, True
    for name in free[:_MOST_SEARCHED]:
        for low, high in _remote(graph, claim) if name not in sampling.ranges else ():
            drawn = {other: _uniform(draw, *sampling.ranges.get(other, _INTERVALS[0])) for other in free}
            x = _uniform(draw, low, high)
            narrow = high - low < _CLOSE * abs(high)
            yield {**given, **drawn, name: x if narrow else _rounded(x, (low, high))}, False


def _remote(*graphs: Graph) -> list[tuple[float, float]]:
    """Intervals where the numbers in the formulas may make them other ones.

    They lie around, beyond and below the scales that the numbers, their inverses and their roots are; and between two
    numbers that are close to each other, of which a claim may have one wrong.
    """
    given = (abs(number) for graph in graphs for number in graph.constants)
    numbers = sorted({number for number in given if number and math.isfinite(number)})
    found = [(low, high) for low, high in pairwise(numbers) if high - low < _CLOSE * high]
    scales = {scale for number in numbers for scale in (number, 1 / number, math.sqrt(number)) if math.isfinite(scale)}
    for scale in sorted(scales, key=lambda scale: abs(math.log(scale)))[-_MOST_SCALES:]:
        if not _INTERVALS[0][0] <= scale <= _INTERVALS[-1][1]:
            found += [(low * scale, high * scale) for low, high in _BESIDE]
    return [interval for low, high in found for interval in ((low, high), (-high, -low)) if math.isfinite(high)]


def _boundaries(*graphs: Graph) -> list[float]:
    """Numbers beyond the usual intervals near which a formula with cases may be another one."""
    if not any(call.row.selects or has_kinks(call.row) for graph in graphs for call in graph.calls):
        return []
    numbers = sorted({sign * number for graph in graphs for number in graph.constants for sign in (1, -1)}, key=abs)
    return [number for number in numbers if _INTERVALS[0][1] < abs(number) < _FARTHEST][:_MOST_BOUNDARIES]


def _uniform(draw: random.Random, low: float, high: float) -> float:
    if math.isfinite(high - low):
        return draw.uniform(low, high)
    share = draw.random()
    return low * (1 - share) + high * share


def _rounded(x: float, interval: tuple[float, float]) -> float:
    low, high = interval
    rounded = float(f"{x:.4g}")
    return rounded if low <= rounded <= high else x


def _compare(graph: Graph, name: str, claim: Graph, where: Mapping[str, float], known: Sequence[Known]) -> Known:
    """The claim and the truth at a point; numbers in both formulas mean the decimals that they are written as.

    What rounding makes of equal numbers shrinks as digits are added; a gap that stays is real, however small it is. The
    first points, and the first one that is wrong, are looked at with more digits.
    """
    rough = _at_point(graph, name, claim, where, _FEWER_DIGITS)
    same = agree(rough.claim, rough.truth)
    if len(known) >= _THOROUGH and (same or not all(found.right for found in known)):
        return rough._replace(right=same)
    found = _at_point(graph, name, claim, where, _DIGITS)
    if not mpmath.isfinite(found.claim) or not mpmath.isfinite(found.truth):
        return found
    with extended.digits(_DIGITS):
        gap, before = abs(found.claim - found.truth), abs(rough.claim - rough.truth)
        shrinks = gap <= before * mpmath.mpf(10) ** -_SHRINKS
        if shrinks or found.apart <= mpmath.mpf(10) ** -_EQUAL:
            return found._replace(right=True)
    # Beside an exact 0 no gap is small: one that is real stands when there are digits beyond the gap itself. With fewer
    # all may be lost, as in 1 - sigmoid(800).
    digits = min(2 * _DIGITS + max(0, -int(mpmath.log10(gap))), _MOST_DIGITS)
    finer = _at_point(graph, name, claim, where, digits)
    with extended.digits(digits):
        return found._replace(right=bool(abs(finer.claim - finer.truth) <= gap * mpmath.mpf(10) ** -_SHRINKS))


def _at_point(graph: Graph, name: str, claim: Graph, where: Mapping[str, float], digits: int) -> Known:
    with extended.digits(digits):
        values = _evaluate(graph, where)
        node = graph.input_numbers.get(name)
        active = dependents(graph, [] if node is None else [node])
        adjoints = extended_adjoints(graph, values, graph.outputs[0], active)
        truth = mpmath.mpf(0) if node is None else adjoints[node]
        return Known(where, values, adjoints, _evaluate(claim, where)[claim.outputs[0]], truth)


def _evaluate(graph: Graph, where: Mapping[str, float]) -> list[Number]:
    return extended.forward(graph, [extended.exact(where[name]) for name in graph.inputs], decimal=True)


def _rounding(*graphs: Graph) -> float:
    """What rounded numbers in the formulas may be off, relatively; nothing if there are none."""
    numbers = [spelling for graph in graphs for spelling in graph.spellings if not spelling[-1].isalpha()]
    lengths = [len(re.split("[eE]", number)[0].replace(".", "").lstrip("0")) for number in numbers]
    rounded = [length for length in lengths if length >= _ROUNDED]
    return 10.0 ** (1 - min(rounded)) if rounded else 0.0


def _digits(found: Sequence[Known]) -> int:
    """To how many decimal digits the claim is right at these points."""
    apart = max((one.apart for one in found), default=mpmath.mpf(0))
    return max(0, int(-mpmath.log10(apart))) if mpmath.isfinite(apart) and apart else 0


def _shown(claim: Number, truth: Number) -> tuple[str, str]:
    """Two different numbers with as many digits as it takes to see where they differ."""
    doubles = float(claim), float(truth)
    shown = in_words(doubles[0]), in_words(doubles[1])
    held = all(bool(number) == bool(double) for number, double in zip((claim, truth), doubles, strict=True))
    for digits in (12, 17):
        if shown[0] != shown[1] or not held:
            break
        shown = for_people(doubles[0], digits), for_people(doubles[1], digits)
    for digits in (6, 25, 50, 100, _EQUAL, _DIGITS):
        if shown[0] != shown[1] and held:
            break
        shown, held = (mpmath.nstr(claim, digits), mpmath.nstr(truth, digits)), True
    return shown
