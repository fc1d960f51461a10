"""Derivatives of higher order: against mpmath's Taylor coefficients, in all formats, and of a size that stays small."""

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import NAMES, autodiff, smooth_formula
from tests.syntax.test_properties import COORDINATES, LAWS, exact_value

from autodiff import BindingError, Formula, FormulaError, LimitError
from autodiff.differentiate.results.higher import symbol
from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.taylor import Series
from autodiff.graph.build import build

m = mpmath.mp


#: A formula, the same as a function of mpmath, a point, an order, and how many units of 1e-16 it may be off.
SMOOTH: list[tuple[str, Callable[[Any], Any], float, int, float]] = [
    ("exp(sin(x))", lambda x: m.exp(m.sin(x)), 0.7, 10, 100),
    ("tan(x)/x", lambda x: m.tan(x) / x, 0.7, 10, 100),
    ("x^2.5*log(x)", lambda x: x**2.5 * m.log(x), 1.7, 12, 1e4),
    ("x^x", lambda x: x**x, 1.7, 8, 100),
    ("x^5 - 3x^2", lambda x: x**5 - 3 * x**2, 2.0, 8, 1),
    ("x^-3", lambda x: x**-3, -1.3, 8, 100),
    ("tanh(x)", m.tanh, 0.7, 12, 1e4),
    ("atan(x)", m.atan, 1.7, 12, 100),
    ("asin(x)*acos(x)", lambda x: m.asin(x) * m.acos(x), 0.3, 12, 1e3),
    ("asinh(x) + acosh(x + 2)", lambda x: m.asinh(x) + m.acosh(x + 2), 0.3, 10, 1e3),
    ("sqrt(1 + x^2)", lambda x: m.sqrt(1 + x * x), 1.7, 12, 100),
    ("cbrt(x)", m.cbrt, 1.3, 20, 1e3),
    ("hypot(x, 2, 1)", lambda x: m.sqrt(x * x + 5), 0.3, 10, 100),
    ("erf(x) + erfc(2x)", lambda x: m.erf(x) + m.erfc(2 * x), 0.4, 10, 1e3),
    ("gamma(x)", m.gamma, 1.7, 8, 100),
    ("lgamma(x)", m.loggamma, 2.5, 8, 100),
    ("sinc(x)", m.sinc, 0.3, 8, 100),
    ("sigmoid(x)", lambda x: 1 / (1 + m.exp(-x)), 0.3, 10, 100),
    ("softplus(x)", lambda x: m.log(1 + m.exp(x)), 0.3, 10, 100),
    ("gelu(x)", lambda x: x * m.ncdf(x), 1.3, 12, 100),
    ("mish(x)", lambda x: x * m.tanh(m.log(1 + m.exp(x))), 1.3, 8, 1e4),
    ("logsumexp(x, 2x, 1)", lambda x: m.log(m.exp(x) + m.exp(2 * x) + m.e), 0.3, 8, 1e3),
    ("sec(x) + cot(x)", lambda x: m.sec(x) + m.cot(x), 0.6, 8, 1e3),
    ("log(x, 3) + 2^x", lambda x: m.log(x, 3) + 2**x, 1.5, 10, 100),
    ("atan2(x, 2)", lambda x: m.atan(x / 2), 1.5, 10, 1e3),
    ("besselj(2, x)", lambda x: m.besselj(2, x), 1.3, 6, 100),
    ("exp(-x^2)", lambda x: m.exp(-x * x), 0.0, 12, 10),
    ("where(x > 0, x^3, log(x))", lambda x: x**3, 2.0, 5, 10),
    ("f(a) = a*exp(-a); f(f(x))", lambda x: x * m.exp(-x) * m.exp(-x * m.exp(-x)), 0.4, 10, 1e3),
]


def close(found: Sequence[float], truth: Sequence[Any], units: float) -> bool:
    return all(abs(a - b) <= units * 1e-16 * abs(b) for a, b in zip(found, map(float, truth), strict=True))


@pytest.mark.parametrize(("text", "function", "at", "order", "units"), SMOOTH, ids=[case[0] for case in SMOOTH])
def test_the_derivatives_are_those_of_mpmath(
    text: str, function: Callable[[Any], Any], at: float, order: int, units: float
) -> None:
    with mpmath.workdps(80):
        truth = [c * mpmath.factorial(k) for k, c in enumerate(mpmath.taylor(function, mpmath.mpf(at), order))]
        truth = [c if abs(c) > 1e-20 else mpmath.mpf(0) for c in truth]
        found = Formula(text).derivative(x=at, order=order)
        assert close(found.derivatives, truth, units), (found.derivatives, list(map(float, truth)))
    assert found.order == order
    assert found.derivative == found.derivatives[-1]


