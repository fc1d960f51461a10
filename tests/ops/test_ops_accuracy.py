"""Every row of the table: value and partials in ulps against mpmath, at edges and in tails, and closed under
differentiation.

The truth never comes from the rows: values are mpmath's functions (or a definition written here), and partials are
central differences of them with hundreds of digits.
"""

import itertools
import json
import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import mpmath
import pytest
from mpmath import mp, mpf
from tests.support import DATA, ROOT

from autodiff.differentiate.sweep.reverse import total_partial
from autodiff.evaluate import extended
from autodiff.evaluate.compiled import condition_function, partial_function, side_functions, value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.graph.rules import rule
from autodiff.ops import BY_NAME, CONSTANTS, ELEMENTWISE, ROWS, Kinked, Row

POINTS = 60
#: Enough for a function that differs from a constant by 1e-304, as tanh(350) does from 1.
DIGITS = 700
#: Where hundreds of digits take minutes, and the tails need none.
FEW_DIGITS = dict.fromkeys(
    ("besselj", "besseli", "bessely", "besselk", "sphericalbessel", "gamma", "lgamma", "factorial", "expint", "expi",
     "gamma_p", "gamma_q", "gammapdf", "beta", "polygamma_step", "betainc", "betapdf", "erfinv"),
    60,
)  # fmt: skip

each_row = pytest.mark.parametrize("row", ELEMENTWISE, ids=[f"{row.name}-{len(row.params)}" for row in ELEMENTWISE])


def arity(row: Row) -> int:
    return 3 if row.variadic else len(row.params)


def value_of(row: Row, *args: float) -> float:
    try:
        return value_function(row, len(args))(*args)
    except ARITHMETIC:
        return total_value(row, args)


def partial_of(row: Row, argument: int, *args: float) -> float:
    try:
        return partial_function(row, len(args), argument)(*args, value_of(row, *args))
    except ARITHMETIC:
        return total_partial(row, argument, args)


def row_named(name: str, count: int) -> Row:
    return next(row for row in BY_NAME[name] if row.variadic or len(row.params) == count)


# The truth.


def bessel(n: Any, x: Any) -> Any:
    if x == 0:
        return mpf(n == 0)
    return mp.sqrt(mp.pi / (2 * abs(x))) * mp.besselj(n + mpf(1) / 2, abs(x)) * (-1 if x < 0 and n % 2 else 1)


def truncated(x: Any) -> Any:
    return mp.floor(x) if x >= 0 else mp.ceil(x)


TRUTH: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "neg": lambda x: -x,
    "chain": lambda x, y: x * y,
    "pow": mp.power,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "and": lambda x, y: x != 0 and y != 0,
    "or": lambda x, y: x != 0 or y != 0,
    "not": lambda x: x == 0,
    "where": lambda c, a, b: a if c else b,
    "exp2": lambda x: mpf(2) ** x,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "cbrt": lambda x: mp.sign(x) * mp.root(abs(x), 3),
    "hypot": lambda *xs: mp.sqrt(mp.fsum(x * x for x in xs)),
    "fma": lambda x, y, z: x * y + z,
    "ldexp": lambda x, n: x * mpf(2) ** n,
    "sphericalbessel": bessel,
    "abs": abs,
    "copysign": lambda x, y: abs(x) * mp.sign(y),
    "max": max,
    "min": min,
    "ties": lambda x, *xs: xs.count(x),
    "clamp": lambda x, lo, hi: min(max(x, lo), hi),
    "relu": lambda x: max(x, mpf(0)),
    "trunc": truncated,
    "round": mp.nint,
    "fmod": lambda x, y: x - y * truncated(x / y),
    "remainder": lambda x, y: x - y * mp.nint(x / y),
    "gaussian": lambda x: mp.exp(-x * x),
    "normpdf": mp.npdf,
    "normcdf": mp.ncdf,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "polygamma": mp.psi,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "logit": lambda x: mp.log(x / (1 - x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "square": lambda x: x * x,
    "leaky_relu": lambda x, *slope: x if x > 0 else slope[0] * x if slope else x / 100,
    "elu": lambda x, alpha=1: x if x > 0 else alpha * mp.expm1(x),
    "heaviside": lambda x, *h: (h or (mpf(1) / 2,))[0] if x == 0 else mpf(x > 0),
    "expint": lambda *args: mp.expint(*args) if len(args) == 2 else mp.e1(*args),
    "expi": mp.ei,
    "gamma_p": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
    "gamma_q": lambda a, x: mp.gammainc(a, x, regularized=True),
    "gammapdf": lambda a, x: x ** (a - 1) * mp.exp(-x) / mp.gamma(a),
    "polygamma_step": lambda n, x, h: mp.psi(n, x + h) - mp.psi(n, x),
    "betainc": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    "betapdf": lambda a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b),
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "logsumexp": lambda *xs: mp.log(mp.fsum(mp.exp(x) for x in xs)),
}

