"""Simplification preserves values: every identity at every edge, and whole graphs at random points and at edges."""

import itertools
import math
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.differentiate.test_adjoint import BOUNDARIES, CALLS, outputs_at, same
from tests.differentiate.test_cases import COPIED, Case, point, program
from tests.ops.test_ops_accuracy import EDGES, draw
from tests.support import NAMES, ROOT, smooth_formula
from tests.syntax.test_properties import COORDINATES, LAWS, spell

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.identities import (
    ARRAYS,
    COLLECTED,
    EXACT,
    TEXTBOOK,
    WRITTEN,
    WRITTEN_ARRAYS,
    Identity,
)
from autodiff.differentiate.derive.simplify import simplify
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build
from autodiff.graph.graph import Graph, defects
from autodiff.graph.text import format_graph
from autodiff.ops import ELEMENTWISE

TRUTHS = (0.0, 1.0)
WHOLE = (2.0, -3.0, 1.0, 7.0)


def values_for(name: str) -> tuple[float, ...]:
    return TRUTHS if name in "cd" else WHOLE if name in "km" else (-1.0, -3.0) if name == "n" else EDGES


def rewritten(graph: Graph) -> str:
    return format_graph(graph).replace("\n", "; ")


@pytest.mark.parametrize("identity", EXACT, ids=lambda identity: identity.pattern)
def test_an_exact_identity_holds_for_every_double(identity: Identity) -> None:
    pattern, result = build(identity.pattern), build(identity.result, build(identity.pattern).inputs)
    unsigned = "chain" in identity.pattern
    for at in itertools.product(*map(values_for, pattern.inputs)):
        given = dict(zip(pattern.inputs, at, strict=True))
        (wanted,), (found,) = outputs_at(pattern, at), outputs_at(result, [given[name] for name in result.inputs])
        if unsigned:
            assert same(found, wanted), given
        else:
            assert repr(found) == repr(wanted), given


@pytest.mark.parametrize("identity", TEXTBOOK + WRITTEN, ids=lambda identity: identity.pattern)
def test_a_written_identity_holds_for_real_numbers(identity: Identity) -> None:
    pattern, result = build(identity.pattern), build(identity.result)
    generator = random.Random(identity.pattern)
    for _ in range(50):
        given = {
            name: generator.choice(values_for(name)) if name in "cdkmn" else generator.uniform(0.1, 5)
            for name in pattern.inputs
        }
        (wanted,) = outputs_at(pattern, [given[name] for name in pattern.inputs])
        (found,) = outputs_at(result, [given[name] for name in result.inputs])
        assert found == pytest.approx(wanted, rel=1e-14), given


@pytest.mark.parametrize("identity", EXACT + TEXTBOOK + WRITTEN, ids=lambda identity: identity.pattern)
def test_an_identity_fires(identity: Identity) -> None:
    meant = {"c": "(p > 0)", "d": "(q > 0)", "k": "2", "m": "3", "n": "(-3)"}
    text = re.sub(r"\b[cdkmn]\b", lambda found: meant[found.group()], identity.pattern)
    before = build(text)
    after = simplify(before, written=identity not in EXACT)
    assert rewritten(after) != rewritten(before)


KEPT = (
    "0*x",
    "x - x",
    "x + 0",
    "x/x",
    "0/x",
    "where(x, 1, 0)",
    "0 - x",
    "x*y*0",
    "where(x, y, y)",
    "(x + y) - y",
    "x^0.5",
)


@pytest.mark.parametrize("text", KEPT)
def test_what_would_change_a_value_stays(text: str) -> None:
    assert rewritten(simplify(build(text))) == rewritten(build(text))


SMALLER = {
    "x^2": "2 * x", "3x + 1": "3", "sqrt(x)": "a = sqrt(x); b = 2 * a; 1 / b", "cos(x)": "a = sin(x); -a",
    "x*y": "y", "exp(x)": "exp(x)", "log(x)": "1 / x", "where(x > 0, 3x, 5x)": "a = x > 0; 3 if a else 5",
    "x^0.5": "a = x^0.5; 0.5 / a", "sin(x)*sin(x)": "a = sin(x); b = cos(x); c = 2 * a; c * b",
}  # fmt: skip


