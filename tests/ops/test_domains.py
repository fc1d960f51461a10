"""Outside the domain that a row states there is no finite value, and inside none is missing: all rows, all numbers."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from tests.codegen.test_javascript import evaluate_all, formula_of, is_spellable, needs_node, number

import autodiff
from autodiff.evaluate import arrays
from autodiff.evaluate.compiled import condition_function, value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.ops.kernels.special import lgamma, spherical_bessel
from autodiff.ops.row import Row
from autodiff.ops.table import ROWS

NUMBERS = [0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 100.0, 5e-324, 1e-310, 1e-300, 0.001, 1 - 2.0**-53, 1 + 2.0**-52]
POINTS = [*NUMBERS, *[-x for x in NUMBERS]]
INFINITE = [math.inf, -math.inf]
WITH_DOMAIN = [row for row in ROWS if row.domain and not row.is_array]


def holds(row: Row, point: tuple[float, ...], value: float) -> bool:
    try:
        return condition_function(row, row.domain, len(point))(*point, value) == 1.0
    except ARITHMETIC:
        return False


def value(row: Row, point: tuple[float, ...]) -> float:
    try:
        return value_function(row, len(point))(*point)
    except ARITHMETIC:
        return total_value(row, point)


def points_outside(row: Row) -> list[tuple[float, ...]]:
    numbers = POINTS + INFINITE * ("inf" in row.domain)
    points = itertools.product(numbers, repeat=len(row.params))
    return [point for point in points if not holds(row, point, value(row, point))]


@pytest.mark.parametrize("row", WITH_DOMAIN, ids=lambda row: f"{row.name}{len(row.params)}")
def test_outside_its_domain_a_row_has_no_value(row: Row) -> None:
    outside = points_outside(row)
    assert outside
    assert [(point, value(row, point)) for point in outside if math.isfinite(value(row, point))] == []
    with arrays.quiet():
        columns = [np.array(column) for column in zip(*outside, strict=True)]
        found = arrays.apply(row, columns)
    assert [point for point, number in zip(outside, found, strict=True) if math.isfinite(number)] == []


@needs_node
def test_outside_its_domain_a_row_has_no_value_in_javascript_either() -> None:
    cases = []
    for row in WITH_DOMAIN:
        if is_spellable(row):
            formula = formula_of(row)
            cases.append((formula, points_outside(row)))
    found = [
        (formula.text, point)
        for (formula, points), results in zip(cases, evaluate_all(cases), strict=True)
        for point, at in zip(points, results, strict=True)
        if math.isfinite(number(at["values"][formula.graph().outputs[0]]))
    ]
    assert len(cases) > 25
    assert found == []


@pytest.mark.parametrize("row", [row for row in ROWS if not row.is_array], ids=lambda row: f"{row.name}{row.signature}")
def test_no_operation_writes_into_its_arguments(row: Row) -> None:
    for arity in range(1, 5) if row.variadic else [len(row.params)]:
        given = [np.array([3.0, 0.25]) + k for k in range(arity)]
        for array in given:
            array.flags.writeable = False
        with arrays.quiet():
            found = arrays.apply(row, given)
        assert np.shape(found) in ((2,), ())
        each = [value(row, tuple(float(array[k]) for array in given)) for k in range(2)]
        assert list(np.broadcast_to(found, 2)) == pytest.approx(each, rel=1e-13, nan_ok=True)


def test_functions_of_recurrences_are_right_where_a_recurrence_is_not_stable() -> None:
    with mpmath.workdps(60):
        for order in (0, 1, 2, 3, 10, 30, 50, 100, 500):
            for x in (0.3, 1.7, order / 4 + 0.1, order / 2 + 0.1, order - 0.5, order + 0.5, 2.0 * order + 9, -12.0):
                exact = mpmath.mpf(abs(x))
                truth = mpmath.sqrt(mpmath.pi / (2 * exact)) * mpmath.besselj(order + mpmath.mpf(1) / 2, exact)
                truth = float(truth) * (-1.0 if order % 2 and x < 0 else 1.0)
                assert spherical_bessel(float(order), x) == pytest.approx(truth, rel=1e-14, abs=0), (order, x)
        for x in (-3.141592653589893, -2.7425273229605325, -0.504, -39.5, -2.457024738220800, 1.0000001, 30.0):
            truth = float(mpmath.log(abs(mpmath.gamma(mpmath.mpf(x)))))
            assert lgamma(x) == pytest.approx(truth, rel=1e-15, abs=0), x


def test_the_sign_of_a_zero_stays_on_arrays_as_on_numbers() -> None:
    for x in (0.0, -0.0):
        number = autodiff.Formula("copysign(2, sign(x))").gradient(x=x).value
        assert autodiff.Formula("sum(copysign(2, sign(x)))").gradient(x=[x]).value == number == math.copysign(2, x)
