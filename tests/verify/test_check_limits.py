"""The check where it is hard: kinks and jumps, huge and tiny numbers, faults of unusual kinds, a request cut short."""

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autodiff
from autodiff.cli.root import run as command
from autodiff.differentiate.results.gradient import Gradient
from autodiff.evaluate import extended
from autodiff.graph.build import build
from autodiff.graph.graph import Call
from autodiff.ops.row import Kinked
from autodiff.report.say.check import headline, sentences
from autodiff.verify import verdict as checking
from autodiff.verify.oracles import differences as numeric
from autodiff.verify.oracles.sympy_process import ask_proofs
from autodiff.verify.results import Check, Verdict
from autodiff.verify.settings import Settings

VERDICTS = [
    # Kinks and jumps that are none, and some that no rule marks
    ("abs(x)^3", {"x": 0}, "PASS"),
    ("abs(x - y)^1.5", {"x": 1, "y": 1}, "PASS"),
    ("where(x == 0, 1, sin(x)/x)", {"x": 0}, "PASS"),
    ("where(x == 0, 5, sin(x)/x)", {"x": 0}, "KINK"),
    ("sqrt(x^2)", {"x": 0}, "KINK"),
    ("not x", {"x": 0}, "KINK"),
    ("x if x == 3 else 3*x", {"x": 3}, "KINK"),
    # By x alone, and by y alone, it is 0 on both sides.
    ("x if x > 0 and y > 0 else 0", {"x": 0, "y": 0}, "PASS"),
    ("abs(x)*sign(x)", {"x": 0}, "PASS"),
    ("sqrt(1 - cos(x))", {"x": 0}, "KINK"),
    ("(exp(x) - 1)/x if x != 0 else 1", {"x": 0}, "PASS"),
    ("((1 + x)^2 - 1)/x if x != 0 else 2", {"x": 0}, "PASS"),
    ("sqrt(abs(x))", {"x": 0}, "UNDEFINED"),
    ("1/(1 + exp(-x))", {"x": -400}, "PASS"),
    ("clamp(x, a, b)", {"x": 1, "a": 1, "b": 1}, "KINK"),
    ("where(x > 0, sqrt(x), 0)", {"x": 0}, "KINK"),
    ("where(x > 0, x*log(x), 0)", {"x": 0}, "KINK"),
    ("x > y", {"x": 1e-300, "y": 0}, "PASS"),
    ("abs(x - 1e-300)", {"x": 0}, "PASS"),
    ("log(exp(x)) - x", {"x": 0.7}, "PASS"),
    # Huge and tiny
    ("sin(x)", {"x": 1e300}, "PASS"),
    ("sinc(x)", {"x": 1e200}, "PASS"),
    ("cos(x)", {"x": 1e-300}, "PASS"),
    ("floor(x)", {"x": 1e300}, "KINK"),
    ("x % 1", {"x": 1e300}, "KINK"),
    ("x % 3", {"x": 1e22}, "PASS"),
    ("floor(1e60*x)", {"x": 0.7}, "KINK"),
    ("atan2(y, x)", {"x": -1, "y": -1e-300}, "PASS"),
    ("exp(-1/x^2)", {"x": 1e-3}, "PASS"),
    ("tanh(x)", {"x": 1000}, "PASS"),
    ("mish(x)", {"x": -1000}, "PASS"),
    ("fmod(3, x)", {"x": 1e-300}, "PASS"),
    ("x % y", {"x": 1e-8, "y": 1e-300}, "PASS"),
    ("fmod(x, y) + 1", {"x": 1e300, "y": 7}, "PASS"),
    ("lgamma(lgamma(x))", {"x": 1e10}, "PASS"),
    ("atan2(log(x), y)", {"x": 0, "y": 1}, "UNDEFINED"),
    ("copysign(x, y)", {"x": 2, "y": -0.0}, "INCONCLUSIVE"),
    # 0 times infinity is no 0
    ("sqrt(x)^2", {"x": 0}, "PASS"),
    ("acos(x)^2", {"x": 1}, "PASS"),
    ("x*sqrt(x)", {"x": 0}, "PASS"),
    # A row that has no derivative by an argument is not wrong
    ("besselj(n, x)", {"n": 1, "x": 2}, "UNDEFINED"),
]


def run(text: str, point: dict[str, float], *, every_node: bool = False) -> Check:
    gradient = autodiff.Formula(text).gradient(point)
    return checking.check(gradient, Settings(every_node=every_node))


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("text", "point", "verdict"), VERDICTS)
def test_the_verdict_is_the_truth_at_the_limits(text: str, point: dict[str, float], verdict: str) -> None:
    assert run(text, point).verdict.value == verdict


