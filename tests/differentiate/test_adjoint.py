"""The adjoint graph gives what the sweep gives, bit for bit, and its own adjoint graph gives second derivatives."""

import itertools
import math
import random
from collections.abc import Mapping, Sequence

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.differentiate.test_cases import COPIED, Case, point, program
from tests.ops.test_ops_accuracy import EDGES, draw
from tests.support import NAMES, smooth_formula
from tests.syntax.test_properties import COORDINATES, LAWS, exact_value, spell

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.boundary import sides
from autodiff.differentiate.sweep.reverse import reverse
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build
from autodiff.graph.graph import Graph, defects
from autodiff.graph.text import format_graph
from autodiff.graph.walk import dependents
from autodiff.ops import ELEMENTWISE


def same(found: float, wanted: float) -> bool:
    """Equal to the last bit, but for the sign of a zero."""
    return found == wanted or (found != found and wanted != wanted)


def swept(graph: Graph, at: Sequence[float], wanted: Sequence[int], output: int, midpoint: bool) -> list[float]:
    values, active = forward(graph, at), dependents(graph, wanted)
    shares = sides(floats, graph, values) if midpoint else {}
    adjoints = reverse(graph, values, {output: 1.0}, active, shares)
    return [adjoints[node] for node in wanted]


def outputs_at(graph: Graph, at: Sequence[float]) -> list[float]:
    values = forward(graph, at)
    return [values[node] for node in graph.outputs]


def compare(graph: Graph, points: Sequence[Sequence[float]], wanted: Sequence[int] | None = None) -> None:
    """Hold the adjoint graph of each output against the sweep at each point."""
    wanted = range(len(graph.inputs)) if wanted is None else wanted
    for output, midpoint in itertools.product(dict.fromkeys(graph.outputs), (True, False)):
        derived = adjoint(graph, wanted, output, chosen=() if midpoint else range(len(graph)))
        assert defects(derived) == []
        for at in points:
            expected = swept(graph, at, wanted, output, midpoint)
            found = outputs_at(derived, at)
            assert all(map(same, found, expected)), (graph.text[:200], at, midpoint, found, expected)


CALLS = [(row, count) for row in ELEMENTWISE for count in ((2, 3) if row.variadic else (len(row.params),))]


@pytest.mark.parametrize(("row", "arity"), CALLS, ids=[f"{row.name}-{arity}" for row, arity in CALLS])
def test_the_adjoint_graph_of_a_row_is_its_sweep(row, arity) -> None:
    names = [f"v{k}" for k in range(arity)]
    # The product gives the upstream gradient every value, and the square meets the row again.
    graph = build(f"{spell(row.name, names)}*u, {spell(row.name, names)}^2")
    generator = random.Random(row.name)
    intervals = row.samples * arity if row.variadic else row.samples
    points = [[draw(low, high, generator) for low, high in intervals] for _ in range(40)]
    combinations = list(itertools.product(EDGES, repeat=arity))
    points += map(list, generator.sample(combinations, min(len(combinations), 120)))
    points += [[x] * arity for x in EDGES]
    compare(graph, [[*at, generator.choice((1.0, 0.0, -2.5, math.inf, math.nan))] for at in points])


@pytest.mark.parametrize("row", [row for row in ELEMENTWISE if not row.variadic], ids=lambda row: f"{row.name}")
def test_the_second_adjoint_graph_of_a_row_is_the_sweep_of_the_first(row) -> None:
    names = [f"v{k}" for k in range(len(row.params))]
    first = adjoint(build(spell(row.name, names)), range(len(names)))
    generator = random.Random(row.name)
    points = [[draw(low, high, generator) for low, high in row.samples] for _ in range(10)]
    points += [[generator.choice(EDGES) for _ in names] for _ in range(20)]
    compare(first, points)


