"""Who is to blame: the operation with a wrong derivative, the node where digits are lost, the kink that is near."""

import math
from collections.abc import Iterator, Mapping, Sequence

import mpmath

from autodiff.differentiate.diagnosis import alive
from autodiff.differentiate.kinks import has_kinks
from autodiff.differentiate.results import Gradient
from autodiff.evaluate import extended
from autodiff.evaluate.compiled import Function, side_functions, value_function
from autodiff.evaluate.floats import ARITHMETIC, forward
from autodiff.ops.row import Row
from autodiff.syntax.numbers import for_people
from autodiff.verify import numeric
from autodiff.verify.results import NodeCheck, Verdict

#: Fewer correct digits than this deserve a word.
FEW_DIGITS = 10
#: How near a kink deserves a word, relative to the size of the argument.
_NEAR = 1e-4
#: Local errors beyond this, relatively, are no rounding.
_WRONG = 1e-7


def wrong_operation(gradient: Gradient, values: Sequence[extended.Number]) -> NodeCheck | None:
    """The first operation whose rule disagrees with differences of the operation itself."""
    graph = gradient.graph
    for node, row, args in graph.operations():
        if not gradient.active[node]:
            continue
        with extended.digits(65):
            given = [values[arg] for arg in args]
            for k, arg in enumerate(args):
                message = _wrong_partial(row, given, k) if gradient.active[arg] else ""
                if message:
                    return _blamed(gradient, node, message)
    return None


def _wrong_partial(row: Row, given: list[extended.Number], argument: int) -> str:
    """What is wrong with a rule at a point; nothing where it is right or where nothing can be said."""
    ours = extended.partial(row, argument, given)
    function = extended.function(row, len(given))

    def moved(x: extended.Number) -> extended.Number:
        return extended.apply(row, function, [*given[:argument], x, *given[argument + 1 :]])

    slope = numeric.slope(moved, given[argument])
    if slope.value is None or slope.sides_differ or not slope.is_sharp:
        return ""
    if (
        mpmath.isfinite(ours)
        and abs(ours - slope.value) <= 100 * slope.error + abs(slope.value) * mpmath.mpf(10) ** -15
    ):
        return ""
    return (
        f"the derivative of {row.name} by argument {argument + 1} is {mpmath.nstr(ours, 10)} by its rule, "
        f"and {mpmath.nstr(slope.value, 10)} by differences"
    )


def _blamed(gradient: Gradient, node: int, message: str) -> NodeCheck:
    span = gradient.graph.span(node)
    return NodeCheck(node, gradient.names[node], span, Verdict.FAIL, gradient.adjoints[node], None, message)


def inaccurate_operation(gradient: Gradient) -> NodeCheck | None:
    """The first operation that computes its value, or a partial, badly in doubles from its arguments as they are."""
    graph = gradient.graph
    with extended.digits(50):
        for node, row, args in graph.operations():
            if not gradient.active[node]:
                continue
            given = [extended.exact(gradient.values[arg]) for arg in args]
            truth = extended.apply(row, extended.function(row, len(args)), given)
            wrong = _far(gradient.values[node], truth)
            for k, partial in enumerate(gradient.local_partials(node)):
                if partial is not None and not wrong:
                    here = extended.partial(row, k, given)
                    near = extended.partial(row, k, [x * (1 + mpmath.mpf(2) ** -48) for x in given])
                    wrong = _far(partial, here) and abs(partial - here) > 16 * abs(near - here)
            if wrong:
                return _blamed(gradient, node, f"{row.name} is computed badly in doubles here")
    return None


def _far(value: float, truth: extended.Number) -> bool:
    if not mpmath.isfinite(truth) or not math.isfinite(value):
        return False
    return bool(abs(value - truth) > _WRONG * abs(truth) + mpmath.mpf(2) ** -1070)


def lost_digits(gradient: Gradient, values: Sequence[extended.Number]) -> str:
    """A sentence that names the node where most digits are lost, and its condition number."""
    graph = gradient.graph
    worst, where, condition = 1.0, None, 0.0
    with extended.digits(50):
        errors = [_relative(value, truth) for value, truth in zip(gradient.values, values, strict=True)]
        for node, row, args in graph.operations():
            if not gradient.active[node]:
                continue
            growth = errors[node] / max([2.0**-53, *(errors[arg] for arg in args)])
            if growth > worst:
                given = [values[arg] for arg in args]
                parts = [x * extended.partial(row, k, given) for k, x in enumerate(given)]
                total = abs(values[node])
                worst, where = growth, node
                condition = float(mpmath.fsum(parts, absolute=True) / total) if total else math.inf
    if where is None or worst < 100:
        return "few digits are right: the parts of the gradient cancel where they are summed"
    name = gradient.names[where]
    shown = f"{name} = {_operation(gradient, where)}"
    return f"few digits are right: they are lost in {shown}, whose condition number is {for_people(condition, 2)}"


