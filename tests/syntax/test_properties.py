"""Laws that hold for every formula: the gradient is the derivative, and no text does anything but work or complain."""

import math
import operator
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support import NAMES, smooth_formula

from autodiff import AutodiffError, Formula
from autodiff.graph.graph import Graph
from autodiff.ops.table import BY_NAME, ELEMENTWISE
from autodiff.syntax.tokens import CANONICAL

#: The same examples in every run.
LAWS = settings(derandomize=True, deadline=None, database=None, max_examples=300)

# The gradient is the derivative: against differences at 60 digits, where they lose nothing that a double could show.

#: What mpmath calls otherwise than we do.
MPMATH: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
    "lt": operator.lt,
    "where": lambda c, a, b: a if c else b,
    "hypot": lambda *xs: mpmath.sqrt(sum(x * x for x in xs)),
    "asinh": mpmath.asinh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "exp2": lambda x: mpmath.mpf(2) ** x,
}


def exact_value(graph: Graph, point: Mapping[str, Any]) -> Any:
    """The value of `graph` in mpmath; its constants are the doubles that the text means."""
    values = [point[name] for name in graph.inputs] + [mpmath.mpf(value) for value in graph.constants]
    for _, row, args in graph.operations():
        function = MPMATH.get(row.name) or getattr(mpmath, row.targets.get("mpmath", row.name))
        values.append(function(*[values[arg] for arg in args]))
    return values[graph.outputs[0]]


def slope(graph: Graph, point: Mapping[str, float], direction: Mapping[str, float]) -> float:
    """The derivative along `direction`, as a central difference: at 60 digits it is off by 1e-36 or so."""
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -18
        ends = [
            exact_value(graph, {name: mpmath.mpf(point[name]) + side * step * direction[name] for name in graph.inputs})
            for side in (1, -1)
        ]
        return float((ends[0] - ends[1]) / (2 * step))


def along(partials: Mapping[str, float], direction: Mapping[str, float]) -> float:
    return math.fsum(partial * direction[name] for name, partial in partials.items())


COORDINATES = st.floats(-2, 2).map(lambda x: round(x, 6))


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3), st.tuples(*[COORDINATES] * 3))
def test_the_gradient_along_a_direction_is_the_slope_in_that_direction(
    data: bytes, at: tuple[float, float, float], towards: tuple[float, float, float]
) -> None:
    formula = Formula(smooth_formula(data))
    point, direction = dict(zip(NAMES, at, strict=True)), dict(zip(NAMES, towards, strict=True))
    point = {name: point[name] for name in formula.variables}
    gradient = formula.gradient(point)
    sizes = [abs(size) for node in gradient.nodes for size in (node.value, node.gradient or 0.0)]
    assume(max(sizes) < 1e4)  # beyond, rounding is amplified by more than the tolerance allows
    assert gradient.diagnosis is None
    wanted = slope(gradient.graph, point, direction)
    assert along(gradient.partials, direction) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_the_slope_would_show_a_wrong_partial() -> None:
    graph = Formula("sin(x)*y^2").graph()
    point, direction = {"x": 0.5, "y": 1.5}, {"x": 0.3, "y": -0.7}
    wanted = slope(graph, point, direction)
    right = {"x": math.cos(0.5) * 2.25, "y": math.sin(0.5) * 3}
    assert along(right, direction) == pytest.approx(wanted, rel=1e-14)
    assert along({**right, "x": right["x"] * (1 + 1e-7)}, direction) != pytest.approx(wanted, rel=1e-9, abs=1e-9)


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3))
def test_the_gradient_by_some_variables_is_a_part_of_the_whole(data: bytes, at: tuple[float, float, float]) -> None:
    formula = Formula(smooth_formula(data))
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    whole = formula.gradient(point)
    for name in formula.variables:
        alone = formula.gradient(point, wrt=[name])
        assert alone.partials == {name: whole.partials[name]}
        assert alone.value == whole.value == formula.value(point)


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3))
def test_a_scaled_formula_has_a_scaled_gradient(data: bytes, at: tuple[float, float, float]) -> None:
    """Scaling by a power of two rounds nothing, so that the gradients agree to the last bit."""
    text = smooth_formula(data)
    formula, scaled = Formula(text), Formula(f"8({text})")
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    partials = formula.gradient(point).partials
    assume(all(partial == 0 or abs(partial) > 1e-290 for partial in partials.values()))
    assume(all(node.gradient is None or node.gradient == 0 or abs(node.gradient) > 1e-290
               for node in formula.gradient(point).nodes))  # fmt: skip
    assert scaled.gradient(point).partials == {name: 8 * partial for name, partial in partials.items()}


# Numbers bind alike whatever their type.

