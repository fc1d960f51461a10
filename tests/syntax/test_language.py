"""The formula language, rule by rule: a text, bindings, and the value that the text must have."""

import math
from typing import Any

import pytest

import autodiff
from autodiff import Formula

#: Each row: the text, what is bound, the value (a tuple for several outputs).
Rows = list[tuple[str, dict[str, float], Any]]

PRECEDENCE: Rows = [
    ("1 + 2*3", {}, 7),
    ("(1 + 2)*3", {}, 9),
    ("2*3 + 1", {}, 7),
    ("10 - 3 - 2", {}, 5),
    ("10 - (3 - 2)", {}, 9),
    ("2 - 3 + 4", {}, 3),
    ("8/4/2", {}, 1),
    ("8/4*2", {}, 4),
    ("8/(4*2)", {}, 1),
    ("7 % 4 * 2", {}, 6),
    ("2*7 % 4", {}, 2),
    ("-7 % 4", {}, 1),
    ("-7 % -4", {}, -3),
    ("7 % -4", {}, -1),
    ("-x % 4", {"x": 7}, 1),
    ("1 - -1", {}, 2),
    ("1--1", {}, 2),
    ("2*-3", {}, -6),
    ("2/-x", {"x": 4}, -0.5),
    ("-x*y", {"x": 2, "y": 3}, -6),
    ("--x", {"x": 2}, 2),
    ("---x", {"x": 2}, -2),
    ("+x", {"x": 2}, 2),
    ("+-+x", {"x": 2}, -2),
    ("1 + 1 < 3", {}, 1),
    ("-1 < 2", {}, 1),
    ("2 < 1 + 3*4", {}, 1),
    ("1 if 1 else 2 + 3", {}, 1),
    ("(1 if 1 else 2) + 3", {}, 4),
    ("((((x))))", {"x": 2}, 2),
]

POWERS: Rows = [
    ("-x^2", {"x": 3}, -9),
    ("-3^2", {}, -9),
    ("-3**2", {}, -9),
    ("(-3)^2", {}, 9),
    ("0 - 3^2", {}, -9),
    ("2^-1", {}, 0.5),
    ("2**-1", {}, 0.5),
    ("2^--1", {}, 2),
    ("2^+1", {}, 2),
    ("2^3^2", {}, 512),
    ("2**3**2", {}, 512),
    ("2^3**2", {}, 512),
    ("(2^3)^2", {}, 64),
    ("2^-2^2", {}, 0.0625),
    ("2^-x^2", {"x": 2}, 0.0625),
    ("-2^-2", {}, -0.25),
    ("2*3^2", {}, 18),
    ("2^3*2", {}, 16),
    ("2^3/4", {}, 2),
    ("12/2^2", {}, 3),
    ("x^y", {"x": 2, "y": 10}, 1024),
    ("-2^x", {"x": 2}, -4),
    ("2^(1 + 1)", {}, 4),
    ("sin(x)^2", {"x": 0}, 0),
    ("x^2^0", {"x": 5}, 5),
]

IMPLICIT_PRODUCTS: Rows = [
    ("5 - 3a", {"a": 2}, -1),
    ("2(x + 1)", {"x": 3}, 8),
    ("2 (x + 1)", {"x": 3}, 8),
    ("2sin(x)", {"x": 0}, 0),
    ("2 sin(x) + 1", {"x": 0}, 1),
    ("3x^2", {"x": 2}, 12),
    ("-3x^2", {"x": 2}, -12),
    ("2x*3y", {"x": 5, "y": 7}, 210),
    ("x*2y", {"x": 5, "y": 7}, 70),
    ("2x/4", {"x": 6}, 3),
    ("2x % 5", {"x": 4}, 3),
    ("2max(x, 3x)", {"x": 4}, 24),
    ("2(3)^2", {}, 18),
    ("2(3)²", {}, 18),
    ("-2(3)", {}, -6),
    ("1 - 2(3)", {}, -5),
    ("(2x)^2", {"x": 3}, 36),
    ("x^(2y)", {"x": 3, "y": 1}, 9),
    ("1/(2x)", {"x": 2}, 0.25),
    ("(1/2)*x", {"x": 2}, 1),
    ("2pi", {}, 2 * math.pi),
    ("2pi*r", {"r": 3}, 2 * math.pi * 3),
    ("2e", {}, 2 * math.e),
    ("1e", {}, math.e),
    ("2e - 1", {"e": 3}, 5),
    ("2E", {"E": 3}, 6),
    ("2e3", {}, 2000),
    ("2e3x", {"x": 3}, 6000),
    ("2e+3", {}, 2000),
    ("2e-x", {"x": 1}, 2 * math.e - 1),
    ("3.x", {"x": 2}, 6),
    (".5x", {"x": 2}, 1),
    ("2if 1 else 3", {}, 2),
    ("2x1", {"x1": 3}, 6),
    ("2 if 3x > 5 else 4", {"x": 2}, 2),
]