@pytest.mark.parametrize("text", SMALLER)
def test_derivatives_come_down_to_what_people_write(text: str) -> None:
    derived = simplify(simplify(adjoint(build(text), [0], chosen=range(10_000))), written=True)
    assert rewritten(derived).replace("df_dx = ", "").removesuffix("; df_dx") == SMALLER[text]


def compare(graph: Graph, points: list[list[float]]) -> None:
    smaller = simplify(graph)
    assert defects(smaller) == []
    assert len(smaller) <= len(graph)
    again = simplify(smaller)
    for at in points:
        wanted = outputs_at(graph, at)
        for found in (outputs_at(smaller, at), outputs_at(again, at)):
            assert all(map(same, found, wanted)), (graph.text, at, found, wanted)


@pytest.mark.parametrize(("row", "arity"), CALLS, ids=[f"{row.name}-{arity}" for row, arity in CALLS])
def test_the_derivatives_of_a_row_keep_their_values(row, arity) -> None:
    names = [f"v{k}" for k in range(arity)]
    generator = random.Random(row.name)
    intervals = row.samples * arity if row.variadic else row.samples
    points = [[draw(low, high, generator) for low, high in intervals] for _ in range(10)]
    points += [[generator.choice(EDGES) for _ in names] for _ in range(40)]
    first = adjoint(build(spell(row.name, names)), range(arity))
    compare(first, points)
    compare(adjoint(first, range(arity)), points)
    compare(adjoint(simplify(first), range(arity)), points)


@pytest.mark.parametrize("text", BOUNDARIES)
def test_conditionals_keep_their_values(text: str) -> None:
    graph = build(text)
    points = [
        list(at) for at in itertools.product((0.0, -0.0, 1.0, -1.5, math.inf, math.nan), repeat=len(graph.inputs))
    ]
    for midpoint in (True, False):
        compare(adjoint(graph, range(len(graph.inputs)), chosen=() if midpoint else range(len(graph))), points)


@LAWS
@given(st.binary(max_size=60), st.tuples(*[COORDINATES | st.sampled_from(EDGES)] * 3))
def test_any_formula_keeps_its_values(data: bytes, at: tuple[float, float, float]) -> None:
    graph = build(smooth_formula(data))
    values = dict(zip(NAMES, at, strict=True))
    inputs = [values[name] for name in graph.inputs]
    assert list(map(repr, outputs_at(simplify(graph), inputs))) == list(map(repr, outputs_at(graph, inputs)))
    compare(adjoint(graph, range(len(inputs))), [inputs])


@pytest.mark.parametrize("cases", COPIED)
def test_real_formulas_keep_their_values(cases: list[Case]) -> None:
    for case in cases:
        bindings = point(case)
        graph = build(program(case), bindings)
        if graph.inputs:
            compare(adjoint(graph, range(len(graph.inputs))), [[bindings[name] for name in graph.inputs]])


def test_equal_parts_are_one_and_unused_parts_go() -> None:
    assert len(simplify(build("sin(x*y) + sin(x*y)")).codes) == 3
    assert len(simplify(build("where(1 > 0, x, exp(y))")).codes) == 0


def test_a_condition_that_needs_no_gradient_leaves_no_trace() -> None:
    nested = "0 if x > 500 else " * 500 + "x^2"
    assert len(simplify(adjoint(build(nested), [0], chosen=range(100_000)))) < 3000


def test_long_graphs_take_linear_time() -> None:
    links = 30_000
    derived = adjoint(build("a0 = x; " + "; ".join(f"a{k + 1} = sin(a{k})" for k in range(links))), [0])
    smaller = simplify(derived)
    assert len(smaller) < 3 * links + 10
    assert outputs_at(smaller, [0.5]) == outputs_at(derived, [0.5])
    nested = build("0 if x > 5 else " * 5000 + "x")
    assert forward(simplify(adjoint(nested, [0])), [2.0])[-1] in (0.0, 1.0)


def test_no_row_is_forgotten() -> None:
    assert {row for row, _ in CALLS} == set(ELEMENTWISE)


def test_every_identity_is_documented() -> None:
    page = (ROOT / "docs" / "derivatives.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(.*)` \| `(.*)` \| (.*) \|$", page, re.M)
    rows = EXACT + ARRAYS + TEXTBOOK + WRITTEN + WRITTEN_ARRAYS + COLLECTED
    assert documented == [tuple(identity) for identity in rows]
