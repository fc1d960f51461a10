"""The check at any scale: second derivatives of tiny and of huge formulas, and what `digits` is about."""

import json
from pathlib import Path

import pytest
from tests.support import autodiff


def verdict(tmp_path: Path, command: str, formula: str, rule: str, **point: float | str) -> tuple[int, list[float]]:
    """The exit code, and the correct digits of each input."""
    extra: list[str] = []
    if rule:
        (tmp_path / "f.ops").write_text(rule)
        extra = ["--ops", str(tmp_path / "f.ops")]
    bound = [part for name, value in point.items() for part in (f"--{name}", str(value))]
    done = autodiff(command, formula, *bound, *extra, "--check", "--format", "json")
    check = json.loads(done.stdout)["check"]
    return done.code, [one["digits"] for one in check["inputs"].values()]


TENFOLD = "f(x) = x^2\nd/dx = 20*x\n"
NEAR = "f(x) = exp(-1/x^2)\nd/dx = 2/x^3*exp(-1/x^2)*(1 + 1e-6)\n"


@pytest.mark.parametrize(
    ("formula", "rule", "x"), [("1e-100*f(x)", TENFOLD, 1.0), ("f(x)", NEAR, 0.08), ("f(x)", NEAR, 0.06)]
)
def test_a_wrong_second_derivative_is_caught_however_small(tmp_path: Path, formula: str, rule: str, x: float) -> None:
    assert verdict(tmp_path, "hessian", formula, rule, x=x)[0] == 1


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        ("1e200 + x^2", {"x": 1.0}), ("1 + sin(x)^2", {"x": 1e-70}), ("x*y + 1", {"x": 1e-100, "y": 1.0}),
        ("sinh(x)/x", {"x": 1e-60}), ("1e-200*x^2*y", {"x": 3.0, "y": 2.0}),
    ],
)  # fmt: skip
def test_a_right_second_derivative_passes_beside_numbers_of_any_size(
    tmp_path: Path, formula: str, point: dict[str, float]
) -> None:
    code, digits = verdict(tmp_path, "hessian", formula, "", **point)
    assert code == 0 and min(digits) > 15


def test_a_rule_that_is_right_to_the_last_digit_of_a_double_is_right(tmp_path: Path) -> None:
    rule = "g(x) = erf(x)\nd/dx = 1.1283791670955126*exp(-x^2)\n"
    assert verdict(tmp_path, "grad", "g(x)", rule, x=0.5)[0] == 0
    rule = "g(x) = erf(x)\nd/dx = 1.12837916709551*exp(-x^2)\n"
    assert verdict(tmp_path, "grad", "g(x)", rule, x=0.5)[0] == 1


def test_digits_are_about_the_double_that_is_shown(tmp_path: Path) -> None:
    code, (digits,) = verdict(tmp_path, "grad", "f(x)", "f(x) = sin(x)\nd/dx = cos(x)*(1 + 1e-6)\n", x=1.0)
    assert code == 1 and digits == pytest.approx(6, abs=0.1)


def test_a_kink_of_one_part_hides_no_wrong_rule_of_another(tmp_path: Path) -> None:
    assert verdict(tmp_path, "grad", "floor(x) + f(x)", TENFOLD, x=1.0)[0] == 1
    assert verdict(tmp_path, "grad", "floor(x) + x^2", "", x=1.0)[0] == 4


def test_an_ill_conditioned_determinant_is_not_wrong(tmp_path: Path) -> None:
    for size in (6, 7):
        rows = [[f"1/{i + j + 1}" for j in range(size)] for i in range(size)]
        text = "[" + ", ".join("[" + ", ".join(row) + "]" for row in rows) + "]"
        code, digits = verdict(tmp_path, "grad", "det(A)", "", A=text)
        assert code == 0 and min(digits) >= 9
