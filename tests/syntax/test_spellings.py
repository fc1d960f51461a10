"""Mathematics as people type or paste it: each spelling means the formula beside it, in value and gradient."""

import math
from typing import Any

import pytest
from tests.support import ROOT

import autodiff
from autodiff import Formula
from autodiff.codegen import latex

POINT: dict[str, Any] = {
    "x": 0.7, "y": 1.3, "z": 2.1, "a": 0.4, "b": 1.9, "t": 0.3, "L": 2.0, "g": 9.81, "r": 1.1, "n": 3.0, "σ": 0.8,
    "μ": 0.2, "α": 1.7, "β": 0.6, "ω": 2.5, "λ": 0.9, "θ": 0.5, "x_1": 1.2, "x_2": 0.3, "h_t1": 0.35, "A1": 1.6,
    "y_hat": 0.55, "q_1": 1.5, "q_2": 2.5, "ε_0": 0.75, "x_max": 3.0, "x_min": 1.0, "m": 2.0, "v": 3.0, "f": 0.1,
    "u": [0.5, -1.5], "w": [1.5, 0.25], "A": [[2.0, 0.5], [0.25, 3.0]],
}  # fmt: skip

#: What people write, and what it means.
SPELLINGS = [
    # Products without a sign, where there is one reading.
    ("(x + y)z", "(x + y)*z"), ("(x)(y)", "x*y"), ("2(x + 1)(x - 1)", "2*(x + 1)*(x - 1)"), ("(2)x", "2*x"),
    ("sin(x)cos(y)", "sin(x)*cos(y)"), ("sin(x) cos(y)", "sin(x)*cos(y)"), ("x²y", "x^2*y"), ("x√4", "x*2"),
    ("2π√(L/g)", "2*pi*sqrt(L/g)"), ("(x)²z", "x^2*z"),
    # Functions without parentheses.
    ("sin x", "sin(x)"), ("exp x + 1", "exp(x) + 1"), ("2 sin x - ln y", "2*sin(x) - log(y)"), ("sin 2x", "sin(2*x)"),
    ("sin x cos y", "sin(x)*cos(y)"), ("sin x * cos y", "sin(x)*cos(y)"), ("x sin y", "x*sin(y)"),
    ("x cos(y)", "x*cos(y)"), ("sin cos x", "sin(cos(x))"), ("sqrt 2", "2^0.5"), ("sin x if x > 0 else y", "sin(x)"),
    ("sin x, cos x", "sin(x), cos(x)"), ("max(sin x, cos y)", "max(sin(x), cos(y))"), ("sin √x", "sin(sqrt(x))"),
    ("sin |x|", "sin(abs(x))"),
    # Marks.
    ("|x - y|", "abs(x - y)"), ("2|x - y|", "2*abs(x - y)"), ("||x| - y|", "abs(abs(x) - y)"),
    ("|x||y|", "abs(x)*abs(y)"), ("|x|²", "x^2"), ("‖u‖", "norm(u)"), ("⌊y⌋ + ⌈x⌉", "floor(y) + ceil(x)"),
    ("sin(30°)", "sin(radians(30))"), ("x°", "radians(x)"), ("(x + y)°", "radians(x + y)"), ("∛x", "cbrt(x)"),
    ("2∛(x + y)", "2*cbrt(x + y)"), ("Σ(u)", "sum(u)"), ("∑(u*w)", "sum(u*w)"), ("Aᵀ @ u", "A.T @ u"),
    ("A^ᵀ @ u", "A.T @ u"), ("x∙y•z⊙a", "x*y*z*a"), ("x⁄y", "x/y"), ("x — y", "x - y"),
    # Names.
    ("h_{t-1}*x", "h_t1*x"), ("x_{1} + x_1", "2*x_1"), ("µ + μ", "2*μ"), ("𝑥", "x"),
    # Other languages.
    ("np.sin(x) + math.exp(y)", "sin(x) + exp(y)"), ("np.pi*math.e", "pi*e"), ("2np.sin(x)", "2*sin(x)"),
    ("log₂(x) + log₁₀(y)", "log2(x) + log10(y)"), ("torch.sigmoid(x)", "sigmoid(x)"),
    ("torch.nn.functional.relu(x)", "relu(x)"), ("np.linalg.norm(u)", "norm(u)"), ("tf.reduce_sum(u)", "sum(u)"),
    ("Math.sqrt(x)*Math.PI", "sqrt(x)*pi"), ("A.dot(u)", "A @ u"), ("u.sum()", "sum(u)"), ("-u.sum()", "-sum(u)"),
    ("A.T.dot(u).sum()", "sum(A.T @ u)"), ("(u*w).sum()", "sum(u*w)"), ("u[0:].mean()", "mean(u)"),
    ("np.exp(u).sum()", "sum(exp(u))"), ("A.t() @ u", "A.T @ u"), ("A.sum(dim=1)", "sum(A, axis=1)"),
    ("torch.sum(A, dim=0, keepdim=True)", "sum(A, axis=0, keepdims=1)"), ("np.absolute(x)", "abs(x)"),
    ("np.concatenate([u, w])", "concat(u, w)"), ("torch.cat((A, 2A), dim=1)", "concat(A, 2*A, axis=1)"),
    ("concat([u], [w])", "[u, w]"), ("concat((u), w)", "concat(u, w)"),
    ("A + 2np.eye(2)", "A + 2*[[1, 0], [0, 1]]"), ("eye(2) @ u", "u"), ("np.var(u)*w.std()", "var(u)*std(w)"),
    ("scipy.special.jv(0, x)", "besselj(0, x)"), ("norm_cdf(x) + norm_pdf(x)", "normcdf(x) + normpdf(x)"),
    ("lambda x, y: x*y", "x*y"), ("k = lambda x: x**2; k(y)", "y^2"), ("c := x^2", "x^2"), ("c := 3; c*x", "3*x"),
    ("=A1^2 + PI()", "A1^2 + pi"), ("=SIN(A1)*IF(A1>0,1,2)", "sin(A1)"), ("=LN(A1) + POWER(A1,3)", "log(A1) + A1^3"),
    # LaTeX.
    (r"\frac{1}{1+e^{-x}}", "1/(1 + e^(-x))"), (r"\frac12 m v^2", "m*v^2/2"), (r"x\frac{a}{b}", "x*(a/b)"),
    (r"\sigma^2 x y^2", "σ^2*x*y^2"), (r"\frac12 m v^2(x + y)", "m*v^2*(x + y)/2"),
    (r"\sqrt[3]{x} + \sqrt{y}", "cbrt(x) + sqrt(y)"), (r"\sqrt[n]{x}", "x^(1/n)"), (r"\sqrt2 x", "sqrt(2)*x"),
    (r"\left(\alpha x_{1} + \beta\right)^{2}", "(α*x_1 + β)^2"), (r"2\pi\sqrt{\frac{L}{g}}", "2*pi*sqrt(L/g)"),
    (r"\sin x \cdot \ln y", "sin(x)*log(y)"), (r"\sin^2 x + \cos^{2}(y)", "sin(x)^2 + cos(y)^2"),
    (r"\sin 2x \cos y", "sin(2*x)*cos(y)"), (r"\sin(\omega t)", "sin(ω*t)"), (r"\sin\frac{x}{2}", "sin(x/2)"),
    (r"\exp\left(-\frac{x^2}{2}\right)", "exp(-x^2/2)"), (r"e^{-\lambda t}", "e^(-λ*t)"),
    (r"\frac{1}{\sqrt{2\pi\sigma^2}} e^{-\frac{(x-\mu)^2}{2\sigma^2}}", "1/sqrt(2*pi*σ^2)*e^(-(x - μ)^2/(2*σ^2))"),
    (r"\frac{q_1 q_2}{4\pi\varepsilon_0 r^2}", "q_1*q_2/(4*pi*ε_0*r^2)"),
    (r"\log_2 x + \log_{10}(y)", "log2(x) + log10(y)"),
    (r"\left| x - y \right|", "abs(x - y)"), (r"\lvert x\rvert y", "abs(x)*y"), (r"\|\mathbf{u}\|", "norm(u)"),
    (r"\lfloor y \rfloor", "floor(y)"), (r"x_{\text{max}} - x_{min}", "x_max - x_min"), (r"\hat{y} - y", "y_hat - y"),
    (r"\mathbf{w}^\top \mathbf{u} + b", "w @ u + b"), (r"\mathbf{u}^T \mathbf{A} \mathbf{u}", "u @ A @ u"),
    (r"u^\top A u", "u @ A @ u"), (r"\mathbf{A}^{-1} \mathbf{u}", "inv(A) @ u"),
    (r"\mathbf{u}\cdot\mathbf{w}", "u @ w"), (r"\alpha\mathbf{u}", "α*u"),
    (r"\operatorname{softplus}(x)", "softplus(x)"),
    (r"\mathrm{ReLU}(x)", "relu(x)"), (r"\max(x, 0)", "max(x, 0)"), (r"30^\circ", "radians(30)"),
    (r"x \times y", "x*y"),
    (r"x \le y", "x <= y"), (r"\begin{pmatrix} x & 2 \\ 3 & 4 \end{pmatrix}", "[[x, 2], [3, 4]]"),
    (r"\begin{bmatrix} 1 \\ x \\ \end{bmatrix}^\top \mathbf{u}", "[1, x] @ u"), (r"$\alpha^{10}$", "α^10"),
    (r"\begin{aligned} c &= 2x \\ k &= c + 1 \end{aligned}", "2*x + 1"), (r"10^{-3}x", "x/1000"),
    (r"(1 - \beta)\beta^{t-1}", "(1 - β)*β^(t - 1)"), ("x^{2} + y^{n}", "x^2 + y^n"),
    (r"\begin{cases} x^2, & x > 0 \\ -x & \text{if } x < -1 \\ 0 & \text{otherwise} \end{cases} y",
     "(x^2 if x > 0 else (-x if x < -1 else 0))*y"),
    (r"\{x + y\}z", "(x + y)*z"),
]  # fmt: skip