NUMBERS: Rows = [
    ("3", {}, 3),
    ("3.", {}, 3),
    (".5", {}, 0.5),
    ("007", {}, 7),
    ("1e3", {}, 1000),
    ("1E3", {}, 1000),
    ("1.5e-3", {}, 0.0015),
    ("1.e+3", {}, 1000),
    (".5e1", {}, 5),
    ("0.1 + 0.2", {}, 0.1 + 0.2),
    ("9007199254740993", {}, 9007199254740992),
    ("1e400", {}, math.inf),
    ("-1e400", {}, -math.inf),
    ("1e-400", {}, 0),
    ("5e-324", {}, 5e-324),
    ("-0.0", {}, -0.0),
    ("-0", {}, -0.0),
    ("1" * 400, {}, math.inf),
    ("0." + "0" * 400 + "1", {}, 0),
]

PROGRAMS: Rows = [
    ("a = 3", {}, 3),
    ("a = 3; a", {}, 3),
    ("a = 3; a*a", {}, 9),
    ("a = x; b = a; b + a", {"x": 2}, 4),
    ("a = 3\nb = 2a\na*b", {}, 18),
    (";;a = 3;;a + 1;;", {}, 4),
    ("\n\na = 3\n\n\na + 1\n\n", {}, 4),
    ("a = 3; b = 4; b", {}, 4),
    ("c = 1; d = 2; e = 7c + d^2; f = 2e", {}, 22),
    ("e = 7c + d^2; f = 2e", {"c": 1, "d": 2}, 22),
    ("b = 5 - 3a; c = 2b + 3; d = 5b + 6; e = 7c + d^2; f = 2e; g = 3f - o", {"a": 2, "o": 1}, 47),
    ("x, y", {"x": 1, "y": 2}, (1, 2)),
    ("x*y, x + y", {"x": 3, "y": 4}, (12, 7)),
    ("a = x + 1; a, a^2, 3", {"x": 1}, (2, 4, 3)),
    ("x, x", {"x": 1}, (1, 1)),
    ("max(x, y), min(x, y)", {"x": 1, "y": 2}, (2, 1)),
    ("1 if x else 2, 3", {"x": 0}, (2, 3)),
]

