"""A gradient checked: every oracle asked, every input judged.

Two questions are kept apart. *Is the derivative right?* compares our rules, evaluated with fifty digits, against SymPy
and against differences. *How many digits of this double are right?* compares the double with those fifty digits.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import mpmath

from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.sweep.forward import tangents
from autodiff.differentiate.sweep.suspects import is_small
from autodiff.evaluate import extended
from autodiff.verify import blame
from autodiff.verify.judge import (
    Evidence,
    before_kinks,
    beside,
    correct_digits,
    extended_adjoints,
    gradient_size,
    judge,
    sweeps_agree,
)
from autodiff.verify.oracles import by_differences, by_sympy, witnesses
from autodiff.verify.oracles import differences as numeric
from autodiff.verify.oracles.witness import Hearing, Ours, Question, Statement, Witness
from autodiff.verify.results import Check, InputCheck, NodeCheck, Verdict, worst
from autodiff.verify.settings import Settings

#: Digits of the first evaluation in extended precision; more are used until two agree to `_AGREEMENT` digits.
_PRECISIONS = (65, 100, 200, 400)
_AGREEMENT = 30


class Sweep(NamedTuple):
    """The values and adjoints of all nodes in extended precision."""

    values: Sequence[extended.Number]
    adjoints: Sequence[extended.Number]


def check(
    gradient: Gradient, settings: Settings, progress: Callable[[str], None] = lambda text: None,
    asked: Mapping[Witness, Hearing] | None = None,
) -> Check:  # fmt: skip
    """Check a gradient against every witness and against the forward sweep.

    `progress` is told what is being done. The evidence for each input and its verdict are in the result. `asked` holds
    the witnesses where they have been asked already: then who asked them stops them.
    """
    if gradient.diagnosis is not None:
        return _undefined(gradient, settings, progress)
    graph, inputs = gradient.graph, gradient.values[: len(gradient.graph.inputs)]
    question = Question(graph, inputs, gradient.wanted_nodes, settings.every_node)
    own = [] if asked is not None else witnesses.ask([question])
    hearings = own[0] if asked is None else asked
    said: dict[str, Mapping[int, Statement]] = {}
    try:
        progress("evaluating with fifty digits")
        sweep = sweep_extended(gradient)
        ours = Ours(sweep.adjoints, gradient_size(gradient), before_kinks(gradient))
        for witness, hearing in reversed(list(hearings.items())):
            progress(witness.doing)
            said[witness.name] = hearing.answer(ours, settings.timeout)
    finally:
        witnesses.stop(own)
    evidence = _evidence(gradient, question, ours, settings)

    @cache
    def culprit() -> NodeCheck | None:
        return blame.wrong_operation(gradient, sweep.values)

    @cache
    def moved() -> Sequence[extended.Number]:
        # Up and down in turn, so that no symmetry hides what rounding does.
        beside = [math.nextafter(x, math.inf * (-1) ** k) for k, x in enumerate(inputs)]
        with extended.digits(_PRECISIONS[0]):
            values = extended.forward(graph, [extended.exact(x) for x in beside])
            return extended_adjoints(graph, values, graph.outputs[0], gradient.active)

    checks = {}
    for name, node, known in zip(gradient.wanted, gradient.wanted_nodes, evidence, strict=True):
        with extended.digits(_PRECISIONS[0]):
            found = known._replace(said={witness.name: said[witness.name][node] for witness in hearings})
            checks[name] = judge(name, found, lambda: culprit() is not None, lambda node=node: moved()[node])  # type: ignore[misc]
            if node in gradient.sides_of or (gradient.kinks and is_small(graph, gradient.values)):
                checks[name] = beside(checks[name], numeric.one_sided(graph, inputs, node))
                # A rule that gives no number where there is a derivative is wrong, although the function is not.
                if not math.isfinite(gradient.swept.get(name, 0.0)) and culprit() is not None:
                    checks[name] = checks[name]._replace(verdict=Verdict.FAIL)
    return _finish(gradient, sweep, checks, said.get(by_sympy.NAME, {}), settings, culprit)


def _undefined(gradient: Gradient, settings: Settings, progress: Callable[[str], None]) -> Check:
    """The check of a gradient that is undefined, at least by some inputs; the others are checked on their own."""
    assert gradient.diagnosis is not None
    message = gradient.diagnosis.message
    if gradient.diagnosis.about == "value":
        inputs = {
            name: InputCheck(name, Verdict.UNDEFINED, value, remarks=(message,))
            for name, value in gradient.partials.items()
        }
        culprit = blame.undefined_operation(gradient)
        return Check(Verdict.FAIL if culprit else Verdict.UNDEFINED, inputs, culprit=culprit, remarks=(message,))
    finite = [name for name, value in gradient.partials.items() if math.isfinite(value)]
    inputs_of = gradient.values[: len(gradient.graph.inputs)]
    rest = check(Gradient(gradient.graph, inputs_of, finite), settings, progress) if finite else None
    inputs = {
        name: rest.inputs[name] if rest and name in finite else InputCheck(name, Verdict.UNDEFINED, value)
        for name, value in gradient.partials.items()
    }
    # The function has a value here: a rule that gives no number where there is a derivative is wrong.
    culprit = blame.wrong_operation(gradient, sweep_extended(gradient).values) or (rest and rest.culprit)
    failed = culprit or (rest and rest.verdict is Verdict.FAIL)
    remarks = (message, *(rest.remarks if rest else ()))
    return Check(Verdict.FAIL if failed else Verdict.UNDEFINED, inputs, rest.nodes if rest else (), culprit, remarks)


def sweep_extended(gradient: Gradient) -> Sweep:
    """Values and adjoints by our rules, with as many digits as it takes for two precisions to agree."""
    graph, wanted = gradient.graph, gradient.wanted_nodes
    before: Sweep | None = None
    # A remainder of numbers that are far apart needs all the digits between them.
    more = max(0, numeric.digits_between(gradient.values) - _PRECISIONS[0] // 2)
    for precision in _PRECISIONS:
        with extended.digits(precision + more):
            point = [extended.exact(value) for value in gradient.values[: len(graph.inputs)]]
            values = extended.forward(graph, point)
            adjoints = extended_adjoints(graph, values, graph.outputs[0], gradient.active)
            found = Sweep(values, adjoints)
            if (
                before is not None
                and all(_agree(adjoints[node], before.adjoints[node]) for node in wanted)
                and _agree(values[graph.outputs[0]], before.values[graph.outputs[0]])
                and not (0 in values[graph.base :] and _lost(gradient, values))
            ):
                return found
        before = found
    return found


def _lost(gradient: Gradient, values: Sequence[extended.Number]) -> bool:
    """Whether all digits of some node are lost, as in 1 - tanh(200)^2: two precisions that find 0 agree too early."""
    graph = gradient.graph
    for node, row, args in graph.operations():
        if values[node] == 0 and gradient.active[node] and all(values[arg] != 0 for arg in args):
            given = [values[arg] for arg in args]
            if any(gradient.active[arg] and extended.partial(row, k, given) != 0 for k, arg in enumerate(args)):
                return True
    return False


def _agree(a: extended.Number, b: extended.Number) -> bool:
    return bool(a == b or abs(a - b) <= abs(a) * mpmath.mpf(10) ** -_AGREEMENT)


def _evidence(gradient: Gradient, question: Question, ours: Ours, settings: Settings) -> list[Evidence]:
    """What is known of each wanted input without the witnesses."""
    graph = gradient.graph
    each, agree = by_differences.by_each(question), True
    if not each:
        weights = by_differences.direction(question)
        forward = tangents(graph, gradient.values, weights, gradient.shares)[graph.outputs[0]]
        agree = sweeps_agree(gradient, ours.sizes, forward, weights)
    found = []
    for node in question.wanted:
        known = Evidence(
            gradient.adjoints[node], ours.adjoints[node], ours.sizes[node], bool(ours.kinked[node]),
            sweeps_agree=agree, of_user=any(call.row.library is not None for call in graph.calls),
        )  # fmt: skip
        if each:
            forward = tangents(graph, gradient.values, {node: 1.0}, gradient.shares)[graph.outputs[0]]
            agree = sweeps_agree(gradient, ours.sizes, forward, {node: 1.0})
            known = known._replace(forward=forward, sweeps_agree=agree)
        if settings.step:
            known = known._replace(classic=blame.classic_difference(gradient, node, settings.step, known.extended))
        found.append(known)
    return found


def _without_proof(found: InputCheck) -> InputCheck:
    """The check of an input where the evaluation with fifty digits failed: the double against SymPy or differences."""
    truth = found.numeric if found.symbolic is None else float(found.symbolic)
    if found.verdict is Verdict.KINK:
        return found
    right = truth is not None and math.isclose(found.reverse, truth, rel_tol=10.0**-blame.FEW_DIGITS)
    return found._replace(verdict=Verdict.PASS if right else Verdict.INCONCLUSIVE, dissent=None, digits=None)


def _undecided(node: NodeCheck) -> NodeCheck:
    message = f"{node.message}; no operation is wrong, and all digits are lost on the way"
    return node._replace(verdict=Verdict.INCONCLUSIVE, message=message)


def _finish(
    gradient: Gradient, sweep: Sweep, checks: dict[str, InputCheck], answers: Mapping[int, Statement],
    settings: Settings, wrong_operation: Callable[[], NodeCheck | None],
) -> Check:  # fmt: skip
    """The verdict on the whole, the operation to blame, and what else there is to say."""
    remarks: list[str] = []
    culprit = None
    if any(found.verdict is Verdict.FAIL for found in checks.values()):
        culprit = wrong_operation()
    if culprit is None and worst([found.verdict for found in checks.values()]) in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        remarks += blame.zeros_times_infinity(gradient)
    if culprit is None and gradient.kinks:
        # A kink of one part hides no wrong rule of another.
        culprit = blame.wrong_operation(
            gradient, sweep.values, None if is_small(gradient.graph, gradient.values) else gradient.kinks
        )
    with extended.digits(_PRECISIONS[0]):
        value_digits = correct_digits(gradient.value, sweep.values[gradient.graph.outputs[0]])
    blind = blame.without_value(gradient, sweep.values)
    if blind:
        remarks.append(blind)
        checks = {name: _without_proof(found) for name, found in checks.items()}
    few = [
        name
        for name, found in checks.items()
        # Of a wrong derivative all digits may be wrong, and no rounding has to be explained.
        if found.digits is not None and found.digits < blame.FEW_DIGITS and found.verdict is not Verdict.FAIL
    ]
    if not blind and (few or value_digits < blame.FEW_DIGITS):
        faulty = blame.inaccurate_operation(gradient)
        if faulty is not None:
            culprit = culprit or faulty
            checks = {
                name: found._replace(verdict=Verdict.FAIL, dissent="reverse") if name in few else found
                for name, found in checks.items()
            }
        elif not any(found.dissent == "forward" for found in checks.values()):
            remarks.append(blame.lost_digits(gradient, sweep.values, of_gradient=bool(few)))
    remarks += blame.near_kinks(gradient)
    nodes: tuple[NodeCheck, ...] = ()
    if settings.every_node:
        known = {node: checks[name].verdict for name, node in zip(gradient.wanted, gradient.wanted_nodes, strict=True)}
        nodes = tuple(
            node._replace(verdict=known[node.node], message="") if node.message and node.node in known else node
            for node in blame.compare_nodes(gradient, sweep.values, sweep.adjoints, answers)
        )
        if blind:
            weaker = {Verdict.FAIL: Verdict.INCONCLUSIVE}
            nodes = tuple(node._replace(verdict=weaker.get(node.verdict, node.verdict)) for node in nodes)
        if any(node.verdict is Verdict.FAIL for node in nodes):
            culprit = culprit or wrong_operation()
    lost: set[int] = set()
    if culprit is None and not any(found.verdict is Verdict.FAIL for found in checks.values()):
        # All operations are right, and so are the inputs: between them the same digits are lost to us and to SymPy.
        lost = {node.node for node in nodes if node.verdict is Verdict.FAIL}
        nodes = tuple(_undecided(node) if node.node in lost else node for node in nodes)
    weighed = [node.verdict for node in nodes if node.node not in lost]
    verdict = worst([*(found.verdict for found in checks.values()), *weighed])
    if culprit is not None:
        verdict = Verdict.FAIL
    return Check(verdict, checks, nodes, culprit, tuple(remarks))
