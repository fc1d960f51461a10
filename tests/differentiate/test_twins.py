"""Gradients and Hessians by arrays at points where local rules may fail: those of the function of the elements."""

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from tests.support import DATA, autodiff

from autodiff import Formula
from autodiff.differentiate.results import twin

SINGULAR: list[dict[str, Any]] = json.loads((DATA / "singular.json").read_text(encoding="utf-8"))["cases"]
INFINITE = math.inf


def in_an_array(case: dict[str, Any]) -> tuple[str, str]:
    """A formula of one input as one of an array of one element, and the name of the input."""
    (name,) = case["point"]
    return f"{name} = v[0]; {case['formula']}", name


@pytest.mark.parametrize(
    "case", [case for case in SINGULAR if len(case["point"]) == 1], ids=lambda case: case["formula"]
)
def test_an_array_of_one_element_has_the_gradient_of_the_number(case: dict[str, Any]) -> None:
    text, name = in_an_array(case)
    at = float(case["point"][name])
    alone = Formula(case["formula"]).gradient({name: at}).partials[name]
    found = Formula(text).gradient(v=[at]).partials["v"]
    assert np.allclose(found, [alone], rtol=1e-9, equal_nan=True), (found, alone)


@pytest.mark.parametrize(
    ("formula", "x", "expected"),
    [
        ("sum(where(x == 0, 0, (1-cos(x))/x))", [0.0, 1.0], [0.5, math.sin(1) - 1 + math.cos(1)]),
        ("norm(x)", [1e-320, 1e-320], [math.sqrt(0.5)] * 2), ("log(x[0]/(1-x[0]))", [1.0, 1.0], [math.nan, 0.0]),
        ("sum(x)*where(x[0] > 0, 3, 3)", [0.0, 1.0], [3.0, 3.0]), ("sum(abs(x)*x)", [0.0, -1.0], [0.0, 2.0]),
        ("max(x) + min(x)", [1.0, 1.0], [1.0, 1.0]), ("sum(sqrt(x^4))", [0.0, 2.0], [0.0, 4.0]),
    ],
)  # fmt: skip
def test_a_gradient_at_a_singular_point(formula: str, x: list[float], expected: list[float]) -> None:
    assert Formula(formula).gradient(x=x).partials["x"] == pytest.approx(np.array(expected), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("formula", "point", "expected"),
    [
        ("norm(x)^2", {"x": [0.0, 0.0, 0.0]}, 2 * np.eye(3)), ("sum(abs(-x^2))", {"x": [0.0, 1.0]}, 2 * np.eye(2)),
        ("sum(where(x != 0, sin(x)/x, 1))", {"x": [0.0]}, [[-1 / 3]]),
        ("hypot(x, y)^2", {"x": 0.0, "y": 0.0}, 2 * np.eye(2)),
        ("hypot(x + y, y)^2", {"x": 0.0, "y": 0.0}, [[2.0, 2.0], [2.0, 4.0]]),
        ("norm(x - y)^2", {"x": [1.0], "y": [1.0]}, [[2.0, -2.0], [-2.0, 2.0]]),
    ],
)  # fmt: skip
def test_a_hessian_at_a_singular_point(formula: str, point: dict[str, Any], expected: Any) -> None:
    assert np.allclose(Formula(formula).hessian(point).entries, expected, rtol=1e-12)
    bound = [part for name, value in point.items() for part in (f"--{name}", str(value))]
    done = autodiff("hessian", formula, *bound, "--check", "--format", "json")
    assert json.loads(done.stdout)["check"]["verdict"] == "PASS"


def test_a_note_tells_both_numbers_by_the_name_of_the_element() -> None:
    done = autodiff("grad", "sum(where(x == 0, 0, (1-cos(x))/x))", "--x", "[0, 1]")
    assert "df/dx[0] = 0.5 (backpropagation alone gives 0: x[0] == 0 holds at this point only)" in done.stdout
    done = autodiff("grad", "sum(where(x == 0, 0, (1-cos(x))/x))", "--x", "[0, 1]", "--format", "json")
    found = json.loads(done.stdout)
    assert (found["gradient"]["x"][0], found["sweep"]["x"][0]) == (0.5, 0.0)


def test_no_regular_point_has_a_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a regular point is looked at by its elements")

    monkeypatch.setattr(twin, "twin_of", fail)
    W = np.linspace(-1, 1, 6).reshape(2, 3)
    Formula("sum(tanh(W @ x + b)^2)").gradient(W=W, x=[0.5, -1.0, 2.0], b=[0.25, 1.0])
    Formula("sum(sin(x^2)/(1 + x))").gradient(x=[0.0, 1.0, -3.0])
    Formula("logsumexp(x) + norm(x) + prod(x)").gradient(x=[0.0, 1.0, -3.0])


def others_twice(x: list[float]) -> list[list[float]]:
    """The Hessian of the sum of the products of all elements but one, by its definition."""
    size = len(x)
    result = [[0.0] * size for _ in x]
    for left_out, i, j in itertools.permutations(range(size), 3):
        result[i][j] += math.prod(x[k] for k in range(size) if k not in (left_out, i, j))
    return result


def prod_twice(x: list[float]) -> list[list[float]]:
    size = range(len(x))
    return [[0.0 if i == j else math.prod(x[k] for k in size if k not in (i, j)) for j in size] for i in size]


@pytest.mark.parametrize(
    "x", [[2.0, 3.0, 5.0, 7.0], [2.0, 3.0, 5.0, 0.0], [2.0, 3.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [0.0] * 4]
)
def test_products_with_zeros_have_the_second_derivatives_of_their_definition(x: list[float]) -> None:
    assert np.allclose(Formula("sum(others(x))").hessian(x=x).entries, others_twice(x))
    assert np.allclose(Formula("prod(x)").hessian(x=x).entries, prod_twice(x))


def test_products_with_zeros_have_third_derivatives() -> None:
    """By the gradient of an entry of the Hessian, which is others_along."""
    found = Formula("sum(w*others_along(x, v))").hessian(
        {"x": [0.0, 0.0, 5.0], "v": [1.0, 2.0, 3.0], "w": [1.0, 1.0, 1.0]}
    )
    # Of w_i*v_j*x_k over all orders of the three places: by x and v.
    place = {label: k for k, label in enumerate(found.labels)}
    assert found.entries[place["x[0]"]][place["v[1]"]] == pytest.approx(1.0)
    assert found.entries[place["x[0]"]][place["v[0]"]] == 0.0