FUNCTIONS: Rows = [
    ("f(x) = x^2 + 1; f(3)", {}, 10),
    ("f(x) = x^2 + 1; 2f(3)", {}, 20),
    ("f(x, y) = x - y; f(5, 3)", {}, 2),
    ("f(x, y) = x - y; f(y, x)", {"x": 5, "y": 3}, -2),
    ("f(x) = x^2\ny = f(3)\ny + 1", {}, 10),
    ("f(x) = x + 1; f(f(f(0)))", {}, 3),
    # Functions call functions that are defined later.
    ("f(x) = g(x) + 1; g(x) = 2x; f(3)", {}, 7),
    ("f(x) = g(2x); g(y) = x + y; x = 100; f(1)", {}, 102),
    # A parameter hides the variable and the constant of its name, and only inside.
    ("x = 5; f(x) = x^2; f(3) + x", {}, 14),
    ("f(x) = x^2; f(3) + x", {"x": 5}, 14),
    ("f(e) = 2e; f(3) + e", {}, 6 + math.e),
    ("f(pi) = pi; f(3) + pi", {}, 3 + math.pi),
    # Outer names are what they are where the function is called.
    ("a = 2; f(x) = a*x; f(3)", {}, 6),
    ("f(x) = a*x; a = 2; f(3)", {}, 6),
    ("f(x) = a*x; a = b + 1; f(3)", {"b": 1}, 6),
    ("f(x) = a*x; f(3)", {"a": 4}, 12),
    ("f(x) = x*e; f(2)", {}, 2 * math.e),
    ("f(x) = x*e; f(2)", {"e": 3}, 6),
    ("f(x) = x*e; e = 3; f(2)", {}, 6),
    ("g(x) = x + k; f(x) = g(x)*k; k = 10; f(1)", {}, 110),
    # A function of the text wins over the one of the language.
    ("sin(x) = 2x; sin(3)", {}, 6),
    ("f(x) = sin(x); sin(x) = x + 1; f(1)", {}, 2),
    ("exp(x) = x; exp(2) + sinh(0)", {}, 2),
    ("min(x, y) = x - y; min(5, 3)", {}, 2),
    ("mod(x, y) = x; 7 % 4 + mod(1, 2)", {}, 4),
    # A function and a variable of one name live apart.
    ("f(x) = x; f = 3; f(f)", {}, 3),
    ("f(f) = 2f; f(3)", {}, 6),
    ("f(x) = x^2; f(2)*f", {"f": 5}, 20),
    # The last statement is the output, and a definition is none.
    ("f(x) = x + 1; y = f(2); y*y", {}, 9),
    ("f(x) = 7; f(y)", {"y": 1}, 7),
    ("f(c, a, b) = a if c else b; f(0, 1, 2)", {}, 2),
]

NAMES: Rows = [
    ("pi", {}, math.pi),
    ("π", {}, math.pi),
    ("tau", {}, math.tau),
    ("τ", {}, math.tau),
    ("e", {}, math.e),
    ("inf", {}, math.inf),
    ("-inf", {}, -math.inf),
    ("∞", {}, math.inf),
    ("nan", {}, math.nan),
    # A name that is bound or assigned is that variable.
    ("pi", {"pi": 3}, 3),
    ("2pi + e", {"pi": 3, "e": 1}, 7),
    ("2pi + e", {"pi": 3}, 6 + math.e),
    ("pi = 3; 2pi", {}, 6),
    ("e = 7; 2e", {}, 14),
    ("tau", {"tau": 0.5}, 0.5),
    ("inf + nan", {"inf": 1, "nan": 2}, 3),
    # A name before `(` is a function.
    ("gamma*gamma(5)", {"gamma": 2}, 48),
    ("gamma = 3; gamma(gamma)", {}, 2),
    ("max = 3; max(max, 4)", {}, 4),
    ("max(max, min)", {"max": 1, "min": 2}, 2),
    ("exp + exp (0)", {"exp": 2}, 3),
    ("lambda + class", {"lambda": 2, "class": 3}, 5),
    ("True*False", {"True": 2, "False": 3}, 6),
    ("_ + __x + x_1", {"_": 1, "__x": 2, "x_1": 3}, 6),
    ("in + is + f", {"in": 1, "is": 2, "f": 3}, 6),
    ("iffy + nothing + orb + android", {"iffy": 1, "nothing": 2, "orb": 3, "android": 4}, 10),
    ("X - x", {"X": 3, "x": 1}, 2),
]