BOUNDARIES = (
    "where(x > y, x, y)", "where(x > 0, x^2, x)", "x if x >= y else y", "where(x == 0, 0, x^2 + 3x)",
    "where(x != 0, x, 5x)", "where(x > 0 and y > 0, x, 2x)", "where(x > 0 or y > 0, x, 2x*(1 + y))",
    "where(not x > 0, x, 2x)", "where(not x, 0, x^2 + x)", "where((x > 0) == (y > 0), x, -y)",
    "where((x > 0) < (y >= 0), x, 3x)", "where((x > 0) == 1, x, 7x)", "where(x > 0 and y, x, 7x)",
    "where(not (x > 0 or not y <= 0), x*y, 2x*y)", "where(floor(x) == 1, x, 2x - 1)", "where(x < floor(x), x, 3x)",
    "where(x, x, 2x)", "where(sign(x), x, 2x)", "where(x < 0, -x, where(x > 0, x, 5x))", "where(2 > 1, x, x^2)",
    "where(x > y, max(x, y, 1), min(x, y, 0))", "where(1/x > 0, x, 3x)", "where(x > 0, sqrt(x), x)",
    "where(x > 0, where(y > 0, x*y, x), where(y > 0, y, x + y))", "x if x > 0 and x >= 0 and y != 0 else -x",
    "where(isnan(x), x, 2x) + where(not isnan(x), x, 2x)", "where((x > 0) != (y > 0), x^2, y^2)",
)  # fmt: skip


@pytest.mark.parametrize("text", BOUNDARIES)
def test_conditionals_agree_on_their_boundary(text: str) -> None:
    graph = build(text)
    places = (0.0, -0.0, 1.0, 2.0, -1.5, 0.5, math.inf, math.nan)
    compare(graph, list(itertools.product(places, repeat=len(graph.inputs))))


def test_the_midpoint_is_really_taken() -> None:
    for text, expected in (("where(x > 0, 3x, x)", 2.0), ("where(x > 0 and x > 0, 5x, x)", 2.0), ("abs(x)", 0.0)):
        assert outputs_at(adjoint(build(text), [0]), [0.0]) == [expected]


@pytest.mark.parametrize("cases", COPIED)
def test_real_formulas_agree_bit_for_bit(cases: list[Case]) -> None:
    for case in cases:
        bindings = point(case)
        graph = build(program(case), bindings)
        if graph.inputs:
            compare(graph, [[bindings[name] for name in graph.inputs]])


@LAWS
@given(st.binary(max_size=60), st.tuples(*[COORDINATES] * 3))
def test_any_formula_agrees_bit_for_bit(data: bytes, at: tuple[float, float, float]) -> None:
    graph = build(smooth_formula(data))
    values = dict(zip(NAMES, at, strict=True))
    compare(graph, [[values[name] for name in graph.inputs]])


def second_difference(graph: Graph, at: Mapping[str, float], one: str, other: str) -> float:
    """The second derivative by two variables as a difference with 120 digits, of which it loses 60."""
    with mpmath.workdps(120):
        step = mpmath.mpf(10) ** -30

        def value(a: int, b: int) -> mpmath.mpf:
            moved = {name: mpmath.mpf(x) for name, x in at.items()}
            moved[one] += a * step
            moved[other] += b * step
            return exact_value(graph, moved)

        return float((value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1)) / (4 * step**2))


@LAWS
@given(st.binary(max_size=24), st.tuples(*[COORDINATES] * 3))
def test_the_adjoint_of_the_adjoint_is_the_second_derivative(data: bytes, at: tuple[float, float, float]) -> None:
    graph = build(smooth_formula(data))
    values = {name: x for name, x in zip(NAMES, at, strict=True) if name in graph.inputs}
    inputs = [values[name] for name in graph.inputs]
    first = adjoint(graph, range(len(inputs)))
    if any(abs(value) > 1e3 for value in forward(first, inputs)):
        return  # rounding is amplified by more than the tolerance allows
    for one, name in enumerate(graph.inputs):
        second = adjoint(first, range(len(inputs)), first.outputs[one])
        if any(abs(value) > 1e4 for value in forward(second, inputs)):
            continue
        for other, found in zip(graph.inputs, outputs_at(second, inputs), strict=True):
            expected = second_difference(graph, values, name, other)
            assert found == pytest.approx(expected, rel=1e-8, abs=1e-8), (graph.text, name, other)