@LAWS
@given(st.binary(max_size=14), st.tuples(*[COORDINATES] * 3), st.lists(st.sampled_from(NAMES), min_size=2, max_size=4))
def test_any_mixed_derivative_of_any_smooth_formula(
    data: bytes, at: tuple[float, float, float], wrt: list[str]
) -> None:
    graph = build(smooth_formula(data))
    wrt = [name for name in wrt if name in graph.inputs]
    if len(wrt) < 2:
        return
    values = {name: x for name, x in zip(NAMES, at, strict=True) if name in graph.inputs}
    found = Formula(graph.text).derivative(values, wrt=wrt)
    if any(abs(number) > 1e6 for number in found.derivatives):
        return
    with mpmath.workdps(140):
        step = mpmath.mpf(10) ** -25

        def difference(left: Sequence[str], moved: dict[str, Any]) -> Any:
            if not left:
                return exact_value(graph, moved)
            name, *rest = left
            up, down = ({**moved, name: moved[name] + sign * step} for sign in (1, -1))
            return (difference(rest, up) - difference(rest, down)) / (2 * step)

        truth = float(difference(wrt, {name: mpmath.mpf(x) for name, x in values.items()}))
    assert found.derivative == pytest.approx(truth, rel=1e-8, abs=1e-8), (graph.text, wrt, at)


def test_the_second_order_is_the_hessian_and_the_first_the_gradient() -> None:
    generator = random.Random(5)
    for text in ("exp(x*y) + sin(x)*z", "x^y*z", "atan2(x, y)*hypot(x, z)", "max(x, y*z)^2*y", "abs(x - y)*z^3"):
        formula = Formula(text)
        at = {name: generator.uniform(0.5, 2) for name in formula.variables}
        hessian, gradient = formula.hessian(at), formula.gradient(at)
        for i, one in enumerate(formula.variables):
            for j, other in enumerate(formula.variables):
                found = formula.derivative(at, wrt=[one, other])
                assert found.derivatives[1] == gradient.partials[one]
                assert found.derivative == pytest.approx(hessian.entries[i][j], rel=1e-12, abs=1e-12)


def test_the_order_of_the_variables_is_that_of_the_list() -> None:
    formula = Formula("x^2*y^3*z")
    found = formula.derivative(x=2, y=3, z=5, wrt=["y", "x", "y"])
    assert found.symbols == ["f", "df/dy", "d2f/dydx", "d3f/dy2dx"]
    assert found.derivatives == [540.0, 540.0, 540.0, 360.0]
    assert symbol("g", ["a", "b", "a"]) == "d3g/da2db"


def test_the_size_stays_small() -> None:
    for text, most in (("exp(sin(x))", 10), ("sqrt(1 + x^2)/x", 400), ("tanh(x)^3*atan(x)", 800), ("x^x^x", 3000)):
        graph = build(text)
        sizes = []
        for order in (5, 10, 20):
            series = Series(floats, graph, Formula(text).evaluate(x=0.7).values, graph.outputs[0], {0: order})
            sizes.append(len(series.values))
        assert sizes[1] < most
        # Nodes are added order by order, so that twice the order has about twice the nodes.
        assert sizes[2] - sizes[1] <= 3 * (sizes[1] - sizes[0]) + 20, (text, sizes)


def test_what_would_take_too_long_is_refused() -> None:
    with pytest.raises(LimitError):
        Formula("x^2").derivative(x=1, order=101)
    names = [f"x{k}" for k in range(16)]
    with pytest.raises(LimitError, match="products"):
        Formula("*".join(names)).derivative(dict.fromkeys(names, 1.0), wrt=names)


def test_a_long_chain_has_a_second_derivative() -> None:
    links = 20_000
    formula = Formula("a0 = x; " + "; ".join(f"a{k + 1} = sin(a{k})" for k in range(links)))
    found = formula.derivative(x=0.5, order=2)
    assert found.derivative == pytest.approx(formula.hessian(x=0.5).entries[0][0], rel=1e-9)


# What is undefined, and what is a convention.


def test_an_undefined_derivative_is_diagnosed_at_its_place() -> None:
    result = Formula("1 + x^2.5").derivative(x=0, order=4)
    assert result.derivatives[:3] == [1.0, 0.0, 0.0]
    assert result.diagnosis is not None
    assert result.diagnosis.message == "the third derivative of x^2.5 is infinite at x = 0"
    assert result.formula[slice(*result.diagnosis.span)] == "x^2.5"
    for text, at, about in (("log(x)", -1.0, "value"), ("sqrt(x)", 0.0, "gradient")):
        found = Formula(text).derivative(x=at, order=3).diagnosis
        assert found is not None
        assert found.about == about