#: Derivatives by their closed forms, where differences would be slow.
TRUE_PARTIALS: dict[str, Callable[..., Any]] = {
    "gamma": lambda x: mp.gamma(x) * mp.digamma(x),
    "lgamma": mp.digamma,
    "factorial": lambda x: mp.factorial(x) * mp.digamma(x + 1),
    "digamma": lambda x: mp.psi(1, x),
    "polygamma": lambda n, x: mp.psi(n + 1, x),
    "gamma_p": lambda a, x: x ** (a - 1) * mp.exp(-x) / mp.gamma(a),
    "gamma_q": lambda a, x: -(x ** (a - 1)) * mp.exp(-x) / mp.gamma(a),
    "betainc": lambda a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b),
}


def truth(row: Row) -> Callable[..., Any]:
    if row.name in TRUTH or hasattr(mp, row.name):
        return TRUTH.get(row.name) or getattr(mp, row.name)
    # A row that mpmath does not know is true to its own definition, which no double has rounded.
    return lambda *args: extended.apply(row, extended.function(row, len(args)), list(args))


def true_partial(row: Row, argument: int, args: Sequence[float]) -> Any:
    exact = [mpf(x) for x in args]
    if row.name in TRUE_PARTIALS:
        return TRUE_PARTIALS[row.name](*exact)
    step = mpf(10) ** -(mp.dps // 4) * min(abs(exact[argument]) or 1, 1)

    def shifted(count: int) -> Any:
        return truth(row)(*exact[:argument], exact[argument] + count * step, *exact[argument + 1 :])

    return (8 * (shifted(1) - shifted(-1)) - (shifted(2) - shifted(-2))) / (12 * step)


def ulps(found: float, expected: Any) -> float:
    """How many units in the last place of the double nearest to `expected` lie between."""
    nearest = float(expected)
    if math.isnan(nearest) or math.isinf(nearest) or not math.isfinite(found):
        return 0.0 if found == nearest or (found != found and nearest != nearest) else math.inf
    return float(abs(mpf(found) - expected) / math.ulp(nearest))


# Points.


def holds(row: Row, condition: str, args: Sequence[float]) -> bool:
    return condition_function(row, condition, len(args))(*args, value_of(row, *args)) == 1.0


def draw(low: float, high: float, generator: random.Random) -> float:
    """A number from the interval: anywhere, small, close to an end, or a half-integer."""
    way = generator.randrange(5)
    near = 10.0 ** generator.uniform(-12, 0)
    if way <= 1 or low == high:
        drawn = generator.uniform(low, high)
    elif way == 2:
        drawn = near * generator.choice((low, high))
    elif way == 3:
        drawn = generator.choice((low + near, high - near))
    else:
        drawn = round(2 * generator.uniform(low, high)) / 2
    return float(min(max(drawn, low), high))


def points(row: Row) -> Iterator[list[float]]:
    """Points of the domain, away from jumps; the same in every run."""
    generator = random.Random(row.name)
    intervals = row.samples * 3 if row.variadic else row.samples
    for _ in range(POINTS):
        args = [draw(low, high, generator) for low, high in intervals]
        if (not row.domain or holds(row, row.domain, args)) and not (row.jump and holds(row, row.jump, args)):
            yield args


@each_row
def test_values_are_within_the_ulps_of_the_row(row: Row) -> None:
    with mpmath.workdps(FEW_DIGITS.get(row.name, DIGITS)):
        for args in points(row):
            expected = truth(row)(*map(mpf, args))
            assert ulps(value_of(row, *args), mpf(expected)) <= row.ulps, args


@each_row
def test_partials_are_within_the_ulps_of_the_row(row: Row) -> None:
    with mpmath.workdps(FEW_DIGITS.get(row.name, DIGITS)):
        for args in points(row):
            for argument in range(len(args)):
                partial = row.partials[0 if row.variadic else argument]
                if partial == "nan" or (row.selects and argument == 0) or on_a_kink(row, argument, args):
                    continue
                found, expected = partial_of(row, argument, *args), true_partial(row, argument, args)
                if mp.im(expected) == 0 and mpmath.isfinite(expected):  # else it is an end of the domain
                    assert ulps(found, expected) <= row.ulps, (args, argument, found, float(expected))


def on_a_kink(row: Row, argument: int, args: Sequence[float]) -> bool:
    sides = side_functions(row, len(args), argument)
    return sides is not None and len({side(*args, value_of(row, *args)) for side in sides}) == 2


# Shape of the table.


@each_row
def test_every_formula_of_a_row_is_written_in_rows(row: Row) -> None:
    texts = [row.value, row.stable, row.raised, row.domain, row.jump]
    for text in filter(None, texts):
        rule(row, text, arity(row))
    if row.share:
        assert set(rule(row, row.share, arity(row)).inputs) <= set(row.params)
    assert len(row.shared) in (0, len(row.params))
    for text in row.shared:
        assert set(rule(row, text, arity(row)).inputs) <= {*row.params, "share"}
    for argument in range(arity(row)):
        partial = row.partials[0 if row.variadic else argument]
        for text in (partial.left, partial.right, partial.midpoint) if isinstance(partial, Kinked) else (partial,):
            graph = rule(row, text, arity(row))
            assert all(operation in ROWS for _, operation, _ in graph.operations())


@each_row
def test_a_row_is_complete(row: Row) -> None:
    assert row.doc
    assert row.example
    assert len(row.partials) == len(row.params) == len(row.samples)
    assert all(math.isfinite(low) and low <= high for low, high in row.samples)
    assert row.floats or row.value or hasattr(math, row.name)


def test_no_name_means_two_things() -> None:
    for name, rows in BY_NAME.items():
        assert len({row.name for row in rows}) == 1, name
        numbers = [row for row in rows if not row.is_array]
        assert len({len(row.params) for row in numbers}) == len(numbers), name
        # Beside an operation that takes any number of numbers, one that takes an array.
        assert len(rows) - len(numbers) <= 1, name
        assert not numbers or len(rows) == len(numbers) or numbers[0].variadic, name
    assert not set(BY_NAME) & set(CONSTANTS)


def test_the_table_loads_without_numeric_libraries() -> None:
    program = "import sys, autodiff.ops; print([m for m in ('numpy', 'mpmath', 'sympy') if m in sys.modules])"
    source = str(ROOT / "src")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": source}
    )
    assert done.stdout.strip() == "[]"