UNICODE: Rows = [
    ("a·b", {"a": 2, "b": 3}, 6),
    ("a⋅b", {"a": 2, "b": 3}, 6),
    ("2×3", {}, 6),
    ("6÷3", {}, 2),
    ("6∕3", {}, 2),
    ("5 − 3", {}, 2),
    ("5 – 3", {}, 2),
    ("−x", {"x": 2}, -2),
    ("−2²", {}, -4),
    ("2^−1", {}, 0.5),
    ("√4", {}, 2),
    ("√√16", {}, 2),
    ("√(x + 1)", {"x": 3}, 2),
    ("√x + 1", {"x": 4}, 3),
    ("√x*9", {"x": 4}, 18),
    ("√x/4", {"x": 4}, 0.5),
    ("√x^3", {"x": 4}, 8),
    ("-√x", {"x": 4}, -2),
    ("2^√4", {}, 4),
    ("√abs(x)", {"x": -4}, 2),
    ("x²", {"x": 3}, 9),
    ("x³", {"x": 2}, 8),
    ("x⁻¹", {"x": 4}, 0.25),
    ("x⁰", {"x": 4}, 1),
    ("x¹⁰", {"x": 2}, 1024),
    ("-x²", {"x": 3}, -9),
    ("2x²", {"x": 3}, 18),
    ("(x + 1)²", {"x": 2}, 9),
    ("sin(x)²", {"x": 0}, 0),
    ("x²^2", {"x": 2}, 16),
    ("2^x²", {"x": 2}, 16),
    ("x²*y³ + x⁻²", {"x": 2, "y": 3}, 108.25),
    ("2π²", {}, 2 * math.pi**2),
    ("1 ≤ 1", {}, 1),
    ("1 ≥ 2", {}, 0),
    ("1 ≠ 2", {}, 1),
    ("θ + x₁*x₂", {"θ": 1, "x₁": 2, "x₂": 3}, 7),
    ("x₁ - x1", {"x₁": 3, "x1": 1}, 2),
    ("x₁²", {"x₁": 3}, 9),
    ("2x̂ + x", {"x̂": 3, "x": 1}, 7),
    ("x̂²", {"x̂": 3}, 9),
    ("α_β", {"α_β": 3}, 3),
    ("变量 + 1", {"变量": 1}, 2),
    ("e\u0301 + \u00e9", {"\u00e9": 2}, 4),  # one name, composed and decomposed
    ("e\u0301 = 2; 3\u00e9", {}, 6),
    ("x\u00a0+\u2003y", {"x": 1, "y": 2}, 3),
    ("f(θ) = θ²; f(3)", {}, 9),
]

CONDITIONS: Rows = [
    ("1 < 2", {}, 1),
    ("2 < 1", {}, 0),
    ("1 <= 1", {}, 1),
    ("1 > 2", {}, 0),
    ("1 >= 1", {}, 1),
    ("1 == 1", {}, 1),
    ("1 != 1", {}, 0),
    ("nan == nan", {}, 0),
    ("nan != nan", {}, 1),
    ("0.0 == -0.0", {}, 1),
    ("(x > 1)*x^2", {"x": 3}, 9),
    ("1 < 2 < 3", {}, 1),
    ("1 < 2 < 2", {}, 0),
    ("3 > 2 > 1 > 0", {}, 1),
    ("3 > 2 > 2 > 0", {}, 0),
    ("1 == 1 == 1", {}, 1),
    ("1 < 2 == 1", {}, 0),  # 1 < 2 and 2 == 1
    ("(1 < 2) == 1", {}, 1),
    ("0 < x < 1", {"x": 0.5}, 1),
    ("0 < x < 1", {"x": 1}, 0),
    ("0 < 2x <= 1 + 1", {"x": 1}, 1),
    ("1 < 2 and 3 < 2", {}, 0),
    ("1 < 2 or 3 < 2", {}, 1),
    ("1 or 0 and 0", {}, 1),
    ("(1 or 0) and 0", {}, 0),
    ("2 and 3", {}, 1),
    ("0 or 5", {}, 1),
    ("0 and 5", {}, 0),
    ("not 0", {}, 1),
    ("not 3", {}, 0),
    ("not not 3", {}, 1),
    ("not 1 == 2", {}, 1),
    ("not 1 or 1", {}, 1),
    ("not (1 or 1)", {}, 0),
    ("1 and not 0", {}, 1),
    ("not x < 1 and y", {"x": 2, "y": 1}, 1),
    ("x < 1 < y and not y < 3", {"x": 0, "y": 3}, 1),
    ("x if x > 0 else -x", {"x": -3}, 3),
    ("x if x > 0 else -x", {"x": 3}, 3),
    ("1 if x < 0 else 2 if x < 1 else 3", {"x": -1}, 1),
    ("1 if x < 0 else 2 if x < 1 else 3", {"x": 0.5}, 2),
    ("1 if x < 0 else 2 if x < 1 else 3", {"x": 5}, 3),
    ("(1 if x else 2) if y else 3", {"x": 0, "y": 1}, 2),
    ("1 if 0 < x < 1 else 2", {"x": 0.5}, 1),
    ("1 if x and y else 2", {"x": 1, "y": 0}, 2),
    ("1 if not x else 2", {"x": 0}, 1),
    ("y = 1 if x else 2; 3y", {"x": 0}, 6),
    ("max(1 if x else 2, 3 if y else 4)", {"x": 0, "y": 0}, 4),
    ("where(x > 0, 1, 2)", {"x": 1}, 1),
    ("where(x > 0, 1, 2)", {"x": -1}, 2),
    ("where(0.5, 1, 2)", {}, 1),
    ("where(x > 0, log(x), 7)", {"x": -1}, 7),
    ("7 if x <= 0 else log(x)", {"x": -1}, 7),
    ("1/x if x else 0", {"x": 0}, 0),
    ("where(nan, 1, 2)", {}, math.nan),
]

