"""Points where local rules fail: the answer is the derivative of the function, not of its spelling."""

import json
import math
import random
from pathlib import Path
from typing import Any

import mpmath
import pytest
from tests.support import autodiff as command

from autodiff import Formula, Value
from autodiff.differentiate.sweep import singular
from autodiff.differentiate.sweep.expansions import expand
from autodiff.evaluate.germs import Germ
from autodiff.graph.build import build
from autodiff.ops.table import ROWS

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "singular.json").read_text())["cases"]
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['formula']} by {case['wrt']}")


def number(text: Any) -> float:
    return math.nan if text in ("undefined", "jump", None) else float(text)


def truth(left: float, right: float) -> float | None:
    """The derivative, or the midpoint of two; None where one side alone is infinite, which is a matter of taste."""
    if math.isnan(left) or math.isnan(right):
        return right if math.isnan(left) else left
    return left / 2 + right / 2 if math.isinf(left) == math.isinf(right) else None


@EVERY
def test_the_first_derivative_is_that_of_the_function(case: dict[str, Any]) -> None:
    left, right = number(case["left"]), number(case["right"])
    expected = truth(left, right)
    formula, name = Formula(case["formula"]), case["wrt"]
    found = formula.gradient(case["point"])
    if expected is None:
        return
    if not math.isfinite(expected):
        assert found.diagnosis is not None and not math.isfinite(found.partials[name])
        return
    assert found.partials[name] == pytest.approx(expected, rel=1e-12)
    assert formula.tangent(case["point"]).partials[name] == pytest.approx(expected, rel=1e-12)
    row = formula.jacobian(case["point"], wrt=[name]).entries[0]
    if abs(expected) > 1e-100:
        assert row == pytest.approx([expected], rel=1e-12)


@EVERY
def test_the_second_derivative_is_that_of_the_function(case: dict[str, Any]) -> None:
    if case.get("second_left") is None:
        return
    expected = truth(number(case["second_left"]), number(case["second_right"]))
    formula, name = Formula(case["formula"]), case["wrt"]
    found = formula.hessian(case["point"])
    at = found.labels.index(name)
    assert found.entries[at][at] == pytest.approx(expected, rel=1e-12)
    assert formula.derivative(case["point"], wrt=[name, name]).derivative == pytest.approx(expected, rel=1e-12)


@EVERY
def test_the_check_tells_derivatives_from_kinks(case: dict[str, Any]) -> None:
    left, right = number(case["left"]), number(case["right"])
    point = [part for name, value in case["point"].items() for part in (f"--{name}", str(value))]
    done = command("grad", case["formula"], *point, "--wrt", case["wrt"], "--check", "--format", "json")
    verdict = json.loads(done.stdout)["check"]["verdict"]
    if not math.isfinite(left) and not math.isfinite(right):
        assert verdict == "UNDEFINED"
    elif left == right or math.isnan(left) or math.isnan(right):
        assert verdict in ("PASS", "INCONCLUSIVE")
        assert verdict == "PASS" or case["kind"] == "vanishing but right"
    else:
        assert verdict == "KINK"


CONDITIONALS = [
    ("x if abs(x) > 0 else 3x", {"x": 0.0}, {"x": 1.0}),
    ("x if x > 0 and x > 0 else 3x", {"x": 0.0}, {"x": 2.0}),
    ("x if x > 0 and x < 0 else 3x", {"x": 0.0}, {"x": 3.0}),
    ("x if x > 0 else (2x if x >= 0 else 3x)", {"x": 0.0}, {"x": 2.0}),
    ("x if x else 3x", {"x": 0.0}, {"x": 1.0}),
    ("a*y if t > 0 else b*y", {"a": 1.0, "b": 1.0, "t": 0.0, "y": 3.0}, {"a": 0.0, "y": 1.0, "t": 0.0, "b": 3.0}),
    ("(x if x > 0 else -x) + sqrt(w)", {"x": 0.0, "w": 0.0}, {"x": 0.0, "w": math.inf}),
    ("where(x == 1, z, 1)", {"x": 1.0, "z": 1.0}, {"x": 0.0, "z": 1.0}),
    ("max(x, y, z) + min(x, y)", {"x": 0.5, "y": 0.5, "z": 0.5}, {"x": 1.0, "y": 1.0, "z": 1 / 3}),
]


@pytest.mark.parametrize(("text", "point", "expected"), CONDITIONALS)
def test_a_conditional_is_judged_as_a_whole_and_by_each_variable_for_itself(
    text: str, point: dict[str, float], expected: dict[str, float]
) -> None:
    assert Formula(text).gradient(point).partials == pytest.approx(expected)
    finite = {name: value for name, value in expected.items() if math.isfinite(value)}
    for name, value in finite.items():
        assert Formula(text).directional(point, direction={name: 1.0}).derivatives == [[pytest.approx(value)]]


