"""Derivatives simplified by SymPy in the worker process: there, and back into our language, and then checked."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.derive.derivatives import Derivative
from autodiff.differentiate.derive.simplify import simplify
from autodiff.errors import AutodiffError
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.ops.table import ROWS
from autodiff.verify.oracles.sympy_process import SymbolicOracle

if TYPE_CHECKING:
    from autodiff.verify.oracles.sympy_translation import Expression

#: A formula with more parts than this is not worth the try.
_LARGEST = 400
#: How many points a simplified formula is compared at, how many of them must have values, and how close those must be.
_POINTS, _ENOUGH, _CLOSE = 40, 3, 1e-9

#: The number of arguments of a function that takes any number.
_ANY = -1


def simplified(found: Sequence[Derivative], seconds: float) -> list[tuple[Derivative, str]]:
    """Each derivative as SymPy writes it, and an empty text; or as it is, and why.

    SymPy gets so many seconds for all of them.
    """
    inputs = found[0].graph.inputs
    texts = [derivative.text for derivative in found]
    oracle = SymbolicOracle({"simplify": texts, "bound": list(inputs), "ops": found[0].graph.ops.texts})
    answers, missing = oracle.answers(seconds)
    return [
        _accepted(derivative, text, *answers.get(k, (None, missing)))
        for k, (derivative, text) in enumerate(zip(found, texts, strict=True))
    ]


def _accepted(derivative: Derivative, ours: str, theirs: str | None, reason: str) -> tuple[Derivative, str]:
    if theirs is None:
        return derivative, reason
    inputs = derivative.graph.inputs
    try:
        graph = simplify(build(theirs, inputs), written=True)
    except AutodiffError as error:
        return derivative, f"what SymPy gives is no formula here ({error.message})"
    if not _agree(derivative, graph):
        return derivative, "what SymPy gives has other values"
    answer = derivative._replace(graph=graph, node=graph.outputs[0])
    return (answer if len(answer.text) <= len(ours) else derivative), ""


def _agree(derivative: Derivative, graph: Graph) -> bool:
    """Whether a formula has the values of a derivative at some points, the same in every run."""
    draw, compared = random.Random(0), 0
    for k in range(_POINTS):
        low = -3.0 if k % 2 else 0.05
        at = {name: draw.uniform(low, 3.0) for name in derivative.graph.inputs}
        ours = forward(derivative.graph, list(at.values()))[derivative.node]
        theirs = forward(graph, [at[name] for name in graph.inputs])[graph.outputs[0]]
        if isfinite(ours) and isfinite(theirs):
            compared += 1
            if abs(ours - theirs) > _CLOSE * max(abs(ours), abs(theirs), _CLOSE):
                return False
    return compared >= _ENOUGH


# The rest runs in the worker.


def answers(request: dict[str, Any]) -> Iterator[tuple[int, str | None, str]]:
    """For each formula its number and the simplified formula, or None and why there is none."""
    from autodiff.graph.read_definitions import read_all
    from autodiff.verify.oracles.sympy_derivatives import tree_size
    from autodiff.verify.oracles.sympy_translation import Untranslatable

    ops = read_all(request["ops"])
    for number, text in enumerate(request["simplify"]):
        graph = build(text, request["bound"], ops=ops)
        try:
            if tree_size(graph) > _LARGEST:
                raise Untranslatable("it is too large for SymPy")
            yield number, _simplified(graph), ""
        except Untranslatable as error:
            yield number, None, str(error)
        except Exception as error:  # SymPy raises whatever it likes
            yield number, None, f"SymPy failed ({type(error).__name__})"


def _simplified(graph: Graph) -> str:
    import sympy

    from autodiff.verify.oracles.sympy_proof import expression

    symbols = {name: sympy.Symbol(f"x{k}", real=True) for k, name in enumerate(graph.inputs)}
    names = {symbol: name for name, symbol in symbols.items()}
    return _text(sympy.simplify(expression(graph, symbols)), names)


def _text(whole: "Expression", names: dict["Expression", str]) -> str:
    """An expression in our language, every part in parentheses: the parser and the writer know which are needed."""
    done: dict[Expression, str] = {symbol: f"({name})" for symbol, name in names.items()}
    stack = [whole]
    while stack:
        if stack[-1] in done:
            stack.pop()
            continue
        compose, parts = _parts(stack[-1])
        missing = [part for part in parts if part not in done]
        if missing:
            stack += missing
        else:
            done[stack.pop()] = "(" + compose(*[done[part] for part in parts]) + ")"
    return done[whole]


def _parts(expression: "Expression") -> tuple[Callable[..., str], Sequence["Expression"]]:
    """What an expression is made of, and how to write it when those are written."""
    import sympy

    from autodiff.verify.oracles.sympy_translation import Untranslatable

    known = {sympy.pi: "pi", sympy.E: "e", sympy.true: "1", sympy.false: "0"}
    if expression in known:
        return lambda: known[expression], ()
    if isinstance(expression, sympy.Piecewise) and expression.args[-1].cond == sympy.true:
        return _choices, [part for pair in expression.args for part in (pair.cond, pair.expr)]
    if isinstance(expression, sympy.core.relational.Relational):
        return f"{{}} {expression.rel_op} {{}}".format, expression.args
    if isinstance(expression, sympy.And | sympy.Or):
        word = " and " if isinstance(expression, sympy.And) else " or "
        return lambda *conditions: word.join(conditions), expression.args
    if expression.is_Rational and expression.is_finite:
        return lambda: str(expression.p) if expression.q == 1 else f"{expression.p}/{expression.q}", ()
    top, bottom = sympy.fraction(expression)
    if bottom != 1:
        return "{}/{}".format, (top, bottom)
    if expression.is_Add:
        return lambda *terms: " + ".join(terms), expression.as_ordered_terms()
    if expression.is_Mul:
        if expression.could_extract_minus_sign():
            return "-{}".format, (-expression,)
        return lambda *factors: "*".join(factors), expression.as_ordered_factors()
    if expression.is_Pow:
        if expression.exp == sympy.Rational(1, 2):
            return "sqrt{}".format, (expression.base,)
        return "{}^{}".format, (expression.base, expression.exp)
    target, functions = type(expression).__name__, _functions()
    name = functions.get((target, len(expression.args))) or functions.get((target, _ANY))
    if not name or not expression.args:
        raise Untranslatable(f"SymPy answers with {target}, which formulas have no word for")
    return lambda *args: f"{name}({', '.join(args)})", expression.args


def _choices(*parts: str) -> str:
    """Conditions and values, each condition before its value; the last one holds always."""
    text = parts[-1]
    for k in range(len(parts) - 4, -1, -2):
        text = f"where({parts[k]}, {parts[k + 1]}, {text})"
    return text


@lru_cache(maxsize=1)
def _functions() -> dict[tuple[str, int], str]:
    """The names of functions, by SymPy's name and the number of arguments."""
    found: dict[tuple[str, int], str] = {}
    for row in ROWS:
        target = row.targets.get("sympy", "" if row.value else row.name)
        if target and not row.infix:
            found[target, _ANY if row.variadic else len(row.params)] = row.name
    return found