LAYOUT: Rows = [
    ("  x  +  1  ", {"x": 1}, 2),
    ("\tx\t+\t1", {"x": 1}, 2),
    ("x+1 # a comment", {"x": 1}, 2),
    ("# first line\nx + 1", {"x": 1}, 2),
    ("#\n# (((\n\nx # x + 1\n", {"x": 1}, 1),
    ("a = 2 # two; b = 3\nb = 4 # four\na*b", {}, 8),
    ("a = 2\r\nb = a + 1\r\na*b\r\n", {}, 6),
    ("(1\n+ 2)", {}, 3),
    ("max(\n  1,\n  2\n)", {}, 2),
    ("(1 # one\n + 2)", {}, 3),
    ("f(x) = 2x; f(1 + (\n2)) + 1", {}, 7),
    ("1 +\n2", {}, 3),
    ("1 +\n\n# more\n2", {}, 3),
    ("1 -\n2", {}, -1),
    ("2^\n3", {}, 8),
    ("1 <\n2", {}, 1),
    ("not\n1", {}, 0),
    ("1 if 2 else\n3", {}, 1),
    ("x = 1 +\n  2\nx", {}, 3),
    ("f(x) = x +\n  1\nf(2)", {}, 3),
    ("L = (y - w*x)^2\n    + 0.1w^2", {"y": 1, "w": 2, "x": 1}, 1.4),
    ("L = (y - w*x)^2\n+ 0.1w^2\nL/2", {"y": 1, "w": 2, "x": 1}, 0.7),
    ("T = m*v^2/2 # kinetic\n\n  # potential\n  - k*x^2/2", {"m": 2, "v": 1, "k": 2, "x": 3}, -8),
    ("a = 2\n * 3\n ^ 2\n / 9\n % 5\na", {}, 2),
    ("y = 1\n  if x > 0\n  else 2\ny", {"x": 3}, 1),
    ("x > 0\n and x < 2\n or 0", {"x": 1}, 1),
    ("1\n < x\n <= 2", {"x": 2}, 1),
    ("[1, 2]\n @ [3, 4]", {}, 11),
    ("x*2,\nx + 1", {"x": 3}, (6, 4)),
    ("x*2\n, x + 1", {"x": 3}, (6, 4)),
    ("y =\n  x + 1\n", {"x": 3}, 4),
    ("f(x, y) = (x + y)*y", {"x": 1, "y": 2}, 6),
    ("g(t) = t^2\nf(x) = g(x)\n  - 1", {"x": 3}, 8),
    ("f(x, e) = x*e", {"x": 2, "e": 3}, 6),
    ("a = 3; f(x) = a*x", {"x": 2}, 6),
]

