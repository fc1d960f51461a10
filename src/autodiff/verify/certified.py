"""Digits of a gradient that are proved, by balls; and proofs that a rule is wrong, by the mean value theorem.

The slope of a secant comes from values alone, and some point of its segment has it as a derivative: where the rules,
enclosed over the whole segment, exclude it, a rule is wrong.
"""

import math
from collections.abc import Sequence
from decimal import Decimal

from autodiff.differentiate.results.enclosure import certified as enclosure_at
from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.sweep import balls as field
from autodiff.errors import AutodiffError
from autodiff.evaluate.balls import ball, precision
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.verify.results import Check, InputCheck, Verdict, worst

#: Segments of these lengths, relative to the point, at this precision.
_LENGTHS, _BITS = (-20, -10, -40), 400
_PLAIN = "ask for the check alone, or write one output of numbers"
#: No double has more correct digits.
_ALL_DIGITS = 16.0


def certify(check: Check, gradient: Gradient, timeout: float) -> Check:
    """The same check, with the digits that are proved, and FAIL where a rule is proved wrong.

    Raises:
        AutodiffError: python-flint is not installed, or the gradient is of arrays or a weighted sum.
    """
    graph = gradient.graph
    point = gradient.values[: len(graph.inputs)]
    arrays = any([row.is_array for _, row, _ in graph.operations()]) or any([hasattr(x, "shape") for x in point])
    if arrays or gradient.seeds is not None:
        what = "of arrays" if arrays else "of a weighted sum"
        raise AutodiffError("certify", f"digits {what} are not certified", hint=_PLAIN)
    names = list(check.inputs)
    found = enclosure_at(graph, dict(zip(graph.inputs, map(float, point), strict=True)), names, timeout=timeout)
    inputs = {}
    for name, evidence in check.inputs.items():
        if refuted(graph, point, name):
            inputs[name] = evidence._replace(
                verdict=Verdict.FAIL, digits=0.0, certified=True,
                remarks=(*evidence.remarks, "a rule is wrong, certified: by the mean value theorem it would have to "
                         "allow the slope of a secant, and it does not"),
            )  # fmt: skip
            continue
        bounds = found.partials[name]
        if found.is_certified and evidence.verdict is Verdict.PASS and math.isfinite(evidence.reverse):
            inputs[name] = evidence._replace(digits=_digits(evidence, bounds.low, bounds.high), certified=True)
        else:
            inputs[name] = evidence
    remarks = check.remarks if found.is_certified else (*check.remarks, *found.remarks)
    return check._replace(
        verdict=worst([check.verdict, *(one.verdict for one in inputs.values())]), inputs=inputs, remarks=remarks
    )


def _digits(evidence: InputCheck, low: Decimal, high: Decimal) -> float:
    """How many digits of the double are right for certain: of all numbers between the bounds the one farthest off."""
    reverse = Decimal(evidence.reverse)
    error = max(abs(reverse - low), abs(high - reverse))
    scale = min(abs(low), abs(high))
    if not error or float(error) <= math.ulp(evidence.reverse) / 2 * (1 + 1e-6):
        return _ALL_DIGITS
    if not scale:
        return 0.0
    return max(0.0, min(_ALL_DIGITS, -math.log10(float(error / scale)) if error < scale else 0.0))


def refuted(graph: Graph, point: Sequence[float], name: str) -> bool:
    """Whether some short segment along an input proves that a rule is wrong."""
    node, output = graph.input_numbers[name], graph.outputs[0]
    active = dependents(graph, [node])
    with precision(_BITS):
        at = [ball(float(x)) for x in point]
        for length in _LENGTHS:
            low, step = float(point[node]), math.ldexp(abs(float(point[node])) or 1.0, length)
            high = low + step
            ends = [[*at[:node], end, *at[node + 1 :]] for end in (ball(low), ball(high), ball(low, high))]
            first, last = (field.forward(graph, given)[output] for given in ends[:2])
            values = field.forward(graph, ends[2])
            if not values[output].is_finite():
                continue
            adjoints, _, jumps = field.gradient(graph, values, output, active)
            slope = (last - first) / (ball(high) - ball(low))
            if not jumps and adjoints[node].is_finite() and slope.is_finite() and not slope.overlaps(adjoints[node]):
                return True
    return False
