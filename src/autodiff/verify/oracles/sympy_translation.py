"""One operation at a time to SymPy: expressions of private real symbols, built from rows and never from text.

What is locally constant at the point (a comparison, `floor`) becomes its value, and a choice becomes the branch that is
chosen: the derivative at the point is that of what remains.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import mpmath
import sympy

from autodiff.evaluate import extended
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, value_rule
from autodiff.ops.row import Row

Expression = Any  # sympy.Expr, which has no types

_OPERATORS: dict[str, Callable[..., Expression]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "^": lambda x, y: x**y,
}

#: How far a point is moved, relative to its smallest coordinate and in decimal digits, to see whether an operation is
#: constant around it; and how many digits that may take.
_NUDGE = 30
_MOST_DIGITS = 20_000


class Untranslatable(Exception):
    """SymPy has no expression for an operation."""


def operation(row: Row, args: Sequence[Expression], values: Sequence[extended.Number]) -> Expression:
    """`row` applied to the expressions `args`, which have these `values` at the point.

    Raises:
        Untranslatable: SymPy has nothing for it.
    """
    if row.infix in _OPERATORS:
        return _OPERATORS[row.infix](*args)
    if row.prefix == "-":
        return -args[0]
    if row.selects:
        return args[1] if _condition(values) else args[2]
    if is_constant_here(row, values):
        return rational(_apply(row, values))
    target = _target(row)
    if not target:
        return _definition(row, args, values)
    if "(" in target:
        return _composed(target, args)
    function = getattr(sympy, target, None)
    if function is None:
        raise Untranslatable(f"SymPy has no function {target}")
    return function(*args)


def _composed(target: str, args: Sequence[Expression]) -> Expression:
    """A spelling of a row such as `lowergamma(#1, #2)/gamma(#1)`: a call, or one over another."""
    parts = []
    for part in target.split("/"):
        name, _, inside = part.partition("(")
        given = [word.strip() for word in inside.rstrip(")").split(",")]
        function = getattr(sympy, name)
        parts.append(function(*[args[int(word[1:]) - 1] if word[0] == "#" else sympy.Integer(word) for word in given]))
    return parts[0] if len(parts) == 1 else parts[0] / parts[1]


def _steps_over(row: Row) -> bool:
    """Whether `row` may be constant between its jumps: it says so, or it is a condition that SymPy lacks."""
    if row.infix in _OPERATORS or row.prefix == "-":
        return False
    return bool(row.jump) or (bool(_target(row)) and not hasattr(sympy, _target(row).partition("(")[0]))


def decides_nothing(row: Row, arity: int) -> bool:
    """Whether `operation` gives the same expression for `row` whatever the values are."""
    if row.selects or _steps_over(row):
        return False
    return row.infix in _OPERATORS or row.prefix == "-" or bool(_target(row)) or not _decides(row, arity)


def choices(row: Row, values: Sequence[extended.Number]) -> tuple[Hashable, ...]:
    """What `operation` decides by the values: calls with the same choices have the same expression."""
    if row.selects:
        return (bool(_condition(values)),)
    if is_constant_here(row, values):
        return (str(_apply(row, values)),)
    if decides_nothing(row, len(values)) or hasattr(sympy, _target(row).partition("(")[0] or "-"):
        return ()
    found: list[Hashable] = []
    for inner, chosen, _ in _steps(row, values):
        found += choices(inner, chosen)
    return tuple(found)


def _target(row: Row) -> str:
    return row.targets.get("sympy", "" if row.value else row.name)


def _condition(values: Sequence[extended.Number]) -> extended.Number:
    if mpmath.isnan(values[0]):
        raise Untranslatable("a condition is undefined")
    return values[0]


def _apply(row: Row, values: Sequence[extended.Number]) -> extended.Number:
    return extended.apply(row, extended.function(row, len(values)), list(values))


@lru_cache(maxsize=256)
def _decides(row: Row, arity: int) -> bool:
    """Whether the definition of `row` holds anything that is decided by values."""
    inner = [called for called, _ in value_rule(row, row.value, arity).calls]
    return any(called.selects or _steps_over(called) or (not _target(called) and called.value) for called in inner)


def _steps(row: Row, values: Sequence[extended.Number]) -> Iterator[tuple[Row, list[extended.Number], tuple[int, ...]]]:
    """The operations of the definition of `row`: each with the values of its arguments, and their places."""
    graph = _definition_graph(row, len(values))
    numbers = [*_inputs(graph, row, values), *extended.constants(graph)]
    for _, inner, places in graph.operations():
        chosen = [numbers[place] for place in places]
        yield inner, chosen, places
        numbers.append(_apply(inner, chosen))


def _inputs(graph: Graph, row: Row, given: Sequence[Any]) -> list[Any]:
    by_name = dict(zip(parameters(row, len(given)), given, strict=True))
    return [by_name[name] for name in graph.inputs]


def _definition_graph(row: Row, arity: int) -> Graph:
    if not row.value:
        # A primitive that SymPy lacks is a condition, which has a constant value everywhere else.
        raise Untranslatable(f"{row.name} jumps here")
    return value_rule(row, row.value, arity)


def _definition(row: Row, args: Sequence[Expression], values: Sequence[extended.Number]) -> Expression:
    """The definition of `row`, operation by operation."""
    graph = _definition_graph(row, len(args))
    expressions = _inputs(graph, row, args)
    expressions += [constant(exact) for exact in extended.constants(graph)]
    for inner, chosen, places in _steps(row, values):
        expressions.append(operation(inner, [expressions[place] for place in places], chosen))
    return expressions[graph.outputs[0]]


def is_constant_here(row: Row, values: Sequence[extended.Number]) -> bool:
    """Whether `row` is a condition or a step, and not on its jump."""
    return _steps_over(row) and is_locally_constant(row, values)


def is_locally_constant(row: Row, values: Sequence[extended.Number]) -> bool:
    """Whether `row`, which may jump, keeps its value when each argument moves a little to either side."""
    if any(not mpmath.isfinite(value) for value in values):
        return False
    sizes = [mpmath.mpf(1), *(abs(value) for value in values if value)]
    spread = int(mpmath.log10(max(sizes) / min(sizes))) + 2 * _NUDGE
    if spread > _MOST_DIGITS:
        return False
    with mpmath.workdps(max(mpmath.mp.dps, spread + _NUDGE)):
        step = min(sizes) * mpmath.mpf(10) ** -_NUDGE
        here = _apply(row, values)
        for k, value in enumerate(values):
            for moved in (value - step, value + step):
                if _apply(row, [*values[:k], moved, *values[k + 1 :]]) != here:
                    return False
    return True


def constant(exact: extended.Number) -> Expression:
    """A constant of a definition: pi and e as SymPy knows them, anything else as a rational."""
    for name, value in ((sympy.pi, mpmath.pi), (sympy.E, mpmath.e)):
        if abs(exact - value) < mpmath.mpf(10) ** -_NUDGE:
            return name
    return rational(exact)


def rational(exact: extended.Number) -> Expression:
    """A number as the rational that it is."""
    if not mpmath.isfinite(exact):
        raise Untranslatable("a constant is not finite")
    sign, mantissa, exponent, _ = exact._mpf_
    signed = -int(mantissa) if sign else int(mantissa)
    return sympy.Integer(signed << exponent) if exponent >= 0 else sympy.Rational(signed, 1 << -exponent)