@pytest.mark.usefixtures("in_process")
def test_both_witnesses_speak_far_from_one() -> None:
    for text, x in [("cos(x)", 1e-300), ("sin(x)", 1e300), ("sphericalbessel(2, x)", 0.5)]:
        found = run(text, {"x": x}).inputs["x"]
        assert found.symbolic is not None and found.numeric == pytest.approx(found.reverse, rel=1e-12)


@pytest.mark.usefixtures("in_process")
def test_sympy_knows_operations_that_jump_elsewhere() -> None:
    for text in ("atan2(y, x)", "copysign(x, y)", "fmod(x, y)", "floor(x)*y"):
        found = run(text, {"x": 2.5, "y": -3}, every_node=True)
        assert found.verdict is Verdict.PASS
        assert all(node.symbolic is not None for node in found.nodes)


# What it says


def said(text: str, **point: float) -> str:
    found = run(text, point)
    return "\n".join([headline(found), *sentences(found)])


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("text", "point", "sentence"),
    [
        ("abs(x)", {"x": 1e-300}, "abs(x) is only 1e-300 away from its kink"),
        ("floor(x)", {"x": 3 - 2**-51}, "floor(x) is only 4.44e-16 away from its kink"),
        ("where(x == 0, 5, x)", {"x": 0}, "the function jumps here"),
        ("(x + 1e16) - 1e16", {"x": 1.3}, "few digits of the value are right: they are lost in f = a - 1e16"),
        ("copysign(x, y)", {"x": 2, "y": 0}, "symbolic unavailable: lt jumps here"),
        ("3", {}, "check: PASS, there is no derivative to check"),
    ],
)
def test_a_sentence_says_what_is_so(text: str, point: dict[str, float], sentence: str) -> None:
    assert sentence in said(text, **point)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("text", "point", "words"),
    [
        ("hypot(x, y)", {"x": 0, "y": 1}, "away from its kink"),
        ("hypot(x, y)", {"x": 1e-10, "y": 1}, "away from its kink"),
        ("where(x >= 0, x^2, x^3)", {"x": 0}, "away from its kink"),
        ("where(x >= 0, x^2, x^3)", {"x": 0}, "Error"),
        ("log(exp(x)) - x", {"x": 1}, "few digits"),
        ("lgamma(x)", {"x": 1e10}, "cancel"),
    ],
)
def test_a_sentence_does_not_say_what_is_not_so(text: str, point: dict[str, float], words: str) -> None:
    assert words not in said(text, **point)


@pytest.mark.usefixtures("in_process")
def test_inputs_with_a_gradient_are_checked_beside_those_without() -> None:
    found = run("x^y", {"x": -2, "y": 3})
    assert (found.verdict, found.inputs["x"].verdict) == (Verdict.UNDEFINED, Verdict.PASS)


# Faults that are planted


def planted(text: str, name: str, point: dict[str, float], **changes: Any) -> Check:
    graph = build(text)
    row = next(call.row for call in graph.calls if call.row.name == name)
    wrong = row._replace(**changes)
    graph.calls = [Call(wrong, call.arity) if call.row is row else call for call in graph.calls]
    return checking.check(Gradient(graph, [float(point[each]) for each in graph.inputs]), Settings())


def constantly(value: float) -> Callable[[float], float]:
    return lambda x: value