ALIASES: Rows = [
    ("ln(e)", {}, 1),
    ("lg(100)", {}, 2),
    ("log(8, 2)", {}, 3),
    ("log(100, 10)", {}, 2),
    ("power(2, 3)", {}, 8),
    ("arcsin(1) == asin(1)", {}, 1),
    ("arccos(0) == acos(0)", {}, 1),
    ("arctan(1) == atan(1)", {}, 1),
    ("arctan2(1, -1) == atan2(1, -1)", {}, 1),
    ("arcsinh(1) == asinh(1)", {}, 1),
    ("arccosh(2) == acosh(2)", {}, 1),
    ("arctanh(0.5) == atanh(0.5)", {}, 1),
    ("tg(1) == tan(1)", {}, 1),
    ("fabs(-2)", {}, 2),
    ("fmax(1, 2)", {}, 2),
    ("fmin(1, 2)", {}, 1),
    ("maximum(1, 2)", {}, 2),
    ("max(3)", {}, 3),
    ("max(3, 1, 4, 1, 5)", {}, 5),
    ("clip(5, 0, 1)", {}, 1),
    ("expit(0)", {}, 0.5),
    ("logistic(0)", {}, 0.5),
    ("loggamma(5) == lgamma(5)", {}, 1),
    ("sgn(-2)", {}, -1),
]

TABLES = {
    "precedence": PRECEDENCE,
    "powers": POWERS,
    "implicit products": IMPLICIT_PRODUCTS,
    "numbers": NUMBERS,
    "programs": PROGRAMS,
    "functions": FUNCTIONS,
    "names": NAMES,
    "unicode": UNICODE,
    "conditions": CONDITIONS,
    "layout": LAYOUT,
    "aliases": ALIASES,
}


def same(found: Any, wanted: Any) -> bool:
    """Equal as numbers, with NaN equal to itself and the sign of zero counting."""
    if isinstance(wanted, tuple):
        return isinstance(found, tuple) and len(found) == len(wanted) and all(map(same, found, wanted))
    return isinstance(found, float) and repr(found) == repr(float(wanted))


@pytest.mark.parametrize(
    ("text", "bindings", "value"),
    [pytest.param(*row, id=f"{name}: {row[0][:40]!r}") for name, rows in TABLES.items() for row in rows],
)
def test_the_value_of_a_text(text: str, bindings: dict[str, float], value: Any) -> None:
    assert same(Formula(text).value(bindings), value)


def test_value_and_gradient_agree_on_every_row_with_one_output() -> None:
    for rows in TABLES.values():
        for text, bindings, value in rows:
            if not isinstance(value, tuple):
                assert same(Formula(text).gradient(bindings).value, value), text


AMBIGUOUS = [
    # The text, what is underlined, the two spellings that the hint offers.
    ("1/2x", "1/2x", "1/(2*x)", "(1/2)*x"),
    ("3 + 1/2x", "1/2x", "1/(2*x)", "(1/2)*x"),
    ("y/2x + 1", "y/2x", "y/(2*x)", "(y/2)*x"),
    ("2^3x", "2^3x", "2^(3*x)", "(2^3)*x"),
    ("2**3x", "2**3x", "2**(3*x)", "(2**3)*x"),
    ("2^-3x", "2^-3x", "2^(-3*x)", "(2^-3)*x"),
    ("1/-2x", "1/-2x", "1/(-2*x)", "(1/-2)*x"),
    ("6%4x", "6%4x", "6%(4*x)", "(6%4)*x"),
    ("1/2(3 + y)", "1/2(3 + y)", "1/(2*(3 + y))", "(1/2)*(3 + y)"),
    ("1/2sin(x) + y", "1/2sin(x)", "1/(2*sin(x))", "(1/2)*sin(x)"),
    ("1/2sin(cos(x))", "1/2sin(cos(x))", "1/(2*sin(cos(x)))", "(1/2)*sin(cos(x))"),
    ("1/2e", "1/2e", "1/(2*e)", "(1/2)*e"),
    ("(a + b)/2x", "(a + b)/2x", "(a + b)/(2*x)", "((a + b)/2)*x"),
    ("1÷2x", "1÷2x", "1/(2*x)", "(1/2)*x"),
    ("max(1/2x, z)", "1/2x", "1/(2*x)", "(1/2)*x"),
    ("√x²", "√x²", "√(x²)", "(√x)²"),
    ("√(x)³ + 1", "√(x)³", "√((x)³)", "(√(x))³"),
]