def answers(text: str) -> list[Any]:
    formula = Formula(text)
    point = {name: POINT[name] for name in formula.variables}
    value = formula.value(point)
    values = list(value) if isinstance(value, tuple) else [value]
    flat = [number for one in values for number in (one.ravel().tolist() if hasattr(one, "ravel") else [one])]
    if len(flat) == 1 and len(values) == 1 and point:
        partials = formula.gradient(point).partials
        for name in sorted(partials):
            partial: Any = partials[name]
            flat += partial.ravel().tolist() if hasattr(partial, "ravel") else [partial]
    return flat


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_a_spelling_means_what_people_mean_by_it(written: str, meant: str) -> None:
    found, wanted = answers(written), answers(meant)
    if len(found) > len(wanted):
        # A branch that is not chosen has variables of its own, with the derivative 0.
        assert set(found[len(wanted) :]) == {0.0}
    assert len(found) >= len(wanted)
    for a, b in zip(found, wanted, strict=False):
        assert math.isclose(a, b, rel_tol=1e-14, abs_tol=1e-15), (found, wanted)


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_every_node_knows_its_place_in_what_was_typed(written: str, meant: str) -> None:
    graph = Formula(written).graph()
    for node in range(len(graph)):
        start, end = graph.span(node)
        assert 0 <= start <= end <= len(written)


