"""`autodiff.trace`: the formula of a Python function has its values and its gradients; and what a notebook shows."""

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dynamic.test_value import run
from tests.support import NAMES, smooth_formula

import autodiff
from autodiff import AutodiffError, Formula, Value

LAWS = settings(derandomize=True, deadline=None, database=None, max_examples=200)
COORDINATES = st.floats(-2, 2).map(lambda x: round(x, 6))


def test_a_function_becomes_the_formula_that_a_person_would_write() -> None:
    f = autodiff.trace(lambda x, y: autodiff.sin(x) * y + x**2)
    assert isinstance(f, Formula)
    assert f.text == "sin(x)*y + x^2"
    assert f.gradient(x=1, y=2).partials == Formula("sin(x)*y + x^2").gradient(x=1, y=2).partials


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3))
def test_a_traced_program_has_the_value_of_the_program(data: bytes, at: tuple[float, float, float]) -> None:
    formula = Formula(smooth_formula(data))
    traced = autodiff.trace(lambda x, y, z: run(formula, {"x": x, "y": y, "z": z}))
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    found, wanted = traced.gradient(point), formula.gradient(point)
    assert found.value == wanted.value or math.isnan(wanted.value)
    assert found.partials == pytest.approx(wanted.partials, rel=1e-12, abs=1e-12, nan_ok=True)


def test_several_outputs_share_their_parts() -> None:
    def chain(x: Value) -> tuple[Value, Value, int]:
        for _ in range(40):
            x = autodiff.tanh(x) * x + 1 / x
        return x, x * x, 3

    f = autodiff.trace(chain)
    assert f.text.count("tanh") == 40
    value = f.value(x=1.5)
    assert value == (run(Formula(f.text.rpartition("; ")[0] + "; " + f.text.rpartition("; ")[2].split(",")[0]),
                         {"x": Value(1.5)}).data, value[0] ** 2, 3.0)  # fmt: skip
    polar = autodiff.trace(lambda r, t: (r * autodiff.cos(t), r * autodiff.sin(t)))
    assert polar.text == "r*cos(t), r*sin(t)"
    assert polar.jacobian(r=2, t=0).entries == [[1.0, -0.0], [0.0, 2.0]]


def test_a_chain_of_many_operations_is_traced_without_recursion() -> None:
    def chain(x: Value) -> Value:
        for _ in range(20_000):
            x = x * 1.0001
        return x

    assert autodiff.trace(chain).gradient(x=1).partials["x"] == pytest.approx(1.0001**20_000, rel=1e-10)


def test_examples_give_shapes() -> None:
    def loss(W: Value, x: Value, b: float = 0.5) -> Any:
        assert W.shape == (2, 2) and len(x) == 2
        return autodiff.sum((W @ x + b) ** 2) / len(x) + sum(W[0]) + np.exp(x[-1])

    f = autodiff.trace(loss, [[1, 2], [3, 4]], np.array([1, 2]))
    assert f.text == "0 + W[0][0] + W[0][1] + sum((W @ x + 0.5)^2)/2 + exp(x[-1])"
    W, x = Value([[1, 2], [3, 4]]), Value([1, 2])
    loss(W, x).backward()
    found = f.gradient(W=W.data, x=x.data)
    assert np.allclose(found.partials["W"], W.grad, rtol=1e-15)
    assert np.allclose(found.partials["x"], x.grad, rtol=1e-15)
    assert autodiff.trace(loss, [[1, 2], [3, 4]], [1, 2], b=1).variables == ("W", "x", "b")
    assert autodiff.trace(lambda *xs, **more: xs[0] * xs[1] + more["k"], 1, 2, k=3).text == "xs0*xs1 + k"
    with pytest.raises(AutodiffError, match="a 2x2 matrix @ a 3-vector"):
        autodiff.trace(lambda W, x: W @ x, np.eye(2), [1, 2, 3])


def test_constants_come_from_outside() -> None:
    w, A = Value(3.0), np.array([[1.0, 2.0], [3.0, -4.5]])
    assert autodiff.trace(lambda x: w * x + math.pi).text == "3*x + 3.141592653589793"
    assert autodiff.trace(lambda x: A @ x, [1, 2]).text == "[[1, 2], [3, -4.5]] @ x"
    assert autodiff.trace(lambda: 2).value() == 2.0
    assert autodiff.trace(lambda x: (x, 2, A)).value(x=1)[2].tolist() == A.tolist()
    assert autodiff.trace(lambda x: autodiff.where(x > 0, x, -math.inf)).value(x=-1) == -math.inf


def test_a_parameter_that_is_named_like_a_constant_is_a_variable() -> None:
    f = autodiff.trace(lambda e, pi: e**2 + pi)
    assert f.variables == ("e", "pi")
    assert f.gradient(e=3, pi=1).partials == {"e": 6.0, "pi": 1.0}


