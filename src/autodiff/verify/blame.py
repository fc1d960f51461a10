"""Who is to blame: the operation with a wrong derivative, the node where digits are lost, the kink that is near."""

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import mpmath

from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.sweep.kinks import has_kinks
from autodiff.evaluate import extended
from autodiff.evaluate.compiled import Function, condition_function, side_functions, value_function
from autodiff.evaluate.floats import ARITHMETIC, forward
from autodiff.graph.rules import partial_text
from autodiff.graph.walk import used_nodes
from autodiff.numerals import for_people, in_words
from autodiff.ops.row import Row
from autodiff.verify.judge import before_kinks, gradient_size
from autodiff.verify.oracles import differences as numeric
from autodiff.verify.oracles.by_sympy import SILENT
from autodiff.verify.oracles.witness import Statement, agree
from autodiff.verify.results import NodeCheck, Verdict

#: Fewer correct digits than this deserve a word.
FEW_DIGITS = 10
#: How near a kink deserves a word, relative to the size of the argument.
_NEAR = 1e-4
#: Local errors beyond this, relatively, are no rounding.
_WRONG = 1e-11
#: Two numbers with fifty digits that differ by more than this, relatively, are different.
_DIFFERENT = 1e-20
#: What an operation may lose in doubles where it is sensitive: what moves of its arguments by 16 * 2^-48 would change.
_SENSITIVE = 16
#: Digits of the exact value of an operation, beside those that its arguments need.
_DIGITS = 65
#: Below this doubles do not overflow.
_REPRESENTABLE = 1e308


def wrong_operation(
    gradient: Gradient, values: Sequence[extended.Number], among: Container[int] | None = None
) -> NodeCheck | None:
    """The first operation, `among` some or all, whose rule disagrees with differences of the operation itself."""
    graph = gradient.graph
    for node, row, args in graph.operations():
        if not gradient.active[node] or (among is not None and node not in among):
            continue
        given = [values[arg] for arg in args]
        for k, arg in enumerate(args):
            message = _judge_partial(row, given, k)[1] if gradient.active[arg] else ""
            if message:
                return _blamed(gradient, node, message)
    return None


def _enough(given: Sequence[extended.Number]) -> Any:
    """A context with fifty digits, and as many more as lie between the numbers: a remainder needs all of them."""
    return extended.digits(_DIGITS + numeric.digits_between(given))


def _judge_partial(row: Row, given: list[extended.Number], argument: int) -> tuple[bool | None, str]:
    """Whether differences confirm a rule at a point, None where nothing can be said; and what is wrong with it."""
    # The row may say that it has no rule, and where an argument is infinite nothing has a derivative.
    if partial_text(row, argument) == "nan" or not all(mpmath.isfinite(number) for number in given):
        return None, ""
    function = extended.function(row, len(given))

    def moved(x: extended.Number) -> extended.Number:
        return extended.apply(row, function, [*given[:argument], x, *given[argument + 1 :]])

    with _enough(given):
        given = [+number for number in given]
        ours = extended.partial(row, argument, given)
        slope = numeric.slope(moved, given[argument], given)
        return _compare(row, argument, ours, slope)


def _compare(row: Row, argument: int, ours: extended.Number, slope: numeric.Slope) -> tuple[bool | None, str]:
    subject = f"the derivative of {row.name} by argument {argument + 1}"
    if row.library is not None:
        subject = f"d/d{row.params[argument]} of {row.name}"
    if slope.sides_differ and slope.left is not None and slope.right is not None:
        low, high = sorted([slope.left, slope.right])
        apart = (high - low) * mpmath.mpf(_WRONG)
        if low - apart <= ours <= high + apart:
            return None, ""
        sides = f"{for_people(float(slope.left))} from below and {for_people(float(slope.right))} from above"
        return False, f"{subject} is {for_people(float(ours))} by its rule, and {sides} by differences"
    if slope.value is None or slope.jumps or not slope.is_sharp:
        return None, ""
    if mpmath.isfinite(ours) and abs(ours - slope.value) <= 100 * slope.error + abs(slope.value) * _DIFFERENT:
        return True, ""
    return False, "{} is {} by its rule, and {} by differences".format(subject, *_apart(ours, slope.value))


