"""From the evidence on one derivative to its verdict."""

import math
from typing import NamedTuple

import mpmath

from autodiff.differentiate.results import Gradient
from autodiff.evaluate.extended import Number
from autodiff.syntax.numbers import for_people
from autodiff.verify.numeric import Slope
from autodiff.verify.results import InputCheck, Verdict

#: Two numbers with fifty digits agree if they do to so many.
_AGREEMENT = 20
#: What a sum of rounded terms may be off, in units of the last place of its largest term, for each term.
_ROUNDING = 4


class Evidence(NamedTuple):
    """What is known about the derivative by one input; None where an oracle has nothing to say.

    `direction` says whether the whole gradient agreed with differences along a direction.
    """

    reverse: float
    extended: Number
    output: Number
    forward: float | None = None
    slope: Slope | None = None
    classic: tuple[float, float] | None = None
    symbolic: Number | None = None
    symbolic_reason: str = ""
    direction: bool | None = None


def judge(gradient: Gradient, name: str, node: int, known: Evidence) -> InputCheck:
    """The verdict on one input."""
    slope = known.slope
    kinked = _kinked(gradient, node)
    numeric = slope.value if slope is not None and slope.is_sharp else None
    scale = _scale(gradient, node, known)
    by_symbolic = None if known.symbolic is None else _agree(known.extended, known.symbolic, scale)
    by_numeric = known.direction
    if numeric is not None and slope is not None:
        by_numeric = bool(abs(known.extended - numeric) <= 100 * slope.error) or _agree(known.extended, numeric, scale)
    remarks: list[str] = []
    left = right = None
    digits: float | None = correct_digits(known.reverse, known.extended)
    dissent: str | None = None
    if slope is not None and slope.sides_differ and kinked:
        left, right = slope.left, slope.right
        verdict = Verdict.KINK
        remarks.append(_kink_remark(known.reverse, left, right))
        digits = None
    elif kinked and numeric is None and (slope is not None or known.direction is not True):
        verdict = Verdict.KINK
        digits = None
        remarks.append("the function jumps here: a derivative does not exist, and the rule leaves the jump out")
    else:
        verdict, dissent = _weigh(by_symbolic, by_numeric)
        if verdict is not Verdict.FAIL and known.forward is not None and not _sweeps_agree(gradient, node, known):
            verdict, dissent = Verdict.FAIL, "forward"
    if known.symbolic is None and verdict is not Verdict.KINK:
        remarks.append(f"symbolic unavailable: {known.symbolic_reason}")
    if slope is not None and slope.value is not None and (slope.left is None or slope.right is None):
        side = "below" if slope.left is None else "above"
        remarks.append(f"the function is undefined just {side}: the derivative is one-sided")
    return InputCheck(
        name=name, verdict=verdict, reverse=known.reverse, forward=known.forward,
        extended=mpmath.nstr(known.extended, 25, strip_zeros=True),
        symbolic=None if known.symbolic is None else _short(known.symbolic),
        numeric=None if numeric is None else float(numeric),
        numeric_error=None if numeric is None or slope is None else float(slope.error),
        left=None if left is None else float(left), right=None if right is None else float(right),
        classic=known.classic and known.classic[0], classic_error=known.classic and known.classic[1],
        digits=digits, dissent=dissent, remarks=tuple(remarks),
    )  # fmt: skip


def _weigh(by_symbolic: bool | None, by_numeric: bool | None) -> tuple[Verdict, str | None]:
    """Two witnesses against our rule convict it; one alone, where the other agrees, is only named."""
    if by_symbolic is None and by_numeric is None:
        return Verdict.INCONCLUSIVE, None
    if False not in (by_symbolic, by_numeric):
        return Verdict.PASS, None
    if True not in (by_symbolic, by_numeric):
        return Verdict.FAIL, "reverse"
    return Verdict.INCONCLUSIVE, "numeric" if by_symbolic else "symbolic"


def _kinked(gradient: Gradient, node: int) -> bool:
    """Whether a node on a kink depends on `node`, and the output on it."""
    if not gradient.kinks:
        return False
    graph = gradient.graph
    reached = bytearray(len(graph))
    reached[node] = 1
    for number, _, args in graph.operations():
        reached[number] = any([reached[arg] for arg in args])
    return any(reached[kink] for kink in gradient.kinks)


def _scale(gradient: Gradient, node: int, known: Evidence) -> Number:
    """The size below which a difference means nothing: that of the value over that of the input."""
    return abs(known.output) / (abs(mpmath.mpf(gradient.values[node])) or 1)


def _agree(a: Number, b: Number, scale: Number) -> bool:
    ten = mpmath.mpf(10)
    return bool(abs(a - b) <= max(abs(a), abs(b)) * ten**-_AGREEMENT + scale * ten ** -(2 * _AGREEMENT))


def _sweeps_agree(gradient: Gradient, node: int, known: Evidence) -> bool:
    """Whether forward and reverse differ by no more than the order of their roundings explains."""
    assert known.forward is not None
    if not math.isfinite(known.forward):
        return False
    apart = abs(known.forward - known.reverse)
    allowed = _ROUNDING * len(gradient.graph) * 2.0**-53
    return apart <= allowed * abs(known.reverse) or apart <= allowed * gradient_size(gradient)[node]


def gradient_size(gradient: Gradient) -> list[float]:
    """For each node, the sum over all paths of the sizes of their products: what cancellation hides."""
    graph = gradient.graph
    found = [0.0] * len(graph)
    found[graph.outputs[0]] = 1.0
    for number in range(graph.outputs[0], graph.base - 1, -1):
        if found[number] and gradient.active[number]:
            args = graph.args[number - graph.base]
            for arg, partial in zip(args, gradient.local_partials(number), strict=True):
                if partial:
                    found[arg] += found[number] * abs(partial)
    return found


def correct_digits(reverse: float, exact: Number) -> float:
    """How many decimal digits of the double are right, at most 16."""
    error = abs(mpmath.mpf(reverse) - exact)
    if error <= mpmath.mpf(2) ** -1074 or not error:
        return 16.0
    if not exact:
        return 0.0
    return float(min(mpmath.mpf(16), max(mpmath.mpf(0), -mpmath.log10(error / abs(exact)))))


def _kink_remark(reverse: float, left: Number | None, right: Number | None) -> str:
    assert left is not None and right is not None
    low, high = sorted((float(left), float(right)))
    convention = "the midpoint" if math.isclose(reverse, (low + high) / 2, rel_tol=1e-9, abs_tol=1e-300) else "the rule"
    sides = f"{for_people(float(left))} from below and {for_people(float(right))} from above"
    return f"on a kink: the derivative is {sides}; {convention} is {for_people(reverse)}"


def _short(value: Number) -> str:
    return str(mpmath.nstr(value, 25, strip_zeros=True)).removesuffix(".0")
