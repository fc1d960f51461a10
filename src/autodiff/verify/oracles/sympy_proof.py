"""A claimed derivative proved or disproved by SymPy, for all points at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TypeVar

import mpmath
import sympy

from autodiff.evaluate import extended
from autodiff.graph.graph import Graph
from autodiff.verify.oracles.sympy_derivatives import tree_size
from autodiff.verify.oracles.sympy_translation import Expression, Untranslatable, operation

Found = TypeVar("Found")

#: A formula with more parts than this is not worth the try.
_LARGEST = 400
#: Translating an operation asks for values only where it has to choose, and nothing that chooses gets this far.
_NO_VALUE = mpmath.mpf("nan")


def are_derivatives(
    graph: Graph, claims: Iterable[tuple[str, Graph]], at_zero: Collection[str] = ()
) -> Iterator[tuple[bool | None, str]]:  # fmt: skip
    """For each name and claim, whether it is the derivative of `graph` by that name everywhere; None where SymPy does
    not know, and why.

    Everywhere is where the variables `at_zero` are 0. The graph is read once, whatever the number of claims.
    """
    symbols = {variable: sympy.Symbol(f"x{k}", real=True) for k, variable in enumerate(graph.inputs)}
    zeros = {symbols[variable]: 0 for variable in at_zero if variable in symbols}
    whole, why = None, "the formula is too large to be proved"
    if tree_size(graph) <= _LARGEST:
        whole, why = _tried(lambda: _smooth(graph, symbols))
    for name, claim in claims:
        if whole is None:
            yield None, why
        elif tree_size(claim) > _LARGEST:
            yield None, "the formula is too large to be proved"
        else:
            yield _tried(lambda name=name, claim=claim: _is_derivative(whole, symbols, name, claim, zeros))  # type: ignore[misc]


def _is_derivative(
    whole: Expression, symbols: Mapping[str, Expression], name: str, claim: Graph, zeros: Mapping[Expression, int]
) -> bool | None:
    difference = sympy.diff(whole, symbols[name]).subs(zeros) - _smooth(claim, symbols)
    # Expanding settles polynomials, in a hundredth of the time that simplifying takes.
    if difference == 0 or sympy.expand(difference) == 0 or sympy.simplify(difference) == 0:
        return True
    found: bool | None = difference.equals(0)
    return found


def _tried(work: Callable[[], Found]) -> tuple[Found | None, str]:
    """What SymPy finds, or None and why it finds nothing."""
    try:
        return work(), ""
    except Untranslatable as error:
        return None, str(error)
    except Exception as error:  # SymPy raises whatever it likes
        return None, f"SymPy failed ({type(error).__name__})"


def _smooth(graph: Graph, symbols: Mapping[str, Expression]) -> Expression:
    """`expression` of a graph in which nothing jumps."""
    for row, _ in graph.calls:
        if row.selects or row.jump:
            raise Untranslatable(f"{row.name} has no derivative that holds everywhere")
    return expression(graph, symbols)


def expression(graph: Graph, symbols: Mapping[str, Expression]) -> Expression:
    """The whole graph as one expression, in which decimals are the fractions that they say.

    Raises:
        Untranslatable: SymPy has nothing for an operation, or it depends on the point.
    """
    expressions = [symbols[name] for name in graph.inputs]
    for spelling, value in zip(graph.spellings, extended.constants(graph), strict=True):
        expressions.append(_constant(spelling, value))
    for _, row, args in graph.operations():
        parts = [expressions[arg] for arg in args]
        expressions.append(operation(row, parts, [_NO_VALUE] * len(parts)))
    return expressions[graph.outputs[0]]


def _constant(spelling: str, value: extended.Number) -> Expression:
    if spelling[-1].isdigit() or spelling[-1] == ".":
        exact = Fraction(spelling)
        return sympy.Rational(exact.numerator, exact.denominator)
    for known in (sympy.pi, 2 * sympy.pi, sympy.E):
        if abs(value - mpmath.mpmathify(known.evalf(20))) < 1e-15:
            return known
    raise Untranslatable(f"{spelling} is not finite")
