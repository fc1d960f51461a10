"""Why something is not finite, in words: infinite is not undefined, and every number type says the same."""

import mpmath
import numpy as np
import pytest

from autodiff import AutodiffError, BindingError, Formula
from autodiff.differentiate.sweep import arrays, extended, floats
from autodiff.graph.build import build
from autodiff.graph.walk import dependents
from autodiff.numerals import in_words


@pytest.mark.parametrize(
    ("text", "point", "message"),
    [
        ("x^y", {"x": -2, "y": 3}, "the derivative of x^y with respect to y is undefined at x = -2, y = 3"),
        ("sqrt(x)", {"x": 0}, "the derivative of sqrt is infinite at x = 0"),
        ("1e200*(1e200*x) - 1e200*(1e200*x)", {"x": 0}, "the gradient overflows"),
    ],
)
def test_a_gradient_that_is_not_finite_says_which_way(text: str, point: dict[str, float], message: str) -> None:
    found = Formula(text).gradient(point).diagnosis
    assert found is not None and found.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "x", "here"),
    [
        ("acos(x)", 1 + 1e-9, "x = 1.000000001"),
        ("acos(x)", 1 + 2**-52, "x = 1.0000000000000002"),
        ("acos(x)", -1 - 1e-14, "x = -1.00000000000001"),
        ("atanh(x)", 1.0, "x = 1"),
        ("log(x - 2)", 2 - 1e-10, "x - 2 = -1e-10"),
        ("sqrt(x)", -1e-300, "x = -1e-300"),
        ("sqrt(-x)", 1 / 3, "-x = -0.333333"),
        ("sqrt(-x)", 123456.75, "-x = -123456.75"),
        ("sqrt(-x)", 1e22, "-x = -1e22"),
        ("sqrt(-x)", 2**60 + 2.0**10, "-x = -1.15292e18"),
    ],
)
def test_a_reason_does_not_round_its_evidence_away(text: str, x: float, here: str) -> None:
    found = Formula(text).gradient(x=x).diagnosis
    assert found is not None and found.message.endswith(f"; here {here}")


@pytest.mark.parametrize(
    "number", [0.5, 1.0, 1 + 2**-52, 0.9999999999999, -2.0000000000001, 1e5 + 1e-9, 999999.9999999999]
)
def test_a_number_beside_a_whole_one_is_told_from_it(number: float) -> None:
    assert float(in_words(number)) == number


@pytest.mark.parametrize(
    ("order", "names", "message"),
    [
        (0, ["x"], "there is no derivative of order 0"),
        (2, None, "the formula has 2 variables, and which of them counts is not said"),
        (3, ["x", "y"], "the order is 3, and 2 names say which variables count"),
    ],
)
def test_an_order_that_means_nothing_has_its_kind(order: int, names: list[str] | None, message: str) -> None:
    with pytest.raises(BindingError) as caught:
        Formula("x*y").derivative(x=1, y=2, wrt=names, order=order)
    assert (caught.value.kind, caught.value.message) == ("bad-order", message)
    with pytest.raises(BindingError) as caught:
        Formula("1 + 2").derivative(order=1)
    assert caught.value.kind == "bad-order"


def test_a_parameter_that_stands_twice_says_what_to_do() -> None:
    with pytest.raises(AutodiffError) as caught:
        Formula("f(x, x) = x; f(1, 2)")
    assert (caught.value.kind, caught.value.hint) == ("bad-parameter", "rename one of the two")


def test_what_is_handed_on_is_the_product_with_a_strong_zero_in_every_number_type() -> None:
    graph = build("x*y")
    node = graph.outputs[0]
    for field, one in ((floats, float), (arrays, lambda x: np.array([x, x])), (extended, mpmath.mpf)):
        active = dependents(graph, range(2))
        for x, y, upstream, wanted in (
            (2.0, 3.0, 5.0, (15.0, 10.0)),
            (2.0, 0.0, float("inf"), (0.0, float("inf"))),
            (2.0, 3.0, 0.0, (0.0, 0.0)),
            (2.0, float("inf"), 0.0, (0.0, 0.0)),
        ):
            values = field.forward(graph, [one(x), one(y)])
            found = [field.handed(graph, values, node, k, one(upstream), active) for k in range(2)]
            assert [float(np.ravel(part)[0]) if field is arrays else float(part) for part in found] == list(wanted)