# Edges.

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -3.0, 5e-324, 1e-300, 1e300, -1e300, math.inf, -math.inf, math.nan)


@each_row
def test_nothing_raises_at_edges_and_every_result_is_a_float(row: Row) -> None:
    count = min(arity(row), 2) if row.variadic else arity(row)
    combinations = list(itertools.product(EDGES, repeat=count))
    for args in random.Random(0).sample(combinations, min(len(combinations), 200)):
        assert type(value_of(row, *args)) is float, args
        for argument in range(count):
            assert type(partial_of(row, argument, *args)) is float, args


inf, nan = math.inf, math.nan


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("div", (1.0, 0.0), inf),
        ("div", (1.0, -0.0), -inf),
        ("div", (0.0, 0.0), nan),
        ("mod", (1.0, 0.0), nan),
        ("mod", (-7.0, 3.0), 2.0),
        ("fmod", (-7.0, 3.0), -1.0),
        ("pow", (0.0, -1.0), inf),
        ("pow", (-0.0, -1.0), -inf),
        ("pow", (-0.0, -2.0), inf),
        ("pow", (-8.0, 1 / 3), nan),
        ("pow", (-10.0, 309.0), -inf),
        ("pow", (-10.0, 310.0), inf),
        ("pow", (nan, 0.0), 1.0),
        ("exp", (1000.0,), inf),
        ("log", (0.0,), -inf),
        ("log", (-1.0,), nan),
        ("log1p", (-1.0,), -inf),
        ("log", (8.0, 2.0), 3.0),
        ("log", (1000.0, 10.0), 3.0),
        ("sinh", (-1000.0,), -inf),
        ("cosh", (-1000.0,), inf),
        ("atanh", (-1.0,), -inf),
        ("tan", (inf,), nan),
        ("asec", (-2.0,), 2.0943951023931957),
        ("gamma", (0.0,), inf),
        ("gamma", (-0.0,), -inf),
        ("gamma", (172.0,), inf),
        ("gamma", (-1.0,), nan),
        ("lgamma", (-1.0,), inf),
        ("factorial", (20.0,), 2432902008176640000.0),
        ("digamma", (0.0,), nan),
        ("floor", (-0.0,), -0.0),
        ("floor", (-inf,), -inf),
        ("ceil", (-0.5,), -0.0),
        ("round", (2.5,), 2.0),
        ("round", (-0.5,), -0.0),
        ("sign", (-0.0,), -0.0),
        ("max", (-0.0, 0.0), 0.0),
        ("min", (0.0, -0.0), -0.0),
        ("max", (1.0, nan), nan),
        ("min", (nan, 1.0), nan),
        ("where", (nan, 1.0, 2.0), nan),
        ("hypot", (inf, nan), inf),
        ("hypot", (3 * 2.0**1000, 4 * 2.0**1000), 5 * 2.0**1000),
        ("ldexp", (-1.0, 2000.0), -inf),
        ("ldexp", (5e-324, 1074.0), 1.0),
        ("fma", (1e308, 10.0, -inf), -inf),
        ("logaddexp", (inf, inf), inf),
        ("logaddexp", (-inf, -inf), -inf),
        ("logsumexp", (-inf, -inf), -inf),
        ("logsumexp", (1000.0, 1000.0), 1000.6931471805599),
        ("softplus", (-1000.0,), 0.0),
        ("softplus", (1000.0,), 1000.0),
        ("sigmoid", (-inf,), 0.0),
        ("normcdf", (-inf,), 0.0),
        ("normcdf", (inf,), 1.0),
        ("gaussian", (inf,), 0.0),
        ("gaussian", (nan,), nan),
        ("gelu", (-inf,), -0.0),
        ("silu", (-inf,), -0.0),
        ("lt", (nan, 1.0), 0.0),
        ("ne", (nan, nan), 1.0),
    ],
)
def test_edges_have_the_values_of_ieee_754(name: str, args: tuple[float, ...], expected: float) -> None:
    assert repr(value_of(row_named(name, len(args)), *args)) == repr(expected)


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("sqrt", (0.0,), inf),
        ("cbrt", (0.0,), inf),
        ("tanh", (20.0,), 1.6993417021166355e-17),
        ("sigmoid", (-740.0,), 4.2e-322),
        ("abs", (nan,), nan),
        ("relu", (nan,), nan),
        ("asin", (1.0,), inf),
        ("atan", (1e160,), 1e-320),
        ("sinc", (0.0,), -0.0),
        ("hypot", (0.0, 0.0), 0.0),
        ("pow", (inf, 0.3), 0.0),
    ],
)
def test_partials_at_edges(name: str, args: tuple[float, ...], expected: float) -> None:
    assert repr(partial_of(row_named(name, len(args)), 0, *args)) == repr(expected)


