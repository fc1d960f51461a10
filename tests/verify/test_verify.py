"""Claimed derivatives: right ones pass, wrong ones fail with a counterexample and the right advice."""

import contextlib
import io
import json

import pytest

import autodiff
from autodiff.api import verify_claims
from autodiff.cli.root import run
from autodiff.graph.build import build
from autodiff.verify.claims import ClaimCheck, Sampling, check_claim
from autodiff.verify.results import Verdict

RIGHT = [
    ("sin(x^2)", "x", "2*x*cos(x^2)"),
    ("a*exp(-b*t)", "b", "-a*t*exp(-b*t)"),
    ("log(x)/x", "x", "(1 - log(x))/x^2"),
    ("0.1*x^2", "x", "0.2x"),
    ("sqrt(x)", "x", "1/(2*sqrt(x))"),
    ("max(x, y)", "x", "x > y"),
    ("x if x > 1 else x^2", "x", "1 if x > 1 else 2x"),
    ("u = x*y; sin(u)", "x", "y*cos(x*y)"),
    ("log(x - 5)", "x", "1/(x - 5)"),
    ("((x + 1e40) - 1e40)^2", "x", "2x"),
    ("atan(x)", "x", "1/(1 + x^2)"),
    ("pi*x", "x", "3.141592653589793"),
    ("2^x", "x", "0.6931471805599453*2^x"),
]
WRONG = [
    ("sin(x^2)", "x", "cos(x^2)", "inner derivative is missing"),
    ("sin(x^2)", "x", "2*x*2*x*cos(x^2)", "twice"),
    ("x^3", "x", "x^2", "multiply it by 3"),
    ("x^2/2", "x", "2x", "multiply it by 1/2"),
    ("exp(-x)", "x", "exp(-x)", "sign"),
    ("x^2 + y", "x", "2x + 1", "add -1"),
    ("x*sin(x)", "x", "x*cos(x)", "a term is missing"),
    ("tanh(x)", "x", "1 - tanh(x)^2 + 1e-9*x", ""),
    ("x^2", "x", "0", "should not be"),
    # However small the difference is
    ("x*1e-70", "x", "1e-71", "multiply it by 10"),
    ("exp(-10*x^2 - 200)", "x", "0", "should not be"),
    ("x^2", "x", "2x + 1e-30", "add -1e-30"),
    ("sin(x^2)", "x", "2*x*cos(x^2)*(1 + 1e-12)", "right to 12 digits"),
    ("pi*x", "x", "3.14159265358", "right to 11 digits"),
    # Right in a part of the domain
    ("abs(x)", "x", "1", "right at 17 of 20 points"),
    ("x^2", "x", "2*sqrt(x)^2", "right where it has a value"),
    ("x^2", "x", "2x if x < 9.9 else 0", "right at"),
    ("x^2 if x < 100 else 5", "x", "2x", "right at"),
]


def judge(formula: str, name: str, claim: str, **bindings: float) -> ClaimCheck:
    (found,) = verify_claims(autodiff.Formula(formula), {name: claim}, bindings)
    return found


@pytest.mark.parametrize(("formula", "name", "claim"), RIGHT)
def test_a_right_claim_passes(formula: str, name: str, claim: str) -> None:
    found = judge(formula, name, claim)
    assert found.verdict is Verdict.PASS, found
    assert found.points >= 20


@pytest.mark.parametrize(("formula", "name", "claim", "advice"), WRONG)
def test_a_wrong_claim_fails_with_a_counterexample_and_advice(formula: str, name: str, claim: str, advice: str) -> None:
    found = judge(formula, name, claim)
    assert found.verdict is Verdict.FAIL
    assert found.counterexample is not None
    point = dict(found.counterexample.where)
    assert autodiff.Formula(formula).gradient(point).partials[name] == pytest.approx(found.counterexample.truth)
    assert advice in found.advice
    assert len(set(found.counterexample.shown)) == 2


def test_smooth_claims_are_proved() -> None:
    assert judge("sin(x^2)", "x", "2*x*cos(x^2)").proved
    assert not judge("max(x, y)", "x", "x > y").proved


def test_a_given_point_is_the_only_one() -> None:
    found = judge("x^2", "x", "x + 3", x=3)
    assert found.verdict is Verdict.PASS and found.points == 1
    assert judge("abs(x)", "x", "0", x=0).verdict is Verdict.KINK
    assert judge("log(x)", "x", "1/x", x=-1).verdict is Verdict.UNDEFINED


