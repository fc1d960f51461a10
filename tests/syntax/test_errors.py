"""Wrong requests: each gets its kind, the right place in its text, and a hint that says what to type instead."""

import math
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from autodiff import AutodiffError, BindingError, Formula, FormulaError, LimitError
from autodiff.api import evaluate_constant
from autodiff.errors import nearest
from autodiff.graph import unfold

MANY = ", ".join(f"x{k}" for k in range(1001))

#: Each row: the text, the kind, what is underlined, a part of the hint.
WRONG_FORMULAS: list[tuple[str, str, list[str], str]] = [
    # Nothing to compute.
    ("", "empty-formula", [], "x*y"),
    ("   ", "empty-formula", [], ""),
    ("# only a comment", "empty-formula", [], ""),
    (";\n;", "empty-formula", [], ""),
    ("x = 2; f(x) = x + 1", "no-output", [], "f(x)"),
    ("1; 2", "no-effect", ["1"], "name it"),
    ("x + 1\n(x + 2)", "no-effect", ["x + 1"], "name it"),
    ("a = 3\n- a + x", "doubtful-line", ["- a + x"], "(- a + x)"),
    ("f(x) = x^2\n+ f(3)", "doubtful-line", ["+ f(3)"], "f(3)"),
    ("y =\nz = 2", "incomplete", ["="], "name = expression"),
    ("a = 1; a + 2; a", "no-effect", ["a + 2"], "name it"),
    # Functions and their arguments.
    ("sinn(x)", "unknown-function", ["sinn"], "'sin'"),
    ("SIN(x)", "unknown-function", ["SIN"], "'sin'"),
    ("x + sqr(y)", "unknown-function", ["sqr"], "'sqrt'"),
    ("sigmoidd(x)", "unknown-function", ["sigmoidd"], "'sigmoid'"),
    ("square(x) = x^2; sqare(3)", "unknown-function", ["sqare"], "'square'"),
    ("f(x) = sinn(x); 1", "unknown-function", ["sinn"], "'sin'"),
    ("f(x) = sinn(x); f(1)", "unknown-function", ["sinn"], "'sin'"),
    ("xyzzyqq(x)", "unknown-function", ["xyzzyqq"], ""),
    ("x = 3; x(y)", "unknown-function", ["x"], "x*(y)"),
    ("pi(3)", "unknown-function", ["pi"], "pi*(3)"),
    ("x + x(2)", "unknown-function", ["x"], "x*(2)"),
    ("sin()", "wrong-arity", ["sin()"], "sin(x)"),
    ("1 + sin(x, y)", "wrong-arity", ["sin(x, y)"], "sin(x)"),
    ("atan2(1)", "wrong-arity", ["atan2(1)"], "atan2(y, x)"),
    ("where(1, 2)", "wrong-arity", ["where(1, 2)"], "where(c, a, b)"),
    ("log(1, 2, 3)", "wrong-arity", ["log(1, 2, 3)"], "log(x, base)"),
    ("max()", "wrong-arity", ["max()"], ""),
    (f"max({MANY})", "wrong-arity", [f"max({MANY})"], "max(x, y, ...)"),
    ("f(x, y) = x; f(1)", "wrong-arity", ["f(1)"], "f(x, y)"),
    ("f(x) = x; f(1, 2)", "wrong-arity", ["f(1, 2)"], "f(x)"),
    ("f(x) = sin(x, x); 1", "wrong-arity", ["sin(x, x)"], "sin(x)"),
    ("f(x) = sin(x, x); f(1)", "wrong-arity", ["sin(x, x)"], "sin(x)"),
    ("sin(x) = x; sin(1, 2)", "wrong-arity", ["sin(1, 2)"], "sin(x)"),
    # Parentheses.
    ("(x", "unbalanced", ["("], "')'"),
    ("((x)", "unbalanced", ["("], "')'"),
    ("sin(x", "unbalanced", ["("], "')'"),
    ("sin(", "unbalanced", ["("], "')'"),
    ("max(x,", "unbalanced", ["("], "')'"),
    ("(x; y)", "unbalanced", ["("], "')'"),
    ("x)", "unbalanced", [")"], "remove it"),
    ("(x))", "unbalanced", [")"], "remove it"),
    (")", "unbalanced", [")"], "remove it"),
    ("()", "incomplete", ["()"], ""),
    ("1 + ()", "incomplete", ["()"], ""),
    # Operators without operands, operands without operators.
    ("x +", "incomplete", ["+"], ""),
    ("x + ; y", "incomplete", ["+"], ""),
    ("* x", "incomplete", ["*"], ""),
    ("x + * y", "incomplete", ["*"], ""),
    ("x ==", "incomplete", ["=="], ""),
    ("x and", "incomplete", ["and"], ""),
    ("and x", "incomplete", ["and"], ""),
    ("not", "incomplete", ["not"], ""),
    ("√", "incomplete", ["√"], ""),
    ("x, y,", "incomplete", [","], ""),
    (", x", "incomplete", [","], ""),
    ("max(, x)", "incomplete", [","], ""),
    ("max(x,, y)", "incomplete", [","], ""),
    ("x =", "incomplete", ["="], "name = expression"),
    ("f(x) =", "incomplete", ["="], ""),
    ("x if y", "incomplete", ["if"], "a if condition else b"),
    ("(x if y) else z", "incomplete", ["if"], "a if condition else b"),
    ("x else y", "incomplete", ["else"], "a if condition else b"),
    ("x if y else", "incomplete", ["else"], ""),
    ("if x", "incomplete", ["if"], ""),
    ("a <> b", "incomplete", [">"], ""),
    ("x y", "missing-operator", ["x y"], "x*y"),
    ("2 3", "missing-operator", ["2 3"], "one point"),
    ("(x)2", "missing-operator", [")2"], "(x)*2"),
    ("1/(x + y)z", "ambiguous-product", ["1/(x + y)z"], "1/((x + y)*z) or (1/(x + y))*z"),
    ("1/-sin(x)z", "ambiguous-product", ["1/-sin(x)z"], "1/(-sin(x)*z) or (1/-sin(x))*z"),
    ("1/x√4", "ambiguous-product", ["1/x√4"], "1/(x*√4) or (1/x)*√4"),
    ("1/x sin(y)", "ambiguous-product", ["x sin(y)"], "(x*sin(y))"),
    ("∛x²", "ambiguous-product", ["∛x²"], "∛(x²) or (∛x)²"),
    ("sin x^2", "ambiguous-call", ["sin x^2"], "sin(x)^2 or sin(x^2)"),
    ("sin x²", "ambiguous-call", ["sin x²"], "sin(x)² or sin(x²)"),
    ("sin x*y", "ambiguous-call", ["sin x*y"], "sin(x)*y or sin(x*y)"),
    ("log x/2", "ambiguous-call", ["log x/2"], "log(x)/2 or log(x/2)"),
    ("sin x y", "ambiguous-call", ["sin x y"], "sin(x)*y or sin(x*y)"),
    ("sin^-1(x)", "ambiguous-power", ["sin^-1(x)"], "asin(x)"),
    ("sin^(-1)(x)", "ambiguous-power", ["sin^(-1)(x)"], "asin(x)"),
    ("tanh⁻¹(x + 1)", "ambiguous-power", ["tanh⁻¹(x + 1)"], "atanh(x + 1)"),
    ("sin^2 x", "ambiguous-power", ["sin^2 x"], "sin(x)^2"),
    ("sin^2(x)", "ambiguous-power", ["sin^2(x)"], "sin(x)^2"),
    ("max x", "missing-operator", ["max x"], "max(x)"),
    ("gamma x", "missing-operator", ["gamma x"], "gamma*x"),
    ("|x + 1", "unbalanced", ["|"], "|x|"),
    ("|x|y|z|", "stray-character", ["|"], "abs(x)"),
    ("d/dx (x^2)", "request", ["d/dx"], "'x'"),
    ("\\frac{d}{dx} x^2", "request", ["\\frac{d}{dx}"], "'x^2'"),
    ("x^2 + y^2 = 25", "stray-character", ["="], "x^2 + y^2 = 25"),
    ("=-A1^2", "two-readings", ["-A1"], "(-A1)^"),
    ("=2^3^2", "two-readings", ["^"], "(a^b)^c"),
    ("=LOG(A1)", "two-readings", ["LOG"], "LOG10"),
    ("np.sinc(x)", "two-readings", ["np.sinc"], "sinc(pi*x)"),
    ("h_{t-1} + h_{t+1}", "look-alike", ["h_{t+1}"], "another name"),
    ("{x", "unbalanced", ["{"], "}"),
    ("x}", "unbalanced", ["}"], "remove"),
    ("\\sum_{i} x_i", "latex", ["\\sum"], "sum(...)"),
    ("\\foo{x}", "latex", ["\\foo"], "operatorname"),
    ("\\sin \\omega t", "ambiguous-call", ["\\sin \\omega t"], "\\sin(\\omega t)"),
    ("\\sin^{-1} x", "ambiguous-power", ["\\sin^{-1} x"], "asin(x)"),
    ("a/\\alpha b", "ambiguous-product", ["/\\alpha b"], "\\frac"),
    ("(\\mathbf{A} + \\mathbf{B})\\mathbf{x}", "ambiguous-product", ["(\\mathbf{A} + \\mathbf{B})\\mathbf{x}"], "@"),
    ("\\begin{pmatrix} 1 & 2 \\end{pmatrix} x", "ambiguous-product", ["\\begin{pmatrix} 1 & 2 \\end{pmatrix} x"], "@"),
    ("\\begin{cases} x & x > 0 \\end{cases}", "latex", ["\\end{cases}"], "otherwise"),
    ("1 + \\frac{1}{\\sinn{x}}", "latex", ["\\sinn"], "operatorname"),
    ("\\frac{1}{2 + }", "incomplete", ["}"], "value"),
    ("1..2", "missing-operator", ["1..2"], ""),
    ("a\tb = 1", "missing-operator", ["a\tb"], "a*b"),
    ("x True", "missing-operator", ["x True"], "1 or 0"),
    ("1/2x", "ambiguous-product", ["1/2x"], "1/(2*x) or (1/2)*x"),
    ("2^3x", "ambiguous-product", ["2^3x"], "2^(3*x) or (2^3)*x"),
    ("1 + not x", "misplaced-not", ["not"], "(not x)"),
    ("x == not y", "misplaced-not", ["not"], "(not x)"),
    ("2^not x", "misplaced-not", ["not"], "(not x)"),
    # Characters that mean nothing.
    ("3!", "stray-character", ["!"], "factorial(n)"),
    ("a & b", "stray-character", ["&"], "'and'"),
    ("a | b", "stray-character", ["|"], "abs(x)"),
    ("~a", "stray-character", ["~"], "'not'"),
    ("x + ½", "stray-character", ["½"], "(1/2)"),
    ("x'", "stray-character", ["'"], ""),
    ('"x"', "stray-character", ['"'], ""),
    ("$x", "stray-character", ["$"], "single quotes"),
    ("x ? y : z", "stray-character", ["?"], "if"),
    ("x // y", "stray-character", ["//"], "floor(x/y)"),
    ("a = = b", "stray-character", ["="], "=="),
    ("x + 1 = 2", "stray-character", ["="], "'=='"),
    ("(x, y)", "stray-character", [","], "parentheses"),
    ("a = 1, 2", "stray-character", [","], "';'"),
    ("x☃", "stray-character", ["☃"], ""),
    ("x + ☃", "stray-character", ["☃"], ""),
    ("a\0b", "stray-character", ["\0"], ""),
    ("x⁻", "stray-character", ["⁻"], "^(...)"),
    ("x²⁻", "stray-character", ["²⁻"], "^(...)"),
    ("٣", "stray-character", ["٣"], ""),
    ("①", "stray-character", ["①"], ""),
    (".", "stray-character", ["."], ""),
    ("x @", "incomplete", ["@"], "a @ b"),
    ("@ x", "incomplete", ["@"], "a @ b"),
    ("(x]", "unbalanced", ["(", "]"], "write ')' there"),
    ("[1, 2)", "unbalanced", ["[", ")"], "write ']' there"),
    ("[1, 2", "unbalanced", ["["], "add a ']'"),
    ("[1, 2]]", "unbalanced", ["]"], "remove it"),
    ("[]", "empty-array", ["[]"], "[1, 2, 3]"),
    ("[1 2]", "missing-operator", ["1 2"], "commas between the elements"),
    ("[1, 2; 3, 4]", "unbalanced", [";"], "[[1, 2], [3, 4]]"),
    ("x[i]", "bad-index", ["i"], "x[0]"),
    ("x[]", "bad-index", ["[]"], "count from 0"),
    ("x[1.5]", "bad-index", ["1.5"], "x[0]"),
    ("x[0,", "unbalanced", ["["], "add a ']'"),
    ("x[0", "unbalanced", ["["], "add a ']'"),
    ("x[..., ...]", "bad-index", ["..."], ""),
    ("x[1:2:3:4]", "bad-index", [":"], "x[1:3]"),
    ("x[99999999999999999999]", "bad-index", ["99999999999999999999"], ""),
    ("2[1]", "bad-index", ["2["], "write a *"),
    ("x.t", "stray-character", [".t"], ".T"),
    ("x.sum", "stray-character", [".sum"], "sum(x)"),
    ("x.summ()", "unknown-function", ["x.summ"], "'sum'"),
    ("sum(axis=0)", "bad-option", ["axis="], "sum(x, axis=0)"),
    ("sum(x, axis=k)", "bad-option", ["axis="], "axis=0"),
    ("sum(x, axis=0, axis=1)", "bad-option", ["axis"], "remove"),
    ("sum(x, axis=0 + 1)", "bad-option", ["axis=0 +"], "axis=0"),
    ("sum(x, ax=0)", "bad-option", ["sum(x, ax=0)"], "axis"),
    ("sin(x, axis=0)", "bad-option", ["sin(x, axis=0)"], "=="),
    ("f(a) = a; f(x, b=1)", "bad-option", ["f(x, b=1)"], "=="),
    # Numbers as other languages write them.
    ("0x10", "stray-character", ["0x10"], "write 16"),
    ("x + 0XfF", "stray-character", ["0XfF"], "write 255"),
    ("0b11", "stray-character", ["0b11"], "write 3"),
    ("0o17", "stray-character", ["0o17"], "write 15"),
    ("1_000", "stray-character", ["1_000"], "write 1000"),
    ("2*1_000_000.5e1_0", "stray-character", ["1_000_000.5e1_0"], "write 1000000.5e10"),
    ("√1_000", "stray-character", ["1_000"], "write 1000"),
    # Statements.
    ("1 = x", "bad-target", ["1"], "name = expression"),
    ("if = 3", "bad-target", ["if"], ""),
    ("x = 1; x = 2", "assigned-twice", ["x", "x"], "another name"),
    ("x = 1; y = x; x = y", "assigned-twice", ["x", "x"], "another name"),
    ("f(x) = x; f(y) = y; f(1)", "assigned-twice", ["f", "f"], "rename"),
    ("y = x; x = 2", "used-before-assigned", ["x", "x"], "first"),
    ("x = x + 1", "used-before-assigned", ["x", "x"], ""),
    ("e = 2e", "used-before-assigned", ["e", "e"], ""),
    ("f(x) = a*x; b = f(2); a = b + 1", "used-before-assigned", ["a"], "before the call"),
    ("f(x, x) = x; f(1, 2)", "bad-parameter", ["x"], "rename"),
    ("f(2) = 3", "bad-parameter", ["2"], "f(x, y)"),
    ("f(x + 1) = 3", "bad-parameter", ["x"], "f(x, y)"),
    ("f() = 3; f()", "bad-parameter", [")"], "f(x, y)"),
    ("f(x) = f(x); f(1)", "cycle", ["f(x)"], "recursion"),
    ("f(x) = g(x); g(x) = f(x) + 1; f(1)", "cycle", ["f(x)"], "recursion"),
    ("f(x) = x if x < 1 else f(x - 1); 3", "cycle", ["f(x - 1)"], "recursion"),
]