def test_a_branch_that_is_not_chosen_spoils_nothing() -> None:
    assert Formula("log(x) if x > 0 else x^2").derivative(x=-1, order=3).derivatives == [1.0, -2.0, 2.0, 0.0]
    assert Formula("where(x > 0, log(x), x)").derivative(x=-2, order=2).derivatives == [-2.0, 1.0, 0.0]


def test_a_power_at_its_edges() -> None:
    assert Formula("x^4").derivative(x=0, order=5).derivatives == [0.0, 0.0, 0.0, 0.0, 24.0, 0.0]
    assert Formula("x^3").derivative(x=-2, order=3).derivatives == [-8.0, 12.0, -12.0, 6.0]
    # d/dy of x^y at y = 0 is log(x), and the rule by x must not take y = 0 for a constant.
    assert Formula("x^y").derivative(x=2, y=0, wrt=["x", "y"]).derivative == 0.5
    assert Formula("x^y").derivative(x=2, y=0, wrt=["y", "x"]).derivative == 0.5


def test_a_kink_takes_the_midpoint() -> None:
    assert Formula("x*abs(x)").derivative(x=0, order=2).derivatives == [0.0, 0.0, 0.0]
    result = Formula("where(x > 0, x^2, 0)").derivative(x=0, order=2)
    assert result.derivatives == [0.0, 0.0, 1.0]
    assert list(result.kinks)


def test_requests_that_mean_nothing() -> None:
    with pytest.raises(FormulaError, match="one output"):
        Formula("x, x^2").derivative(x=1, order=2)
    with pytest.raises(FormulaError, match="arrays"):
        Formula("sum(x^2)").derivative(x=[1.0, 2.0], order=2)
    for wrt, order in ((None, 2), (["x", "y"], 3), (["x"], 0), ([], 2)):
        with pytest.raises(BindingError):
            Formula("x*y").derivative(x=1, y=2, wrt=wrt, order=order)
    with pytest.raises(BindingError):
        Formula("2").derivative(order=2)


# The command.


def test_order_and_repeated_names() -> None:
    point = ["--x", "1", "--y", "2", "--format", "plain"]
    mixed = "f\t8.0\ndf/dx\t16.0\nd2f/dx2\t16.0\nd3f/dx2dy\t24.0\n"
    assert autodiff("grad", "x^2*y^3", *point, "--wrt", "x,x,y").stdout == mixed
    assert autodiff("grad", "x^2*y^3", *point, "--wrt", "x", "--wrt", "x,y", "--order", "3").stdout == mixed
    assert autodiff("grad", "x^2*y^3", *point, "--wrt", "x,y").stdout == "f\t8.0\nx\t16.0\ny\t12.0\n"
    assert (
        autodiff("grad", "x^2*y^3", *point, "--wrt", "x,y", "--order", "2").stdout.splitlines()[-1] == "d2f/dxdy\t24.0"
    )
    assert autodiff("grad", "x^2*y^3", *point, "--wrt", "y", "--order", "2").stdout.splitlines()[-1] == "d2f/dy2\t12.0"
    assert autodiff("grad", "x^3", "--x", "2", "--order", "2", "--format", "value").stdout == "12.0\n"


def test_every_format_shows_the_same_numbers() -> None:
    args = ["grad", "x^3", "--x", "2", "--order", "2", "--format"]
    found = json.loads(autodiff(*args, "json").stdout)
    assert found["derivatives"][2] == {"order": 2, "name": "d2f/dx2", "value": 12.0}
    assert (found["order"], found["derivative"], found["wrt"]) == (2, 12.0, ["x", "x"])
    assert autodiff(*args, "csv").stdout == "order,derivative,value\n0,f,8.0\n1,df/dx,12.0\n2,d2f/dx2,12.0\n"
    assert "| d2f/dx2 | 12 |" in autodiff(*args, "markdown").stdout
    assert "d2f/dx2" in autodiff(*args, "table").stdout


@pytest.mark.parametrize(
    "option", [["--mode", "forward"], ["--direction", "x=1"], ["--seed", "1"], ["--check"], ["--wrt", "x,y"]]
)
def test_options_that_do_not_go_with_an_order_are_refused(option: list[str]) -> None:
    done = autodiff("grad", "x^3*y", "--x", "2", "--y", "1", "--order", "3", *option)
    assert done.code == 2
    assert "hint: " in done.stderr


def test_exit_codes() -> None:
    assert autodiff("grad", "x^2.5", "--x", "0", "--order", "3").code == 3
    assert autodiff("grad", "x^2.5", "--x", "0", "--order", "2").code == 0
    assert math.isinf(Formula("x^2.5").derivative(x=0, order=3).derivative)
