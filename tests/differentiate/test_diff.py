"""`autodiff diff`: formulas that people recognise, that read back, and whose values are the reference gradients."""

import contextlib
import io
import json
import math
import re

import pytest
from tests.differentiate.test_cases import COPIED, Case, complaints, point, program, report

import autodiff
from autodiff import api
from autodiff.cli.root import COMMANDS, run
from autodiff.codegen import latex
from autodiff.differentiate.derive.derivatives import Derivative
from autodiff.evaluate.floats import forward


def diff(*args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["diff", *args])
    return code, out.getvalue(), err.getvalue()


def derivative(text: str, wrt: str = "x") -> str:
    code, out, err = diff(text, "--wrt", wrt)
    assert (code, err) == (0, "")
    return out.removesuffix("\n")


WRITTEN = {
    "x": "1", "3x + 1": "3", "x^2": "2*x", "x^3": "3*x^2", "x^-1": "-1/x^2", "1/x": "-1/x^2", "1/x^2": "-2/x^3",
    "x^n": "n*x^(n - 1)", "2^x": "2^x*log(2)", "x^2*sin(x)": "2*x*sin(x) + x^2*cos(x)", "sqrt(x)": "1/(2*sqrt(x))",
    "cos(x)": "-sin(x)", "exp(x)": "exp(x)", "log(x)": "1/x", "sin(x^2)": "2*x*cos(x^2)", "tan(x)": "1/cos(x)^2",
    "exp(-x^2/2)": "-x*exp(-x^2/2)", "1/(1 + exp(-x))": "exp(-x)/(1 + exp(-x))^2", "x^2 + 3x + 1": "2*x + 3",
    "sqrt(x^2 + y^2)": "x/sqrt(x^2 + y^2)", "x^4*y^3": "4*x^3*y^3", "tanh(2x)": "2/cosh(2*x)^2", "abs(x)": "sign(x)",
    "x if x > 0 else -x": "1 if x > 0 else -1", "where(x > 0, log(x), x^2)": "1/x if x > 0 else 2*x",
    "0 if x < 0 else (x^2 if x < 1 else 2x - 1)": "0 if x < 0 else where(x < 1, 2*x, 2)", "x^0.3": "0.3/x^0.7",
    "x^(1/3)": "1/(3*x^(2/3))", "sin(x)^2": "2*sin(x)*cos(x)", "(x - 1)^3": "3*(x - 1)^2",
    "erf(x)": "2*gaussian(x)/sqrt(pi)",
    "a = x*y; a^2": "2*x*y^2",
    "sin(x)^2*cos(x)": "2*sin(x)*cos(x)^2 - sin(x)^3", "f(t) = t^2; f(x) + f(y)": "2*x",
    "floor(x)": "0", "-x^2*y": "-2*x*y",
    "log(x, 2)": "1/(x*log(2))", "θ₁*x": "θ₁", "x*log(x)": "log(x) + 1",
    "x if y > 0 and z > 0 else 3x": "1 if y > 0 and z > 0 else 3",
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_derivative_is_written_as_people_write_it(text: str) -> None:
    assert derivative(text) == WRITTEN[text]


def value_of(found: Derivative, at: dict[str, float]) -> float:
    return forward(found.graph, [at[name] for name in found.graph.inputs])[found.node]


def read_back(text: str, at: dict[str, float]) -> float:
    formula = autodiff.Formula(text)
    value = formula.value({name: x for name, x in at.items() if name in formula.graph(at).inputs})
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("cases", COPIED)
def test_what_is_written_has_the_values_of_the_reference(cases: list[Case]) -> None:
    failures: list[str] = []
    for case in cases[::3]:
        at = point(case)
        formula = autodiff.Formula(program(case))
        found = api.differentiate(formula, list(at)) if at else []
        partials = {one.variable: read_back(one.text, at) for one in found}
        failures += complaints(case, formula.value(at), partials)  # type: ignore[arg-type]
    assert not failures, report(failures, len(cases))


@pytest.mark.parametrize("cases", COPIED)
def test_what_is_written_exactly_has_the_values_of_the_sweep(cases: list[Case]) -> None:
    for case in cases:
        at = point(case)
        formula = autodiff.Formula(program(case))
        gradient = formula.gradient(at)
        for one in api.differentiate(formula, list(at), exact=True) if at and math.isfinite(gradient.value) else []:
            assert read_back(one.text, at) == gradient.partials[one.variable], program(case)


def test_several_variables_have_a_program_each() -> None:
    _, out, _ = diff("x*y^2")
    assert out == "df_dx = y^2\ndf_dy = 2*x*y\n"
    assert [read_back(line, {"x": 3.0, "y": 5.0}) for line in out.splitlines()] == [25.0, 30.0]
    assert diff("x*y^2", "--wrt", "y")[1] == "2*x*y\n"
    assert diff("x*y^2", "--wrt", "y,x")[1] == "df_dy = 2*x*y\ndf_dx = y^2\n"


def test_every_output_is_differentiated_by_every_variable() -> None:
    assert diff("x*y, sin(x)")[1] == "df1_dx = y\ndf1_dy = x\ndf2_dx = cos(x)\ndf2_dy = 0\n"


def test_a_name_that_the_formula_uses_is_not_assigned() -> None:
    assert diff("x*df_dx", "--wrt", "x,df_dx")[1] == "df_dx\ndf_ddf_dx = x\n"


def test_a_label_of_the_formula_does_not_take_the_name_of_the_derivative() -> None:
    formula = "df_dx = sin(x)*exp(y) + cos(x)*exp(z); df_dx^3*log(df_dx)*sqrt(df_dx)*y"
    _, out, err = diff(formula, "--wrt", "x,y")
    at = {"x": 0.3, "y": 0.5, "z": 0.7}
    wanted = autodiff.Formula(formula).gradient(at).partials
    found = [read_back(line, at) for line in out.splitlines()]
    assert found == pytest.approx([wanted["x"], wanted["y"]])
    assert err == ""


def test_the_order_repeats_the_derivative() -> None:
    assert diff("x^4", "--order", "2")[1] == "12*x^2\n"
    assert diff("x^4", "--order", "5")[1] == "0\n"
    assert diff("x^3*y^2", "--order", "2", "--wrt", "x")[1] == "6*x*y^2\n"


def test_a_name_of_a_constant_may_be_a_variable() -> None:
    assert diff("e^2*x", "--wrt", "e")[1] == "2*e*x\n"
    assert diff("e^2*x", "--wrt", "x")[1] == "e^2\n"


def test_parts_that_would_swell_get_names() -> None:
    formula = "s = sin(x)*exp(y) + cos(x)*exp(z); s^3*log(s)*sqrt(s)"
    (text,) = [diff(formula, "--wrt", "x")[1].strip()]
    assert text.count("; ") >= 1
    assert len(text) < 400
    at = {"x": 0.3, "y": 0.5, "z": 0.7}
    wanted = autodiff.Formula(formula).gradient(at).partials["x"]
    assert read_back(text, at) == pytest.approx(wanted, rel=1e-13)


def test_a_formula_of_many_statements_takes_linear_time() -> None:
    text = "a0 = x; " + "; ".join(f"a{k + 1} = sin(a{k})*y" for k in range(5000))
    found = api.differentiate(text, ["x"])[0].text
    assert len(found) < 2_000_000
    at = {"x": 0.5, "y": 0.9}
    assert read_back(found, at) == pytest.approx(autodiff.Formula(text).gradient(at).partials["x"], rel=1e-9)


LATEX = {
    "x^2*sin(x)": r"2 x \sin\left(x\right) + x^{2} \cos\left(x\right)",
    "sqrt(x)": r"\frac{1}{2 \sqrt{x}}",
    "log(x)": r"\frac{1}{x}",
    "exp(θ*x)": r"\theta e^{\theta x}",
    "x*alpha_1": r"\alpha_{1}",
    "x*width*x₂": r"\mathrm{width} x_{2}",
    "x if x > 0 else -x^3": r"\begin{cases} 1 & \text{if } x > 0 \\ -3 x^{2} & \text{otherwise} \end{cases}",
    "-1/x": r"\frac{1}{x^{2}}",
    "cos(x)": r"-\sin\left(x\right)",
    "x^2/2*(y + 1)": r"x \cdot \left(y + 1\right)",
    "tan(x)": r"\frac{1}{\cos^{2}\left(x\right)}",
    "x*1e-5": r"1 \cdot 10^{-5}",
    "abs(x)*x": r"x \operatorname{sgn}\left(x\right) + \left|x\right|",
    "x*(y < 1 and not z >= 2)": r"y < 1 \land \lnot \left(z \ge 2\right)",
    "max(x, 2)": (
        r"\frac{\left[x = \max\left(x, 2\right)\right]}"
        r"{\operatorname{ties}\left(\max\left(x, 2\right), x, 2\right)}"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", LATEX)
def test_a_derivative_is_written_in_latex(text: str) -> None:
    code, out, _ = diff(text, "--wrt", "x", "--format", "latex")
    assert code == 0
    assert out == LATEX[text] + "\n"


@pytest.mark.parametrize("cases", COPIED[:4])
def test_latex_is_balanced(cases: list[Case]) -> None:
    for case in cases[::4]:
        for line in latex.lines(api.differentiate(program(case), list(point(case))[:2] or None)[:2]):
            assert line.count("{") == line.count("}"), line
            assert len(re.findall(r"\\left\b", line)) == len(re.findall(r"\\right\b", line)), line
            assert line.count(r"\begin") == line.count(r"\end")


def test_latex_of_several_is_an_equation_each() -> None:
    assert diff("x*y", "--format", "latex")[1] == (
        "\\frac{\\partial f}{\\partial x} = y\n\\frac{\\partial f}{\\partial y} = x\n"
    )


def test_json_holds_every_derivative() -> None:
    found = json.loads(diff("x^2*y", "--format", "json")[1])
    assert found == {"formula": "x^2*y", "output": "f", "order": 1, "derivatives": {"x": "2*x*y", "y": "x^2"}}
    several = json.loads(diff("x*y, x", "--format", "json")[1])
    assert several["outputs"][1] == {"name": "f2", "derivatives": {"x": "1", "y": "0"}}


@pytest.mark.parametrize(
    ("text", "simpler"),
    [
        ("sin(x)^2 + cos(x)^2", "0"),
        ("(x^2 - 1)/(x - 1)", "1"),
        ("log(exp(x))*sqrt(x)", "3/2*sqrt(x)"),
    ],
)
def test_sympy_simplifies(text: str, simpler: str) -> None:
    code, out, err = diff(text, "--simplify")
    assert (code, err) == (0, "")
    at = {"x": 1.7}
    assert read_back(out.strip(), at) == pytest.approx(read_back(simpler, at), abs=1e-12)
    assert len(out) <= len(derivative(text)) + 1


def test_what_sympy_cannot_say_stays_and_is_noted() -> None:
    code, out, err = diff("max(x, y)*x", "--wrt", "x", "--simplify")
    assert code == 0
    assert out == derivative("max(x, y)*x") + "\n"
    assert err.startswith("note: df_dx is not simplified: ")


def test_sympy_is_stopped_in_time() -> None:
    code, out, err = diff("x^2*sin(x)", "--simplify", "--simplify-timeout", "0.01")
    assert (code, out) == (0, "2*x*sin(x) + x^2*cos(x)\n")
    assert "SymPy did not finish within 0.01 s" in err


def test_a_wrong_simplification_would_be_caught() -> None:
    from autodiff.verify.oracles.sympy_simplify import _accepted

    (found,) = api.differentiate("x^3")
    assert _accepted(found, found.text, "3*x*x + 1e-6", "")[1] == "what SymPy gives has other values"
    assert _accepted(found, found.text, "3*x*q(", "")[1].startswith("what SymPy gives is no formula here")
    assert _accepted(found, found.text, "x*x*3", "")[1] == ""


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["2 + 3"], "no variable to differentiate by", ""),
        (["x^2", "--wrt", "y"], "--wrt names 'y', which is no variable", "its variables are x"),
        (["x^2", "--wrt", ","], "--wrt names no variable", "--wrt x"),
        (["x^2", "--x", "3"], "--x gives 'x' a value", "autodiff grad"),
        (["x +"], "", ""),
        ([], "no formula is given", "autodiff diff"),
        (["x", "--order", "0"], "order", "--help"),
        (["x", "--exact", "--simplify"], "--exact keeps every bit", ""),
        (["@nowhere.txt"], "cannot be read", ""),
    ],
)
def test_a_wrong_request_says_what_to_write(args: list[str], message: str, hint: str) -> None:
    code, out, err = diff(*args)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert hint in err


def test_the_command_is_listed() -> None:
    assert "diff" in COMMANDS


def test_python_gives_the_same() -> None:
    assert [one.text for one in api.differentiate("x*y", ["y"])] == ["x"]
    with pytest.raises(ValueError, match="at least 1"):
        api.differentiate("x", order=0)
    with pytest.raises(autodiff.AutodiffError):
        api.differentiate("x", ["y"])


def test_products_of_matrices_and_of_elements_look_different_in_latex() -> None:
    like = {"A": [[1.0, 2.0], [3.0, 4.0]], "B": [[1.0, 2.0], [3.0, 4.0]]}
    found = {
        one.variable: latex.formula(one.graph, one.node, "f", bare=True)
        for one in api.differentiate("sum((A*B) @ A)", like=like)
    }
    assert r"\left(A \odot B\right)^{\top}" in found["A"]
    assert r"\odot A" in found["B"]
    numbers = api.differentiate("x*y*z")[0]
    assert "odot" not in latex.formula(numbers.graph, numbers.node, "f")
