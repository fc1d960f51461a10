"""What is said of a result beside its numbers: the verdict of a check, weighted sums, and long expressions."""

from pathlib import Path

import pytest
from tests.support import autodiff

from autodiff import Formula
from autodiff.report.node_texts import objective
from autodiff.report.say.check import headline, sentences
from autodiff.report.sheet import Options
from autodiff.verify.results import Check, InputCheck, Verdict


def checked(*digits: float | None, verdict: Verdict = Verdict.PASS) -> Check:
    return Check(verdict, {f"x{k}": InputCheck(f"x{k}", verdict, 1.0, digits=found) for k, found in enumerate(digits)})


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ([16.0], "check: PASS, every derivative is right (correct digits: 16 of 16)"),
        ([16.0, 10.0, 12.0], "check: PASS, every derivative is right (correct digits: 10 of 16)"),
        ([16.0, 3.2, 12.0], "check: PASS, the derivation is right, but rounding leaves 3 of 16 digits"),
        ([0.0], "check: PASS, the derivation is right, but rounding leaves 0 of 16 digits"),
        ([None, 7.0], "check: PASS, the derivation is right, but rounding leaves 7 of 16 digits"),
        ([None], "check: PASS, every derivative is right"),
        ([], "check: PASS, there is no derivative to check"),
    ],
)
def test_the_headline_says_how_many_digits_are_right_at_worst(digits: list[float | None], said: str) -> None:
    assert headline(checked(*digits)) == said


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PASS])
def test_only_a_right_derivation_has_digits_in_its_headline(verdict: Verdict) -> None:
    assert headline(checked(2.0, verdict=verdict)).startswith(f"check: {verdict.value}, ")
    assert "digits" not in headline(checked(2.0, verdict=verdict))


WRONG = "cube(x) = x^3\nd/dx = 2*x^2\n"
BLAMED = """\
wrong derivative: d/dx of cube is 8.0 by its rule, and 12.0 by differences
  |  {formula}
  |  {carets}
"""


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    path = tmp_path / "wrong.txt"
    path.write_text(WRONG, encoding="utf-8")
    return str(path)


def blamed(formula: str) -> str:
    return BLAMED.format(formula=formula, carets=" " * formula.index("cube") + "^" * len("cube(x)"))


@pytest.mark.parametrize("form", ["csv", "plain", "value"])
def test_a_failed_check_says_why_beside_a_format_without_room(wrong: str, form: str) -> None:
    done = autodiff("grad", "cube(x)*y", "--x", "2", "--y", "3", "--check", "--ops", wrong, "--format", form)
    said = "check: FAIL, a derivative is wrong\nx: reverse disagrees with the others\n"
    assert (done.code, done.stderr) == (1, said + blamed("cube(x)*y"))


@pytest.mark.parametrize("form", ["table", "markdown", "json"])
def test_what_a_format_has_room_for_is_not_said_twice(wrong: str, form: str) -> None:
    done = autodiff("grad", "cube(x)*y", "--x", "2", "--y", "3", "--check", "--ops", wrong, "--format", form)
    assert (done.code, done.stderr) == (1, blamed("cube(x)*y"))
    assert "d/dx of cube is 8.0 by its rule, and 12.0 by differences" in done.stdout
    assert "FAIL" in done.stdout


def test_of_many_sentences_five_are_said(wrong: str) -> None:
    names = [f"v{k}" for k in range(6)]
    formula = "cube(x) + " + " + ".join(f"abs({name})" for name in names)
    point = [f"--{name}=0" for name in names]
    done = autodiff("grad", formula, "--x", "2", *point, "--check", "--ops", wrong, "--format", "csv")
    said = done.stderr.removesuffix(blamed(formula)).splitlines()
    assert done.stderr.endswith(blamed(formula)) and said[0] == "check: FAIL, a derivative is wrong"
    assert said[1] == "x: reverse disagrees with the others"
    assert [line.partition(":")[0] for line in said[1:]] == ["x", *names[:4]]


@pytest.mark.parametrize(("text", "option"), [("x + 1", []), ("(1 - cos(x))/x^2", ["--min-digits", "0"])])
def test_a_check_that_passes_needs_no_sentence_beside_a_format(text: str, option: list[str]) -> None:
    done = autodiff("grad", text, "--x", "1e-7", "--check", "--format", "csv", *option)
    assert (done.code, done.stderr) == (0, "")


def test_a_remark_on_the_whole_is_said_once() -> None:
    found = InputCheck("x", Verdict.FAIL, 1.0, dissent="numeric", remarks=("about all", "about x"))
    check = Check(Verdict.FAIL, {"x": found}, remarks=("about all",))
    assert list(sentences(check)) == ["x: about x", "x: numeric disagrees with the others", "about all"]


# Weighted sums


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ([1.0, 1.0, 1.0], "f1 + f2 + f3"),
        ([-1.0, -2.5, 0.0], "-f1 - 2.5*f2 + 0*f3"),
        ([1.2345, 1.2345, 123.45], "1.2345*f1 + 1.2345*f2 + 123.45*f3"),
        ([-1.23456e-9, 1.23456e9, 3.25], "-1.23456e-9*f1 + 1.23456e9*f2 + 3.25*f3"),
        # 40 characters, and one more.
        ([-1.23456e-9, 1.23456e9, 3.125], "-1.23456e-9*f1 + 1.23456e9*f2 + 3.125*f3"),
        ([-1.23456e-9, 1.23456e9, 3.0625], "the weighted sum"),
        ([-1.23456e-9, 1.23456e-9, -1.23456e-9], "the weighted sum"),
    ],
)
def test_a_weighted_sum_is_written_out_up_to_forty_characters(seed: list[float], said: str) -> None:
    gradient = Formula("x, 2x, x^2").gradient(x=1, seed=seed)
    assert objective(gradient, Options()) == (said, "d")
    assert said == "the weighted sum" or len(said) <= 40


def test_a_long_weighted_sum_is_only_called_so_wherever_it_stands() -> None:
    seed = "1.23456,2.34567,3.45678,4.56789"
    done = autodiff("grad", "x, 2x, x^2, x^3", "--x", "1", "--seed", seed)
    assert "the weighted sum = 13.9506\n" in done.stdout and "gradient of the weighted sum " in done.stdout
    assert "1.23456*f1" not in done.stdout
    done = autodiff("explain", "x, 2x, x^2, x^3", "--x", "1", "--seed", seed)
    assert "L is the weighted sum of all elements of the outputs\n" in done.stdout
    assert "L = 13.9506\n" in done.stdout


# Long expressions


@pytest.mark.parametrize("length", [199, 200, 201, 5000])
def test_an_expression_shows_two_hundred_characters_at_most(length: int) -> None:
    text = f"x + {'y' * (length - 4)}"
    (*_, output) = Formula(text).gradient({"x": 1, "y" * (length - 4): 2}).nodes
    assert len(output.expression) == min(length, 200)
    assert output.expression == (text if length <= 200 else text[:199] + "…")


@pytest.mark.parametrize("length", [60, 61])
def test_a_note_shows_sixty_characters_of_an_expression(length: int) -> None:
    name = "y" * (length - 5)
    text = f"abs({name})"
    done = autodiff("grad", text, f"--{name}=0", "--format", "plain")
    shown = text if length == 60 else text[:59] + "…"
    assert f"note: {shown} sits on its kink: one-sided derivatives [-1, 1]; the midpoint is used\n" == done.stderr
