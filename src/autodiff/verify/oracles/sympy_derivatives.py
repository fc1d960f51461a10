"""The symbolic oracle: the derivative by SymPy, evaluated in extended precision. It uses no rule of ours.

A small graph becomes one expression, which SymPy differentiates as a whole. In a large one the expression would swell,
so SymPy differentiates each operation on its own, and the chain rule is applied to the numbers: linear in the nodes.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import mpmath
import sympy

from autodiff.differentiate.sweep import extended as field
from autodiff.differentiate.sweep.boundary import chosen_share
from autodiff.evaluate import extended
from autodiff.evaluate.floats import forward
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.ops.row import Row
from autodiff.ops.table import ROWS
from autodiff.verify.oracles.differences import digits_between
from autodiff.verify.oracles.sympy_translation import (
    Expression,
    Untranslatable,
    choices,
    decides_nothing,
    is_constant_here,
    operation,
    rational,
)

#: An expression with more parts than this is differentiated operation by operation. Measured: value and gradient of
#: nested functions take SymPy 0.4 s for 63 parts and 1.2 s for 123, where operation by operation takes 0.005 s.
LARGEST_EXPRESSION = 120
#: Digits of the result, and of the evaluations by which two have to agree.
DIGITS = 50
_PRECISIONS = (65, 130, 260, 520, 800)
#: The same for a single expression: far apart, as two that lose all their digits to 1 + exp(-1000) agree too.
_FAR_APART = (65, 500, 800)
_AGREEMENT = 30
#: A constant of the formula becomes a rational up to this size, and a symbol beyond: SymPy computes with rationals.
_LARGE = 1 << 20


class Answer(NamedTuple):
    """The derivative as SymPy has it, or why there is none."""

    value: extended.Number | None
    reason: str = ""


_FAILURES = (Exception, RecursionError)
#: Where SymPy leaves a derivative as it is, or gives a delta function.
_NO_FUNCTION = "SymPy's derivative is no function"


def stable(evaluate: Callable[[], extended.Number]) -> Answer:
    """A number that two precisions agree on; zero only if even the highest precision says so."""
    before = None
    for precision in _FAR_APART:
        with extended.digits(precision):
            try:
                value = evaluate()
                value = value if isinstance(value, mpmath.mpf) else _real(value)
            except ZeroDivisionError:
                return Answer(None, "SymPy's derivative is undefined here")
            except NameError:
                return Answer(None, _NO_FUNCTION)
            except _FAILURES as error:
                return Answer(None, f"SymPy's derivative cannot be evaluated ({type(error).__name__})")
            if not mpmath.isfinite(value):
                return Answer(None, "SymPy's derivative is undefined here")
            if before is not None and value and abs(value - before) <= abs(value) * mpmath.mpf(10) ** -_AGREEMENT:
                return Answer(value)
        before = value
    return Answer(before) if not before else Answer(None, "SymPy's derivative loses all digits")


def _real(value: object) -> extended.Number:
    number = mpmath.mpmathify(value)
    if isinstance(number, mpmath.mpc):
        return number.real if number.imag == 0 else mpmath.mpf("nan")
    return mpmath.mpf(number)


def tree_size(graph: Graph, active: Sequence[int] | None = None) -> int:
    """How many parts the output has when it is written as one expression, in which what is not active is one part."""
    sizes = [1] * len(graph)
    for node, row, args in graph.operations():
        if active is None or active[node]:
            # Sharing makes trees grow without end; a large number is large enough.
            sizes[node] = min(graph.ops.size(row).operations + sum(sizes[arg] for arg in args), 1 << 30)
    return sizes[graph.outputs[0]]


def derivatives(graph: Graph, inputs: Sequence[float], wanted: Sequence[int]) -> dict[int, Answer]:
    """The derivative of the output by each of the `wanted` inputs, by whichever way suits the size."""
    if tree_size(graph, dependents(graph, wanted)) <= LARGEST_EXPRESSION:
        try:
            answers = by_expression(graph, inputs, wanted)
            if all(answer.value is not None for answer in answers.values()):
                return answers
        except (Untranslatable, *_FAILURES):
            pass  # operation by operation SymPy gets further
    adjoints = by_chain(graph, inputs, wanted)
    return {node: adjoints[node] for node in wanted}


def by_expression(graph: Graph, inputs: Sequence[float], wanted: Sequence[int]) -> dict[int, Answer]:
    """SymPy differentiates the whole expression.

    Raises:
        Untranslatable: an operation has no expression in SymPy.
    """
    whole = _whole(graph, inputs, wanted)
    return {node: whole.derivative([node]) for node in wanted}


def second_by_expression(graph: Graph, inputs: Sequence[float], pairs: Sequence[tuple[int, int]]) -> list[Answer]:
    """SymPy differentiates the whole expression twice, by each pair of inputs. Raises like `by_expression`."""
    whole = _whole(graph, inputs, sorted({node for pair in pairs for node in pair}))
    return [whole.derivative(pair) for pair in pairs]


class _Whole(NamedTuple):
    """The output as one expression, the symbols of the wanted inputs, and the value of every symbol."""

    output: Expression
    wanted: dict[int, Expression]
    names: list[Expression]
    numbers: list[extended.Number]
    faithful: bool

    def derivative(self, by: Sequence[int]) -> Answer:
        if not self.faithful:
            return Answer(None, "SymPy rewrote the formula to one with another value here")
        found = self.output
        for node in by:
            found = sympy.diff(found, self.wanted[node])
        function = _function(self.names, found)
        return stable(lambda: function(*self.numbers))


def _whole(graph: Graph, inputs: Sequence[float], wanted: Sequence[int]) -> _Whole:
    with extended.digits(_PRECISIONS[0]):
        values = extended.forward(graph, [extended.exact(value) for value in inputs])
        active = dependents(graph, wanted)
        symbols: dict[Expression, extended.Number] = {}
        expressions: dict[int, Expression] = {}

        def expression(node: int) -> Expression:
            if node not in expressions:
                expressions[node] = _leaf(graph, node, values[node], symbols)
            return expressions[node]

        for node in wanted:
            expressions[node] = _symbol(symbols, f"x{node}", values[node])
        for node, row, args in graph.operations():
            if active[node]:
                _refuse_boundary(graph, values, node)
                parts = [expression(arg) for arg in args]
                expressions[node] = operation(row, parts, [values[arg] for arg in args])
        output = expression(graph.outputs[0])
    names, numbers = list(symbols), list(symbols.values())
    faithful = _same_value(_function(names, output), numbers, values[graph.outputs[0]])
    return _Whole(output, {node: expressions[node] for node in wanted}, names, numbers, faithful)


def _function(symbols: Sequence[Expression], expression: Expression) -> Callable[..., extended.Number]:
    """An expression as a function of numbers; what SymPy has and mpmath lacks is computed as the row defines it."""
    known: Callable[..., extended.Number] = sympy.lambdify(symbols, expression, [_ours(), "mpmath"])
    return known


@cache
def _ours() -> dict[str, Callable[..., extended.Number]]:
    return {
        row.targets["sympy"]: extended.function(row, len(row.params))
        for row in ROWS
        if row.value and "sympy" in row.targets and not hasattr(mpmath, row.targets["sympy"])
    }


def _refuse_boundary(graph: Graph, values: Sequence[extended.Number], node: int) -> None:
    if graph.row(node).selects and chosen_share(field, graph, values, graph.args[node - graph.base]) is not None:
        raise Untranslatable("a condition sits on its boundary")


def _symbol(symbols: dict[Expression, extended.Number], name: str, value: extended.Number) -> Expression:
    symbol = sympy.Symbol(name, real=True)
    symbols[symbol] = value
    return symbol


def _leaf(graph: Graph, node: int, value: extended.Number, symbols: dict[Expression, extended.Number]) -> Expression:
    """What does not depend on a wanted input: a small rational as it is, anything else as a symbol."""
    if len(graph.inputs) <= node < graph.base and mpmath.isfinite(value):
        exact = rational(value)
        if abs(exact.p) < _LARGE and exact.q < _LARGE:
            return exact
    return _symbol(symbols, f"c{node}", value)


def _same_value(function: Callable[..., object], numbers: Sequence[extended.Number], value: extended.Number) -> bool:
    found = stable(lambda: function(*numbers)).value
    if found is None:
        return False
    with extended.digits(DIGITS):
        return bool(abs(found - value) <= (abs(value) + 1) * mpmath.mpf(10) ** -_AGREEMENT)


def by_chain(graph: Graph, inputs: Sequence[float], wanted: Sequence[int]) -> list[Answer]:
    """SymPy differentiates each operation; the chain rule gives the adjoint of every node.

    All of it is done with two precisions, and with more until they agree.
    """
    active = dependents(graph, wanted)
    before: list[Answer] | None = None
    more = max(0, digits_between(forward(graph, inputs)) - _PRECISIONS[0] // 2)
    for precision in _PRECISIONS:
        with extended.digits(precision + more):
            found = _sweep(graph, inputs, active)
            if before is not None and all(_confirms(found[node], before[node]) for node in wanted):
                return found
        before = found
    return found


def _confirms(answer: Answer, before: Answer) -> bool:
    if answer.value is None or before.value is None:
        return answer.value is None and before.value is None
    return bool(abs(answer.value - before.value) <= abs(answer.value) * mpmath.mpf(10) ** -_AGREEMENT)


def _sweep(graph: Graph, inputs: Sequence[float], active: Sequence[int]) -> list[Answer]:
    """The chain rule at the current precision."""
    values = extended.forward(graph, [extended.exact(value) for value in inputs])
    known = [_same_everywhere(row, arity) for row, arity in graph.calls]
    sums: list[extended.Number | None] = [extended.exact(0.0)] * len(graph)
    reasons = [""] * len(graph)
    sums[graph.outputs[0]] = extended.exact(1.0)
    for node in range(graph.outputs[0], graph.base - 1, -1):
        upstream = sums[node]
        if not active[node] or (upstream is not None and not upstream):
            continue
        args = graph.args[node - graph.base]
        given = [values[place] for place in args]
        if is_constant_here(graph.row(node), given):
            continue  # whatever comes down to it, it passes nothing on
        for k, arg in enumerate(args):
            if not active[arg]:
                continue
            functions = known[graph.codes[node - graph.base]]
            value = functions[k](*given) if functions else None
            if value and isinstance(value, mpmath.mpf) and mpmath.isfinite(value):
                local = Answer(value)
            else:
                local = _local(graph, values, node, k, given)
            if upstream is None or local.value is None:
                sums[arg], reasons[arg] = None, local.reason or reasons[node]
            elif sums[arg] is not None:
                sums[arg] += upstream * local.value
    return [Answer(total, reason) for total, reason in zip(sums, reasons, strict=True)]


def _same_everywhere(row: Row, arity: int) -> list[Callable[..., object]] | None:
    """The derivatives of an operation by its arguments, where they are the same functions at every point."""
    if not decides_nothing(row, arity):
        return None
    nothing = (mpmath.mpf("nan"),) * arity
    try:
        return [_guarded(_local_function(row, k, arity, (), nothing)) for k in range(arity)]
    except (Untranslatable, *_FAILURES):
        return None


def _guarded(function: Callable[..., object]) -> Callable[..., object]:
    def guarded(*args: object) -> object:
        try:
            return function(*args)
        except _FAILURES:
            return None

    return guarded


def _local(
    graph: Graph, values: Sequence[extended.Number], node: int, argument: int, given: Sequence[extended.Number]
) -> Answer:
    try:
        _refuse_boundary(graph, values, node)
    except Untranslatable as error:
        return Answer(None, str(error))
    return local_derivative(graph.row(node), argument, given)


def local_derivative(row: Row, argument: int, values: Sequence[extended.Number]) -> Answer:
    """The derivative of one operation by one argument, as SymPy has it, at the point."""
    try:
        function = _local_function(row, argument, len(values), choices(row, values), tuple(values))
    except Untranslatable as error:
        return Answer(None, str(error))
    except NotImplementedError:  # of SymPy's printer
        return Answer(None, _NO_FUNCTION)
    except _FAILURES as error:
        return Answer(None, f"SymPy failed ({type(error).__name__})")
    try:
        value = function(*values)
        if isinstance(value, mpmath.mpf) and value and mpmath.isfinite(value):
            return Answer(value)
    except _FAILURES:
        pass
    # Zero may be all digits lost, as in 1 - tanh(200)^2.
    return stable(lambda: function(*values))


_LOCAL: dict[tuple[object, ...], Callable[..., extended.Number]] = {}


def _local_function(
    row: Row, argument: int, arity: int, chosen: tuple[object, ...], values: tuple[extended.Number, ...]
) -> Callable[..., extended.Number]:
    """SymPy's derivative as a function of numbers; the same choices give the same function."""
    key = (row, argument, arity, chosen)
    if key not in _LOCAL:
        symbols = [sympy.Symbol(f"u{k}", real=True) for k in range(arity)]
        derivative = sympy.diff(operation(row, symbols, values), symbols[argument])
        _LOCAL[key] = _function(symbols, derivative)
    return _LOCAL[key]
