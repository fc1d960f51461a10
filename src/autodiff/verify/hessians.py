"""Second derivatives checked: our rules with fifty digits against SymPy and against second differences of the value."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import mpmath

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.results.hessian import Hessian
from autodiff.evaluate import extended
from autodiff.evaluate.unrolled import TooLarge, program_of
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.numerals import for_people
from autodiff.verify import blame
from autodiff.verify.judge import correct_digits, extended_adjoints
from autodiff.verify.oracles.differences import digits_between
from autodiff.verify.oracles.sympy_process import ask_second_derivatives
from autodiff.verify.results import Check, InputCheck, NodeCheck, Verdict, worst
from autodiff.verify.settings import Settings

Number = extended.Number

#: Differences cost four evaluations of the whole graph for each entry; more operations than this in all are refused.
MOST_OPERATIONS = 400_000
#: The step is 2^-80 of the input, and the arithmetic exact to 2^-500 or better: the truncation leaves forty digits.
_STEP, _PRECISION = 80, 500
#: Two numbers agree if they do to so many digits.
_AGREEMENT = 20
#: Beside the size of a second derivative this is nothing, as a power of ten.
_VANISHING = 60
#: Fewer correct digits than this deserve a word.
_FEW = 10


class Difference(NamedTuple):
    """A second derivative by differences with two steps, and how far the two are apart; `value` is None for none."""

    value: Number | None
    error: Number


def _pairs(hessian: Hessian) -> list[tuple[int, int]]:
    """The rows and columns of the entries on the diagonal and above it."""
    return [(i, j) for i in range(len(hessian.labels)) for j in range(i, len(hessian.labels))]


def entries_of(hessian: Hessian) -> dict[str, float]:
    """The entries on the diagonal and above it by their names, as in `d2f/dxdy`."""
    (output, _), labels = hessian.outputs[0], hessian.labels
    return {_name(output, labels[i], labels[j]): hessian.entries[i][j] for i, j in _pairs(hessian)}


def check_hessian(hessian: Hessian, settings: Settings, progress: Callable[[str], None]) -> Check:
    """Check a Hessian entry by entry: the inputs of the result are the entries, as in `d2f/dxdy`."""
    entries, pairs = entries_of(hessian), _pairs(hessian)
    if hessian.diagnosis is not None:
        return _undecided(entries, Verdict.UNDEFINED, hessian.diagnosis.message)
    try:
        graph, inputs, nodes = _numbers(hessian)
    except TooLarge:
        return _undecided(entries, Verdict.INCONCLUSIVE, "it is too large to be checked")
    if 4 * len(pairs) * len(graph) > MOST_OPERATIONS:
        return _undecided(entries, Verdict.INCONCLUSIVE, "it is too large to be checked by differences")
    wanted = [(nodes[i], nodes[j]) for i, j in pairs]
    oracle = ask_second_derivatives(graph, inputs, wanted)
    try:
        progress("evaluating with fifty digits")
        exact = _exact(graph, inputs, nodes)
        progress("second differences")
        differences = [difference(graph, inputs, i, j) for i, j in wanted]
        scales = [_scale(graph, inputs, i, j) for i, j in wanted]
        kinked = [bool(hessian.kinks) and _sides_differ(graph, inputs, i, j) for i, j in wanted]
        progress("waiting for SymPy")
        answers, missing = oracle.answers(settings.timeout, since_start=True)
    finally:
        oracle.stop()
    found = {}
    for k, ((name, value), (i, j)) in enumerate(zip(entries.items(), pairs, strict=True)):
        symbolic, reason = answers.get(k, (None, missing or "SymPy gave no answer"))
        by_rules = _decided(value, differences[k]) if (i, j) in hessian.aside else exact[i][j]
        found[name] = _judge(name, value, by_rules, differences[k], symbolic, reason, scales[k], kinked=kinked[k])
    verdict = worst([one.verdict for one in found.values()])
    return Check(verdict, found, culprit=_culprit(hessian, graph, inputs) if verdict is Verdict.FAIL else None)


def _decided(value: float, slope: Difference) -> Number:
    """An entry that the function itself decided, where our rules may fail: with the digits of differences that round to
    it, if they do."""
    exact = extended.exact(value)
    close = slope.value is not None and abs(slope.value - exact) <= 4 * abs(exact) * mpmath.mpf(2) ** -53
    return slope.value if close else exact


def _culprit(hessian: Hessian, graph: Graph, inputs: Sequence[float]) -> NodeCheck | None:
    """The operation whose first derivative is wrong, at its place in the formula."""
    with extended.digits(65):
        values = extended.forward(graph, [extended.exact(value) for value in inputs])
    found = blame.wrong_operation(Gradient(graph, inputs), values)
    # A program of numbers has another text.
    place = hessian.graph.output_spans()[0]
    return found._replace(span=place) if found is not None and hessian.has_arrays else found


def _name(output: str, by: str, then: str) -> str:
    return f"d2{output}/d{by}2" if by == then else f"d2{output}/d{by}d{then}"


def _undecided(entries: Mapping[str, float], verdict: Verdict, remark: str) -> Check:
    inputs = {name: InputCheck(name, verdict, value) for name, value in entries.items()}
    return Check(verdict, inputs, remarks=(remark,))


def _numbers(hessian: Hessian) -> tuple[Graph, list[float], list[int]]:
    """The formula as a program of numbers: its graph, its point, and the node of each wanted variable.

    A variable that it does not use has the node -1.
    """
    graph = hessian.graph
    if not hessian.has_arrays:
        return graph, list(hessian.values[: len(graph.inputs)]), list(hessian.wanted_nodes)
    program = program_of(graph, hessian.values)
    spelled = program.graph()
    names = [name for node in hessian.wanted_nodes for name in program.nodes[node]]
    return spelled, [program.inputs[name] for name in spelled.inputs], [spelled.input_numbers.get(n, -1) for n in names]


def _exact(graph: Graph, inputs: Sequence[float], nodes: Sequence[int]) -> list[list[Number]]:
    """The Hessian by our rules: a reverse sweep with fifty digits over each output of the adjoint graph."""
    used = [node for node in nodes if node >= 0]
    derived = adjoint(graph, used)
    rows: dict[int, list[Number]] = {}
    with extended.digits(65 + 3 * _between(graph, inputs)):
        values = extended.forward(derived, [extended.exact(value) for value in inputs])
        active = dependents(derived, used)
        for node, output in zip(used, derived.outputs, strict=True):
            rows[node] = extended_adjoints(derived, values, output, active)
        zero = extended.exact(0.0)
        return [[rows[row][column] if row >= 0 and column >= 0 else zero for column in nodes] for row in nodes]


def _between(graph: Graph, inputs: Sequence[float]) -> int:
    """How many digits lie between the largest and the smallest number of the formula at the point."""
    with extended.digits(65):
        values = extended.forward(graph, [extended.exact(value) for value in inputs])
        return digits_between([value for value in values if mpmath.isfinite(value)])


def _precision(graph: Graph, inputs: Sequence[float]) -> int:
    """The bits that differences need: a step is far below the smallest number, and its square beside the largest."""
    return _PRECISION + 7 * _between(graph, inputs)


def difference(graph: Graph, inputs: Sequence[float], first: int, second: int, *, shift: int = 0) -> Difference:
    """The derivative of the output by two inputs: central second differences of the value.

    They are taken `shift` steps beside the point, which shows the two sides of a kink. Source: Abramowitz and Stegun,
    "Handbook of Mathematical Functions", 25.3.
    """
    if first < 0 or second < 0:
        return Difference(mpmath.mpf(0), mpmath.mpf(0))
    output = graph.outputs[0]
    with mpmath.workprec(_precision(graph, inputs)):
        point = [extended.exact(value) for value in inputs]
        for node in {first, second}:
            point[node] += shift * (abs(point[node]) or 1) * mpmath.mpf(2) ** -_STEP

        def value(*moves: tuple[int, Number]) -> Number:
            moved = list(point)
            for node, step in moves:
                moved[node] += step
            return extended.forward(graph, moved)[output]

        found = []
        for bits in (_STEP, _STEP + 1):
            h, k = ((abs(point[node]) or 1) * mpmath.mpf(2) ** -bits for node in (first, second))
            if first == second:
                top = value((first, h)) - 2 * value() + value((first, -h))
                found.append(top / (h * h))
            else:
                same = value((first, h), (second, k)) + value((first, -h), (second, -k))
                other = value((first, h), (second, -k)) + value((first, -h), (second, k))
                found.append((same - other) / (4 * h * k))
        coarse, fine = found
        if not (mpmath.isfinite(coarse) and mpmath.isfinite(fine)):
            return Difference(None, mpmath.inf)
        return Difference((4 * fine - coarse) / 3, abs(fine - coarse))


def _scale(graph: Graph, inputs: Sequence[float], first: int, second: int) -> Number:
    """The value over the two inputs: of what size a second derivative is, if nothing else is known."""
    with extended.digits(65):
        value = extended.forward(graph, [extended.exact(number) for number in inputs])[graph.outputs[0]]
        below = [abs(inputs[node]) or 1.0 for node in (first, second) if node >= 0]
        return abs(value) / mpmath.fprod(below)


def _sides_differ(graph: Graph, inputs: Sequence[float], first: int, second: int) -> bool:
    """Whether a second derivative jumps at the point, or its first one does."""
    sides = [difference(graph, inputs, first, second, shift=shift) for shift in (-4, 4)]
    here = difference(graph, inputs, first, second)
    with mpmath.workprec(_precision(graph, inputs)):
        values = [side.value for side in (*sides, here) if side.value is not None]
        if len(values) < 3:
            return True
        return bool(max(values) - min(values) > 10 ** -mpmath.mpf(_AGREEMENT) * (1 + max(map(abs, values))))


def _judge(
    name: str, value: float, exact: Number, slope: Difference, symbolic: str | None, reason: str, scale: Number, *,
    kinked: bool,
) -> InputCheck:  # fmt: skip
    ten = mpmath.mpf(10)
    # Zero is what is nothing beside the value over the squares of the inputs.
    nothing = scale * ten**-_VANISHING
    sharp = slope.value is not None and slope.error <= abs(slope.value) * ten**-6 + nothing * ten**_AGREEMENT
    by_numeric = None
    with extended.digits(65):
        if sharp:
            by_numeric = bool(abs(exact - slope.value) <= 10 * slope.error + abs(exact) * ten**-_AGREEMENT + nothing)
        truth = None if symbolic is None else mpmath.mpf(symbolic)
        by_symbolic = None if truth is None else bool(abs(exact - truth) <= abs(truth) * ten**-_AGREEMENT + nothing)
        digits = correct_digits(value, exact)
        if False in (by_numeric, by_symbolic):
            # How right the double is that is shown, and not how well it follows a wrong rule.
            digits = correct_digits(value, truth if truth is not None and by_symbolic is False else slope.value)
    remarks = []
    dissent = None
    if kinked:
        verdict = Verdict.KINK
        remarks.append("on a kink: the second derivative is a convention")
    elif by_numeric is None and by_symbolic is None:
        verdict = Verdict.INCONCLUSIVE
    elif False not in (by_numeric, by_symbolic):
        verdict = Verdict.PASS
    elif True not in (by_numeric, by_symbolic):
        verdict, dissent = Verdict.FAIL, "reverse"
    else:
        verdict, dissent = Verdict.INCONCLUSIVE, "numeric" if by_symbolic else "symbolic"
    if verdict is Verdict.PASS and digits < _FEW and abs(value - float(exact)) > 1e-12 * max(1.0, abs(float(exact))):
        if digits < 1:
            verdict, dissent = Verdict.FAIL, "reverse"
        remarks.append(f"rounding leaves {digits:.0f} digits")
    if truth is None:
        remarks.append(f"symbolic unavailable: {reason}")
    if verdict is Verdict.FAIL and not math.isnan(value):
        remarks.append(f"the entry is {for_people(value, 10)}, and differences give {_shown(slope)}")
    return InputCheck(
        name, verdict, value, extended=mpmath.nstr(exact, 25, strip_zeros=True),
        symbolic=None if truth is None else mpmath.nstr(truth, 25, strip_zeros=True),
        numeric=float(slope.value) if sharp and slope.value is not None else None,
        numeric_error=float(slope.error) if sharp else None, digits=digits, dissent=dissent, remarks=tuple(remarks),
    )  # fmt: skip


def _shown(slope: Difference) -> str:
    return "nothing" if slope.value is None else for_people(float(slope.value), 10)
