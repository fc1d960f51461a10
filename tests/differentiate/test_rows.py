"""Many rows at once: every row holds what `gradient` gives at its point, whichever way the machine took."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.codegen.proof import Case, distance, edge_cases, public_cases, row_cases
from tests.support import NAMES, smooth_formula

from autodiff import BindingError, Formula, FormulaError, LimitError, load_ops
from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.results.rows import RowEngine, Wish, sits_on_kink
from autodiff.evaluate import machine, numpy_steps
from autodiff.evaluate.machine import BLOCK, Machine
from autodiff.graph.build import build

#: NumPy's functions are right to a few units in the last place, and so are ours.
ULPS = 8


def engine(formula: Formula, **fixed: float) -> RowEngine:
    graph = formula.graph()
    return RowEngine(graph, Wish(tuple(name for name in graph.inputs if name not in fixed)), fixed)


def columns_of(points: Sequence[Sequence[float]]) -> list[Any]:
    return [np.array(column, dtype=np.float64) for column in zip(*points, strict=True)]


def disagreements(formula: Formula, points: Sequence[Sequence[float]], ulps: float) -> list[str]:
    rows = engine(formula)
    if not points or not rows.inputs:
        return []
    found = rows.compute(columns_of(points))
    wrong = []
    for k, point in enumerate(points):
        result = Gradient(formula.graph(), [*map(float, point)])
        wanted = [result.value, *result.partials.values()]
        numbers = [float(column[k]) for column in found.columns]
        for name, number, number_wanted in zip(rows.names, numbers, wanted, strict=True):
            # A zero has a sign that only 1/x tells, and which a gradient has not.
            if not distance(number + 0.0, number_wanted + 0.0) <= ulps:
                wrong.append(f"{name} of {formula.text} at {point}: {number!r} instead of {number_wanted!r}")
        if bool(found.undefined[k]) == all(map(math.isfinite, wanted)):
            wrong.append(f"{formula.text} at {point}: undefined {found.undefined[k]}")
        # A row without a value is not asked for kinks; nor is a comparison behind an `and` that is false before it.
        if (
            all(map(math.isfinite, wanted))
            and " and " not in formula.text
            and bool(found.kinks[k]) != (sits_on_kink(result) and not found.undefined[k])
        ):
            wrong.append(f"{formula.text} at {point}: kinks {found.kinks[k]}")
    return wrong


@pytest.mark.parametrize("cases", [row_cases, edge_cases])
def test_rows_of_every_operation_are_those_of_gradient(cases: object) -> None:
    assert callable(cases)
    found: list[Case] = list(cases())
    assert [line for case in found for line in disagreements(case.formula, case.points, ULPS)] == []


def test_rows_of_real_formulas_are_as_right_as_gradients() -> None:
    """Where a formula cancels, the last digits of both are noise: then both are held against the size of the noise."""
    wrong = []
    for case in public_cases():
        rows, point = engine(case.formula), case.points[0]
        if not rows.inputs:
            continue
        found = rows.compute(columns_of([point]))
        graph = case.formula.graph()
        beside = [point, *([x * (1.0 + sign * 2.0**-50) for x in point] for sign in (-1, 1))]
        swept = [Gradient(graph, [*near]) for near in beside]
        wanted, *others = [[near.value, *near.partials.values()] for near in swept]
        for k, (column, number) in enumerate(zip(found.columns, wanted, strict=True)):
            room = 16 * max(abs(other[k] - number) for other in others) + 1e-13 * abs(number)
            if not (abs(float(column[0]) - number) <= room or distance(float(column[0]), number) <= ULPS):
                wrong.append(f"{rows.names[k]} of {case.text}: {column[0]} instead of {number}")
    assert wrong == []


#: Formulas with branches, kinks and singular points, whose rows are told apart one by one.
MIXED = (
    "log(x) if x > 0 else y", "sqrt(x)*y if x >= 0 else -x", "max(x, y)*min(x, 2)", "abs(x) - abs(y)", "relu(x)*y",
    "where(x > 0 and y > 0, log(x*y), x)", "sin(x)/x", "sqrt(x^2)", "x^y", "floor(x)*y", "hypot(x, y)", "exp(400x)*y",
    "where(x, y/x, 1)", "clamp(x, -1, 1)*y", "(x if x > y else 2x) + (y if y > 1 else 3)", "1/x + y", "x^3*y^-2",
    "x^1.5 + y^-0.5", "log(x, y)", "x % y", "erf(x)*y", "gamma(x) + y", "0*log(x) + y", "x*y", "exp(-x^2)*1e-90*y",
    "abs(log(x)) if x > 0 else y", "log(x) + y*0", "copysign(x, y)", "atan2(x, y)", "x - x + y", "5*y",
)  # fmt: skip
VALUES = (-3.0, -1.0, -0.0, 0.0, 0.25, 1.0, 2.0, 1e-200, 1e200, 1e-310, math.inf, math.nan, 1.5, -2.5)


def pairs(formula: Formula) -> list[tuple[float, ...]]:
    return [(x, y)[: len(formula.variables)] for x in VALUES for y in VALUES]


@pytest.mark.parametrize("text", MIXED)
def test_rows_that_need_a_closer_look_stand_among_those_that_do_not(text: str) -> None:
    formula, rng = Formula(text), np.random.default_rng(0)
    ordinary = [tuple(map(float, rng.uniform(-3, 3, len(formula.variables)))) for _ in range(60)]
    mixed = [point for pair in zip(pairs(formula), ordinary * 4, strict=False) for point in pair]
    assert disagreements(formula, mixed, ULPS) == []
    assert disagreements(formula, ordinary, ULPS) == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=14), st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=1, max_size=20))
def test_rows_of_any_smooth_formula_are_those_of_gradient(data: bytes, points: list[tuple[float, ...]]) -> None:
    formula = Formula(smooth_formula(data))
    chosen = [tuple(point[NAMES.index(name)] for name in formula.variables) for point in points]
    if not formula.variables:
        return
    found = engine(formula).compute(columns_of(chosen))
    for k, point in enumerate(chosen):
        result = Gradient(formula.graph(), [*point])
        wanted = [result.value, *result.partials.values()]
        scale = max([1.0, *(abs(value) for value in result.values if math.isfinite(value))])
        for column, number in zip(found.columns, wanted, strict=True):
            if math.isfinite(number):
                assert abs(float(column[k]) - number) <= 1e-11 * scale * max(1.0, abs(number))
            else:
                assert not math.isfinite(column[k])


def test_regular_rows_ask_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = engine(Formula("exp(-(x - mu)^2/(2*s^2))*max(x, 10)"))
    monkeypatch.setattr(rows, "ask", None)
    rng = np.random.default_rng(0)
    found = rows.compute([rng.uniform(1, 3, 3 * BLOCK + 7) for _ in range(3)])
    assert not found.undefined.any()


def test_a_branch_that_fails_in_the_other_rows_asks_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = engine(Formula("abs(log(x)) if x > 0 else y/(x - 1)"))
    monkeypatch.setattr(rows, "ask", None)
    x = np.random.default_rng(0).uniform(-3, 3, 2 * BLOCK)
    found = rows.compute([x, np.ones_like(x)])
    with np.errstate(all="ignore"):
        wanted = np.where(x > 0, np.sign(np.log(np.abs(x))) / np.abs(x), -1 / (x - 1) ** 2)
    assert np.allclose(found.columns[1], wanted)


def test_missing_numbers_ask_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = engine(Formula("x*y + 0*z"))
    monkeypatch.setattr(rows, "ask", None)
    monkeypatch.setattr(rows, "reason", lambda columns, row: "it is missing")
    x = np.full(BLOCK, np.nan)
    found = rows.compute([x, np.ones_like(x), np.ones_like(x)])
    assert found.undefined.all()
    assert all(np.isnan(column).all() for column in found.columns)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 20 * BLOCK + 3])
@pytest.mark.parametrize("threads", [1, 3])
def test_no_row_is_lost_at_the_edge_of_a_block(size: int, threads: int) -> None:
    rng = np.random.default_rng(size)
    x, y = rng.uniform(0.5, 2, size), rng.uniform(0.5, 2, size)
    found = engine(Formula("x*y + x^2")).compute([x, y], threads)
    assert np.array_equal(found.columns[0], x * y + x * x)
    assert np.array_equal(found.columns[1], y + 2 * x)
    assert np.array_equal(found.columns[2], x)


def test_the_careful_way_and_one_without_flags_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    formula, rng = Formula("sin(x)*exp(-y)/(1 + x^2) + max(x, y)*log(y)"), np.random.default_rng(1)
    points = [rng.uniform(0.5, 2, 500), rng.uniform(0.5, 2, 500)]
    fast = engine(formula).compute(points).columns
    with monkeypatch.context() as patch:
        patch.setattr(Machine, "_fast", lambda *arguments: False)
        careful = engine(formula).compute(points).columns
    monkeypatch.setattr(machine, "flags_tell", lambda: False)
    watched = engine(formula).compute(points).columns
    for column, other, third in zip(fast, careful, watched, strict=True):
        assert np.allclose(column, other, rtol=1e-14, atol=0)
        assert np.array_equal(column, third)


@pytest.mark.parametrize("text", ["log(x) if x > 0 else y", "x/y", "sqrt(x)", "exp(400x)*y"])
def test_without_flags_each_result_is_looked_at(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(machine, "flags_tell", lambda: False)
    monkeypatch.setattr(machine.Flags, "__call__", lambda *arguments: None)
    assert disagreements(Formula(text), pairs(Formula(text)), ULPS) == []


def test_kinks_and_undefined_rows_are_told() -> None:
    found = engine(Formula("abs(x)*log(y)")).compute(columns_of([(0, 1), (1, -1), (2, 2), (0, 3)]))
    assert found.kinks.tolist() == [True, False, False, True]
    assert found.undefined.tolist() == [False, True, False, False]
    assert found.trouble == (1, "log is defined for y > 0; here y = -1")


def test_fixed_values_are_folded() -> None:
    formula, theta = Formula("k*sin(theta)^n"), np.linspace(0.1, 1, 5)
    found = formula.map({"theta": theta}, k=2, n=2)
    assert list(found) == ["f", "df_dtheta"]
    assert np.allclose(found["df_dtheta"], 4 * np.sin(theta) * np.cos(theta), rtol=1e-15)
    whole, folded = engine(formula)._program, engine(formula, k=2.0, n=2.0)._program
    assert whole is not None and folded is not None
    assert len(folded.graph) < len(whole.graph) / 2
    by_k = formula.map({"theta": theta, "k": np.full(5, 2.0)}, wrt=["k"], n=2)
    assert np.allclose(by_k["df_dk"], np.sin(theta) ** 2)


def test_several_outputs_have_their_partials_each() -> None:
    found = Formula("p = x*y; p, x^2").map({"x": [1, 2], "y": [3.0, 4]})
    assert {name: column.tolist() for name, column in found.items()} == {
        "p": [3.0, 8.0], "dp_dx": [3.0, 4.0], "dp_dy": [1.0, 2.0],
        "f2": [1.0, 4.0], "df2_dx": [2.0, 4.0], "df2_dy": [0.0, 0.0],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["x^2*y + sin(x*y)", "max(x, y)*x^2", "exp(x)/y", "x if x > 1 else x^3*y", "x^y"])
def test_second_derivatives_are_those_of_hessian(text: str) -> None:
    formula, points = Formula(text), [(1.2, 2.0), (1.0, 1.0), (0.5, 3.0), (2.0, 2.0)]
    data = dict(zip("xy", columns_of(points), strict=True))
    names = formula.variables
    found = formula.map({name: data[name] for name in names}, hessian=True)
    diagonal = formula.map({name: data[name] for name in names}, hessian="diagonal")
    for k, (x, y) in enumerate(points):
        wanted = formula.hessian(x=x, y=y).entries
        for i, name in enumerate(names):
            assert found[f"d2f_d{name}2"][k] == diagonal[f"d2f_d{name}2"][k] == pytest.approx(wanted[i][i], rel=1e-13)
        assert found[f"d2f_d{names[0]}d{names[1]}"][k] == pytest.approx(wanted[0][1], rel=1e-13)


def test_rows_of_vectors_have_a_column_for_each_element() -> None:
    found = Formula("dot(x, w)").map({"x": [[0, 1], [2, 3]]}, w=[1, 2])
    assert {name: column.tolist() for name, column in found.items()} == {
        "f": [2.0, 8.0], "df_dx[0]": [1.0, 1.0], "df_dx[1]": [2.0, 2.0],
    }  # fmt: skip


def test_operations_of_a_user_keep_their_rules_in_rows() -> None:
    formula = Formula("twice(x)*y", ops=load_ops("twice(x) = 2x\nd/dx = 5"))
    found = formula.map({"x": [1.0], "y": [3.0]})
    assert [column[0] for column in found.values()] == [6.0, 15.0, 2.0]


def test_constants_that_are_not_finite_leave_rows_to_the_sweep() -> None:
    assert disagreements(Formula("max(x, -inf) + 1e-200*x"), [(1.0,), (0.0,)], 0) == []


def test_a_register_is_used_again_and_what_is_known_is_computed_once() -> None:
    lowered = numpy_steps.lower(build("x" + " + sin(x)*cos(x)" * 50))
    assert len(lowered.registers) <= 4
    assert len(numpy_steps.lower(build("sqrt(2*pi)*x")).steps) == 1


@pytest.mark.parametrize(
    ("data", "options", "kind"),
    [
        ({"x": [1.0]}, {}, "missing-binding"), ({"x": [1.0], "y": [1.0, 2.0]}, {}, "ragged-columns"),
        ({"x": ["a"], "y": [1.0]}, {}, "no-number"), ({"x": [1.0], "y": [1.0]}, {"q": 1}, "unknown-variable"),
        ({"x": [1.0], "y": [1.0]}, {"hessian": "yes"}, "no-hessian"), (5, {}, "no-table"),
        ({"x": [1.0], "y": [1.0]}, {"wrt": ["z"]}, "unknown-variable"), ({"x": 1.0, "y": [1.0]}, {}, "no-column"),
        ({"x": [1.0], "y": [1.0]}, {"threads": 0}, "no-threads"),
    ],
)  # fmt: skip
def test_a_wrong_request_says_what_is_wrong(data: object, options: dict[str, Any], kind: str) -> None:
    with pytest.raises(BindingError) as caught:
        Formula("x*y").map(data, **options)
    assert caught.value.kind == kind


def test_what_rows_cannot_have_is_said() -> None:
    with pytest.raises(FormulaError):
        Formula("x, x^2").map({"x": [1.0]}, hessian=True)
    with pytest.raises(FormulaError):
        Formula("sum(x), sum(x^2)").map({"x": [[1.0, 2.0]]})
    many = " + ".join(f"x{k}^2" for k in range(200))
    with pytest.raises(LimitError):
        Formula(many).map({f"x{k}": [1.0] for k in range(200)}, hessian=True)