def test_derivatives_of_higher_order() -> None:
    graph = build("x^5*exp(y)")
    for order, expected in enumerate((405, 540, 540, 360, 120, 0), 1):
        graph = adjoint(graph, [0])
        assert outputs_at(graph, [3.0, 0.0]) == [pytest.approx(expected)], order


def test_an_intermediate_node_and_a_chosen_output() -> None:
    graph = build("a = x*y; a^2, a + z")
    square, total = graph.outputs
    a = next(node for node, label in graph.labels.items() if label == "a")
    compare(graph, [[2.0, 3.0, 5.0]], [a, 0, total, square])
    assert outputs_at(adjoint(graph, [a], square), [2.0, 3.0, 5.0]) == [12.0]


def test_what_the_output_does_not_depend_on_is_the_constant_0() -> None:
    derived = adjoint(build("f = x + floor(y); g = z; f"), [0, 1, 2])
    assert derived.inputs == ("x", "y", "z")
    assert outputs_at(derived, [3.0, 4.0, 5.0]) == [1.0, 0.0, 0.0]
    assert all(len(derived.inputs) <= node < derived.base for node in derived.outputs[1:])


def test_derivatives_are_named_after_what_they_are() -> None:
    assert adjoint(build("g = x*y"), [0, 1]).output_names == ("dg_dx", "dg_dy")
    assert adjoint(build("g = x*dg_dx"), [0]).output_names == ("",)


def test_a_derived_node_stands_where_its_operation_stands() -> None:
    graph = build("sin(x)*exp(y + 1)")
    derived = adjoint(graph, [0, 1])
    known = {graph.span(node) for node in range(len(graph))}
    assert {derived.span(node) for node in range(len(derived))} <= known
    cosine = next(node for node, row, _ in derived.operations() if row.name == "cos")
    assert derived.source(cosine) == "sin(x)"


def test_a_derived_graph_can_be_written_and_read_again() -> None:
    for text in ("x^y*sin(x)", "k = 3; max(x, y, k) + 3x", "where(x > 0, log(x), x^2)", "a = x*y; a^2 + a"):
        derived = adjoint(build(text), [0])
        again = build(format_graph(derived))
        at = {"x": 1.25, "y": 0.75}
        found = outputs_at(again, [at[name] for name in again.inputs])
        assert found == outputs_at(derived, [at[name] for name in derived.inputs])


def test_the_operation_itself_is_not_repeated() -> None:
    derived = adjoint(build("exp(exp(x))"), [0])
    assert sum(row.name == "exp" for _, row, _ in derived.operations()) == 2


def test_a_long_chain_and_a_wide_sum_take_linear_time() -> None:
    links = 100_000
    chain = build("a0 = x; " + "; ".join(f"a{k + 1} = sin(a{k})" for k in range(links)))
    derived = adjoint(chain, [0])
    assert len(derived) < 4 * links
    assert outputs_at(derived, [0.5]) == swept(chain, [0.5], [0], chain.outputs[0], True)
    wide = build(" + ".join(["x*y"] * links))
    assert len(adjoint(wide, [0, 1])) < 12 * links
    many = build(f"logsumexp({', '.join(f'x{k}' for k in range(300))})")
    assert len(adjoint(many, range(300))) < 12 * 300 + 600


def test_conditions_on_conditions_take_linear_time() -> None:
    text = "c0 = x > 0; " + "; ".join(f"c{k + 1} = c{k} and x > {k}" for k in range(900))
    derived = adjoint(build(text + "; " + " + ".join(f"where(c{k}, x, x^2)" for k in range(0, 900, 9))), [0])
    assert len(derived) < 40_000
