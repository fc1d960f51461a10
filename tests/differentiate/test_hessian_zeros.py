"""Second derivatives of arrays where elements are zero: against the algebra of the polynomials, term by term."""

import math
from itertools import product

import mpmath
import pytest

from autodiff import Formula

#: Up to three zeros, wherever they stand.
POINTS = [
    [0.0 if zero else value for zero, value in zip(zeros, (2.0, 3.0, -5.0, 7.0), strict=True)]
    for zeros in product((False, True), repeat=4)
    if sum(zeros) < 4
]
#: A polynomial as its terms: a weight, and the elements that it multiplies.
Polynomial = list[tuple[float, list[int]]]
PRODUCT: Polynomial = [(1.0, [0, 1, 2, 3])]
OTHERS: Polynomial = [(1.0, [j for j in range(4) if j != i]) for i in range(4)]
WEIGHED: Polynomial = [(weight, term) for (_, term), weight in zip(OTHERS, (1.0, -2.0, 4.0, 0.5), strict=True)]


def second(terms: Polynomial, x: list[float], i: int, j: int) -> float:
    """The derivative by two elements of a sum of products in which no element stands twice."""
    if i == j:
        return 0.0
    return sum(weight * math.prod(x[k] for k in term if k not in (i, j)) for weight, term in terms if {i, j} <= {*term})


@pytest.mark.parametrize("x", POINTS, ids=str)
@pytest.mark.parametrize(
    ("text", "terms"),
    [("prod(x)", PRODUCT), ("sum(others(x))", OTHERS), ("sum([1, -2, 4, 0.5]*others(x))", WEIGHED)],
    ids=["prod", "others", "weighed"],
)
def test_products_with_zeros_have_the_second_derivatives_of_their_terms(
    text: str, terms: Polynomial, x: list[float]
) -> None:
    found = Formula(text).hessian(x=x).entries
    assert found == [[second(terms, x, i, j) for j in range(4)] for i in range(4)]


def test_products_along_an_axis_with_zeros_too() -> None:
    found = Formula("sum(prod(X, axis=0))").hessian(X=[[0.0, 3.0], [0.0, 0.0]]).entries
    # The function is X[0, 0]*X[1, 0] + X[0, 1]*X[1, 1].
    assert found == [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]


NORMS = [
    ("norm(x)^2", lambda x: sum(e**2 for e in x)),
    ("sum(hypot(x, 0*x)^2)", lambda x: sum(e**2 for e in x)),
    ("norm(x)^4 + sum(x^2)", lambda x: sum(e**2 for e in x) ** 2 + sum(e**2 for e in x)),
    ("hypot(x[0], x[1])^2 + 3*x[0]*x[1]", lambda x: x[0] ** 2 + x[1] ** 2 + 3 * x[0] * x[1]),
    ("3*norm(x)^2 + x[0]*x[1]", lambda x: 3 * (x[0] ** 2 + x[1] ** 2) + x[0] * x[1]),
]


@pytest.mark.parametrize(("text", "function"), NORMS, ids=[text for text, _ in NORMS])
@pytest.mark.parametrize("x", [[0.0, 0.0], [0.0, 2.0], [3.0, 4.0]], ids=str)
def test_lengths_at_zero_have_the_second_derivatives_of_the_function(text: str, function, x: list[float]) -> None:
    found = Formula(text).hessian(x=x).entries
    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -15

        def moved(i: int, a: int, j: int, b: int) -> mpmath.mpf:
            point = [mpmath.mpf(e) for e in x]
            point[i] += a * h
            point[j] += b * h
            return function(point)

        for i, j in product(range(2), repeat=2):
            same, other = moved(i, 1, j, 1) + moved(i, -1, j, -1), moved(i, 1, j, -1) + moved(i, -1, j, 1)
            assert found[i][j] == pytest.approx(float((same - other) / (4 * h * h)), rel=1e-12, abs=1e-12)