def _operation(gradient: Gradient, node: int) -> str:
    (shown,) = gradient.iterate([node])
    return shown.operation


def _relative(value: float, truth: extended.Number) -> float:
    if not math.isfinite(value) or not mpmath.isfinite(truth):
        return 0.0
    error = abs(value - truth)
    return float(error / abs(truth)) if truth else float(bool(error))


def near_kinks(gradient: Gradient) -> Iterator[str]:
    """A sentence for each used operation that is close to a kink, but not on it."""
    graph = gradient.graph
    if not any(has_kinks(call.row) for call in graph.calls):
        return
    used = alive(graph, gradient.values, graph.outputs)
    for node, row, args in graph.operations():
        if used[node] and gradient.active[node] and has_kinks(row) and node not in gradient.kinks:
            given = [gradient.values[arg] for arg in args]
            moving = [k for k, arg in enumerate(args) if gradient.active[arg]]
            distance = min((_distance(_abrupt(row, len(args), k), given, k) for k in moving), default=math.inf)
            if distance < math.inf:
                yield f"{_operation(gradient, node)} is only {for_people(distance, 3)} away from its kink"


def _abrupt(row: Row, arity: int, argument: int) -> Function:
    """What changes abruptly at the kink of a row: a one-sided partial, or the value where it jumps."""
    sides = side_functions(row, arity, argument)
    if sides is None:
        return value_function(row, arity)
    left = sides[0]
    return lambda *args: left(*args, value_function(row, arity)(*args))


def _distance(function: Function, given: Sequence[float], argument: int) -> float:
    """How far the argument must move, at most `_NEAR` of its size, to make `function` change abruptly."""
    size = max(1.0, *map(abs, given))

    def changes(step: float) -> bool:
        return any(_jumps(function, given, argument, sign * step) for sign in (-1, 1))

    reach = _NEAR * size
    if not changes(reach):
        return math.inf
    low, high = 0.0, reach
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if changes(middle) else (middle, high)
    return high


def _jumps(function: Function, given: Sequence[float], argument: int, step: float) -> bool:
    try:
        here = function(*given)
        there = function(*given[:argument], given[argument] + step, *given[argument + 1 :])
    except ARITHMETIC:
        return False
    return bool(abs(there - here) > 0.1 * max(abs(here), abs(there)))


def classic_difference(gradient: Gradient, node: int, step: float) -> tuple[float, float]:
    """The central difference in doubles with this step, and the error that is to be expected of it.

    The error is h^2/6 times the third derivative, which is that of the extended-precision value, plus the rounding of
    the value and of the input over the step.
    """
    graph = gradient.graph
    inputs = list(gradient.values[: len(graph.inputs)])
    output = graph.outputs[0]

    def value(offset: float) -> float:
        return forward(graph, [*inputs[:node], inputs[node] + offset, *inputs[node + 1 :]])[output]

    found = (value(step) - value(-step)) / (2 * step)
    with extended.digits(120):
        point = [extended.exact(number) for number in inputs]
        h = mpmath.mpf(10) ** -20 * (abs(point[node]) or 1)

        def exact(turns: int) -> extended.Number:
            return extended.forward(graph, [*point[:node], point[node] + turns * h, *point[node + 1 :]])[output]

        third = (exact(2) - 2 * exact(1) + 2 * exact(-1) - exact(-2)) / (2 * h**3)
        # What the double value is off, which cancellation can make far more than half a unit in the last place.
        rounding = (abs(gradient.value) + abs(inputs[node] * gradient.adjoints[node])) * mpmath.mpf(2) ** -53
        rounding += abs(gradient.value - exact(0))
        expected = abs(third) * step**2 / 6 + rounding / abs(step)
    return found, float(expected)


def compare_nodes(
    gradient: Gradient, adjoints: Sequence[extended.Number], answers: Mapping[int, tuple[str | None, str]]
) -> Iterator[NodeCheck]:
    """Every node that has a gradient, with its adjoint by SymPy's derivatives beside ours."""
    graph = gradient.graph
    for node in range(len(graph)):
        if not gradient.active[node]:
            continue
        text, reason = answers.get(node, (None, "SymPy gave no answer"))
        verdict, message = Verdict.INCONCLUSIVE, f"symbolic unavailable: {reason}"
        if text is not None:
            with extended.digits(50):
                truth, ours = mpmath.mpf(text), adjoints[node]
                same = abs(truth - ours) <= max(abs(truth), abs(ours)) * mpmath.mpf(10) ** -20
            verdict = Verdict.PASS if same else Verdict.FAIL
            message = (
                ""
                if same
                else f"its gradient is {mpmath.nstr(ours, 10)} by our rules, and {mpmath.nstr(truth, 10)} by SymPy"
            )
        if node in gradient.kinks and verdict is not Verdict.PASS:
            verdict, message = Verdict.KINK, "on a kink"
        yield NodeCheck(node, gradient.names[node], graph.span(node), verdict, gradient.adjoints[node], text, message)
