"""Enclosures: nothing that the function or its gradient does lies outside them, and what is not proved is said."""

import json
import pickle
import random
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.differentiate.test_cases import BY_SET, point, program
from tests.support import NAMES, autodiff, smooth_formula

from autodiff import AutodiffError, Formula, check, load_ops

pytest.importorskip("flint")


def lies(bounds: Any, reference: str) -> bool:
    """Whether a number of 20 digits lies between the bounds, but for its own rounding."""
    number = Decimal(reference)
    room = abs(number) * Decimal("1e-18") + Decimal("1e-24")
    return bool(bounds.low - room <= number <= bounds.high + room)


@pytest.mark.parametrize("cases", BY_SET)
def test_the_references_of_real_formulas_lie_within_a_quarter_of_an_ulp(cases: list[dict[str, Any]]) -> None:
    undecided = 0
    for case in cases:
        found = Formula(program(case)).enclose(point(case))
        undecided += not found.is_certified
        assert lies(found.value, case["ref_value"]), program(case)
        for name, bounds in found.partials.items():
            assert lies(bounds, case["ref_grad"][name]), (program(case), name)
    # A few floor at an integer, where no derivative exists.
    assert undecided <= 0.02 * len(cases)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=2, max_size=10), st.integers(0, 2**32))
def test_ranges_contain_what_points_of_the_box_give(data: bytes, seed: int) -> None:
    formula, draw = Formula(smooth_formula(data)), random.Random(seed)
    box = {name: tuple(sorted((draw.uniform(-2, 2), draw.uniform(-2, 2)))) for name in NAMES}
    box = {name: ends for name, ends in box.items() if name in formula.variables}
    found = formula.enclose(box=box, boxes=40, timeout=3)
    for _ in range(100):
        at = formula.gradient({name: draw.uniform(*ends) for name, ends in box.items()})
        for number, bounds in [(at.value, found.value), *((at.partials[n], b) for n, b in found.partials.items())]:
            room = 1e-9 * max(1.0, abs(number))
            assert bounds.lower - room <= number <= bounds.upper + room


@pytest.mark.parametrize(
    ("text", "box", "least", "most"),
    [
        ("x^2 - 2x", (-1, 3), -1, 3), ("x*(1 - x)", (0, 1), 0, 0.25), ("abs(x)", (-1, 2), 0, 2),
        ("max(x, 1 - x)", (0, 1), 0.5, 1), ("sin(x)", (0, 7), -1, 1), ("floor(x) + x", (0.5, 2.5), 0.5, 4.5),
        ("where(x > 0, x + 1, x)", (-1, 1), -1, 2), ("sqrt(x)", (0, 4), 0, 2), ("x - x", (0, 1), 0, 0),
        ("clamp(x, 0, 1)*x", (-1, 2), 0, 2), ("x^4 - 3x^2 + x", (-2, 2), -3.5139049, 6),
    ],
)  # fmt: skip
def test_the_range_of_a_value_is_tight(text: str, box: tuple[float, float], least: float, most: float) -> None:
    found = Formula(text).enclose(box={"x": box}).value
    assert found.lower <= least + 1e-7 and most - 1e-7 <= found.upper
    assert found.lower == pytest.approx(least, abs=1e-4) and found.upper == pytest.approx(most, abs=1e-4)


def test_the_gradient_over_a_kink_is_the_hull_of_both_sides() -> None:
    slopes = Formula("abs(x) + 2*relu(x)").enclose(box={"x": (-1, 1)}).partials["x"]
    assert slopes.lower <= -1 and slopes.upper >= 3
    assert slopes.upper < 3.01


@pytest.mark.parametrize("text", ["1/x", "log(x^2)", "1/(x - 1e-3)", "tan(2*x)"])
def test_what_has_no_bound_is_said_with_its_place(text: str) -> None:
    found = Formula(text).enclose(box={"x": (-1, 1)})
    assert not found.is_bounded and not found.is_certified
    assert "may be undefined or infinite there, at x in [" in found.remarks[0]


@pytest.mark.parametrize(
    "text", ["abs(x)", "max(x, 2*x)", "where(x > 0, 1, 0)*3 + x", "floor(x)", "x^(1/3)", "sqrt(x)"]
)
def test_at_a_point_that_no_digits_decide_nothing_is_certified(text: str) -> None:
    found = Formula(text).enclose(x=0)
    assert not found.is_certified
    assert found.remarks