def _apart(a: extended.Number, b: extended.Number) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see where they differ."""
    for digits in (10, 17, 25, 40):
        shown = mpmath.nstr(a, digits), mpmath.nstr(b, digits)
        if shown[0] != shown[1]:
            break
    return shown


def zeros_times_infinity(gradient: Gradient) -> Iterator[str]:
    """A sentence for the first place where a derivative of zero meets an infinite one, whose product is no number."""
    graph = gradient.graph
    used = used_nodes(graph, gradient.values, graph.outputs)
    for node, _, args in graph.operations():
        if not used[node] or not gradient.active[node]:
            continue
        upstream = gradient.adjoints[node]
        for arg, partial in zip(args, gradient.local_partials(node), strict=True):
            if partial is None or not gradient.active[arg]:
                continue
            if not (upstream or math.isfinite(partial)) or not (partial or math.isfinite(upstream)):
                shown = _operation(gradient, node)
                yield f"0 times infinity is taken as 0 where the gradient goes through {shown}"
                return


def undefined_operation(gradient: Gradient) -> NodeCheck | None:
    """The operation where values stopped being finite, if it has a value there and doubles could hold it."""
    assert gradient.diagnosis is not None
    graph, node = gradient.graph, gradient.diagnosis.node
    if node < graph.base:
        return None
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [extended.exact(gradient.values[arg]) for arg in args]
    if not all(mpmath.isfinite(number) for number in given) or not _in_domain(row, given, gradient.values[node]):
        return None
    with _enough(given):
        truth = extended.apply(row, extended.function(row, len(args)), given)
    if not abs(truth) < _REPRESENTABLE:
        return None
    value = in_words(gradient.values[node])
    return _blamed(gradient, node, f"{row.name} is {value} in doubles here, and should be {mpmath.nstr(truth, 10)}")


def _blamed(gradient: Gradient, node: int, message: str) -> NodeCheck:
    span = gradient.graph.span(node)
    return NodeCheck(node, gradient.names[node], span, Verdict.FAIL, gradient.adjoints[node], None, message)


def without_value(gradient: Gradient, values: Sequence[extended.Number]) -> str:
    """A sentence if some used node has a value in doubles that it cannot have with fifty digits.

    It is beyond what extended precision holds, or it tells -0 from 0: then fifty digits prove nothing.
    """
    graph = gradient.graph
    used = used_nodes(graph, gradient.values, graph.outputs)
    for node, _, args in graph.operations():
        value, exact = gradient.values[node], values[node]
        if not used[node] or not math.isfinite(value):
            continue
        if not mpmath.isfinite(exact):
            shown = _operation(gradient, node)
            return f"the evaluation with fifty digits finds no value of {shown}, and proves nothing"
        if value * exact < 0 and any(
            not arg and math.copysign(1, arg) < 0 for arg in map(gradient.values.__getitem__, args)
        ):
            return f"{_operation(gradient, node)} tells -0 from 0, as fifty digits do not: these prove nothing"
    return ""


def _in_domain(row: Row, given: Sequence[extended.Number], value: float) -> bool:
    try:
        return not row.domain or condition_function(row, row.domain, len(given))(*map(float, given), value) == 1.0
    except ARITHMETIC:
        return False


def inaccurate_operation(gradient: Gradient) -> NodeCheck | None:
    """The first operation that computes its value, or a partial, badly in doubles from its arguments as they are."""
    graph = gradient.graph
    for node, row, args in graph.operations():
        if not gradient.active[node]:
            continue
        given = [extended.exact(gradient.values[arg]) for arg in args]
        with _enough(given):
            moved = [x * (1 + mpmath.mpf(2) ** -48) for x in given]
            function = extended.function(row, len(args))
            truth, near = (extended.apply(row, function, point) for point in (given, moved))
            if _far(gradient.values[node], truth, near):
                return _blamed(gradient, node, f"{row.name} is computed badly in doubles here")
            for k, partial in enumerate(gradient.local_partials(node)):
                if partial is not None:
                    truth, near = (extended.partial(row, k, point) for point in (given, moved))
                    if _far(partial, truth, near):
                        message = f"the derivative of {row.name} is computed badly in doubles here"
                        return _blamed(gradient, node, message)
    return None


def _far(value: float, truth: extended.Number, near: extended.Number) -> bool:
    """Whether a double is off by more than rounding and a small move of the arguments explain."""
    if not mpmath.isfinite(truth) or not math.isfinite(value):
        return False
    error = abs(value - truth)
    return bool(error > _WRONG * abs(truth) + mpmath.mpf(2) ** -1070 and error > _SENSITIVE * abs(near - truth))


def lost_digits(gradient: Gradient, values: Sequence[extended.Number], *, of_gradient: bool) -> str:
    """A sentence that names the node where most digits are lost, and its condition number.

    It speaks of the gradient, or else of the value.
    """
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
                parts = [part for part in parts if mpmath.isfinite(part)]
                condition = float(mpmath.fsum(parts, absolute=True) / total) if total else math.inf
    few = "few digits are right" if of_gradient else "few digits of the value are right"
    if where is None or worst < 100:
        subject = "the gradient" if of_gradient else "the value"
        return f"{few}: the parts of {subject} cancel where they are summed"
    name = gradient.names[where]
    shown = f"{name} = {_operation(gradient, where)}"
    return f"{few}: they are lost in {shown}, whose condition number is {for_people(condition, 2)}"


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
    used = used_nodes(graph, gradient.values, graph.outputs)
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
    found = [_one_distance(function, given, argument, sign) for sign in (-1, 1)]
    return min(found)


def _one_distance(function: Function, given: Sequence[float], argument: int, sign: int) -> float:
    low, high = 5e-324, _NEAR * max(1.0, *map(abs, given))
    here = given[argument]
    if _jumps(function, given, argument, here, here + sign * low):
        return math.inf  # it is there already, or changes gradually from zero
    if not _jumps(function, given, argument, here, here + sign * high):
        return math.inf
    while low < high:
        middle = math.sqrt(low) * math.sqrt(high)
        if not low < middle < high:
            break
        if _jumps(function, given, argument, here, here + sign * middle):
            high = middle
        else:
            low = middle
    near, far = here + sign * low, here + sign * high
    # What changes gradually does not change between neighbours.
    return abs(far - here) if _jumps(function, given, argument, near, far) else math.inf


def _jumps(function: Function, given: Sequence[float], argument: int, here: float, there: float) -> bool:
    """Whether `function` is very different where the argument is `here` and where it is `there`."""
    try:
        first, second = (function(*given[:argument], x, *given[argument + 1 :]) for x in (here, there))
    except ARITHMETIC:
        return False
    return bool(abs(second - first) > 0.1 * max(abs(first), abs(second)))


def classic_difference(gradient: Gradient, node: int, step: float, derivative: extended.Number) -> tuple[float, float]:
    """The central difference in doubles with this step, and the error that is to be expected of it.

    The error is that of the same difference in extended precision, beside the `derivative`, plus the rounding of the
    value and of the input over the step.
    """
    graph = gradient.graph
    inputs = list(gradient.values[: len(graph.inputs)])
    output = graph.outputs[0]

    def value(offset: float) -> float:
        return forward(graph, [*inputs[:node], inputs[node] + offset, *inputs[node + 1 :]])[output]

    found = (value(step) - value(-step)) / (2 * step)
    with extended.digits(400):
        point = [extended.exact(number) for number in inputs]

        def exact(offset: float) -> extended.Number:
            return extended.forward(graph, [*point[:node], point[node] + offset, *point[node + 1 :]])[output]

        h = extended.exact(step)
        truncation = abs((exact(step) - exact(-step)) / (2 * h) - derivative)
        # What the double value is off, which cancellation can make far more than half a unit in the last place.
        rounding = (abs(gradient.value) + abs(inputs[node] * gradient.adjoints[node])) * mpmath.mpf(2) ** -53
        rounding += abs(gradient.value - exact(0.0))
        return found, float(truncation + rounding / abs(h))


def compare_nodes(
    gradient: Gradient, values: Sequence[extended.Number], adjoints: Sequence[extended.Number],
    answers: Mapping[int, Statement],
) -> Iterator[NodeCheck]:  # fmt: skip
    """Every node that has a gradient and moves, with its adjoint by SymPy's derivatives beside ours."""
    graph = gradient.graph
    sizes, kinked = gradient_size(gradient), before_kinks(gradient)
    known = {node for node, said in answers.items() if said.text is not None}
    unknown = [node for node in range(len(graph)) if gradient.active[node] and node not in known]
    confirmed = _confirmed_by_differences(gradient, values) if unknown else b""
    moving = _moving(gradient) if unknown else b""
    for node in range(len(graph)):
        if not gradient.active[node]:
            continue
        said = answers.get(node, Statement(reason=SILENT))
        text, reason = said.text, said.reason
        if text is None and not moving[node]:
            continue  # nothing depends on the gradient of what stays as it is
        verdict, message = Verdict.INCONCLUSIVE, f"symbolic unavailable: {reason}"
        if text is not None:
            with extended.digits(50):
                truth, ours = mpmath.mpf(text), adjoints[node]
                same = agree(ours, truth, sizes[node])
                verdict, message = Verdict.PASS, ""
                if not same:
                    verdict = Verdict.FAIL
                    message = "its gradient is {} by our rules, and {} by SymPy".format(*_apart(ours, truth))
        elif confirmed[node]:
            verdict = Verdict.PASS
        if kinked[node] and verdict is not Verdict.PASS:
            verdict, message = Verdict.KINK, "on a kink"
        yield NodeCheck(node, gradient.names[node], graph.span(node), verdict, gradient.adjoints[node], text, message)


def _confirmed_by_differences(gradient: Gradient, values: Sequence[extended.Number]) -> bytearray:
    """A flag for each node: 1 where differences confirm the rules of all operations between it and the output."""
    graph = gradient.graph
    flags = bytearray(b"\1" * len(graph))
    for node in range(graph.outputs[0], graph.base - 1, -1):
        row, args = graph.row(node), graph.args[node - graph.base]
        given = [values[arg] for arg in args]
        for k, arg in enumerate(args):
            if gradient.active[arg] and flags[arg]:
                flags[arg] = bool(flags[node] and _judge_partial(row, given, k)[0])
    return flags


def _moving(gradient: Gradient) -> bytearray:
    """A flag for each node: 1 where its value changes as a wanted input moves; a comparison has one value around."""
    graph = gradient.graph
    flags = bytearray(len(graph))
    for node in gradient.wanted_nodes:
        flags[node] = 1
    varies = [[partial_text(row, k) != "0" for k in range(arity)] for row, arity in graph.calls]
    for node, (code, args) in enumerate(zip(graph.codes, graph.args, strict=True), graph.base):
        flags[node] = node in gradient.kinks or any([flags[arg] and varies[code][k] for k, arg in enumerate(args)])
    return flags