ABS = Kinked("where(x > 0, 1, -1)", "where(x >= 0, 1, -1)", "sign(x) + 5*(x == 0)")


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("text", "name", "point", "changes", "message"),
    [
        ("exp(x) + 1", "exp", {"x": 0.3}, {"floats": lambda x: math.exp(x) * (1 + 1e-9)}, "exp is computed badly"),
        ("exp(x) + 1", "exp", {"x": 0.3}, {"floats": constantly(math.nan)}, "exp is NaN in doubles here"),
        ("exp(x) + 1", "exp", {"x": 0.3}, {"floats": constantly(math.inf)}, "exp is infinite in doubles here"),
        ("x*exp(x)", "exp", {"x": 0.3}, {"partials": ("inf",)}, "+inf by its rule"),
        ("x*exp(x)", "exp", {"x": 0.3}, {"partials": ("exp(x)*(1 + 1e-14)",)}, "1.3498588075760166 by its rule"),
        ("x*exp(x)", "exp", {"x": 0.3}, {"partials": ("exp(x) + 1e-17",)}, "1.349858807576003098997301 by its rule"),
        ("exp(-x)", "exp", {"x": 800}, {"partials": ("exp(x)*1.001",)}, "exp"),
        ("abs(x)", "abs", {"x": 0}, {"partials": (ABS,)}, "5 by its rule, and -1 from below and 1 from above"),
        (
            "atan2(y, x)", "atan2", {"x": -1, "y": -1e-300},
            {"partials": ("-x/(x^2 + y^2)", "-y/(x^2 + y^2)")}, "1.0 by its rule, and -1.0 by differences",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_an_unusual_kind_is_named(
    text: str, name: str, point: dict[str, float], changes: dict[str, Any], message: str
) -> None:
    found = planted(text, name, point, **changes)
    assert found.verdict is Verdict.FAIL
    assert found.culprit is not None and message in found.culprit.message


@pytest.mark.usefixtures("in_process")
def test_a_sweep_that_is_wrong_in_one_of_many_inputs_is_caught() -> None:
    names = [f"x{k}" for k in range(700)]
    point = {name: 1 + k / 7 for k, name in enumerate(names)}
    gradient = autodiff.Formula(" + ".join(f"{name}^2" for name in names)).gradient(point)
    gradient.adjoints[13] *= 1.001
    found = checking.check(gradient, Settings())
    assert found.verdict is Verdict.FAIL
    assert found.inputs["x13"].dissent == "forward"


@pytest.mark.usefixtures("in_process")
def test_a_kink_among_many_inputs_is_no_jump() -> None:
    names = [f"x{k}" for k in range(700)]
    found = run(" + ".join(f"abs({name})" for name in names), {name: k / 7 for k, name in enumerate(names)})
    assert (found.inputs["x0"].verdict, found.inputs["x1"].verdict) == (Verdict.KINK, Verdict.PASS)
    assert found.inputs["x0"].remarks[0].startswith("on a kink")


def test_a_kink_that_is_close_is_not_here() -> None:
    with extended.digits(50):
        assert numeric.slope(lambda x: max(x, x * 3 - extended.exact(1e-300)), 0.0).left == 1


# Every node


@pytest.mark.usefixtures("in_process")
def test_a_node_behind_a_kink_leaves_the_verdict_a_kink() -> None:
    assert run("x*(x > 0 and y > 0)", {"x": 1, "y": -1}, every_node=True).verdict is Verdict.PASS
    for text in ("max(x, y)*floor(x)", "f(t) = t^3 + abs(t); f(x) + f(y)"):
        assert run(text, {"x": 1, "y": 1}, every_node=True).verdict is not Verdict.INCONCLUSIVE
        assert run(text, {"x": 0, "y": 1}, every_node=True).verdict is Verdict.KINK


def test_differences_decide_on_nodes_where_sympy_has_no_time() -> None:
    found = autodiff.check("x^2*sin(y)", {"x": 1, "y": 2}, timeout=0.001, nodes=True)
    assert found.verdict is Verdict.PASS
    assert all(node.verdict is Verdict.PASS for node in found.nodes)


# Options and processes


@pytest.mark.parametrize("option", ["--check-timeout", "--step"])
@pytest.mark.parametrize("value", ["nan", "inf", "0", "-1"])
def test_a_wait_or_a_step_that_is_no_positive_number_is_a_wrong_request(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["grad", "x^2", "--x", "3", "--check", f"{option}={value}"]) == 2
    assert f"invalid value for '{option}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "step", "sentence"),
    [
        ("x^2", 1e308, "with this step the difference in doubles is no number"),
        ("log(x)", 5, "with this step the difference in doubles is no number"),
        # (log(5.9) - log(0.1))/5.8 - 1/3
        ("log(x)", 2.9, "the difference in doubles is 0.703023697225, with an expected error of 0.37"),
    ],
)
@pytest.mark.usefixtures("in_process")
def test_the_expected_error_of_a_difference_is_its_error(text: str, step: float, sentence: str) -> None:
    found = checking.check(autodiff.Formula(text).gradient(x=3), Settings(step=step))
    assert f"x: {sentence}" in list(sentences(found))


def test_a_wait_of_any_length_is_one() -> None:
    assert autodiff.check("x^2", x=1, timeout=1e300).verdict is Verdict.PASS


def test_a_process_that_nobody_waits_for_ends_itself() -> None:
    formula = "sin(x*exp(y))^2*cos(x + y)/sqrt(1 + x^2*y^4)*atan(x*y)^3 + log(1 + x^2)^y*tan(x/(1 + y^2))"
    graph = build(formula)
    oracle = ask_proofs(graph, [("x", graph)] * 50)
    assert oracle._process is not None and oracle._process.stdin is not None
    oracle._process.stdin.flush()
    oracle._process.stdin.close()
    assert oracle._process.wait(timeout=20) == 1
    oracle.stop()


def test_sympy_gets_a_limited_memory() -> None:
    code = "from autodiff.verify.oracles.limits import limit_memory; limit_memory(2 << 30); bytearray(8 << 30)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert sys.platform != "linux" or "MemoryError" in found.stderr