@pytest.mark.parametrize(("text", "slope"), [("x*abs(x)", 0.0), ("where(x > 1, x, x^2)", 0.0), ("abs(x - 1)", -1.0)])
def test_kinks_that_do_not_matter_at_a_point_do_not_stop_a_proof(text: str, slope: float) -> None:
    found = Formula(text).enclose(x=0)
    assert found.is_certified
    assert slope in found.partials["x"]


def test_digits_that_cancel_in_doubles_are_all_there() -> None:
    found = Formula("(1 - cos(x))/x^2").enclose(x=1e-8)
    assert found.is_certified and found.value.digits >= 16
    assert Decimal(found.value.lower) <= found.value.low <= found.value.high <= Decimal(found.value.upper)


@given(st.floats(-1e6, 1e6).filter(bool), st.integers(1, 17))
def test_printed_ends_contain_the_number(x: float, digits: int) -> None:
    found = Formula("x/3").enclose(x=x).value
    low, high = map(Decimal, found.ends(digits))
    assert low <= found.low and found.high <= high
    assert low <= Decimal(x) / 3 <= high


def test_a_rule_that_is_wrong_is_proved_wrong() -> None:
    wrong = load_ops("twist(x) = sin(x)\n    d/dx = cos(x)*1.0001\n")
    found = check(Formula("y*twist(x)", ops=wrong), x=1, y=2, certify=True)
    assert found.inputs["x"].verdict.value == "FAIL" and found.inputs["x"].certified
    assert any("mean value theorem" in remark for remark in found.inputs["x"].remarks)
    assert found.inputs["y"].verdict.value == "PASS" and found.inputs["y"].certified


def test_certified_digits_are_those_that_are_right() -> None:
    found = check("(1 - cos(x))/x^2", x=1e-4, certify=True)
    assert found.certified and found.few
    good = check("sin(x)^2*y", x=1, y=2, certify=True)
    assert good.certified and good.digits is not None and good.digits > 15
    assert not check("sin(x)", x=1).certified


def test_the_command_prints_the_same_in_every_format() -> None:
    args = ["enclose", "x*y", "--x", "1:2", "--let", "y=3", "--format"]
    assert autodiff(*args, "plain", "--wrt", "x").stdout == "f\t3\t6\ndf/dx\t3\t3\n"
    assert autodiff(*args, "csv", "--wrt", "x").stdout == "name,lower,upper\nf,3,6\ndf/dx,3,3\n"
    assert autodiff(*args, "value", "--wrt", "x").stdout == "3\t6\n3\t3\n"
    shown = json.loads(autodiff(*args, "json").stdout)
    assert shown["value"] == {"lower": 3.0, "upper": 6.0, "decimals": ["3", "6"]}
    assert shown["box"] == {"x": [1.0, 2.0], "y": [3.0, 3.0]}
    assert "| f | 3 | 6 |" in autodiff(*args, "markdown").stdout


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["x", "--x", "2:1"], 2, "downwards"), (["x", "--x", "1:"], 2, "lacks an end"),
        (["x", "--x", "[1,2]"], 2, "array"), (["x, 2x", "--x", "1"], 2, "one output"),
        (["x", "--x", "0:inf"], 2, "ends"),
        (["1/x", "--x", "-1:1"], 3, ""), (["abs(x)", "--x", "0"], 4, ""), (["abs(x)", "--x", "1"], 0, ""),
    ],
)  # fmt: skip
def test_requests_that_go_wrong_have_their_exit_codes(args: list[str], code: int, words: str) -> None:
    done = autodiff("enclose", *args)
    assert done.code == code
    assert words in done.stderr


@pytest.mark.parametrize("more", [["--certify"], ["--check", "--certify", "--direction", "x=1"],
                                  ["--check", "--certify", "--seed", "2"]])  # fmt: skip
def test_what_cannot_be_certified_is_refused(more: list[str]) -> None:
    done = autodiff("grad", "x^2", "--x", "1", *more)
    assert done.code == 2 and "certif" in done.stderr


def test_enclosures_can_be_pickled() -> None:
    found = Formula("x^2").enclose(box={"x": (1, 2)})
    assert repr(pickle.loads(pickle.dumps(found))) == repr(found)


def test_without_flint_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if Path(name).suffix in (".balls", ".enclosure") and "autodiff" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(AutodiffError, match=r"pip install 'autodiff-cli\[certify\]'"):
        Formula("x").enclose(x=1)
