"""Second derivatives to the last bit, where the terms that they are made of cancel or overflow on the way."""

import math

import mpmath
import pytest

from autodiff import Formula

#: A function of one variable, as mpmath has it, and points where doubles lose its second derivative.
POINTS = {
    "asin(x)": (mpmath.asin, [1.1e-16, -9e-17, 8e-56, 1.5e-210, 0.5, 1 - 2.0**-53]),
    "acos(x)": (mpmath.acos, [1.1e-16, 1.5e-210, -0.999]),
    "atanh(x)": (mpmath.atanh, [1.1e-16, -3e-200, 0.9]),
    "sigmoid(x)": (lambda x: 1 / (1 + mpmath.exp(-x)), [1.9e-16, 2.7e-17, 8.1e-56, 3.0]),
    "cot(x)": (mpmath.cot, [1e-100, -5.3e-91, 1.2]),
    "coth(x)": (mpmath.coth, [-8.7e-87, 3.5]),
    "logit(x)": (lambda x: mpmath.log(x / (1 - x)), [0.499999999, 0.4999999999999998, 0.1]),
    "silu(x)": (lambda x: x / (1 + mpmath.exp(-x)), [-2.3993572805154675, 1.0]),
    "sinh(x)/x": (lambda x: mpmath.sinh(x) / x, [1e-60, 1.0]),
    "1e200 + x^2": (lambda x: mpmath.mpf(1e200) + x**2, [1.0, 1e-100]),
    "(1 - cos(x))/x^2": (lambda x: (1 - mpmath.cos(x)) / x**2, [1e-9, 1e-40]),
}


def second(function: object, x: float) -> float:
    """By differences of a step that is far below all that matters, with digits to match."""
    with mpmath.workdps(2000):
        at, step = mpmath.mpf(x), mpmath.mpf(10) ** -500
        return float((function(at + step) - 2 * function(at) + function(at - step)) / step**2)  # type: ignore[operator]


@pytest.mark.parametrize("text", POINTS)
def test_a_second_derivative_is_right_where_its_terms_cancel(text: str) -> None:
    function, points = POINTS[text]
    formula = Formula(text)
    for x in points:
        truth = second(function, x)
        ((entry,),) = formula.hessian(x=x).entries
        assert abs(entry - truth) <= math.ulp(truth), x
        assert abs(formula.derivative(x=x, wrt=["x", "x"]).derivative - truth) <= math.ulp(truth), x
        (product,) = formula.hessian_vector(x=x, direction={"x": 1.0}).product
        assert product == entry


def test_what_overflows_on_the_way_is_no_overflow() -> None:
    text = "4*pi*8.854e-12*(6.626e-34/(2*pi))^2/(m*q^2)"
    found = Formula(text).derivative(m=1.547e-27, q=6.773e-11, wrt=["m"] * 8)
    assert found.derivative == pytest.approx(2.143078389595793e188, rel=1e-15)
    assert Formula("x^y").hessian(x=1e-310, y=-5e-324).entries[0][0] == 4.9406564584124956e296


def test_what_is_zero_is_zero() -> None:
    assert Formula("atan2(y, x)").derivative(y=-1.1, x=-1.1, wrt=["y", "x"]).derivative == 0.0
    assert Formula("sin(pi*x)").hessian(x=1).entries == [[0.0]]


def test_on_a_kink_the_conventions_stay() -> None:
    assert Formula("x*abs(x)").hessian(x=0).entries == [[0.0]]
    assert Formula("where(x > 0, x^2, 3*x^2)").hessian(x=0).entries == [[4.0]]


def test_what_mpmath_would_take_minutes_for_is_left_to_doubles() -> None:
    assert math.isnan(Formula("digamma(x)").hessian(x=-1e7 - 0.5).entries[0][0])
