"""Compiled formulas give the numbers of `gradient` to the last bit: by code at regular points, elsewhere by sweeps."""

import math
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.codegen.proof import Case, edge_cases, public_cases, row_cases
from tests.support import NAMES, smooth_formula

from autodiff import BindingError, Formula, FormulaError, load_ops
from autodiff.differentiate.results.gradient import Gradient


def bits(numbers: Sequence[float]) -> list[bytes]:
    """Numbers as they are stored; every NaN is the same."""
    return [struct.pack("<d", math.nan if number != number else number) for number in numbers]


def disagreements(formula: Formula, points: Sequence[Sequence[float]]) -> list[str]:
    graph = formula.graph()
    pair, value = formula.compile(jac=True), formula.compile()
    found = []
    for point in points:
        swept = Gradient(graph, [*point])
        wanted = bits([swept.value, *swept.partials.values()])
        number, partials = pair(*point)
        if bits([number, *partials]) != wanted or bits([value(*point)]) != wanted[:1]:
            found.append(f"{formula.text} at {point}: {number}, {partials} instead of {swept.value}, {swept.partials}")
    return found


@pytest.mark.parametrize("cases", [public_cases, row_cases, edge_cases])
def test_compiled_numbers_are_those_of_the_sweep_to_the_last_bit(cases: object) -> None:
    assert callable(cases)
    found: list[Case] = list(cases())
    assert [line for case in found for line in disagreements(case.formula, case.points)] == []


#: Where the rules fail, ranges end, and sides differ.
SINGULAR = (
    ("sqrt(x^2)", (0.0,)), ("(1 - cos(x))/x^2", (0.0,)), ("abs(x) - abs(x)", (0.0,)), ("x if x > 0 else 2x", (0.0,)),
    ("max(x, y)*y", (1.0, 1.0)), ("1e-200*x*1e200", (1e-200,)), ("x*y", (1e-310, 2.0)), ("exp(-x)", (745.0,)),
    ("x^2/x", (0.0,)), ("floor(x)*y", (2.0, 1.0)), ("chain(x, y)", (-0.0, 0.5)), ("log(x)", (-1.0,)),
    ("where(x, y, 2y)", (0.0, 1.0)), ("x^y", (0.0, 0.0)), ("hypot(x, y)", (0.0, 0.0)),
)  # fmt: skip


@pytest.mark.parametrize(("text", "point"), SINGULAR)
def test_where_local_rules_are_not_enough_the_sweep_is_asked(text: str, point: tuple[float, ...]) -> None:
    formula = Formula(text)
    assert disagreements(formula, [point]) == []


def test_regular_points_need_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = Formula("exp(-(x - mu)^2/(2*s^2))*max(x, mu)").compile(jac=True)
    monkeypatch.setattr(compiled, "_swept", None)
    assert len(compiled(1.0, 2.0, 3.0)[1]) == 3


@given(st.binary(max_size=12), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_any_smooth_formula_compiles_to_the_same_bits(data: bytes, point: list[float]) -> None:
    formula = Formula(smooth_formula(data))
    given_point = [point[NAMES.index(name)] for name in formula.variables]
    assert disagreements(formula, [given_point]) == []


def test_operations_of_a_user_keep_their_rules() -> None:
    formula = Formula("twice(x)*y", ops=load_ops("twice(x) = 2x\nd/dx = 5"))
    assert formula.compile(jac=True)(1.0, 3.0) == (6.0, (15.0, 2.0))
    assert formula.compile(wrt=["y"], jac=True)(1.0, 3.0) == (6.0, (2.0,))


def test_a_large_formula_is_swept() -> None:
    formula = Formula(" + ".join(["x*x"] * 30_000))
    assert formula.compile(jac=True)(2.0) == (120_000.0, (120_000.0,))


def test_what_cannot_be_compiled_is_said() -> None:
    for text in ("sum([x, y])", "x, y"):
        with pytest.raises(FormulaError):
            Formula(text).compile()
    with pytest.raises(BindingError):
        Formula("x").compile(wrt=["y"])
    with pytest.raises(TypeError):
        Formula("x*y").compile()(1.0)
