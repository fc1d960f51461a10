"""At infinity, at signed zeros and among subnormal numbers: limits from inside the domain, and no lost digits."""

import math

import mpmath
import pytest

from autodiff.formula import Formula

INF = math.inf


@pytest.mark.parametrize("name", ["silu", "gelu", "mish"])
@pytest.mark.parametrize(("x", "value", "first"), [(INF, INF, 1.0), (-INF, 0.0, 0.0)])
def test_the_limits_of_activations(name: str, x: float, value: float, first: float) -> None:
    hessian = Formula(f"{name}(x)").hessian(x=x)
    assert (hessian.value, hessian.partials["x"], hessian.entries[0][0]) == (value, first, 0.0)


@pytest.mark.parametrize("name", ["gaussian", "normpdf", "normcdf", "erf", "erfc", "sigmoid", "tanh", "sech", "atan"])
@pytest.mark.parametrize("x", [INF, -INF])
def test_what_is_flat_at_infinity_has_no_slope_there(name: str, x: float) -> None:
    hessian = Formula(f"{name}(x)").hessian(x=x)
    assert hessian.diagnosis is None
    assert (hessian.partials["x"], hessian.entries[0][0]) == (0.0, 0.0)


@pytest.mark.parametrize(("text", "expected"), [("sqrt(-x)", -INF), ("sqrt(x)", INF), ("sqrt(sin(-x))", -INF)])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_slope_of_a_root_has_the_sign_of_its_side(text: str, expected: float, zero: float) -> None:
    assert Formula(text).gradient(x=zero).partials["x"] == expected
    assert Formula(f"sum({text})").gradient(x=[zero]).partials["x"][0] == expected


def test_the_sign_of_no_number_is_no_sign() -> None:
    for text in ("copysign(x, sqrt(z))", "copysign(x, -sqrt(z))"):
        assert math.isnan(Formula(text).value(x=1.0, z=-0.5))  # type: ignore[arg-type]
        assert math.isnan(Formula(f"sum({text})").value(x=[1.0], z=[-0.5]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("hypot(x, y)", {"x": 1e-310, "y": 1e-310}),
        ("hypot(x, y)", {"x": 5e-324, "y": 5e-324}),
        ("normpdf(x)", {"x": -37.69911184307751}),
        ("ldexp(x, y)", {"x": 4.647317e-317, "y": 215.30745785498402}),
        ("x^y", {"x": 1e155, "y": -1.999999999}),
    ],
)
def test_a_derivative_is_right_although_a_value_on_the_way_is_subnormal(text: str, point: dict[str, float]) -> None:
    formula = Formula(text)
    partials = formula.gradient(point).partials
    with mpmath.workdps(60):
        functions = {
            "hypot(x, y)": lambda x, y: mpmath.sqrt(x * x + y * y),
            "normpdf(x)": mpmath.npdf,
            "ldexp(x, y)": lambda x, y: x * mpmath.mpf(2) ** y,
            "x^y": mpmath.power,
        }
        for k, (name, at) in enumerate(point.items()):
            exact = [mpmath.mpf(x) for x in point.values()]
            step = abs(exact[k]) * mpmath.mpf(10) ** -15
            above, below = list(exact), list(exact)
            above[k], below[k] = above[k] + step, below[k] - step
            truth = (functions[text](*above) - functions[text](*below)) / (2 * step)
            if abs(truth) > 2.3e-308:
                assert abs(partials[name] - truth) <= 4 * math.ulp(float(truth)), (name, at)


def test_squares_that_cancel_are_not_zero() -> None:
    """Two precisions that are both too low agree on 0."""
    hessian = Formula("hypot(x, y)").hessian(x=-0.04768085538970704, y=1.6202117263071428e-136)
    assert hessian.entries[0][0] == pytest.approx(2.4216502964441081e-268, rel=1e-15, abs=0)