@pytest.mark.parametrize(
    ("formula", "claim", "x", "verdict"),
    [
        ("sqrt(x^2)", "0", 0, "KINK"),
        ("sqrt(x)^2", "1", 0, "UNDEFINED"),
        ("x*sqrt(x)", "1.5*sqrt(x)", 0, "PASS"),
        # 0.1*3 - 0.3 is positive in doubles, and zero in decimals.
        ("sqrt(0.1*x - 0.3)", "0.05/sqrt(0.1*x - 0.3)", 3, "UNDEFINED"),
    ],
)
def test_a_point_where_zero_meets_infinity_decides_by_differences(
    formula: str, claim: str, x: float, verdict: str
) -> None:
    assert judge(formula, "x", claim, x=x).verdict.value == verdict


def test_by_a_variable_that_the_formula_does_not_use_the_derivative_is_zero() -> None:
    for claim, verdict in [("0", Verdict.PASS), ("2x", Verdict.FAIL)]:
        found = check_claim(build("3y"), "x", build(claim), {"x": 1.0, "y": 2.0}, Sampling(5, 0, {}))
        assert found.verdict is verdict


def test_an_undefined_derivative_says_why() -> None:
    (remark,) = judge("besselj(n, x)", "n", "0").remarks
    assert "the derivative of besselj with respect to n is undefined" in remark


def test_the_counterexample_shows_where_numbers_differ() -> None:
    _, out, _ = command("sin(x^2)", "--claim", "x=2*x*cos(x^2)*(1 + 1e-12)")
    assert "the claim is -3.4142424783106131, and the derivative is -3.4142424783071985" in out


def test_advice_on_a_large_formula_takes_one_sweep() -> None:
    formula = " + ".join(f"sin({k}*x)" for k in range(1, 120))
    assert judge(formula, "x", "cos(x)*exp(x)").verdict is Verdict.FAIL


def command(*args: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["verify", *args])
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("args", "code", "out"),
    [
        (["sin(x^2)", "--claim", "x=2*x*cos(x^2)"], 0, "x\tPASS\n"),
        (["sin(x^2)", "--claim", "x=cos(x^2)"], 1, "x\tFAIL\n"),
        (["x*y", "--claim", "x=y", "--claim", "y=y"], 1, "x\tPASS\ny\tFAIL\n"),
        (["abs(x)", "--claim", "x=0", "--x", "0"], 4, "x\tKINK\n"),
        (["log(x)", "--claim", "x=1/x", "--range", "x=-2:-1"], 3, "x\tUNDEFINED\n"),
    ],
)
def test_the_exit_code_is_the_worst_verdict(args: list[str], code: int, out: str) -> None:
    assert command(*args, "--format", "plain") == (code, out, "")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["x*y", "--claim", "z=1"], "'z'"),
        (["x*y", "--claim", "x=z"], "'z'"),
        (["x*y", "--claim", "x"], "--claim x"),
        (["x*y", "--claim", "x=y", "--claim", "x=2y"], "claimed twice"),
        (["x*y", "--claim", "x=y +"], "missing after '+'"),
        (["x*y", "--claim", "x=y", "--range", "x=5"], "no range"),
        (["x*y", "--claim", "x=y", "--range", "x=5:1"], "empty"),
        (["x*y", "--claim", "x=y", "--range", "q=0:1"], "'q'"),
        (["x*y", "--claim", "x=y", "--range", "x=1:"], "no range"),
        (["x*y", "--claim", "x=y", "--range", "x=0:inf"], "not finite"),
        (["x*y", "--claim", "x=y", "--range", "x=nan:1"], "not finite"),
        (["x*y", "--claim", "x=y", "--range", "x=0:1", "--range", "x=2:3"], "given a range twice"),
        (["x*y", "--claim", "x=y", "--range", "x=0:1", "--x", "5"], "a value and a range"),
        (["x*y", "--claim", "x=y", "--check-timeout", "nan"], "no finite number"),
        (["x, y", "--claim", "x=1"], "one output"),
    ],
)
def test_a_wrong_request_is_an_error_with_a_hint(args: list[str], message: str) -> None:
    code, out, err = command(*args)
    assert (code, out) == (2, "")
    assert message in err and "hint:" in err


def test_json_holds_the_counterexample() -> None:
    code, out, _ = command("x^3", "--claim", "x=x^2", "--format", "json", "--seed", "4")
    found = json.loads(out)["claims"][0]
    assert code == 1 and found["verdict"] == "FAIL"
    assert found["counterexample"]["derivative"] == pytest.approx(3 * found["counterexample"]["claim"])


