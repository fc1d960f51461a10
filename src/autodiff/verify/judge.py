"""From the evidence on one derivative to its verdict."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import mpmath

from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.sweep import extended
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.extended import reverse
from autodiff.evaluate.extended import Number
from autodiff.graph.graph import Graph
from autodiff.numerals import for_people
from autodiff.verify.oracles import by_differences, by_sympy
from autodiff.verify.oracles.witness import Statement
from autodiff.verify.results import InputCheck, Verdict

#: With so many digits right, the forward sweep is the one that is off, by an underflow.
_EXPLAINED = 12
#: A number may be off by so many times what the rounding of the inputs alone would change.
_CONDITIONED = 1000
#: A rule with decimals in it, such as 1.1283791670955126, is right if it is to the last digit of a double.
_LAST_DIGIT = 2.0**-51
#: So near to its truth a double at a singular point is right.
_CLOSE = 1e-9
#: What a sum of rounded terms may be off, in units of the last place of its largest term, for each term.
_ROUNDING = 4


class Evidence(NamedTuple):
    """What is known about the derivative by one input.

    `size` is the sum of the sizes of its parts, and `kinked` says whether it comes through a node on a kink.
    `of_user` says whether a rule of a user had a part in it, which may have rounded decimals.
    `sweeps_agree` says whether the forward sweep gives the same numbers as the reverse one, and `said` holds what each
    witness says, by its name.
    """

    reverse: float
    extended: Number
    size: float
    kinked: bool = False
    forward: float | None = None
    sweeps_agree: bool = True
    classic: tuple[float, float] | None = None
    of_user: bool = False
    said: Mapping[str, Statement] = MappingProxyType({})


def extended_adjoints(graph: Graph, values: Sequence[Number], output: int, active: Sequence[int]) -> list[Number]:
    """The adjoint of every node by our rules, boundaries included, in the precision of the values."""
    return reverse(graph, values, {output: 1.0}, active, shares_at(extended, graph, values, active))


def beside(found: InputCheck, sides: tuple[float | None, float | None]) -> InputCheck:
    """The verdict at a point where local rules may fail, by what the function does on both sides of it."""
    left, right = sides
    if left is None or right is None:
        return found
    ours = found.reverse
    one = right if math.isnan(left) else left
    if math.isnan(one) or math.isinf(left) or math.isinf(right):
        return found
    if left == right or math.isnan(left) or math.isnan(right) or math.isclose(left, right, rel_tol=1e-12):
        same = ours == one or math.isclose(ours, one, rel_tol=_CLOSE, abs_tol=_CLOSE * (abs(one) < _CLOSE))
        digits = correct_digits(ours, mpmath.mpf(one)) if same and math.isfinite(one) else 0.0
        remarks = tuple(remark for remark in found.remarks if "kink" not in remark)
        return found._replace(
            verdict=Verdict.PASS if same else Verdict.FAIL, dissent=None if same else "reverse", digits=digits,
            left=None, right=None, numeric=one, remarks=remarks,
        )  # fmt: skip
    middle = f"; the midpoint is {for_people(left / 2 + right / 2)}" if math.isfinite(left + right) else ""
    remark = f"on a kink: the derivative is {for_people(left)} from below and {for_people(right)} from above{middle}"
    if not min(left, right) <= ours <= max(left, right):
        return found
    return found._replace(
        verdict=Verdict.KINK, dissent=None, digits=None, left=left, right=right, remarks=(remark,)
    )  # fmt: skip


def judge(
    name: str, known: Evidence, is_wrong: Callable[[], bool], moved: Callable[[], Number]
) -> InputCheck:  # fmt: skip
    """The verdict on one input.

    `is_wrong` tells whether some operation has a wrong derivative, and `moved` what the derivative is beside the point,
    where every input is rounded to its neighbour.
    """
    differences = known.said.get(by_differences.NAME, Statement())
    slope, numeric = differences.slope, differences.derivative
    symbolic = known.said.get(by_sympy.NAME, Statement()).derivative
    verdict, dissent = weigh({name: said.agrees for name, said in known.said.items()})
    digits: float | None = correct_digits(known.reverse, known.extended)
    if verdict is Verdict.FAIL:
        # What counts is how right the double is that is shown, and not how well it follows a wrong rule.
        truth = next((said.derivative for said in known.said.values() if said.derivative is not None), None)
        digits = None if truth is None else correct_digits(known.reverse, truth)
        if truth is not None and known.of_user and abs(known.extended - truth) <= abs(truth) * _LAST_DIGIT:
            verdict, dissent = Verdict.PASS, None
    if verdict is not Verdict.FAIL and not known.sweeps_agree and digits is not None and digits < _EXPLAINED:
        off, spread = abs(known.reverse - known.extended), abs(moved() - known.extended)
        if not off <= _CONDITIONED * spread:
            verdict, dissent = Verdict.FAIL, "forward"
    remarks: list[str] = []
    left = right = None
    kink = _kink(known, differences, verdict)
    if kink and not (verdict is Verdict.FAIL and (dissent == "forward" or is_wrong())):
        verdict, dissent, digits = Verdict.KINK, None, None
        remarks.append(kink)
        if slope is not None and slope.sides_differ:
            left, right = slope.left, slope.right
    for name_of_witness, said in known.said.items():
        # Who knows the sides has said something.
        told = said.slope is None or verdict is Verdict.INCONCLUSIVE
        if said.derivative is None and said.reason and told and verdict is not Verdict.KINK:
            remarks.append(f"{name_of_witness} unavailable: {said.reason}")
    if slope is not None and slope.value is not None and (slope.left is None or slope.right is None):
        side = "below" if slope.left is None else "above"
        remarks.append(f"the function is undefined just {side}: the derivative is one-sided")
    remarks += [said.remark for said in known.said.values() if said.remark]
    return InputCheck(
        name=name, verdict=verdict, reverse=known.reverse, forward=known.forward,
        extended=mpmath.nstr(known.extended, 25, strip_zeros=True),
        symbolic=None if symbolic is None else _short(symbolic),
        numeric=None if numeric is None or slope is None else float(numeric) if abs(numeric) > slope.error else 0.0,
        numeric_error=None if numeric is None or slope is None else float(slope.error),
        left=None if left is None else float(left), right=None if right is None else float(right),
        classic=known.classic and known.classic[0], classic_error=known.classic and known.classic[1],
        digits=digits, dissent=dissent, remarks=tuple(remarks),
    )  # fmt: skip


def _kink(known: Evidence, differences: Statement, verdict: Verdict) -> str:
    """Why the derivative is a convention here, in a sentence; nothing where it is none."""
    slope, numeric = differences.slope, differences.derivative
    if slope is not None and slope.jumps:
        return "the function jumps here: a derivative does not exist, and the rule leaves the jump out"
    if slope is not None and slope.sides_differ:
        return _kink_remark(known.reverse, slope.left, slope.right)
    unseen = numeric is None if slope is not None else differences.agrees is not True
    if not known.kinked or (verdict is Verdict.PASS and not unseen):
        return ""
    rule = f"the rules for kinks give {for_people(known.reverse)}"
    if numeric is not None:
        return f"kinks meet here and cancel: the derivative is {for_people(float(numeric))}, and {rule}"
    return f"on a kink: the derivative is a convention, and {rule}"


def weigh(said: Mapping[str, bool | None]) -> tuple[Verdict, str | None]:
    """All who speak against our rule convict it; one alone, where another agrees, is only named."""
    spoken = {name: agrees for name, agrees in said.items() if agrees is not None}
    against = [name for name, agrees in spoken.items() if not agrees]
    if not spoken:
        return Verdict.INCONCLUSIVE, None
    if not against:
        return Verdict.PASS, None
    return (Verdict.FAIL, "reverse") if len(against) == len(spoken) else (Verdict.INCONCLUSIVE, against[0])


def before_kinks(gradient: Gradient) -> bytearray:
    """A flag for each node: 1 where a node that sits on a kink, and that the output uses, depends on it."""
    graph = gradient.graph
    flags = bytearray(len(graph))
    for node in gradient.kinks:
        flags[node] = 1
    if gradient.kinks:
        for node in range(max(gradient.kinks), graph.base - 1, -1):
            if flags[node]:
                for arg in graph.args[node - graph.base]:
                    flags[arg] = 1
    return flags


def sweeps_agree(gradient: Gradient, sizes: Sequence[float], forward: float, weights: Mapping[int, float]) -> bool:
    """Whether a forward sweep along a direction differs from the gradient by no more than rounding explains.

    `weights` holds the direction: how fast each input moves.
    """
    if not math.isfinite(forward):
        return False
    parts = [(gradient.adjoints[node] * weight, abs(weight) * sizes[node]) for node, weight in weights.items()]
    reverse = sum(part for part, _ in parts)
    apart = abs(forward - reverse)
    allowed = _ROUNDING * len(gradient.graph) * 2.0**-53
    return bool(apart <= allowed * abs(reverse) or apart <= allowed * sum(size for _, size in parts))


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
    if not mpmath.isfinite(exact):
        return 0.0
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