@pytest.mark.parametrize(("text", "named"), [("x₁^2", "x1"), ("α^2", "alpha"), ("h_{t-1}^2", "h_t1"), ("ϕ^2", "φ")])
def test_a_name_may_be_bound_on_another_keyboard(text: str, named: str) -> None:
    assert Formula(text).value({named: 3}) == 9
    assert list(Formula(text).gradient({named: 3}, wrt=[named]).partials.values()) == [6]


def test_a_bound_or_assigned_name_is_no_function() -> None:
    assert Formula("sin = 3; 2sin + sin^2").value() == 15
    assert Formula("lambda*x").value({"lambda": 2, "x": 3}) == 6


@pytest.mark.parametrize(
    "text",
    [
        "(x + y)^2*z - x/(1 + y^2)", "sin(x)^2*exp(-x^2/2)", "sqrt(1 + x^2)*cbrt(y)", "abs(x - y)^3", "-(-x)*2^-y",
        "log(x)*tanh(y)/z", "x^2 if x > y else -x", "softplus(x)*sigmoid(y)*3", "(x*y)^z*(x + 1)",
        "atan2(x, y) + hypot(x, z)",
        "max(x, y, z)*floor(y)", "α*x_1 + β^2*λ", "exp(x)*(x if y > 1 else z)", "log2(x) + log10(y) + erf(z)",
    ],
)  # fmt: skip
def test_the_latex_that_is_printed_is_read_as_the_same_formula(text: str) -> None:
    graph = Formula(text).graph()
    printed = latex.formula(graph, graph.outputs[0], "", bare=True)
    names = {name: POINT[name] for name in graph.inputs}
    again = Formula(printed)
    assert math.isclose(again.gradient(names).value, Formula(text).gradient(names).value, rel_tol=1e-13), printed
    for name, partial in Formula(text).gradient(names).partials.items():
        assert math.isclose(again.gradient(names).partials[name], partial, rel_tol=1e-12, abs_tol=1e-13), printed


def test_a_comment_may_hold_anything() -> None:
    assert Formula(r"x + 1 # |x| {a} \frac d/dx").value(x=1) == 2
    with pytest.raises(autodiff.FormulaError):
        Formula(r"x y # \alpha")


def test_the_page_on_the_language_shows_every_kind_of_spelling() -> None:
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    table = page.partition("## Pasted mathematics")[2].partition("\n## ")[0]
    checked = 0
    for line in table.split("\n"):
        cells = [cell.strip() for cell in line.replace(r"\|", "\0").split("|")[1:-1]]
        if len(cells) == 2 and cells[0].startswith("`"):
            written, meant = (cell.strip("`").replace("\0", "|") for cell in cells)
            found, wanted = answers(written), answers(meant)
            assert all(math.isclose(a, b, rel_tol=1e-14) for a, b in zip(found, wanted, strict=True)), written
            checked += 1
    assert checked > 20
