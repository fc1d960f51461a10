"""A graph evaluated in extended precision with mpmath: the same rows and rules as in doubles, inputs as exact doubles.

Everything here works at mpmath's current precision; `digits` sets it. Zeros have no sign here, and what is no real
number is NaN.
"""

import math
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import mpmath

from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_text, rule, rule_arguments, rule_parameters, value_rule
from autodiff.ops.kernels import exact as exact_kernels
from autodiff.ops.row import Row

Number = Any  # mpmath's mpf, which has no types
Function = Callable[..., Number]

#: A number beyond 2^65536 is infinite and one below 2^-65536 zero: doubles end at 2^1024, and larger exponents would
#: cost memory and time without end in formulas such as exp(exp(exp(x))).
_MAGNITUDE = 1 << 16

_RAISES = (*ARITHMETIC, mpmath.libmp.NoConvergence, TypeError, NotImplementedError)
#: A number is rounded to so many digits before Python reads it.
_MOST_DIGITS = 4000


def _one(holds: bool) -> Number:
    return mpmath.mpf(1) if holds else mpmath.mpf(0)


def _select(condition: Number, chosen: Number, otherwise: Number) -> Number:
    if mpmath.isnan(condition):
        return condition
    return chosen if condition else otherwise


#: How this target spells the operators of the language; anything else is a function of mpmath or a definition.
_OPERATORS: dict[str, Function] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": lambda x, y: operator.mod(x, y) if y else mpmath.nan,
    "^": mpmath.power,
    "<": lambda x, y: _one(x < y),
    "<=": lambda x, y: _one(x <= y),
    ">": lambda x, y: _one(x > y),
    ">=": lambda x, y: _one(x >= y),
    "==": lambda x, y: _one(x == y),
    "!=": lambda x, y: _one(x != y),
    "and": lambda x, y: _one(bool(x) and bool(y)),
    "or": lambda x, y: _one(bool(x) or bool(y)),
}
_PREFIXES: dict[str, Function] = {"-": operator.neg, "not": lambda x: _one(not x)}


def digits(count: int) -> Any:
    """A context in which numbers have so many decimal digits."""
    return mpmath.workdps(count)


def exact(value: float) -> Number:
    """A double as it is."""
    return mpmath.mpf(value)


def _readable(spelling: str) -> str:
    """A number as Python reads it, which takes no more than 4,300 digits; nobody computes with as many."""
    if len(spelling) <= _MOST_DIGITS:
        return spelling
    from decimal import Context

    return str(Context(prec=_MOST_DIGITS).create_decimal(spelling))


def constants(graph: Graph, *, decimal: bool = False) -> list[Number]:
    """The constants of a graph: names are the true constants, and numbers the doubles that they are read as.

    With `decimal` numbers are what they say: 0.1 is a tenth.
    """
    named = {math.pi: +mpmath.pi, math.tau: 2 * mpmath.pi, math.e: +mpmath.e}
    found = []
    for value, spelling in zip(graph.constants, graph.spellings, strict=True):
        if spelling[-1].isdigit() or spelling[-1] == ".":
            found.append(mpmath.mpf(_readable(spelling)) if decimal else mpmath.mpf(value))
        else:
            found.append(named.get(value, mpmath.mpf(value)))
    return found


def forward(graph: Graph, inputs: Sequence[Number], *, decimal: bool = False) -> list[Number]:
    """The value of every node; `decimal` as for `constants`."""
    values = [*inputs, *constants(graph, decimal=decimal)]
    functions = [function(row, arity) for row, arity in graph.calls]
    for code, args in zip(graph.codes, graph.args, strict=True):
        given = [values[arg] for arg in args]
        values.append(apply(graph.calls[code].row, functions[code], given))
    return values


def apply(row: Row, called: Function, args: Sequence[Number]) -> Number:
    """One operation; where the function raises, the value that the row says."""
    try:
        value = called(*args)
    except _RAISES:
        return mpmath.mpf("nan") if row.value else evaluate_rule(row, row.raised, args)
    if not isinstance(value, mpmath.mpf):
        # Complex where there is no real value; a Python number from a function of constants.
        if isinstance(value, mpmath.mpc):
            return value.real if value.imag == 0 else mpmath.mpf("nan")
        return mpmath.mpf(value)
    _, mantissa, exponent, bits = value._mpf_
    if mantissa and abs(exponent + bits) > _MAGNITUDE:
        return mpmath.sign(value) * (mpmath.inf if exponent + bits > 0 else mpmath.mpf(0))
    return value


@lru_cache(maxsize=1024)
def function(row: Row, arity: int) -> Function:
    """The function that `row` computes, of `arity` numbers."""
    if row.infix in _OPERATORS:
        return _OPERATORS[row.infix]
    if row.prefix in _PREFIXES:
        return _PREFIXES[row.prefix]
    if row.selects:
        return _select
    if "mpmath" not in row.targets and row.value:
        return lambda *args: evaluate_rule(row, row.value, args)
    name = row.targets.get("mpmath", row.name)
    called: Function | None = getattr(exact_kernels, name, None) or getattr(mpmath, name, row.floats)
    assert called is not None, f"mpmath has nothing for {row.name}"
    return called


def partial(row: Row, argument: int, args: Sequence[Number]) -> Number:
    """The partial derivative of `row` by one of its arguments, by the rule of the row."""
    return evaluate_rule(row, partial_text(row, argument), args, argument)


def evaluate_rule(row: Row, text: str, args: Sequence[Number], argument: int = 0) -> Number:
    """A formula of `row` at `args`."""
    return _prepare(row, text, len(args))(rule_arguments(row, args, argument))


def partial_function(row: Row, arity: int, argument: int) -> Callable[[Sequence[Number]], Number]:
    """The partial derivative of `row` as a function of the list of its arguments, for many points."""
    prepared = _prepare(row, partial_text(row, argument), arity)
    if not row.variadic:
        return prepared
    return lambda args: prepared(rule_arguments(row, args, argument))


@lru_cache(maxsize=4096)
def _prepare(row: Row, text: str, arity: int) -> Callable[[Sequence[Number]], Number]:
    """A formula of `row` as a function of the list of what stands for `rule_parameters`."""
    names = rule_parameters(row, arity)
    if text in names:
        return operator.itemgetter(names.index(text))
    graph = value_rule(row, text, arity) if text == row.value else rule(row, text, arity)
    places = [names.index(name) for name in graph.inputs]
    steps = [
        (graph.calls[code].row, function(*graph.calls[code]), args)
        for code, args in zip(graph.codes, graph.args, strict=True)
    ]
    output = graph.outputs[0]
    known: dict[int, list[Number]] = {}

    def evaluate(given: Sequence[Number]) -> Number:
        numbers = known.get(mpmath.mp.prec)
        if numbers is None:
            numbers = known[mpmath.mp.prec] = constants(graph)
        values = [given[place] for place in places]
        values += numbers
        for called, compute, args in steps:
            values.append(apply(called, compute, [values[arg] for arg in args]))
        return values[output]

    return evaluate
