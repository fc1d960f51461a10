"""Hessians: against differences with hundreds of digits, symmetric to the last bit, and with no entry dropped."""

import itertools
import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.differentiate.test_cases import BY_SET, Case, point, program
from tests.ops.test_ops_accuracy import FEW_DIGITS
from tests.support import NAMES, autodiff, smooth_formula
from tests.syntax.test_properties import COORDINATES, LAWS

from autodiff import BindingError, Formula, FormulaError, LimitError
from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.results.colouring import pattern, plan
from autodiff.differentiate.results.hessian import Hessian
from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.blocks import push_blocks
from autodiff.differentiate.sweep.forward import linearize, push_all
from autodiff.differentiate.sweep.passes import passes
from autodiff.evaluate import extended
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.ops.row import Kinked, Row
from autodiff.ops.table import ROWS


def second_difference(graph: Graph, at: Sequence[float], i: int, j: int, digits: int = 150) -> tuple[float, float]:
    """The second derivative by inputs i and j as a difference of values, which keeps half their digits; its error.

    The error is that of rounding, and what halving the step changes.
    """
    with mpmath.workdps(digits):
        steps = [(abs(mpmath.mpf(x)) or 1) * mpmath.mpf(10) ** -(digits // 4) for x in at]

        def value(a: Any, b: Any) -> Any:
            moved = [mpmath.mpf(x) for x in at]
            moved[i] += a * steps[i]
            moved[j] += b * steps[j]
            return extended.forward(graph, moved)[graph.outputs[0]]

        def difference(h: Any) -> tuple[Any, Any]:
            corners = [value(h, h), value(h, -h), value(-h, h), value(-h, -h)]
            area = 4 * h * h * steps[i] * steps[j]
            noise = max(map(abs, corners)) / area * mpmath.mpf(10) ** (20 - digits)
            return (corners[0] - corners[1] - corners[2] + corners[3]) / area, noise

        (coarse, _), (fine, noise) = difference(mpmath.mpf(1)), difference(mpmath.mpf(1) / 2)
        return float(fine), float(noise + abs(fine - coarse))


def scale(graph: Graph, at: Sequence[float], i: int, j: int) -> float:
    """What an entry is compared with where terms cancel in it: the sum of the sizes of all that is added up for it."""
    derived = adjoint(graph, range(len(at)))
    values = forward(derived, at)
    active = dependents(derived, [j])
    rates = [0.0] * len(derived)
    rates[j] = 1.0
    for node, arg, partial in linearize(derived, values, active):
        rates[node] += abs(partial) * rates[arg]
    return rates[derived.outputs[i]]


def disagreements(graph: Graph, at: Sequence[float], room: float, digits: int = 150, floor: float = 0.0) -> list[str]:
    result = Hessian(graph, at)
    found = []
    for i, j in itertools.combinations_with_replacement(range(len(at)), 2):
        truth, noise = second_difference(graph, at, i, j, digits)
        entry = result.entries[i][j]
        size = max(abs(truth), min(scale(graph, at, i, j), scale(graph, at, j, i)), 1e-290)
        if not abs(entry - truth) <= room * size + noise + floor:
            found.append(f"{graph.text[:120]} at {list(at)}: [{i}][{j}] is {entry!r}, not {truth!r}")
    return found


def is_smooth(row: Row) -> bool:
    return bool(row.partials) and not row.jump and not any(isinstance(part, Kinked) for part in row.partials)


SMOOTH_ROWS = [
    (row, count) for row in ROWS if is_smooth(row) for count in ((2, 3) if row.variadic else [len(row.params)])
]


@pytest.mark.parametrize(("row", "arity"), SMOOTH_ROWS, ids=[f"{row.name}-{arity}" for row, arity in SMOOTH_ROWS])
def test_the_hessian_of_a_row_is_the_second_difference(row: Row, arity: int) -> None:
    generator = random.Random(row.name)
    intervals = row.samples * arity if row.variadic else row.samples
    names = [f"v{k}" for k in range(arity)]
    digits = 150 if row.name in FEW_DIGITS else 1300
    for _ in range(6):
        at = [generator.uniform(low, high) for low, high in intervals]
        given = list(names)
        # By an order there is no derivative.
        for place in reversed([k for k, partial in enumerate(row.partials) if partial == "nan"]):
            given[place] = f"{at.pop(place):.15g}"
        graph = build(
            f"{row.name}({', '.join(given)})" if row.name.isidentifier() and not row.infix else spelled(row, given)
        )
        if any(not math.isfinite(entry) for line in Hessian(graph, at).entries for entry in line):
            continue
        assert disagreements(graph, at, max(1e-11, 200 * row.ulps * sys.float_info.epsilon), digits) == []


def spelled(row: Row, names: Sequence[str]) -> str:
    from autodiff.graph.text import operation

    return operation(row, names)


@pytest.mark.parametrize("cases", BY_SET)
def test_real_formulas_have_the_hessian_that_differences_have(cases: list[Case]) -> None:
    compared = 0
    failures: list[str] = []
    for case in cases[:: max(1, len(cases) // 25)]:
        bindings = point(case)
        graph = build(program(case), bindings)
        at = [bindings[name] for name in graph.inputs]
        if not 0 < len(at) <= 5:
            continue
        result = Hessian(graph, at)
        if result.diagnosis is None and not result.kinks:
            compared += 1
            failures += disagreements(graph, at, max(1e-9, 1e4 * case["ad_float_relerr"]))
    assert not failures, "\n".join(failures[:10])
    assert compared or len(cases) < 25


@LAWS
@given(st.binary(max_size=20), st.tuples(*[COORDINATES] * 3))
def test_the_hessian_of_any_smooth_formula(data: bytes, at: tuple[float, float, float]) -> None:
    graph = build(smooth_formula(data))
    values = dict(zip(NAMES, at, strict=True))
    inputs = [values[name] for name in graph.inputs]
    result = Hessian(graph, inputs)
    if all(abs(entry) < 1e6 for row in result.entries for entry in row):
        assert disagreements(graph, inputs, 1e-9) == []


# Symmetry, sparsity, colouring.

FORMULAS = (
    "exp(x*y) + sin(x)*z", "x^y*z", "atan2(x, y)*hypot(x, z)", "x/(y + z)^3", "max(x, y*z)^2*y", "abs(x - y)*z",
    "where(x > y, x*y, x*z^2)", "logsumexp(x, y, z)*x", "f(a, b) = a^2*b; f(x, f(y, z))", "x + 2y", "x*floor(y)*z",
)  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_the_matrix_is_symmetric_to_the_last_bit_and_no_entry_is_lost(text: str) -> None:
    graph = build(text)
    generator = random.Random(text)
    derived = adjoint(graph, range(len(graph.inputs)))
    for _ in range(50):
        at = [generator.choice((generator.uniform(0.1, 3), 1.0, 2.0)) for _ in graph.inputs]
        entries = Hessian(graph, at).entries
        assert [list(row) for row in zip(*entries, strict=True)] == entries
        # A pass for each column, without simplification, pattern or groups.
        units = [{node: 1.0} for node in range(len(at))]
        columns = passes(floats, derived, forward(derived, at), units, derived.outputs)
        for i, j in itertools.product(range(len(at)), repeat=2):
            if i == j and Hessian(graph, at).kinks:
                continue  # There the midpoint of the two sides of the function itself is taken.
            assert entries[i][j] == pytest.approx(columns[j][i], rel=1e-13, abs=1e-13), (text, at, i, j)


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3))
def test_what_the_pattern_leaves_out_is_zero(data: bytes, at: tuple[float, float, float]) -> None:
    graph = build(smooth_formula(data))
    values = dict(zip(NAMES, at, strict=True))
    inputs = [values[name] for name in graph.inputs]
    derived = adjoint(graph, range(len(inputs)))
    rows = pattern(derived, range(len(inputs)))
    units = [{node: 1.0} for node in range(len(inputs))]
    columns = passes(floats, derived, forward(derived, inputs), units, derived.outputs)
    for row, column in itertools.product(range(len(inputs)), repeat=2):
        assert column in rows[row] or columns[column][row] == 0


def rosenbrock(size: int) -> str:
    return " + ".join(f"100(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(size - 1))


def test_a_banded_hessian_takes_as_many_passes_as_the_band_is_wide() -> None:
    size = 400
    generator = random.Random(1)
    at = {f"x{k}": generator.uniform(-1, 1) for k in range(size)}
    result = Formula(rosenbrock(size)).hessian(at)
    assert result.passes == 3
    assert result.nonzeros == 3 * size - 2
    result = Formula(rosenbrock(size)).hessian(at, wrt=list(at))
    assert result.labels == list(at)
    for k, row in enumerate(result.entries):
        x = at[f"x{k}"]
        expected = {k: (k > 0) * 200.0}
        if k + 1 < size:
            expected[k] += 1200 * x * x - 400 * at[f"x{k + 1}"] + 2
            expected[k + 1] = -400 * x
        if k:
            expected[k - 1] = -400 * at[f"x{k - 1}"]
        for j, entry in enumerate(row):
            assert entry == pytest.approx(expected.get(j, 0.0), rel=1e-12, abs=1e-10)
            assert j in expected or entry == 0.0


def test_a_variable_that_meets_all_others_costs_one_pass() -> None:
    size = 60
    result = Formula(" + ".join(f"x0*x{k}^2" for k in range(1, size))).hessian({f"x{k}": float(k) for k in range(size)})
    assert result.passes == 2
    assert result.entries[0] == [0.0, *[2.0 * k for k in range(1, size)]]
    assert [row[0] for row in result.entries] == result.entries[0]


@pytest.mark.parametrize("seed", range(40))
def test_groups_tell_every_entry_apart(seed: int) -> None:
    generator = random.Random(seed)
    size = generator.randrange(1, 25)
    pairs = {(i, j) for i in range(size) for j in range(i + 1) if generator.random() < seed / 60}
    pairs |= {(j, i) for i, j in pairs}
    rows = [sorted(j for i, j in pairs if i == row) for row in range(size)]
    chosen = plan(rows)
    assert sum(map(len, chosen.groups)) == len({column for group in chosen.groups for column in group})
    group_of = {column: set(group) for group in chosen.groups for column in group}

    def is_read(row: int, column: int) -> bool:
        return column in group_of and group_of[column] & set(rows[row]) == {column}

    for row, column in pairs:
        if row in chosen.mirrored and column not in chosen.mirrored:
            assert is_read(column, row)
        else:
            assert is_read(row, column), (rows, chosen)
    assert len(chosen.groups) <= size


def test_many_passes_at_once_give_the_same_bits() -> None:
    generator = random.Random(3)
    for text in (" + ".join(f"sin(x{k}*x{j})" for k in range(12) for j in range(k)), "x*y^2 + sqrt(x) + max(x, y)"):
        graph = build(text)
        derived = adjoint(graph, range(len(graph.inputs)))
        for low in (0.0, 0.5):
            at = [generator.uniform(low, 1) if low else 0.0 for _ in graph.inputs]
            edges = linearize(derived, forward(derived, at), dependents(derived, range(len(at))))
            directions = [{k: generator.uniform(-1, 1) for k in range(len(at))} for _ in range(20)] + [{0: 1.0}, {}]
            one = push_all(edges, len(derived), directions, derived.outputs)
            all_at_once = push_blocks(edges, len(derived), directions, derived.outputs)
            assert repr(one) == repr(all_at_once)


# Products with a direction.


@pytest.mark.parametrize("text", FORMULAS)
def test_the_product_with_a_direction_is_that_of_the_matrix(text: str) -> None:
    formula = Formula(text)
    generator = random.Random(text)
    for _ in range(20):
        at = {name: generator.uniform(0.5, 2) for name in formula.variables}
        direction = {name: generator.uniform(-2, 2) for name in formula.variables}
        matrix = np.array(formula.hessian(at).entries)
        product = formula.hessian_vector(at, direction=direction).product
        expected = matrix @ np.array([direction[name] for name in formula.variables])
        assert product == pytest.approx(expected.tolist(), rel=1e-11, abs=1e-11)


def test_the_product_by_some_variables_only() -> None:
    formula = Formula("x^2*y + y^3*z")
    result = formula.hessian_vector(x=1, y=2, z=3, direction={"y": 2}, wrt=["z", "x"])
    assert result.labels == ["z", "x"]
    assert result.product == [24.0, 4.0]
    assert formula.hessian(x=1, y=2, z=3, wrt=["z", "x"]).entries == [[0.0, 0.0], [0.0, 4.0]]


def test_a_chain_of_many_links() -> None:
    links = 100_000
    formula = Formula("a0 = x; " + "; ".join(f"a{k + 1} = a{k} + sin(a{k})*1e-6" for k in range(links)))
    # The flow of x' = sin(x) for a time t takes tan(x/2) to exp(t)*tan(x/2); so many steps of Euler are close to it.
    with mpmath.workdps(50):
        grown = mpmath.exp(links * 1e-6)
        expected = float(mpmath.diff(lambda x: 2 * mpmath.atan(grown * mpmath.tan(x / 2)), 1, 2))
    assert formula.hessian(x=1.0).entries == [[pytest.approx(expected, rel=1e-4)]]


# Arrays.


def test_a_formula_with_arrays_is_the_same_formula_of_numbers() -> None:
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("sum(x^2*y) + exp(-x @ x)", "x0^2*y + x1^2*y + exp(-(x0^2 + x1^2))", {"x": [0.5, -1.0], "y": 2.0}),
        ("x @ A @ x", "x0^2*A0 + x0*x1*(A1 + A2) + x1^2*A3", {"x": [1.0, 2.0], "A": [[1.0, 2.0], [3.0, 4.0]]}),
        ("x[0]^3*x[1] + y", "x0^3*x1 + y", {"x": [1.5, 2.0], "y": 2.0}),
        ("det(A)", "A0*A3 - A1*A2", {"A": [[1.0, 2.0], [3.0, 4.0]]}),
        ("logsumexp(x)*norm(x)", "logsumexp(x0, x1)*hypot(x0, x1)", {"x": [0.5, 1.5]}),
        ("mean(sigmoid(W @ x))", "(sigmoid(W0*x0 + W1*x1) + sigmoid(W2*x0 + W3*x1))/2",
         {"W": [[0.1, -0.4], [0.3, 0.2]], "x": [1.0, 2.0]}),
    ]  # fmt: skip
    for text, scalar, bindings in cases:
        flat: dict[str, float] = {}
        for name, value in bindings.items():
            items = np.ravel(value).tolist()
            flat |= {name: items[0]} if isinstance(value, float) else {f"{name}{k}": x for k, x in enumerate(items)}
        result = Formula(text).hessian(bindings)
        expected = Formula(scalar).hessian(flat, wrt=list(flat))
        found = result.wanted
        assert sorted(found) == sorted(bindings)
        order = [name for wanted in found for name in flat if name[0] == wanted]
        rows = [expected.labels.index(name) for name in order]
        assert np.array(result.entries) == pytest.approx(np.array(expected.entries)[np.ix_(rows, rows)], abs=1e-13), (
            text
        )
        assert np.array_equal(np.array(result.entries), np.array(result.entries).T)
        direction = {
            name: np.cos(np.arange(np.size(value))).reshape(np.shape(value)) for name, value in bindings.items()
        }
        along = np.concatenate([np.ravel(direction[name]) for name in found])
        product = Formula(text).hessian_vector(bindings, direction=direction).product
        assert product == pytest.approx((np.array(result.entries) @ along).tolist(), abs=1e-12)


def test_no_identity_drops_a_broadcast() -> None:
    # Each branch counts once for each element of c, although where(c, x, x) is x for a number c.
    result = Formula("a = y^2; sum(where(c > 0, a, a)) + sum(x*1)").hessian(c=[1.0, -1.0, 2.0], y=3.0, x=[1.0, 2.0])
    assert result.labels == ["y", "c[0]", "c[1]", "c[2]", "x[0]", "x[1]"]
    assert result.entries == [[6.0, *[0.0] * 5], *[[0.0] * 6] * 5]


def test_too_many_elements_are_refused_before_anything_is_computed() -> None:
    with pytest.raises(LimitError) as caught:
        Formula("sum(x^2)").hessian(x=np.zeros(6000))
    assert "hessian_vector(" in caught.value.hint
    assert Formula("sum(x^2)").hessian_vector(x=np.ones(6000), direction={"x": 1}).product == [2.0] * 6000


# What is undefined, and what is a convention.


def test_an_undefined_second_derivative_is_diagnosed_at_its_place() -> None:
    result = Formula("y + x^1.5").hessian(x=0, y=1)
    assert result.entries == [[0.0, 0.0], [0.0, math.inf]]
    assert result.diagnosis is not None
    assert result.diagnosis.message == "the second derivative of x^1.5 is infinite at x = 0"
    assert result.formula[slice(*result.diagnosis.span)] == "x^1.5"
    for text, at in (("log(x)", -1.0), ("sqrt(x)", 0.0)):
        found = Formula(text).hessian(x=at).diagnosis
        assert found is not None
        assert found.about in ("value", "gradient")


def test_a_branch_that_is_not_chosen_spoils_nothing() -> None:
    assert Formula("log(x) if x > 0 else x^2").hessian(x=-1).entries == [[2.0]]
    assert Formula("where(x > 0, x^1.5, x^2)").hessian(x=-2).entries == [[2.0]]


def test_a_kink_is_noted() -> None:
    result = Formula("relu(x)^2").hessian(x=0)
    assert result.entries == [[1.0]]  # the midpoint of 0 and 2
    assert list(result.kinks)


def test_requests_that_mean_nothing() -> None:
    with pytest.raises(FormulaError, match="one output"):
        Formula("x, x^2").hessian(x=1)
    with pytest.raises(FormulaError):
        Formula("x^2").hessian(x=[1.0, 2.0])
    with pytest.raises(BindingError):
        Formula("x^2").hessian_vector(x=1, direction={"y": 1})
    with pytest.raises(BindingError, match="3-vector, and 'x' is a 2-vector"):
        Formula("sum(x^2)").hessian_vector(x=[1.0, 2.0], direction={"x": [1.0, 2.0, 3.0]})


def test_a_formula_without_variables() -> None:
    assert Formula("2 + 3").hessian().entries == []


# The command.


def run_json(*args: str) -> Mapping[str, Any]:
    done = autodiff("hessian", *args, "--format", "json")
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def test_json_holds_value_gradient_passes_and_nonzeros() -> None:
    found = run_json("x^2*y + z", "--x", "1", "--y", "2", "--z", "3")
    assert found["output"] == {"name": "f", "value": 5.0}
    assert found["gradient"] == {"x": 4.0, "y": 1.0, "z": 1.0}
    assert found["rows"] == found["columns"] == ["x", "y", "z"]
    assert found["hessian"] == [[4.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert found["nonzeros"] == 3
    assert found["passes"] == 1
    assert run_json("x^2*y", "--x=1", "--y=2", "--direction", "x=1,y=-2")["product"] == {"x": 0.0, "y": 2.0}
    assert run_json("sum(x^2)", "--x", "[1, 2]")["rows"] == ["x[0]", "x[1]"]


def test_every_format_shows_the_same_numbers() -> None:
    args = ["hessian", "x^2*y", "--x", "1", "--y", "2", "--format"]
    assert autodiff(*args, "plain").stdout == "x\tx\t4.0\nx\ty\t2.0\ny\tx\t2.0\ny\ty\t0.0\n"
    assert autodiff(*args, "value").stdout == "4.0\t2.0\n2.0\t0.0\n"
    assert autodiff(*args, "csv").stdout == "x,y\n4.0,2.0\n2.0,0.0\n"
    assert "| d/dx | 4 | 4 | 2 |" in autodiff(*args, "markdown").stdout
    assert autodiff(*args, "plain", "--direction", "y=1").stdout == "x\t2.0\ny\t0.0\n"
    assert autodiff(*args, "csv", "--direction", "y=1").stdout == "variable,product\nx,2.0\ny,0.0\n"
    assert autodiff(*args, "value", "--wrt", "y").stdout == "0.0\n"


def test_exit_codes() -> None:
    assert autodiff("hessian", "x^1.5", "--x", "0").code == 3
    assert autodiff("hessian", "x, x^2", "--x", "0").code == 2
    assert autodiff("hessian", "x^2", "--x", "0", "--direction", "q=1").code == 2