#: Wrong formulas, and a hint for each that says what to type.
HINTS = [
    ("x+", "write a value after it, as in a + b"),
    ("x -\n", "write a value after it, as in a - b"),
    ("x,", "write another output after it, or remove it"),
    ("x and", "write a value after it, as in a and b"),
    ("not", "write not x"),
    ("√", "write √x"),
    ("x if", "write a if condition else b"),
    ("*x", "write a value before it, as in a * b"),
    ("x + * y", "write a value before it, as in a * b"),
    ("a <> b", "write a != b"),
    ("max(, x)", "write a value before it, or remove it"),
    ("(1 + )", "write a value before it"),
    ("if x", "write a if condition else b"),
    ("x y if", "to multiply write x*y"),
    ("sin²(x)", "to call a function write sin(x)^2"),
    ("sin⁻¹(x)", "for the inverse function write asin(x), and for 1/sin(x) sin(x)^(-1)"),
    ("sin² x", "to call a function write sin(x)^2"),
    ("exp⁻¹(x)", "to call a function write exp(x)^(-1)"),
    ("f²(x)", "to call a function write f(x)^2, and to multiply f²*(x)"),
]


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_a_hint_says_what_to_type(text: str, hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize("text", [row[0] for row in WRONG_FORMULAS if not set(row[0]) & set("☃—\0٣①.")])
def test_every_wrong_formula_has_a_hint(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["a = 1\nb = 2\n\nc = (a + b\nd = 3*x\nd", "c = (a +\nd = 3*x\nd", "c = f(a, # )\n b\nd = 3*(x)"]
)
def test_a_parenthesis_that_no_line_closes_is_the_error(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert (caught.value.kind, caught.value.message) == ("unbalanced", "this '(' is never closed")
    assert caught.value.spans == ((text.index("("), text.index("(") + 1),)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("max(a # one\n b)", "a*b"), ("(a\n+ b) 2", "(a + b)*2"), ("1 + (2*\n", "write a value after it")],
)
def test_a_hint_stays_on_its_line(text: str, hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert hint in caught.value.hint
    assert "\n" not in caught.value.hint + caught.value.message


@pytest.mark.parametrize("text", ["2x1 + 3x2", "0x", "2_x", "0 x10", "3b1", "0bits"])
def test_a_factor_before_a_name_is_no_number_of_another_language(text: str) -> None:
    assert Formula(text).variables


def underlined(error: AutodiffError) -> list[str]:
    return [error.text[start:end] for start, end in error.spans]


def check_places(error: AutodiffError) -> None:
    """Every span lies inside the text of the error, and is not empty."""
    for start, end in error.spans:
        assert 0 <= start < end <= len(error.text)


@pytest.mark.parametrize(
    ("text", "kind", "places", "hint"), [pytest.param(*row, id=repr(row[0][:40])) for row in WRONG_FORMULAS]
)
def test_a_wrong_formula(text: str, kind: str, places: list[str], hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    error = caught.value
    assert (error.kind, underlined(error)) == (kind, places)
    assert hint in error.hint
    assert error.message
    assert error.text in ("", text)
    check_places(error)


def test_the_place_is_the_wrong_one_among_equal_texts() -> None:
    text = "x = 1; y = x + x; x = 2"
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert caught.value.spans == ((0, 1), (text.rindex("x"), text.rindex("x") + 1))
    text = "f(x) = x\ng(x) = f(x)\nf(x) = 2"
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert caught.value.spans == ((0, 1), (text.rindex("f"), text.rindex("f") + 1))


def test_places_count_characters_whatever_comes_before() -> None:
    text = "# ü\r\n a = θ²·𝛼 # comment\n a + sinn(x̂)"
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert underlined(caught.value) == ["sinn"]


Request = Callable[[Any], Any]

#: Each row: the formula, the request, the kind, what is underlined, a part of the message, a part of the hint.
WRONG_REQUESTS: list[tuple[str, Request, str, list[str], str, str]] = [
    ("x*y", lambda f: f.value(), "missing-binding", ["x", "y"], "'x' and 'y'", "x"),
    ("x*y", lambda f: f.gradient(), "missing-binding", ["x", "y"], "'x' and 'y'", "y"),
    ("x*y + z", lambda f: f.value(x=1), "missing-binding", ["y", "z"], "'y' and 'z'", ""),
    ("a*b + c", lambda f: f.evaluate({}), "missing-binding", ["a", "b", "c"], "'a', 'b' and 'c'", ""),
    ("(x + yy)*y", lambda f: f.value(x=1, y=2), "missing-binding", ["yy"], "'yy'", "did you mean 'y'"),
    ("2e*x", lambda f: f.value(e=1), "missing-binding", ["x"], "'x'", ""),
    (" + ".join(f"x{k}" for k in range(20)), lambda f: f.value(), "missing-binding",
     [f"x{k}" for k in range(8)], "12 more", "x7"),
    ("x*y", lambda f: f.value(x=1, y=2, z=3), "unknown-variable", [], "'z'", "x, y"),
    ("x*yy", lambda f: f.value(x=1, y=2), "unknown-variable", [], "'y'", "'yy'"),
    ("theta*y", lambda f: f.value(tetha=1, y=2), "unknown-variable", [], "'tetha'", "'theta'"),
    ("3", lambda f: f.value(x=1), "unknown-variable", [], "'x'", "no variables"),
    ("a = 3; a*x", lambda f: f.value(a=1, x=2), "unknown-variable", [], "'a'", "assigns 'a'"),
    ("f(t) = 2t; f(x)", lambda f: f.value(t=1, x=2), "unknown-variable", [], "'t'", "x"),
    ("x", lambda f: f.value(pi=3, x=1), "unknown-variable", [], "'pi'", "x"),
    ("x*y", lambda f: f.gradient(x=1, y=2, wrt=["z"]), "unknown-variable", [], "'z'", "x, y"),
    ("x*e", lambda f: f.gradient(x=1, wrt=["e"]), "unknown-variable", [], "'e'", "x"),
    ("a = 3x; a", lambda f: f.gradient(x=1, wrt=["a"]), "unknown-variable", [], "'a'", "assigns 'a'"),
    ("x*y, x + y", lambda f: f.gradient(x=1, y=2), "several-outputs", ["x*y", "x + y"], "one output", "seed=[1,1]"),
    ("x*y, x + y", lambda f: f.gradient(x=1, y=2, seed=[1]), "seed-length", ["x*y", "x + y"], "1 weight for 2", "each"),
    ("x*y", lambda f: f.gradient(x=1, y=2, seed=[1, 2]), "seed-length", ["x*y"], "2 weights for 1 output", "each"),
    ("x*y", lambda f: f.gradient(x=1, y=2, seed=[math.inf]), "no-number", [], "weight 1", "finite"),
    ("x*y", lambda f: f.gradient(x=1, y=2, seed=["a"]), "no-number", [], "weight 1", "float"),
    ("x*y", lambda f: f.tangent(x=1, y=2, wrt=["z"]), "unknown-variable", [], "'z'", "x, y"),
    ("x*y", lambda f: f.directional(x=1, y=2, direction={"z": 1}), "unknown-variable", [], "'z'", "x, y"),
    ("x*y", lambda f: f.directional(x=1, y=2, direction={"x": math.nan}), "no-number", [], "'x' is NaN", "finite"),
    ("x*y", lambda f: f.jacobian(x=1, y=2, wrt=["z"]), "unknown-variable", [], "'z'", "x, y"),
    ("x*y", lambda f: f.jacobian(x=1, y=2, mode="both"), "no-mode", [], "'both'", "'forward'"),
    ("x", lambda f: f.value(x="2y"), "no-number", ["y"], "'x'", "no value here"),
    ("x", lambda f: f.value(x=b"1"), "no-number", [], "'x'", "float"),
    ("x", lambda f: f.value(x=None), "no-number", [], "'x'", "float"),
    ("x", lambda f: f.value(x=1j), "no-number", [], "'x'", "float"),
    ("x", lambda f: f.value(x=[[1], [2, 3]]), "ragged-array", [], "'x'", "same length"),
    ("x", lambda f: f.value(x=[]), "empty-array", [], "'x'", "element"),
    ("x", lambda f: f.value(x=["a"]), "no-number", [], "'x'", "array"),
    ("x", lambda f: f.value(x=[1j]), "no-number", [], "'x'", "array"),
    ("x", lambda f: f.value(x={}), "no-number", [], "'x'", "float"),
    ("x", lambda f: f.value(x=Decimal("sNaN")), "no-number", [], "'x'", "float"),
    ("x", lambda f: f.gradient(x=object()), "no-number", [], "'x'", "float"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "request_", "kind", "places", "message", "hint"),
    [pytest.param(*row, id=f"{row[2]} {k}") for k, row in enumerate(WRONG_REQUESTS)],
)
def test_a_wrong_request(text: str, request_: Request, kind: str, places: list[str], message: str, hint: str) -> None:
    formula = Formula(text)
    with pytest.raises(AutodiffError) as caught:
        request_(formula)
    error = caught.value
    assert isinstance(error, FormulaError if kind in ("several-outputs", "seed-length") else BindingError)
    assert (error.kind, underlined(error)) == (kind, places)
    assert message in error.message
    assert hint in error.hint
    check_places(error)


@pytest.mark.parametrize("value", [2, 2.0, True, Fraction(1, 3), Decimal("0.5"), -0.0, math.inf, math.nan])
def test_every_real_number_is_a_number(value: Any) -> None:
    assert repr(Formula("x").value(x=value)) == repr(float(value))


@pytest.mark.parametrize("text", ["x", "pi*x", "1, 2", "f(x) = x", "", "1 +", "1/2pi", "sin(1", "nope(1)"])
def test_what_is_no_constant_expression_is_refused(text: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        evaluate_constant(text)
    check_places(caught.value)


@pytest.mark.parametrize(
    ("text", "value"), [("pi/4", math.pi / 4), ("-1e-3", -0.001), ("2^10", 1024), ("-inf", -math.inf), ("√4", 2)]
)
def test_a_constant_expression_is_a_number(text: str, value: float) -> None:
    assert evaluate_constant(text) == value


def test_an_error_shows_its_message_and_its_hint() -> None:
    error = AutodiffError("kind", "what is wrong", hint="what to type")
    assert str(error) == "what is wrong (what to type)"
    assert str(AutodiffError("kind", "what is wrong")) == "what is wrong"
    assert (error.text, error.spans) == ("", ())


@pytest.mark.parametrize("kind", [FormulaError, BindingError, LimitError])
def test_every_error_is_an_autodiff_error(kind: type[Exception]) -> None:
    assert issubclass(kind, AutodiffError)


@pytest.mark.parametrize(
    ("name", "candidates", "found"),
    [
        ("sinn", ["cos", "sin", "sinh"], "sin"),
        ("THETA", ["theta", "x"], "theta"),
        ("q", ["x", "y"], None),
        ("", ["x"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_name_is_a_plausible_misspelling_or_none(
    name: str, candidates: Sequence[str], found: str | None
) -> None:
    assert nearest(name, candidates) == found


# Functions that double each other's work ask for more than there is.


def doubling(levels: int, first: str) -> str:
    """Functions f0, f1, ..., each of which calls the one before it twice: 2^levels copies of `first`."""
    steps = [f"f{k + 1}(x) = f{k}(f{k}(x))" for k in range(levels)]
    return "; ".join([f"f0(x) = {first}", *steps, f"f{levels}(x)"])


EXPLOSIONS = {
    "nested": doubling(60, "x + 1"),
    "side by side": "; ".join(["f0(x) = x*x", *(f"f{k + 1}(x) = f{k}(x) + f{k}(x + 1)" for k in range(60)), "f60(x)"]),
    "ten arguments": "; ".join(
        ["f0(x) = x*x", *(f"f{k + 1}(x) = max({', '.join([f'f{k}(x)'] * 10)})" for k in range(20)), "f20(x)"]
    ),
    "called by an assignment": doubling(60, "x + 1").removesuffix("f60(x)") + "a = 1; b = f60(a); b + a",
    "without operations": doubling(60, "x"),
    "a constant": doubling(60, "1"),
}


@pytest.mark.parametrize("text", EXPLOSIONS.values(), ids=EXPLOSIONS.keys())
def test_an_explosion_of_functions_is_refused_before_it_takes_memory(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfold, "MOST_OPERATIONS", 10_000)
    tracemalloc.start()
    try:
        with pytest.raises(LimitError) as caught:
            Formula(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.kind == "too-large"
    assert "10000" in caught.value.message.replace(",", "")
    assert "name" in caught.value.hint
    check_places(caught.value)
    assert len(caught.value.spans) == 1
    assert peak < 20e6


def test_what_is_just_below_the_limit_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfold, "MOST_OPERATIONS", 30_000)
    gradient = Formula(doubling(13, "x + 1")).gradient(x=1)
    assert (gradient.value, gradient.partials) == (1 + 2**13, {"x": 1})


def test_the_limit_leaves_room_for_a_million_operations() -> None:
    assert unfold.MOST_OPERATIONS >= 1_000_000


def test_a_long_chain_of_functions_is_no_explosion() -> None:
    chain = [f"f{k + 1}(x) = f{k}(x) + 1" for k in range(20_000)]
    assert Formula("; ".join(["f0(x) = x", *chain, "f20000(x)"])).value(x=2) == 20_002


# Bugs.

AFTER_OPERATOR = [("(1 + )", ")"), ("max(1, )", ")"), ("max(1,)", ")"), ("(x if )", ")"), ("(x < )", ")"), ("(-)", ")")]


@pytest.mark.parametrize(("text", "place"), AFTER_OPERATOR)
def test_a_parenthesis_that_closes_too_early_is_an_incomplete_expression(text: str, place: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert caught.value.kind == "incomplete"
    assert underlined(caught.value) == [place]


@pytest.mark.parametrize("text", ["x⁻⁻²", "x⁺⁻²"])
def test_a_superscript_with_two_signs_is_no_number(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(f"x = 2; {text}").value()
    assert caught.value.kind == "stray-character"


@pytest.mark.parametrize("value", [10**400, -(10**400), Fraction(10**400, 3)], ids=["huge", "negative", "fraction"])
def test_an_integer_beyond_the_doubles_is_no_number(value: Any) -> None:
    with pytest.raises(BindingError) as caught:
        Formula("x").value(x=value)
    assert caught.value.kind == "no-number"


@pytest.mark.parametrize("name", ["max", "min"])
def test_as_many_arguments_as_a_value_may_have_a_gradient_may_have(name: str) -> None:
    bindings: Mapping[str, float] = {f"x{k}": float(k) for k in range(1000)}
    gradient = Formula(f"{name}({', '.join(bindings)})").gradient(bindings, wrt=["x0", "x999"])
    assert gradient.partials == ({"x0": 0, "x999": 1} if name == "max" else {"x0": 1, "x999": 0})


@pytest.mark.parametrize("text", ["x not y", "2not y", "x not in y"])
def test_a_keyword_is_no_factor(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula(text)
    assert "*not" not in caught.value.hint


def test_a_wrong_call_is_wrong_even_if_nobody_reaches_it() -> None:
    with pytest.raises(FormulaError):
        Formula("g(x) = x; f(x) = g(x, x); 1")
