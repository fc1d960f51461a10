"""A gradient checked: every oracle asked, every input judged.

Two questions are kept apart. *Is the derivative right?* compares our rules, evaluated with fifty digits, against SymPy
and against differences. *How many digits of this double are right?* compares the double with those fifty digits.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import mpmath

from autodiff.differentiate import extended as extended_sweep
from autodiff.differentiate.forward import tangents
from autodiff.differentiate.results import Gradient
from autodiff.evaluate import extended
from autodiff.verify import blame, numeric
from autodiff.verify.judge import Evidence, correct_digits, judge
from autodiff.verify.oracle import ask_derivatives
from autodiff.verify.results import Check, InputCheck, NodeCheck, Verdict, worst

#: Digits of the first evaluation in extended precision; more are used until two agree to `_AGREEMENT` digits.
_PRECISIONS = (65, 100, 200, 400)
_AGREEMENT = 30
#: Differences by each input cost five evaluations of the whole graph or more; beyond so many operations in all,
#: differences along directions that move every input replace them. Measured: 10^5 operations take about a second.
MOST_DIFFERENCES = 100_000
#: A graph of more nodes than this gets one direction, a smaller one two.
_LARGE = 10_000


class Settings(NamedTuple):
    """How to check: seconds for SymPy, whether to compare every node, and the step of a classic difference, if any."""

    timeout: float = 10.0
    every_node: bool = False
    step: float | None = None


class Sweep(NamedTuple):
    """The values and adjoints of all nodes in extended precision."""

    values: Sequence[extended.Number]
    adjoints: Sequence[extended.Number]


def check(gradient: Gradient, settings: Settings, progress: Callable[[str], None] = lambda text: None) -> Check:
    """Check a gradient against SymPy, against differences and against the forward sweep.

    `progress` is told what is being done. The evidence for each input and its verdict are in the result.
    """
    if gradient.diagnosis is not None:
        return _undefined(gradient)
    graph, inputs = gradient.graph, gradient.values[: len(gradient.graph.inputs)]
    oracle = ask_derivatives(graph, inputs, gradient.wanted_nodes, every_node=settings.every_node)
    try:
        progress("evaluating with fifty digits")
        sweep = sweep_extended(gradient)
        progress("differences")
        slopes = _slopes(gradient, inputs)
        evidence = [_evidence(gradient, sweep, node, slopes.get(node), settings) for node in gradient.wanted_nodes]
        direction = None if slopes or not gradient.wanted else _direction_agrees(gradient, sweep, inputs)
        progress("waiting for SymPy")
        answers, missing = oracle.answers(settings.timeout)
    finally:
        oracle.stop()
    checks = {}
    for name, node, known in zip(gradient.wanted, gradient.wanted_nodes, evidence, strict=True):
        value, reason = answers.get(node, (None, missing or "SymPy gave no answer"))
        with extended.digits(_PRECISIONS[0]):
            symbolic = None if value is None else mpmath.mpf(value)
            found = known._replace(symbolic=symbolic, symbolic_reason=reason, direction=direction)
            checks[name] = judge(gradient, name, node, found)
    return _finish(gradient, sweep, checks, answers, settings)


def _undefined(gradient: Gradient) -> Check:
    assert gradient.diagnosis is not None
    message = gradient.diagnosis.message
    undefined = gradient.diagnosis.about == "value"
    inputs = {}
    for name, value in gradient.partials.items():
        if undefined or not math.isfinite(value):
            inputs[name] = InputCheck(name, Verdict.UNDEFINED, value, remarks=(message,))
        else:
            remark = "not checked, as the gradient is undefined elsewhere"
            inputs[name] = InputCheck(name, Verdict.INCONCLUSIVE, value, remarks=(remark,))
    culprit = None
    if not undefined:
        # The function has a value here: a rule that gives no number where there is a derivative is wrong.
        culprit = blame.wrong_operation(gradient, sweep_extended(gradient).values)
    return Check(Verdict.FAIL if culprit else Verdict.UNDEFINED, inputs, culprit=culprit, remarks=(message,))


def sweep_extended(gradient: Gradient) -> Sweep:
    """Values and adjoints by our rules, with as many digits as it takes for two precisions to agree."""
    graph, wanted = gradient.graph, gradient.wanted_nodes
    before: Sweep | None = None
    for precision in _PRECISIONS:
        with extended.digits(precision):
            point = [extended.exact(value) for value in gradient.values[: len(graph.inputs)]]
            values = extended.forward(graph, point)
            adjoints = extended_sweep.reverse(graph, values, graph.outputs[0], gradient.active)
            found = Sweep(values, adjoints)
            if before is not None and all(_agree(adjoints[node], before.adjoints[node]) for node in wanted):
                return found
        before = found
    return found


def _agree(a: extended.Number, b: extended.Number) -> bool:
    return bool(a == b or abs(a - b) <= abs(a) * mpmath.mpf(10) ** -_AGREEMENT)


def _slopes(gradient: Gradient, inputs: Sequence[float]) -> dict[int, numeric.Slope]:
    """The derivative by each wanted input by differences; nothing where that would take too long."""
    graph = gradient.graph
    if len(gradient.wanted) * len(graph) > MOST_DIFFERENCES:
        return {}
    return {node: numeric.by_input(graph, inputs, node) for node in gradient.wanted_nodes}


def _direction_agrees(gradient: Gradient, sweep: Sweep, inputs: Sequence[float]) -> bool | None:
    """Whether the gradient agrees with differences along fixed directions that move every wanted input."""
    for turn in range(1 if len(gradient.graph) > _LARGE else 2):
        direction = [0.0] * len(inputs)
        for k, node in enumerate(gradient.wanted_nodes):
            # Weights without a pattern that a gradient could share: the fractional parts of k times the golden ratio.
            weight = 0.5 + math.modf((k + 1) * 0.6180339887498949 * (turn + 1))[0]
            direction[node] = weight * (abs(inputs[node]) or 1.0) * (-1) ** (k >> turn)
        slope = numeric.along(gradient.graph, inputs, direction)
        if slope.value is None or slope.sides_differ:
            return None
        with extended.digits(_PRECISIONS[0]):
            parts = [sweep.adjoints[node] * direction[node] for node in gradient.wanted_nodes]
            scale = mpmath.fsum(parts, absolute=True)
            if abs(mpmath.fsum(parts) - slope.value) > 100 * slope.error + scale * mpmath.mpf(10) ** -20:
                return False
    return True


def _evidence(gradient: Gradient, sweep: Sweep, node: int, slope: numeric.Slope | None, settings: Settings) -> Evidence:
    graph = gradient.graph
    forward = None
    if len(gradient.wanted) * len(graph) <= MOST_DIFFERENCES:
        forward = tangents(graph, gradient.values, {node: 1.0})[graph.outputs[0]]
    classic = blame.classic_difference(gradient, node, settings.step) if settings.step else None
    return Evidence(
        reverse=gradient.adjoints[node], extended=sweep.adjoints[node], forward=forward, slope=slope, classic=classic,
        output=sweep.values[graph.outputs[0]],
    )  # fmt: skip


def _finish(
    gradient: Gradient, sweep: Sweep, checks: dict[str, InputCheck], answers: dict[int, tuple[str | None, str]],
    settings: Settings,
) -> Check:  # fmt: skip
    """The verdict on the whole, the operation to blame, and what else there is to say."""
    remarks: list[str] = []
    culprit = None
    if any(found.verdict is Verdict.FAIL for found in checks.values()):
        culprit = blame.wrong_operation(gradient, sweep.values)
    with extended.digits(_PRECISIONS[0]):
        value_digits = correct_digits(gradient.value, sweep.values[gradient.graph.outputs[0]])
    few = [name for name, found in checks.items() if found.digits is not None and found.digits < blame.FEW_DIGITS]
    if few or value_digits < blame.FEW_DIGITS:
        faulty = blame.inaccurate_operation(gradient)
        if faulty is not None:
            culprit = culprit or faulty
            checks = {
                name: found._replace(verdict=Verdict.FAIL, dissent="reverse") if name in few else found
                for name, found in checks.items()
            }
        else:
            remarks.append(blame.lost_digits(gradient, sweep.values))
    remarks += blame.near_kinks(gradient)
    nodes: tuple[NodeCheck, ...] = ()
    if settings.every_node:
        nodes = tuple(blame.compare_nodes(gradient, sweep.adjoints, answers))
        if any(node.verdict is Verdict.FAIL for node in nodes):
            culprit = culprit or blame.wrong_operation(gradient, sweep.values)
    verdict = worst([*(found.verdict for found in checks.values()), *(node.verdict for node in nodes)])
    if culprit is not None:
        verdict = Verdict.FAIL
    return Check(verdict, checks, nodes, culprit, tuple(remarks))