BOUND = (
    "x", "x*x - y", "x^y", "x/y", "x % y", "2^x", "floor(x/2) + y", "max(x, y, 3)", "sqrt(x) + log(y)",
    "x if x > y else y", "atan2(x, y)", "x == y, x < y, not x", "gamma(x)", "abs(x) + sign(y)", "round(x/3)*y",
    "exp(x) + exp(-y)",
)  # fmt: skip


@LAWS
@given(st.sampled_from(BOUND), st.integers(-(10**6), 10**6) | st.integers(-3, 3), st.integers(-3, 3))
def test_integers_and_floats_bind_alike(text: str, x: int, y: int) -> None:
    formula = Formula(text)
    exact = {name: value for name, value in (("x", x), ("y", y)) if name in formula.variables}
    floats = {name: float(value) for name, value in exact.items()}
    assert repr(formula.value(exact)) == repr(formula.value(floats))
    if "," not in text or "(" in text:
        found, wanted = formula.gradient(exact), formula.gradient(floats)
        assert repr(found.partials) == repr(wanted.partials)
        assert repr(found.nodes) == repr(wanted.nodes)


@pytest.mark.parametrize("x", [2**53 + 1, -(2**60) - 1, 10**22 + 1, 3**600])
def test_an_integer_is_rounded_once(x: int) -> None:
    assert Formula("x").value(x=x) == float(x)


# Every operation is defined on every double: it gives a number, perhaps NaN, and never raises.

HOSTILE = (
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -2.0, 170.5, -170.5, 1e10, -1e10, 1e-10, 5e-324, -5e-324, 1e308, -1e308,
    math.inf, -math.inf, math.nan, 2.0**53,
)  # fmt: skip


def hostile_points(arity: int) -> Iterator[tuple[float, ...]]:
    if arity == 1:
        yield from ((x,) for x in HOSTILE)
        return
    draw = random.Random(arity)
    yield from ((x,) * arity for x in HOSTILE)
    for _ in range(150):
        yield tuple(draw.choice(HOSTILE) for _ in range(arity))


def spell(name: str, names: list[str]) -> str:
    row = BY_NAME[name][0]
    if name in ("and", "or"):
        return f"{names[0]} {name} {names[1]}"
    return f"not {names[0]}" if row.prefix == "not" else f"{name}({', '.join(names)})"


CALLS = [(row.name, count) for row in ELEMENTWISE for count in ((2, 3) if row.variadic else (len(row.params),))]


@pytest.mark.parametrize(("name", "arity"), CALLS)
def test_an_operation_gives_a_number_everywhere(name: str, arity: int) -> None:
    names = [f"v{k}" for k in range(arity)]
    formula = Formula(spell(name, names))
    for point in hostile_points(arity):
        gradient = formula.gradient(dict(zip(names, point, strict=True)))
        finite = math.isfinite(gradient.value) and all(map(math.isfinite, gradient.partials.values()))
        assert (gradient.diagnosis is None) == finite, point
        assert len(gradient.nodes) == arity + 1
        assert isinstance(gradient.value, float)


# No text does anything but work or raise an error of ours.

#: No text here is longer than a few lines: what takes as long as this (in seconds of the processor) hangs.
PATIENCE = 10.0
SEEDS = [
    "(x + y) * max(y, z)",
    "1 / (exp(-(w*x + b)) + 1)",
    "b = 5 - 3a; c = 2b + 3; d = 5b + 6; e = 7c + d^2; f = 2e; g = 3f - o",
    "f(x) = x^2 + 1; f(f(y)) - 2f(3)",
    "f(x, y) = g(x)*y\ng(t) = t^-2 # inverse square\nf(a, b), g(c)",
    "x if 0 < x <= 1 and not y else -x % 2",
    "√(x² + y²)·θ₁ − π÷2 × x̂³",
    "where(x > 0, log(x), -1e-3)",
    "2sin(x)cos(y)",
    "a = .5; b = 2.e3x; a ≤ b or a ≠ 2e",
    "logsumexp(x, y, 3) + atan2(y, x) - log(x, 2)",
    "|x| + 2 sin x cos y - ∛y°",
    "np.sum(x**2) + x.sum(dim=0)·h_{t-1}",
    "f = lambda x, y: x*y; f(2, 3)",
    "=SQRT(A1) + PI()",
    r"\frac{1}{\sqrt{2\pi\sigma^2}} e^{-\frac{(x-\mu)^2}{2\sigma^2}}",
    r"\sin^2 x + \left|\alpha x_{1}\right| \cdot \sqrt[3]{y}",
    r"\mathbf{w}^\top \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \mathbf{x}",
]
ALPHABET = "0123456789.eE+-*/^%()[]{}=<>!&|~,;:?#\"'\\$@_ \n\t\r\0xyzabcπθτé√∞₀₁³⁰¹⁺⁻½Ⅷ①٣" + "".join(CANONICAL)
ALPHABET += "\u0301\u0302\u00a0\u2028\ufeff"
WORDS = [
    *sorted(BY_NAME), *CANONICAL, *"()()()()(),,;=\n+-*/%^<>√²³⁻[]@.!", "**", "//", "<=", ">=", "==", "!=",
    "|", "°", "∛", "ᵀ", "⌊", "⌋", "{", "}", "_{", "lambda", ":", ":=", "np.", ".sum(", "dim=", "sin", "ln",
    "if", "else", "and", "or", "not", "if", "else", "pi", "e", "inf", "nan", "x", "y", "x", "y", "θ", "x₁", "f", "g",
    "f(x) =", "2", "3", "0", "-1", "0.5", "1e3", "1e400", "1e-9", "⁻¹", "# c\n", "True", "in",
]  # fmt: skip