def test_a_range_may_be_as_wide_as_doubles() -> None:
    code, out, _ = command("atan(x)", "--claim", "x=1/(1 + x^2)", "--range", "x=-1e308:1e308")
    assert code == 0 and "agrees at 20 points" in out


def test_the_same_seed_draws_the_same_points() -> None:
    first, second = (command("x^3", "--claim", "x=x^2", "--seed", seed)[1] for seed in ("1", "1"))
    assert first == second != command("x^3", "--claim", "x=x^2", "--seed", "2")[1]


@pytest.mark.parametrize(
    "formula",
    [
        "x^2/x - x", "atan(x) + atan(1/x)", "sec(x)^2 - tan(x)^2", "log(exp(x)) - x", "exp(log(x))/x",
        "atan2(y, x) - atan(y/x)", "cos(3*x) - 4*cos(x)^3 + 3*cos(x)", "acosh(x) - log(x + sqrt(x^2 - 1))",
        "lgamma(x + 1) - lgamma(x) - log(x)", "atanh(x) - log((1 + x)/(1 - x))/2",
    ],
)  # fmt: skip
def test_rounding_refutes_no_claim_that_is_identically_right(formula: str) -> None:
    graph = build(formula)
    found = check_claim(graph, "x", build("0"), {}, Sampling(20, 0, {}))
    assert found.verdict is Verdict.PASS, found
    # A gap that is real stands, however small.
    wrong = check_claim(graph, "x", build("1e-120"), {}, Sampling(20, 0, {}))
    assert wrong.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("formula", "claim"),
    [
        ("max(x, -50)", "1"), ("max(x, -1000)", "1"), ("relu(x - 1e6)", "0"), ("where(x > 1e5, x, 2*x)", "2"),
        ("max(x^2, 1e-6)", "2*x"), ("min(x, 1e4)", "1"), ("tanh(1e9*x)", "0"), ("abs(x - 0.5)", "sign(x - 0.50001)"),
        ("clamp(x, -200, 200)", "1"), ("max(y*x, -300)", "y"),
    ],
)  # fmt: skip
def test_a_wrong_claim_does_not_pass_for_want_of_points(formula: str, claim: str) -> None:
    found = check_claim(build(formula), "x", build(claim), {}, Sampling(20, 0, {}))
    assert found.verdict is Verdict.FAIL
    assert found.counterexample is not None


ONES = {"W": [[1, 1], [1, 1]], "x": [1, 1], "y": [2, 2]}


@pytest.mark.parametrize(
    ("formula", "name", "right", "wrong"),
    [
        ("0.5*sum((y - W@x)^2)", "W", "-outer(y - W@x, x)", "outer(y - W@x, x)"),
        ("sum(x^3)", "x", "3*x^2", "3*x"),
        ("x @ W @ x", "x", "(W + W.T) @ x", "2*W@x"),
        ("sum(x*y)", "x", "y", "x + 1"),
    ],
)
@pytest.mark.usefixtures("in_process")
def test_a_claim_by_an_array_is_judged_at_other_arrays_of_the_shape(
    formula: str, name: str, right: str, wrong: str
) -> None:
    """Each wrong claim is right at the values that are given."""
    function = autodiff.Formula(formula)
    values = {variable: ONES[variable] for variable in function.variables}
    for claim, verdict in ((right, Verdict.PASS), (wrong, Verdict.FAIL)):
        found = verify_claims(function, {name: claim}, values, samples=5)
        assert {one.verdict for one in found} == {verdict}, claim
    for one in found:
        assert one.counterexample is not None
        assert one.remarks == ("it is right at the values that were given, but not at others of the same shape",)


def test_numbers_beside_an_array_stay_as_they_are_given() -> None:
    (found,) = verify_claims(autodiff.Formula("sum(k*x)"), {"x": "2"}, {"x": [1], "k": 2}, samples=5)
    assert (found.verdict, found.points) == (Verdict.PASS, 5)


def test_a_range_is_one_for_every_element_of_an_array() -> None:
    formula = autodiff.Formula("sum(where(x > 3, x^2, x))")
    (found,) = verify_claims(formula, {"x": "1"}, {"x": [1]}, ranges={"x": (4, 5)})
    assert found.counterexample is not None and 4 <= found.counterexample.where["x[0]"] <= 5
    assert found.remarks == ()
    (found,) = verify_claims(formula, {"x": "2*x"}, {"x": [1]}, ranges={"x": (4, 5)})
    assert (found.verdict, found.points) == (Verdict.PASS, 20)


