"""The witnesses look closely enough, with the digits and the steps that it takes, and not for ever."""

import itertools
import time
from collections.abc import Callable, Iterator

import mpmath
import pytest
from tests.support import autodiff as run_autodiff

import autodiff
from autodiff import Formula
from autodiff.api import differentiate, simplify_derivatives
from autodiff.differentiate.results.gradient import Gradient
from autodiff.evaluate import extended
from autodiff.graph.build import build
from autodiff.verify import verdict as checking
from autodiff.verify.judge import Evidence, gradient_size, judge
from autodiff.verify.oracles import differences as numeric
from autodiff.verify.oracles import sympy_process
from autodiff.verify.oracles.witness import Statement
from autodiff.verify.results import Verdict


def chaos(steps: int) -> str:
    """The logistic map at 4, of which every step loses a binary digit; its numbers stay between 0 and 1."""
    return "; ".join(f"x{k + 1} = 4*x{k}*(1 - x{k})" for k in range(steps))


def chaotic(x: float, steps: int) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The value after so many steps, and its derivative by `x`, in the precision of now."""
    value, slope = mpmath.mpf(x), mpmath.mpf(1)
    for _ in range(steps):
        value, slope = 4 * value * (1 - value), slope * (4 - 8 * value)
    return value, slope


@pytest.mark.parametrize("steps", [20, 120, 200, 260, 400])
def test_values_and_adjoints_take_the_digits_that_it_takes(steps: int) -> None:
    gradient = Formula(f"{chaos(steps)}; x{steps}").gradient(x0=0.3)
    found = checking.sweep_extended(gradient)
    with extended.digits(1000):
        value, slope = chaotic(0.3, steps)
        assert abs(found.values[gradient.graph.outputs[0]] - value) <= abs(value) * mpmath.mpf(10) ** -30
        assert abs(found.adjoints[0] - slope) <= abs(slope) * mpmath.mpf(10) ** -30


@pytest.mark.parametrize(
    ("output", "wrt"),
    # Only the value needs digits, only the adjoint does.
    [("x260 + z", ["z"]), ("z*x260", ["z"])],
)
def test_the_value_and_the_adjoints_must_both_agree(output: str, wrt: list[str]) -> None:
    gradient = Formula(f"{chaos(260)}; {output}").gradient({"x0": 0.3, "z": 0.0}, wrt=wrt)
    found = checking.sweep_extended(gradient)
    with extended.digits(1000):
        value, _ = chaotic(0.3, 260)
        wanted = (value, 1) if output == "x260 + z" else (0, value)
        numbers = found.values[gradient.graph.outputs[0]], found.adjoints[gradient.graph.input_numbers["z"]]
        for number, truth in zip(numbers, wanted, strict=True):
            assert abs(number - truth) <= abs(truth) * mpmath.mpf(10) ** -30


@pytest.mark.parametrize(
    ("text", "x"), [("x*(1 - tanh(x)^2)", 200), ("x*(1 - tanh(x)^2)", 130), ("x*(1 - erf(x))", 24)]
)
@pytest.mark.usefixtures("in_process")
def test_two_precisions_that_lose_all_digits_do_not_agree(text: str, x: float) -> None:
    found = autodiff.check(text, x=x)
    one = found.inputs["x"]
    # The derivation is right; what doubles make of it is not.
    assert found.verdict is not Verdict.FAIL and one.extended == one.symbolic
    assert one.digits is not None and one.digits < 4
    assert any("few digits are right: they are lost in" in remark for remark in found.remarks)


# Steep functions are no jumps


@pytest.mark.parametrize("steepness", [0, 22, 30, 100, 300])
def test_a_steep_function_has_a_derivative(steepness: int) -> None:
    ten = mpmath.mpf(10) ** steepness
    found = numeric.slope(lambda x: mpmath.atan(x * ten), 0.0)
    assert not found.jumps and not found.sides_differ
    assert found.value is not None and abs(found.value / ten - 1) < 1e-18


def test_what_comes_nearer_slowly_does_not_jump() -> None:
    found = numeric.slope(lambda x: mpmath.sign(x) * abs(x) ** mpmath.mpf(0.05), 0.0)
    assert not found.jumps and not found.is_sharp


@pytest.mark.parametrize("height", [1.0, 1e-30])
def test_what_stays_away_from_its_value_jumps_by_that_much(height: float) -> None:
    found = numeric.slope(lambda x: x + (height if x > 0 else 0), 0.0)
    assert found.jumps and abs(found.jump - height) < 1e-9 * height


def test_a_jump_on_a_steep_function_is_one() -> None:
    assert numeric.slope(lambda x: mpmath.atan(x * mpmath.mpf(10) ** 15) + (x > 0), 0.0).jumps


# The limit on closer steps


def clock(seconds: float) -> Callable[[], float]:
    """A clock that goes on by so many seconds whenever somebody looks at it."""
    now: Iterator[float] = itertools.count(0.0, seconds)
    return lambda: next(now)


@pytest.mark.parametrize(("seconds", "steps"), [(0.0, 5), (2.0, 3), (10.0, 1)])
def test_closer_steps_end_when_patience_does(monkeypatch: pytest.MonkeyPatch, seconds: float, steps: int) -> None:
    monkeypatch.setattr(time, "monotonic", clock(seconds))
    calls = 0

    def rough(x: mpmath.mpf) -> mpmath.mpf:
        nonlocal calls
        calls += 1
        # However close one comes, this is no straight line.
        return mpmath.mpf(0) if not x else x * (2 + mpmath.sin(mpmath.log(abs(x))))

    found = numeric.slope(rough, 0.0)
    # The value at the point, and at two steps on either side.
    assert (calls, found.is_sharp) == (5 * steps, False)


def test_no_closer_step_is_tried_where_one_is_good_enough() -> None:
    calls: list[mpmath.mpf] = []
    assert numeric.slope(lambda x: calls.append(x) or mpmath.exp(x), 1.0).is_sharp  # type: ignore[func-returns-value]
    assert len(calls) == 5


# What SymPy rewrites


@pytest.mark.parametrize(
    ("answer", "accepted", "reason"),
    [
        ("2*x*cos(x^2)", "2*x*cos(x^2)", ""),
        ("3*x", "", "what SymPy gives has other values"),
        # Right at one point in two, or nearly.
        ("where(x > 0, 2*x*cos(x^2), 1)", "", "what SymPy gives has other values"),
        ("2*x*cos(x^2)*1.00001", "", "what SymPy gives has other values"),
        ("log(-1 - x^2)", "", "what SymPy gives has other values"),
        ("sinn(x)", "", "what SymPy gives is no formula here"),
    ],
)
def test_what_sympy_rewrites_is_held_against_the_derivative(
    monkeypatch: pytest.MonkeyPatch, answer: str, accepted: str, reason: str
) -> None:
    said = f"""import sys; sys.stdin.readline(); print('[0, "{answer}", ""]'); print("done")"""
    monkeypatch.setattr(sympy_process, "_COMMAND", ["-c", said])
    (derivative,) = differentiate("sin(x^2)")
    ((found, why),) = simplify_derivatives([derivative])
    assert found.text == accepted or (not accepted and found is derivative)
    assert why.startswith(reason) and bool(why) is bool(reason)


def test_few_digits_are_no_plain_pass() -> None:
    """The derivation is right and the number is not: the exit code says so, in every format, until fewer are enough."""
    lost = ["grad", "(1 - cos(x))/x^2", "--x", "1e-6", "--check"]
    for form in ("table", "json", "csv", "markdown", "plain", "value"):
        found = run_autodiff(*lost, "--format", form)
        assert found.code == 4, form
        assert form in ("json",) or "rounding leaves 0 of 16 digits" in found.stdout + found.stderr
    assert run_autodiff(*lost, "--min-digits", "0").code == 0
    assert run_autodiff("grad", "sin(x)", "--x", "1", "--check", "--min-digits", "12").code == 0
    plain = run_autodiff(*lost, "--format", "plain").stdout
    assert plain.splitlines()[1].split("\t")[2:] == ["PASS", "0"]
    found = run_autodiff("grad", "sin(x)", "--x", "1", "--check", "--min-digits", "17")
    assert (found.code, found.stdout) == (2, "")
    check = autodiff.check("(1 - cos(x))/x^2", x=1e-6)
    assert check.few and check.verdict is Verdict.PASS
    assert not autodiff.check("(1 - cos(x))/x^2", x=1e-6, min_digits=0).few


@pytest.mark.parametrize(
    ("text", "x"), [("1 - tanh(x)^2", 200), ("1 - tanh(x)^2", 100), ("1 + exp(-x) - 1", 500), ("log(sigmoid(x))", 820)]
)
def test_differences_know_what_is_lost_inside_the_function(text: str, x: float) -> None:
    found = autodiff.check(text, {"x": x})
    assert found.verdict is Verdict.PASS
    assert found.inputs["x"].dissent is None


def test_differences_see_a_wrong_rule_where_nearly_all_cancels() -> None:
    graph = build("1 - tanh(x)^2", ["x"])
    sizes = gradient_size(Gradient(graph, [200.0]))
    slope = numeric.by_input(graph, [200.0], 0, sizes=sizes, nothing=mpmath.mpf(10) ** -200)
    truth = -2 * mpmath.tanh(200) / mpmath.cosh(200) ** 2
    assert slope.value is not None and abs(slope.value - truth) <= abs(truth) * mpmath.mpf(10) ** -15
    rough = numeric.by_input(graph, [200.0], 0, sizes=sizes)
    assert rough.value is not None and abs(rough.value - truth) <= rough.error


def test_who_cannot_tell_says_why() -> None:
    known = Evidence(1.0, mpmath.mpf(1), 1.0, said={"numeric": Statement(reason="it is rough")})
    found = judge("x", known, lambda: False, lambda: mpmath.mpf(1))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.remarks == ("numeric unavailable: it is rough",)


@pytest.mark.parametrize("y", [1.13, 15.0, 17.0])
def test_nodes_of_which_all_digits_are_lost_do_not_convict_a_right_gradient(y: float) -> None:
    # Kahan, "A critique of John L. Gustafson's The End of Error", 2016: q is exactly 0, and rounding is not.
    text = "q = abs(y - sqrt(y^2 + 1)) - 1/(y + sqrt(y^2 + 1)); z = q^2; (exp(z) - 1)/z if z != 0 else 1"
    every = autodiff.check(text, {"y": y}, nodes=True)
    # Nodes before the comparison may sit on its kink, where the gradient by the input exists.
    assert every.verdict in (autodiff.check(text, {"y": y}).verdict, Verdict.KINK)
    assert not [node for node in every.nodes if node.verdict is Verdict.FAIL]