@pytest.mark.parametrize(("text", "underlined", "first", "second"), AMBIGUOUS)
def test_a_product_with_two_readings_is_refused_and_both_are_shown(
    text: str, underlined: str, first: str, second: str
) -> None:
    with pytest.raises(autodiff.FormulaError) as caught:
        Formula(text)
    error = caught.value
    assert error.kind == "ambiguous-product"
    assert [text[start:end] for start, end in error.spans] == [underlined]
    assert first in error.hint
    assert second in error.hint


@pytest.mark.parametrize(("text", "underlined", "first", "second"), AMBIGUOUS)
def test_both_spellings_of_an_ambiguous_product_are_formulas(
    text: str, underlined: str, first: str, second: str
) -> None:
    point = {name: 0.7 + 0.1 * k for k, name in enumerate(("a", "b", "x", "y"))} | {"z": 0.0}
    values = []
    for spelling in (first, second):
        formula = Formula(text.replace(underlined, spelling))
        values.append(formula.value({name: point[name] for name in formula.variables}))
    if "√" not in text:  # the two readings of a root only round differently
        assert values[0] != values[1]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("(x + y) * max(y, z)", ("x", "y", "z")),
        ("z + y*x", ("z", "y", "x")),
        ("2e", ()),
        ("e = 7c + d^2; f = 2e", ("c", "d")),
        ("f(x) = a*x; f(y)", ("y", "a")),
        ("a = x; b = y; b", ("x", "y")),
        ("gamma(gamma)", ("gamma",)),
        ("e\u0301", ("\u00e9",)),
        ("x, y", ("x", "y")),
    ],
)
def test_variables_are_the_names_that_need_a_value(text: str, names: tuple[str, ...]) -> None:
    assert Formula(text).variables == names


def test_a_text_is_kept_as_it_was_typed() -> None:
    assert Formula(" x·2 # twice").text == " x·2 # twice"
    assert repr(Formula("x")) == "Formula('x')"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x + y", ["f"]),
        ("a = x + y", ["a"]),
        ("a = x + y; a", ["a"]),
        ("x, y", ["f1", "f2"]),
        ("a = x + y; a, x", ["a", "f2"]),
        ("f = x + y; f, x*y, x", ["f", "g2", "g3"]),
        ("f + y", ["g"]),
    ],
)
def test_outputs_are_named_by_the_text_or_else_by_a_free_letter(text: str, names: list[str]) -> None:
    formula = Formula(text)
    outputs = formula.evaluate(dict.fromkeys(formula.variables, 1.0)).outputs
    assert [name for name, _ in outputs] == names


def test_assigned_names_label_the_nodes() -> None:
    gradient = Formula("s = x + y; m = max(y, z); s*m").gradient(x=1, y=2, z=0)
    assert {node.name: node.value for node in gradient.nodes} == {"x": 1, "y": 2, "z": 0, "s": 3, "m": 2, "f": 6}


def test_a_name_can_be_bound_by_a_mapping_and_by_keyword() -> None:
    formula = Formula("lambda*x + wrt")
    assert formula.value({"lambda": 2, "wrt": 5}, x=3) == 11
    assert formula.gradient({"lambda": 2, "wrt": 5}, x=3, wrt=["wrt"]).partials == {"wrt": 1}


@pytest.mark.parametrize("text", ["2⁺²", "x⁺²"])
def test_a_superscript_plus_is_a_sign(text: str) -> None:
    assert Formula(f"x = 2; {text}").value() == 4


def test_an_output_that_is_named_twice_comes_twice() -> None:
    assert Formula("a = x*y; a, a").value(x=2, y=3) == (6.0, 6.0)


@pytest.mark.parametrize(("text", "name"), [("\u00e9", "e\u0301"), ("e\u0301", "e\u0301")])
def test_a_binding_may_spell_its_name_decomposed(text: str, name: str) -> None:
    assert Formula(text).value({name: 3}) == 3


def test_a_line_may_end_after_if() -> None:
    assert Formula("a = 1 if\n1 else 2\na").value() == 1


def test_a_number_before_a_root_multiplies() -> None:
    assert Formula("3√4").value() == 6