def test_a_value_and_a_formula_agree_there() -> None:
    x = Value(0.0)
    (x.sqrt() ** 2).backward()
    assert x.grad == Formula("sqrt(x)^2").gradient(x=0).partials["x"] == 1.0


def test_the_note_says_both_numbers_and_why() -> None:
    done = command("grad", "(exp(x) - 1)/x if x != 0 else 1", "--x", "0")
    assert done.code == 0
    assert "df/dx = 0.5 (backpropagation alone gives 0: x != 0 fails at this point only)" in done.stdout
    found = json.loads(command("grad", "(exp(x) - 1)/x if x != 0 else 1", "--x", "0", "--format", "json").stdout)
    assert found["gradient"] == {"x": 0.5} and found["sweep"] == {"x": 0.0}
    undefined = command("grad", "sqrt(abs(x))", "--x", "0")
    assert undefined.code == 3
    assert "the derivative by x is -Infinity from below and Infinity from above" in undefined.stderr


def test_a_wrong_rule_at_a_singular_point_is_still_caught(tmp_path: Path) -> None:
    (tmp_path / "f.ops").write_text("f(x) = x^2\nd/dx = 20*x\n")
    formula = "floor(x) + f(x)"
    done = command("grad", formula, "--x", "1", "--ops", str(tmp_path / "f.ops"), "--check")
    assert done.code == 1


def test_no_function_is_expanded_at_a_regular_point(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(singular, "sides_along", fail)
    for text, point in [
        ("(x + y)*max(y, z)", {"x": 1.0, "y": 2.0, "z": 0.0}), ("abs(x)*y", {"x": 0.0, "y": 3.0}),
        ("x*y + sin(x)", {"x": 0.0, "y": 1.0}), ("where(x > 0, x, 3x)", {"x": 1.0}), ("relu(x)", {"x": -1.0}),
    ]:  # fmt: skip
        Formula(text).gradient(point)


@pytest.mark.parametrize("text", ["sin(x)^2/(1 + x)", "exp(-x)*log(2 + x)", "atan2(x, 1 + x^2)", "hypot(x, 3)*tanh(x)"])
def test_where_a_function_is_regular_its_germ_is_its_taylor_series(text: str) -> None:
    formula = Formula(text)
    series = [formula.derivative(x=0.3, wrt=["x"] * 4).derivatives[k] / math.factorial(k) for k in range(5)]
    with mpmath.workdps(60):
        for rate in (-1, 1):
            germ = expand(build(text), [0.3], {0: 1.0}, rate)[-1]
            assert isinstance(germ, Germ)
            found = [float(germ.coefficient(k)) * rate**k for k in range(5)]
            assert found == pytest.approx(series, rel=1e-13)


def any_formula(draw: random.Random, depth: int) -> str:
    """A formula of any rows, on the numbers where functions are special."""
    if not depth or draw.random() < 0.15:
        return draw.choice(["x", "y", "x", "0", "1", "2", "0.5", "(-1)"])
    parts = [any_formula(draw, depth - 1) for _ in range(4)]
    kind = draw.random()
    if kind < 0.35:
        return f"{draw.choice(ONE)}({parts[0]})"
    if kind < 0.5:
        return f"{draw.choice(TWO)}({parts[0]}, {parts[1]})"
    if kind < 0.6:
        return f"({parts[0]} if {parts[1]} {draw.choice(['>', '<', '>=', '==', '!='])} {parts[2]} else {parts[3]})"
    if kind < 0.7:
        return f"{draw.choice(['max', 'min', 'hypot'])}({', '.join(parts[:3])})"
    return f"({parts[0]} {draw.choice('+-*/^')} {parts[1]})"


CALLED = [row for row in ROWS if not row.is_array and not row.variadic and row.name not in ("and", "or", "not")]
ONE, TWO = ([row.name for row in CALLED if len(row.params) == count] for count in (1, 2))


def test_no_formula_breaks_at_a_special_point() -> None:
    draw = random.Random(5)
    special = (0.0, 1.0, -1.0, 2.0, 0.5, -0.0, 1e-300, 1e200)
    for _ in range(300):
        formula = Formula(any_formula(draw, draw.choice((2, 3, 4))))
        if formula.variables:
            point = {name: draw.choice(special) for name in formula.variables}
            gradient = formula.gradient(point)
            assert formula.tangent(point).wanted == gradient.wanted
            assert len(formula.hessian(point).entries) == len(gradient.wanted)
            if gradient.diagnosis is None:
                assert all(map(math.isfinite, gradient.partials.values())), formula
