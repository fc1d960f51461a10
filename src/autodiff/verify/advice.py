"""What is missing in a claimed derivative that is wrong, where that is simple."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import mpmath

from autodiff.evaluate import extended
from autodiff.graph.graph import Graph
from autodiff.numerals import for_people

Number = extended.Number

#: Advice is worked out with so many digits.
DIGITS = 60
#: Two numbers agree if they do to so many digits.
_AGREEMENT = 25
#: A factor so close to 1 is one that nobody forgot.
_NEARLY = 1e-9


class Known(NamedTuple):
    """Everything at one point: values, adjoints, the claim, the truth, and whether the claim is right."""

    where: Mapping[str, float]
    values: Sequence[Number]
    adjoints: Sequence[Number]
    claim: Number
    truth: Number
    right: bool = False

    @property
    def apart(self) -> Number:
        """How far the claim is from the truth, relatively; infinite where it is undefined."""
        if not mpmath.isfinite(self.claim):
            return mpmath.inf
        return abs(self.claim - self.truth) / (max(abs(self.claim), abs(self.truth)) or 1)


def advise(graph: Graph, name: str, known: Sequence[Known]) -> str:
    """What is wrong with a claim, where that is simple: a factor, a sign, an inner derivative, a forgotten term."""
    if name not in graph.input_numbers:
        return f"the formula does not use {name}"
    defined = [found for found in known if mpmath.isfinite(found.claim)]
    if defined and all(found.right for found in defined):
        return "it is right where it has a value, and it has none at this point"
    if defined and not any(found.claim for found in defined):
        return "it is 0 and should not be"
    usable = [found for found in defined if found.claim and found.truth]
    if not usable or any(bool(found.claim) != bool(found.truth) for found in defined):
        return _partly_right(known)
    with extended.digits(DIGITS):
        ratios = [found.truth / found.claim for found in usable]
        # Ratios that are all close to 1 need not be the same.
        if len(usable) > 1 and all(agree(ratio - 1, ratios[0] - 1) for ratio in ratios):
            return _constant_factor(ratios[0])
        if len(usable) > 1:
            gaps = [found.truth - found.claim for found in usable]
            if all(agree(gap, gaps[0]) for gap in gaps):
                return f"it is off by a constant: add {_simple(gaps[0])}"
        simple = _inner_derivative(graph, name, usable, ratios) or _forgotten_term(graph, name, usable)
        return simple or _partly_right(known)


def _partly_right(known: Sequence[Known]) -> str:
    right = sum(found.right for found in known)
    return f"it is right at {right} of {len(known)} points" if right else ""


def _constant_factor(ratio: Number) -> str:
    if agree(ratio, mpmath.mpf(-1)):
        return "the sign is wrong"
    if abs(ratio - 1) < _NEARLY:
        return f"it is right to {int(-mpmath.log10(abs(ratio - 1)))} digits, and not beyond"
    return f"a constant factor is missing: multiply it by {_simple(ratio)}"


def _simple(number: Number) -> str:
    """A number as people would write it: a whole number, a fraction with a small denominator, or digits."""
    for below in range(1, 13):
        above = mpmath.nint(number * below)
        if agree(number * below, above) and abs(above) < 10**6:
            return str(int(above)) if below == 1 else f"{int(above)}/{below}"
    return for_people(float(number), 12)


def _inner_derivative(graph: Graph, name: str, usable: Sequence[Known], ratios: Sequence[Number]) -> str:
    """A factor that is the derivative of a part of the formula: the chain rule was forgotten, or applied twice."""
    slopes_of = [_slopes(graph, name, found) for found in usable]
    for inner in range(graph.base, len(graph)):
        if inner in graph.outputs:
            continue
        slopes = [slopes[inner] for slopes in slopes_of]
        if any(not slope or agree(abs(slope), mpmath.mpf(1)) for slope in slopes):
            continue
        source = graph.source(inner)
        for sign, word in ((1, ""), (-1, ", and the sign is wrong")):
            if all(agree(ratio, sign * slope) for ratio, slope in zip(ratios, slopes, strict=True)):
                return f"the inner derivative is missing: multiply it by the derivative of {source} by {name}{word}"
            if all(agree(ratio * slope, mpmath.mpf(sign)) for ratio, slope in zip(ratios, slopes, strict=True)):
                return f"the inner derivative is there twice: divide it by the derivative of {source} by {name}{word}"
    return ""


def _slopes(graph: Graph, name: str, found: Known) -> list[Number]:
    """The derivative of every node by one variable at a point, in one sweep forward."""
    slopes = [mpmath.mpf(0)] * len(graph)
    slopes[graph.input_numbers[name]] = mpmath.mpf(1)
    for node, row, args in graph.operations():
        if any(slopes[arg] for arg in args):
            given = [found.values[arg] for arg in args]
            slopes[node] = mpmath.fsum(
                slopes[arg] * extended.partial(row, k, given) for k, arg in enumerate(args) if slopes[arg]
            )
    return slopes


def _forgotten_term(graph: Graph, name: str, usable: Sequence[Known]) -> str:
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
            if all(gap and agree(found.claim + gap, found.truth) for found, gap in zip(usable, gaps, strict=True)):
                return f"a term is missing: the part that goes through {graph.source(consumer)}"
    return ""


def agree(a: Number, b: Number) -> bool:
    if not mpmath.isfinite(a) or not mpmath.isfinite(b):
        return False
    return bool(abs(a - b) <= max(abs(a), abs(b)) * mpmath.mpf(10) ** -_AGREEMENT)
