"""Requests with arrays at the edges of what commands take: each ends with an answer or an error, in every format."""

import json
from pathlib import Path

import pytest
from tests.support import autodiff

FORMATS = ("table", "json", "csv", "markdown", "plain", "value")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "args",
    [
        ("sum(where(x > 0, log(x), 0))", "--x", "[0, 1, -1]"),
        ("logsumexp(x)", "--x", "[-inf, -inf]"),
        ("sum(x^y)", "--x", "[0, -1]", "--y", "[0, 0.5]"),
        ("prod(x)", "--x", "[1e200, 1e200, 1e-300]"),
        ("sum(atan2(x, 0))", "--x", "[0, 1]"),
    ],
)
def test_no_warning_of_numpy_reaches_the_user(args: tuple[str, ...]) -> None:
    for form in FORMATS:
        assert autodiff("grad", *args, "--format", form).code in (0, 3)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "args", [("sum(x^2)", "--mode", "both"), ("x^2", "--mode", "both", "--seed", "[1, 2, 3]"),
             ("x^2", "--direction", "x=1", "--mode", "both", "--seed", "1")],
)  # fmt: skip
def test_two_sweeps_over_arrays_are_printed_in_every_format(args: tuple[str, ...], form: str) -> None:
    assert autodiff("grad", *args, "--x", "[1, 2, 3]", "--format", form).code == 0


def test_two_sweeps_hand_on_what_one_does_in_json() -> None:
    args = ("grad", "sum(x^2)", "--x", "[0, 2]", "--format", "json")
    alone, both = json.loads(autodiff(*args).stdout), json.loads(autodiff(*args, "--mode", "both").stdout)
    for node, beside in zip(alone["nodes"], both["nodes"], strict=True):
        assert {key: beside[key] for key in node} == node


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("args", [("--mode", "forward"), ("--mode", "both", "--seed", "1")])
def test_an_array_of_constants_has_a_gradient_of_nothing(args: tuple[str, ...], form: str) -> None:
    assert autodiff("grad", "5*[1, 2, 3]", *args, "--format", form).code == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("verify", "x^2", "--claim", "x=2x", "--x", "[1, 2]"), "needs a number as output, and this is a 2-vector"),
        (("verify", "x^2", "--claim", "x=2x", "--range", "x=[1, 2]:5"), "has ends that are arrays"),
        (("grad", "x*y", "--x", "1", "--y", "2", "--direction", "x=[1, 2]"), "is a 2-vector, and 'x' is a number"),
        (
            ("grad", "x*y", "--x", "1", "--y", "2", "--seed", "[1]"),
            "the seed is a 1-vector, and the output is a number",
        ),
        (("hessian", "x*y", "--x", "1", "--y", "2", "--direction", "x=[1, 2]"), "is a 2-vector, and 'x' is a number"),
        (("hessian", "x@x", "--x", "[1, 2]", "--direction", "x=[[1, 2]]"), "a 1x2 matrix, and 'x' is a 2-vector"),
    ],
)
def test_an_array_in_the_place_of_a_number_is_an_error(args: tuple[str, ...], says: str) -> None:
    done = autodiff(*args)
    assert done.code == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("eval", "[" * 70 + "1" + "]" * 70), "an array has at most 30 axes, and this has 31"),
        (("eval", "expand(" * 70 + "x" + ")" * 70, "--x", "1"), "an array has at most 30 axes, and this has 31"),
        (("grad", "sum(x^2)", "--mode", "forward"), "9,000 forward passes make more than 100,000,000 elements"),
        (("verify", "sum(x^2)", "--claim", "x=2x"), "'x' has 9,000 elements, too many to judge each of them"),
    ],
)
def test_what_would_take_too_much_is_refused_at_once(args: tuple[str, ...], says: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1\n" * 9_000)
    bound = () if args[0] == "eval" else ("--x", f"@{tmp_path / 'x.csv'}")
    done = autodiff(*args, *bound)
    assert done.code == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("matrix", "entry"),
    [("[[1, 2], [2, 4]]", 1.0), ("[[0, 0], [0, 0]]", 1.0), ("[[1, 2, 3], [2, 4, 6], [3, 6, 10]]", 10.0)],
)
def test_the_determinant_of_a_singular_matrix_has_a_hessian(matrix: str, entry: float) -> None:
    done = autodiff("hessian", "det(W)", "--W", matrix, "--format", "json", "--check")
    found = json.loads(done.stdout)
    # A number that should be 0 and is 1e-31 has no right digit.
    few = found["check"]["digits"] is not None and found["check"]["digits"] < 6
    assert (done.code, found["check"]["verdict"]) == (4 if few else 0, "PASS")
    at = found["rows"].index("W[0, 0]"), found["columns"].index("W[1, 1]")
    assert found["hessian"][at[0]][at[1]] == pytest.approx(entry)
    assert found["hessian"][0][0] == pytest.approx(0, abs=1e-13)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("others_along(1, [1, 2])", "the same shape is needed twice, not a number and a 2-vector"),
        ("cofactor_along([[1]], [[1, 2], [3, 4]])", "the same shape is needed twice"),
        ("eye([1, 2])", "a matrix is needed, and this is a 2-vector"),
        ("index([1, 2])", "it is not said which element"),
        ("place(1, [1, 2])", "it is not said which element"),
    ],
)
def test_operations_that_derivatives_need_refuse_what_does_not_fit(text: str, says: str) -> None:
    done = autodiff("eval", text)
    assert done.code == 2
    assert done.stderr.startswith(f"error: {says}")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("eval", "x[1e0]", "--x", "[3]"), "error: an index is a whole number"),
        (("eval", "sum(x, keepdims=k)", "--x", "[3]"), "hint: write keepdims=1"),
        (("eval", "x", "--x", "1,2,3"), "hint: write [1,2,3] for an array"),
        (
            ("diff", "sum(x^2)", "--x", "[3]", "--order", "2"),
            "error: the derivative by 'x' is a 1-vector, and has none",
        ),
        (("eval", "inv(W @ W)", "--W", "[[0]]"), "inv is defined for det(W @ W) != 0; here det(W @ W) = 0"),
        (("hessian", "x^2", "--x", "[1, 2]"), "hint: sum it with sum(...), or take one element after the other"),
    ],
)
def test_an_error_says_what_to_type(args: tuple[str, ...], says: str) -> None:
    assert says in autodiff(*args).stderr


def test_the_gradient_in_a_pullback_is_not_called_like_a_variable() -> None:
    found = json.loads(
        autodiff("grad", "a = W @ g; a[0]", "--W", "[[1, 2]]", "--g", "[1, 2]", "--format", "json").stdout
    )
    assert found["nodes"][2]["pullbacks"] == ["outer(upstream, g)", "W.T @ upstream"]


def test_a_norm_stays_flat_around_its_kink_as_hypot_does() -> None:
    norm = autodiff("hessian", "norm(x)", "--x", "[0, 0]", "--format", "value").stdout
    assert norm == autodiff("hessian", "hypot(x, y)", "--x", "0", "--y", "0", "--format", "value").stdout
