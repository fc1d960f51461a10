"""Command lines that once gave something wrong, found by an audit: what each gives now, and how it ends."""

import json
import math

import numpy as np
import pytest
from tests.support import autodiff

import autodiff as package
from autodiff import Formula, Value

INFINITE = math.inf


def partials(formula: str, *options: str) -> tuple[int, dict[str, float]]:
    done = autodiff("grad", formula, *options, "--format", "json")
    return done.code, {name: float(number) for name, number in json.loads(done.stdout)["gradient"].items()}


@pytest.mark.parametrize(
    ("formula", "options", "code", "by", "expected"),
    [
        ("asech(x)", ["--x=-0.5"], 3, "x", math.nan), ("asech(x)", ["--x=-0.001"], 3, "x", math.nan),
        ("sphericalbessel(30, x)", ["--x", "12"], 0, "x", 9.575743925432176e-11),
        ("sphericalbessel(100, x)", ["--x", "21"], 0, "x", 1.9440918246297108e-57),
        ("sqrt(-x)", ["--x", "0"], 3, "x", -INFINITE), ("acoth(x)", ["--x=-1"], 3, "x", -INFINITE),
        ("silu(x)", ["--x", "inf"], 3, "x", 1.0), ("gelu(x)", ["--x", "inf"], 3, "x", 1.0),
        ("normpdf(x)", ["--x", "inf"], 0, "x", 0.0), ("gaussian(x)", ["--x=-inf"], 0, "x", 0.0),
        ("mish(x)", ["--x", "inf"], 3, "x", 1.0), ("cbrt(x)", ["--x=1e-323"], 0, "x", 7.238842e214),
        ("x if abs(x)>0 else 3x", ["--x", "0"], 0, "x", 1.0), ("x if x>0 and x>0 else 3x", ["--x", "0"], 0, "x", 2.0),
        ("x if x>0 and x<0 else 3x", ["--x", "0"], 0, "x", 3.0), ("x if x else 3x", ["--x", "0"], 0, "x", 1.0),
        ("x if x>0 else (2x if x>=0 else 3x)", ["--x", "0"], 0, "x", 2.0),
        ("where(x == 1, z, 1)", ["--x", "1", "--z", "1", "--wrt", "z"], 0, "z", 1.0),
        ("a*y if t > 0 else b*y", ["--t", "0", "--a", "1", "--b", "1", "--y", "3", "--wrt", "a,b"], 0, "b", 3.0),
        ("a*y if t > 0 else b*y", ["--t", "0", "--a", "1", "--b", "1", "--y", "3", "--wrt", "a,b"], 0, "a", 0.0),
        ("(x if x > 0 else -x) + sqrt(w)", ["--x", "0", "--w", "0"], 3, "x", 0.0),
        ("asin(z/z)", ["--z", "2"], 0, "z", 0.0), ("asin(z/z)", ["--z", "2", "--mode", "forward"], 0, "z", 0.0),
        ("((1+x)^2-1)/x if x != 0 else 2", ["--x", "0"], 0, "x", 1.0),
        ("(x-sin(x))/x^2 if x!=0 else 0", ["--x", "0"], 0, "x", 1 / 6),
        ("(x^2-1)/(x-1) if x != 1 else 2", ["--x", "1"], 0, "x", 1.0),
        ("1+x/2 if x == 0 else (exp(x)-1)/x", ["--x", "0"], 0, "x", 0.5),
    ],
)  # fmt: skip
def test_a_gradient(formula: str, options: list[str], code: int, by: str, expected: float) -> None:
    found = partials(formula, *options)
    assert found[0] == code
    assert found[1][by] == pytest.approx(expected, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("formula", ["cbrt(x)^2", "abs(x)^0.5", "sqrt(abs(x))"])
def test_a_cusp_has_no_derivative_and_is_no_pass(formula: str) -> None:
    done = autodiff("grad", formula, "--x", "0", "--check")
    assert done.code == 3
    assert "-Infinity from below and Infinity from above" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("formula", "claim", "code"),
    [
        ("atan2(y,x)-atan(y/x)", "0", 0), ("cos(3*x)-4*cos(x)^3+3*cos(x)", "0", 0), ("x^2/x - x", "0", 0),
        ("acosh(x)-log(x+sqrt(x^2-1))", "0", 0), ("lgamma(x+1)-lgamma(x)-log(x)", "0", 0),
        ("where(x>1e5,x,2*x)", "2", 1), ("relu(x-1e6)", "0", 1), ("max(x^2,1e-6)", "2*x", 1), ("max(x,-50)", "1", 1),
        ("abs(x-0.5)", "sign(x-0.50001)", 1), ("min(x,1e4)", "1", 1), ("tanh(1e9*x)", "0", 1),
    ],
)  # fmt: skip
def test_a_claim(formula: str, claim: str, code: int) -> None:
    assert autodiff("verify", formula, "--claim", f"x={claim}").code == code


def test_hypot_of_arrays_writes_into_none_of_them() -> None:
    point = {"x": [3.0, 0.0], "y": [4.0, 0.0], "z": [12.0, 5.0]}
    assert Formula("hypot(x,y,z)+z").value(point).tolist() == [25.0, 10.0]  # type: ignore[union-attr]
    last = Value([12.0, 5.0])
    package.hypot(Value([3.0, 0.0]), Value([4.0, 0.0]), last)
    assert np.array_equal(last.data, [12.0, 5.0])
    assert autodiff("eval", "hypot(x,[4,0],z,[1,1])", "--x", "[3,0]", "--z", "[12,5]").code == 0


@pytest.mark.parametrize("size", [6, 7])
def test_the_determinant_of_a_hilbert_matrix_passes_with_the_digits_that_it_has(size: int) -> None:
    hilbert = [[1 / (i + j + 1) for j in range(size)] for i in range(size)]
    done = autodiff("grad", "det(A)", "--A", str(hilbert), "--check", "--format", "json")
    assert done.code == 0
    assert json.loads(done.stdout)["check"]["verdict"] == "PASS"


@pytest.mark.parametrize("direct", [False, True], ids=["scalar", "array"])
def test_copysign_of_no_number_is_no_number(direct: bool) -> None:
    formula, z = ("copysign(x, sqrt(z))", -0.5) if not direct else ("sum(copysign(x, sqrt(z)))", [-0.5])
    assert math.isnan(float(Formula(formula).value(x=2.0, z=z)))  # type: ignore[arg-type]