_COMMANDS = [
    "frac", "sqrt", "left", "right", "sin", "ln", "log", "max", "mathbf", "operatorname", "hat", "alpha", "pi", "cdot",
    "top", "circ", "begin{pmatrix}", "end{pmatrix}", "begin{aligned}", "end{aligned}", "\\", ",", "|", "{", "}",
    "lvert", "rvert",
]  # fmt: skip
LATEX = [
    *(f"\\{name}{' ' * name.isalpha()}" for name in _COMMANDS), *"{}{}{}{}()^_&[]|123xyT", "^{-1}", "^\\top", "_{1}",
    "\n",
]  # fmt: skip


def random_text(draw: random.Random) -> str:
    """Any characters, from the alphabet of the language or from all of Unicode (lone surrogates among them)."""
    size = draw.choice((1, 3, 8, 20, 60))
    if draw.random() < 0.3:
        return "".join(chr(draw.choice((draw.randrange(0x300), draw.randrange(0x110000)))) for _ in range(size))
    return "".join(draw.choices(ALPHABET, k=size))


def token_soup(draw: random.Random) -> str:
    return draw.choice(("", " ")).join(draw.choices(WORDS, k=draw.choice((2, 4, 8, 16, 40))))


def latex_soup(draw: random.Random) -> str:
    words = [*LATEX, *draw.choices(WORDS, k=20)]
    return "\\alpha " + draw.choice(("", " ")).join(draw.choices(words, k=draw.choice((2, 4, 8, 16, 40))))


def mutated(draw: random.Random) -> str:
    """A valid program with a few places deleted, repeated, swapped, or replaced."""
    text = draw.choice(SEEDS)
    for _ in range(draw.choice((1, 1, 2, 4))):
        i, j = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        j = min(j, i + draw.choice((1, 1, 3, 12)))
        piece = draw.choice((text[i:j], "", draw.choice(WORDS), draw.choice(ALPHABET), text[i:j] * 2, text[i:j][::-1]))
        text = text[:i] + piece + text[j:]
    return text


def answer(text: str, draw: random.Random) -> str:
    """Do with `text` all that a user could; return the kind of the error, or "" for an answer."""
    try:
        formula = Formula(text)
        bindings = {name: draw.choice((0, 1, -1.5, 2, 1e-3)) for name in formula.variables}
        values = formula.evaluate(bindings)
        assert all(isinstance(value, float) or hasattr(value, "shape") for value in values.values)
        assert values.diagnosis is None or values.diagnosis.message
        gradient = formula.gradient(bindings)
        assert gradient.diagnosis is None or gradient.diagnosis.message
        assert len(gradient.nodes) == len(gradient.graph)
    except AutodiffError as error:
        assert error.kind
        assert str(error)
        assert all(0 <= start <= end <= len(error.text) for start, end in error.spans)
        return error.kind
    return ""


@pytest.mark.parametrize(
    ("write", "count"), [(random_text, 3000), (token_soup, 4000), (mutated, 4000), (latex_soup, 4000)]
)
def test_no_text_does_anything_but_work_or_complain(write: Callable[[random.Random], str], count: int) -> None:
    draw = random.Random(20)
    kinds: dict[str, int] = {}
    for _ in range(count):
        text = write(draw)
        started = time.process_time()
        try:
            kind = answer(text, draw)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} from {text!r}") from error
        assert time.process_time() - started < PATIENCE, text
        kinds[kind] = kinds.get(kind, 0) + 1
    assert len(kinds) > 5, "these texts are too much alike to show anything"
    assert write in (random_text, latex_soup) or kinds[""] > count / 100


@pytest.mark.parametrize("text", SEEDS)
def test_every_prefix_of_a_program_is_read_or_refused(text: str) -> None:
    for end in range(len(text)):
        answer(text[:end], random.Random(end))
        answer(text[end:], random.Random(end))
