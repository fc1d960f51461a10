"""What runs along an axis, joins arrays or measures their spread: values as NumPy has them, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest

import autodiff
from autodiff import AutodiffError, Formula
from autodiff.verify.results import Verdict

W = np.array([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]])
V = np.array([0.5, -1.25, 2.0])
P = np.array([0.2, 0.3, 0.5])


def log_softmax(x: Any, axis: int = -1) -> Any:
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("cumsum(v)", np.cumsum(V)), ("cumsum(W, axis=1)", np.cumsum(W, axis=1)),
        ("cumprod(v)", np.cumprod(V)), ("cumprod(W, axis=0)", np.cumprod(W, axis=0)),
        ("flip(v)", V[::-1]), ("flip(W)", W[::-1, ::-1]), ("flip(W, axis=-1)", W[:, ::-1]),
        ("shift(v)", [0, 0.5, -1.25]), ("shift(W, axis=1, fill=1)", [[1, 1.5, -2], [1, 0.25, 3]]),
        ("concat(v, 4, v)", [*V, 4, *V]), ("concat(W, W^2)", np.concatenate([W, W**2])),
        ("concat(W, W^2, axis=-1)", np.concatenate([W, W**2], axis=1)), ("concat(v)", V),
        ("var(W)", np.var(W)), ("var(W, axis=1, ddof=1)", np.var(W, axis=1, ddof=1)), ("std(v)", np.std(V)),
        ("std(W, axis=0, keepdims=1)", np.std(W, axis=0, keepdims=True)), ("std(v, ddof=1)", np.std(V, ddof=1)),
        ("cross(v, W[0])", np.cross(V, W[0])), ("cross(W, 2W + 1)", np.cross(W, 2 * W + 1)),
        ("log_softmax(v)", log_softmax(V)), ("log_softmax(W, axis=1)", log_softmax(W)),
        ("log_softmax([1000, 0])", [0.0, -1000.0]), ("cross_entropy(v, p)", -np.sum(P * log_softmax(V))),
        ("cross_entropy(W, W^2, axis=1)", -np.sum(W**2 * log_softmax(W), axis=1)),
        ("cross_entropy([-inf, 0], [0, 1])", 0.0), ("recurrence(v, p)", [0.2, 0.05, 0.6]),
        ("eye(3)", np.eye(3)), ("square(v)", V**2), ("leaky_relu(v)", np.where(V > 0, V, V / 100)),
        ("elu(v, 2)", np.where(V > 0, V, 2 * np.expm1(V))), ("heaviside(v, 0.25)", np.heaviside(V, 0.25)),
        ("heaviside(0)", 0.5), ("std([1e200, -1e200])", 1e200),
    ],
)  # fmt: skip
def test_a_value_is_that_of_numpy(text: str, wanted: Any) -> None:
    formula = Formula(text)
    found = formula.value({name: {"v": V, "W": W, "p": P}[name] for name in formula.variables})
    np.testing.assert_allclose(found, wanted, rtol=1e-14, atol=1e-300)
    assert np.shape(found) == np.shape(wanted)


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        ("cumsum(W)", "one axis is needed, and this is a 2x3 matrix", "axis=0"),
        ("cumprod(W, axis=(0, 1))", "one axis is needed", "axis=1"),
        ("cross_entropy(W, W)", "one axis is needed", "axis=1 along the rows"),
        ("cross_entropy(v, 1)", "a probability for each class", "-log_softmax(z)[k]"),
        ("std(v, ddof=3)", "nothing is left to divide by: 3 elements less 3", "smaller ddof"),
        ("cross(v, [1, 2])", "the same shape is needed twice", ""),
        ("cross([1, 2], [1, 2])", "cross takes vectors of 3 numbers", ""),
        ("concat(W, v)", "shapes do not fit: a 2x3 matrix and a 3-vector", "only along axis 0"),
        ("concat(v, v, axis=1)", "there is no axis 1", ""),
        ("[v, [1, 2]]", "the array is ragged", "concat(x, y)"),
        ("torch.std(v)", "another function than std", "ddof=1"),
        ("eye(40)", "is not written out", "to a variable"),
        ("shift(v, at=[0])", "shift takes no option 'at'", "axis and fill"),
    ],
)
def test_what_libraries_understand_differently_has_to_be_said(text: str, sentence: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as raised:
        formula = Formula(text)
        formula.value({name: {"v": V, "W": W}[name] for name in formula.variables})
    assert sentence in raised.value.message
    assert hint in raised.value.hint


def test_the_products_of_elements_that_are_zero_have_their_gradient() -> None:
    found = Formula("sum(cumprod(v))").gradient(v=[2, 0, 3, 0])
    # 2 + 2a + 2ab + 2abc at a = c = 0, b = 3
    assert found.partials["v"].tolist() == [1.0, 8.0, 0.0, 0.0]


def test_a_zero_contributes_nothing_to_an_infinite_factor() -> None:
    found = Formula("cross(u, v)[0]").gradient(u=[1, 2, 3], v=[math.inf, 1, 1])
    assert found.partials["u"].tolist() == [0.0, 1.0, -1.0]


def test_a_deviation_of_equal_numbers_sits_on_its_kink() -> None:
    found = Formula("std(v)").gradient(v=[1, 1, 1])
    assert found.partials["v"].tolist() == [0.0, 0.0, 0.0]
    (kink,) = found.kinks.values()
    slope = np.std([1 + 1e-6, 1, 1]) / 1e-6
    assert kink.intervals[0] == pytest.approx((-slope, slope), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("beta(a, b)", {"a": 1e-9, "b": 2.0}), ("gamma_q(3, x)*x", {"x": 40.0}), ("betainc(2, 0.5, x)", {"x": 0.999}),
        ("besselk(1.5, x) + besseli(-2, x)", {"x": 3.0}), ("expint(3, x)*expi(-x)", {"x": 2.0}),
        ("erfinv(x)", {"x": -0.9999}), ("gammapdf(a, x) + betapdf(a, 2, x)", {"a": 1.5, "x": 0.3}),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("in_process")
def test_a_gradient_of_special_functions_is_what_sympy_and_differences_say(text: str, at: dict[str, float]) -> None:
    found = autodiff.check(text, at)
    assert found.verdict is Verdict.PASS, found
    assert all(one.digits is not None and one.digits > 12 for one in found.inputs.values())


def test_a_parameter_without_a_derivative_is_undefined_rather_than_zero() -> None:
    for text in ("gamma_p(a, 1)", "gamma_q(a, 1)", "betainc(a, 2, 0.5)", "betainc(2, a, 0.5)", "besselk(a, 1)"):
        found = Formula(text).gradient(a=1.5)
        assert math.isnan(found.partials["a"])
        assert found.diagnosis is not None
        assert found.diagnosis.message.endswith("there is no rule for it")