# Kinks.

TIED: dict[str, tuple[float, ...]] = {
    "abs": (0.0,),
    "relu": (0.0,),
    "copysign": (0.0, -2.0),
    "hypot": (0.0, 0.0),
    "max": (2.0, 2.0),
    "min": (2.0, 2.0),
    "clamp": (1.0, 1.0, 3.0),
    "leaky_relu": (0.0, 0.25),
    "elu": (0.0, 0.25),
}


@each_row
def test_a_kink_takes_the_midpoint_of_its_sides(row: Row) -> None:
    if not any(isinstance(partial, Kinked) for partial in row.partials):
        return
    args = TIED[row.name] if row.variadic else TIED[row.name][: len(row.params)]
    assert on_a_kink(row, 0, args)
    for argument in range(len(args)):
        sides = side_functions(row, len(args), argument)
        if sides is not None:
            left, right = (side(*args, value_of(row, *args)) for side in sides)
            assert partial_of(row, argument, *args) == (left + right) / 2


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_weights_of_a_tie_sum_to_one(name: str) -> None:
    args = (1.0, 1.0, 1.0)
    assert sum(partial_of(row_named(name, 3), k, *args) for k in range(3)) == pytest.approx(1.0, rel=1e-15)


# Powers at edges that other people's tests have found worth a look: `tests/data/SOURCES.md`.

POWERS = json.loads((DATA / "pow_edges.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", POWERS, ids=lambda case: f"{case['x']}^{case['y']}")
def test_powers_at_their_edges(case: dict[str, Any]) -> None:
    for argument, key in enumerate(("d_dx", "d_dy")):
        if case[key] is not None:
            found = partial_of(row_named("pow", 2), argument, float(case["x"]), float(case["y"]))
            assert found == pytest.approx(case[key], rel=1e-15, abs=0), key


def test_no_operation_claims_more_than_was_measured() -> None:
    """The stored table is what `benchmarks/accuracy.py` met; a row that loses more somewhere says where."""
    stored = json.loads((Path(__file__).parents[1] / "data" / "accuracy.json").read_text(encoding="utf-8"))
    rows = {f"{row.name}/{'n' if row.variadic else len(row.params)}": row for row in ELEMENTWISE}
    assert {
        label: found for label, found in stored.items()
        if max(found["value"], found["first"]) > rows[label].ulps and not rows[label].loses
    } == {}  # fmt: skip
    measured = {label for label, row in rows.items() if any(p != "0" for p in row.partials) and not row.selects}
    # What was added last may wait for its measurement, which takes minutes.
    assert set(stored) <= measured and len(stored) > len(measured) * 3 // 4
