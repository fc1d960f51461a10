"""A claimed derivative proved or disproved by SymPy, for all points at once."""

from collections.abc import Collection, Mapping
from fractions import Fraction

import mpmath
import sympy

from autodiff.evaluate import extended
from autodiff.graph.graph import Graph
from autodiff.verify.oracles.sympy_derivatives import tree_size
from autodiff.verify.oracles.sympy_translation import Expression, Untranslatable, operation

#: A formula with more parts than this is not worth the try.
_LARGEST = 400
#: Translating an operation asks for values only where it has to choose, and nothing that chooses gets this far.
_NO_VALUE = mpmath.mpf("nan")


def is_derivative(
    graph: Graph, name: str, claim: Graph, at_zero: Collection[str] = ()
) -> tuple[bool | None, str]:  # fmt: skip
    """Whether `claim` is the derivative of `graph` by `name` everywhere; None where SymPy does not know, and why.

    Everywhere is where the variables `at_zero` are 0.
    """
    if max(tree_size(graph), tree_size(claim)) > _LARGEST:
        return None, "the formula is too large to be proved"
    symbols = {variable: sympy.Symbol(f"x{k}", real=True) for k, variable in enumerate(graph.inputs)}
    try:
        derivative = sympy.diff(_smooth(graph, symbols), symbols[name])
        zeros = {symbols[variable]: 0 for variable in at_zero if variable in symbols}
        difference = derivative.subs(zeros) - _smooth(claim, symbols)
        if difference == 0 or sympy.simplify(difference) == 0:
            return True, ""
        return difference.equals(0), ""
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