def test_a_large_formula_is_judged_at_as_many_points_as_there_is_time_for() -> None:
    formula = autodiff.Formula(" + ".join(f"sin({k}*x)" for k in range(3000)))
    claim = " + ".join(f"{k}*cos({k}*x)" for k in range(3000))
    (found,) = verify_claims(formula, {"x": claim}, {}, timeout=4)
    assert found.verdict is Verdict.PASS
    assert 1 <= found.points < 20
    assert "there was no time for more points" in found.remarks


@pytest.mark.parametrize("number", ["9" * 5000, f"0.{'1' * 5000}", f"{'1' * 5000}e-5000"])
def test_a_number_of_more_digits_than_python_reads_is_no_fault(number: str) -> None:
    code, _, err = command("x^2", "--x", "1", "--claim", f"x=2x*{number}")
    assert code in (1, 3, 4), err


def test_a_claim_may_use_what_the_output_does_not() -> None:
    (found,) = verify_claims(autodiff.Formula("a = x; sum(y)"), {"x": "x"}, {})
    assert found.verdict is Verdict.FAIL
    (found,) = verify_claims(autodiff.Formula("a = x; sum(y)"), {"x": "x - x"}, {})
    assert found.verdict is Verdict.PASS


NODES = [
    ("a = w*x; b = a^2; b", "a", "2*a", True),
    ("a = w*x; b = a^2; b", "w", "2*a*x", True),
    ("a = w*x; b = a^2", "b", "1", True),
    ("a = w*x; b = a^2", "a", "2*w*x", True),
    ("a = w*x # a comment\nb = (a)^2; c = a; (b + c)", "a", "2*a + 1", True),
    ("a = w*x; b = a^2; b", "a", "2*a + 1", False),
    ("a = w if w > x else x; a^2", "a", "2*a", True),
    ("a = exp(x); b = -a; sin(b)", "x", "-a*cos(b)", True),
    ("a = x; a^2", "a", "2*x", True),
    # The node and not the variable
    ("a = x; a^2 + x", "a", "2*x", True),
    ("moved_a = x; a = moved_a; a^2 + x", "a", "2*x", True),
]


@pytest.mark.parametrize(("formula", "name", "claim", "right"), NODES)
def test_a_claim_may_be_about_a_named_node_and_use_its_name(formula: str, name: str, claim: str, right: bool) -> None:
    found = judge(formula, name, claim)
    assert (found.name, found.claim) == (name, claim)
    assert found.verdict is (Verdict.PASS if right else Verdict.FAIL)
    assert found.proved is (right and " if " not in formula)
    assert "moved" not in found.advice
    if found.counterexample is not None:
        assert list(found.counterexample.where) == ["w", "x"]


def test_a_claim_may_be_about_a_node_that_is_an_array() -> None:
    formula = autodiff.Formula("r = y - W@x; 0.5*sum(r^2)")
    point = {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 2.0], "y": [0.0, 1.0]}
    found = verify_claims(formula, {"r": "r", "x": "-W.T @ r"}, point)
    assert [one.name for one in found] == ["r[0]", "r[1]", "x[0]", "x[1]"]
    assert [one.verdict for one in found] == [Verdict.PASS] * 4
    assert all(one.proved for one in found)
    (wrong, _) = verify_claims(formula, {"r": "2*r"}, point)
    assert wrong.verdict is Verdict.FAIL and wrong.claim == "(2*r)[0]"
    assert wrong.counterexample is not None and not [name for name in wrong.counterexample.where if "moved" in name]


def test_a_name_that_is_neither_a_variable_nor_a_node_is_an_error_with_a_hint() -> None:
    with pytest.raises(autodiff.AutodiffError) as error:
        judge("aa = w*x; aa^2", "ab", "1")
    assert "aa" in str(error.value.hint)
    with pytest.raises(autodiff.AutodiffError) as error:
        judge("aa = w*x; aa^2", "w", "2*ab*x")
    assert "aa" in str(error.value.hint)


@pytest.mark.parametrize("x", [300, 700, 800, 2000])
def test_a_claim_that_cancels_is_not_wrong_far_out(x: float) -> None:
    assert judge("sigmoid(x)", "x", "sigmoid(x)*(1 - sigmoid(x))", x=x).verdict is Verdict.PASS
    assert judge("sigmoid(x)", "x", "2*sigmoid(x)*(1 - sigmoid(x))", x=x).verdict is Verdict.FAIL