def test_a_decorated_function_is_a_formula() -> None:
    @autodiff.trace
    def area(r: Any) -> Any:
        return r**2 * math.pi

    assert area.value(r=2) == 4 * math.pi


def nothing(x: Any) -> None:
    x + 1


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: 1 if x > 0 else 2, "autodiff.where(condition, a, b)"),
        (lambda x: max(x, 2), "autodiff.max(a, b)"),
        (lambda x: 1 < x < 2, "& | ~"),
        (lambda x: math.sin(x), "autodiff.sin"),  # noqa: PLW0108
        (math.hypot, "cannot be traced"),
        (lambda x: x.data, "has no number"),
        (lambda x: x.grad, "has no gradient"),
        (lambda x: x.backward(), "cannot go backward"),
        (nothing, "returns nothing"),
        (lambda x: "x", "no number"),
        (lambda inf: inf, "cannot be called 'inf'"),
    ],
)
def test_what_cannot_be_traced_says_what_to_write(function: Callable[..., Any], says: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        autodiff.trace(function)
    assert says in str(caught.value)


def test_two_parameters_with_one_name_are_refused() -> None:
    with pytest.raises(AutodiffError, match="same name"):
        autodiff.trace(lambda x0, *x: x0 + x[0], 1, 2)


# Notebooks.


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x^2*sin(y)/2", r"$\displaystyle f = \frac{x^{2} \sin\left(y\right)}{2}$"),
        ("x, 2x", r"$\displaystyle \begin{aligned} & f_{1} = x \\ & f_{2} = 2 x \end{aligned}$"),
        ("W.T @ x[0]", r"$\displaystyle f = W^{\top} x_{\left[0\right]}$"),
        ("W[0][1]*x1[0]", r"$\displaystyle f = {W_{\left[0\right]}}_{\left[1\right]} {x_{1}}_{\left[0\right]}$"),
        ("(W @ x) @ -[1, 2]", r"$\displaystyle f = W x \cdot \left(-\left[1, 2\right]\right)$"),
        ("sum(W, axis=0)", r"$\displaystyle f = \operatorname{sum}\left(W, \mathrm{axis=0}\right)$"),
    ],
)
def test_a_formula_shows_itself_as_latex(text: str, latex: str) -> None:
    assert Formula(text)._repr_latex_() == latex


def test_a_very_long_formula_is_not_typeset() -> None:
    assert Formula("+".join(["x"] * 1000))._repr_latex_() is None


def test_results_show_themselves_as_tables() -> None:
    f = Formula("abs(x)*y + (x < y)")
    html = f.gradient(x=0, y=2)._repr_html_()
    assert html is not None
    for part in (">x &lt; y</td>", ">kink [-1, 1]</td>", ">df/dy</td>", "<p>f = 1</p>"):
        assert part in html
    assert ">d/dx</th>" in (Formula("x*y, x/y").jacobian(x=1, y=2)._repr_html_() or "")
    assert ">hessian of f</th>" in (Formula("x*y").hessian(x=1, y=2)._repr_html_() or "")
    assert ">product</th>" in (Formula("x*y").hessian_vector(x=1, y=2, direction={"x": 1})._repr_html_() or "")
    along = Formula("x*y").directional(x=1, y=2, direction={"x": 1})._repr_html_() or ""
    assert "<p>along x = 1:</p>\n<p>df = 2</p>" in along
    assert "undefined: log is defined for x &gt; 0" in (Formula("log(x)").evaluate(x=-1)._repr_html_() or "")
    many = Formula(" + ".join(f"v{k}" for k in range(70)))
    assert "<p>and 10 more</p>" in (many.gradient(dict.fromkeys(many.variables, 1))._repr_html_() or "")
    assert "nodes" not in html and "201 nodes" in (Formula("+".join("x" * 201)).gradient(x=1)._repr_html_() or "")


def test_nothing_in_a_table_is_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name of the language can hold markup; the table does not rely on that."""
    result = Formula("x*y").gradient(x=1, y=2)
    result.__dict__["names"] = ["<script>", "&y", "f"]
    html = result._repr_html_() or ""
    assert "<script>" not in html and "&lt;script&gt;" in html and "&amp;y" in html


def test_what_writes_for_notebooks_is_imported_only_when_one_asks() -> None:
    ask = "print('autodiff.report.write.html' in sys.modules)"
    script = f"import sys, autodiff; autodiff.Formula('x*y').gradient(x=1, y=2); {ask}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=600, check=True)
    assert done.stdout == "False\n"


def test_a_graph_shows_itself_as_a_picture() -> None:
    picture = Formula("(x + y)*y").graph()._repr_svg_() or ""
    assert picture.startswith("<svg ")
    assert ">x<" in picture
    assert Formula(" + ".join(f"x{k}" for k in range(400))).graph()._repr_svg_() is None
