"""Graphs written as people write them read back with the same values, to the last bit."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.differentiate.test_adjoint import BOUNDARIES, outputs_at
from tests.differentiate.test_cases import COPIED, Case, point, program
from tests.ops.test_ops_accuracy import EDGES
from tests.support import NAMES, smooth_formula
from tests.syntax.test_properties import COORDINATES, LAWS

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build
from autodiff.graph.expression import write
from autodiff.graph.graph import Graph


def holds_bit_for_bit(graph: Graph, node: int, at: dict[str, float]) -> None:
    text = write(graph, node)
    again = build(text, graph.inputs)
    wanted = forward(graph, [at[name] for name in graph.inputs])[node]
    (found,) = outputs_at(again, [at[name] for name in again.inputs])
    assert repr(found) == repr(wanted) or (found == wanted == 0), (text, at)


# Written as it is read.
SAME = (
    "x + y*z", "(x + y)*z", "x - (y - z)", "x - y - z", "x/(y/z)", "x/y/z", "x/(y*z)", "x^y^z", "(x^y)^z", "-x^2",
    "(-x)^2", "x^-2", "x^(-y)", "2^(-x)", "-(x + y)", "-x*y", "x*(-y)", "-x^2*y",
    "x < y", "(x < y) < z", "x < y and y < z", "not x < y", "not (x and y)", "(x or y) and z", "x or y and z",
    "where(y, x, z) + 1", "x if y > 0 else z", "sin(x)^2", "max(x, y, z)",
    "x % y", "x % (y*z)", "x % y*z", "θ*x₁", "pi*x", "1e-09*x", "sqrt(x)", "not not x", "log(x, 2)", "-2*x", "(-2)^x",
    "-2^x",    "x - 3", "-(-x)", "abs(-x)", "gamma*gamma(x)",
)  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_a_formula_is_written_as_it_was_read(text: str) -> None:
    graph = build(text)
    assert write(graph, graph.outputs[0]) == text


CHANGED = {
    "x*2": "2*x", "x + (y + z)": "y + z + x", "x*(y*z)": "y*z*x", "x + -3": "x - 3", "x - -3": "x + 3", "((x))": "x",
    "a < b < c": "a < b and b < c", "2(x + 1)": "2*(x + 1)", "√x": "sqrt(x)", "x·y": "x*y", "x²": "x^2", "2x": "2*x",
    "where(x > 0, x, y)": "x if x > 0 else y", "(x if y else z) + 1": "where(y, x, z) + 1", "x^(2)": "x^2",
    "arcsin(x)": "asin(x)", "x if y else (z if a else b)": "x if y else where(a, z, b)", "pow(x, y)": "x^y",
    "a = x*y; a": "x*y", "x - (-y)": "x + y",
}  # fmt: skip


@pytest.mark.parametrize("text", CHANGED)
def test_a_formula_is_written_as_people_write_it(text: str) -> None:
    graph = build(text)
    assert write(graph, graph.outputs[0]) == CHANGED[text]
    for at in itertools.product((0.0, -0.0, 1.5, -3.0), repeat=min(len(graph.inputs), 3)):
        holds_bit_for_bit(graph, graph.outputs[0], dict(zip(graph.inputs, (*at, 2.5, 0.5), strict=False)))


@LAWS
@given(st.binary(max_size=60), st.tuples(*[COORDINATES | st.sampled_from(EDGES)] * 3))
def test_any_formula_reads_back_bit_for_bit(data: bytes, at: tuple[float, float, float]) -> None:
    values = dict(zip(NAMES, at, strict=True))
    graph = build(smooth_formula(data))
    holds_bit_for_bit(graph, graph.outputs[0], values)
    derived = adjoint(graph, range(len(graph.inputs)))
    for node in derived.outputs:
        holds_bit_for_bit(derived, node, values)


OPERATORS = ("+", "-", "*", "/", "%", "^", "<", "<=", "==", "!=", "and", "or")


def random_tree(draw: random.Random, depth: int) -> str:
    """A formula of operators in full parentheses."""
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(("x", "y", "z", "2", "3", "-1", "0.5"))
    way = draw.randrange(8)
    if way == 0:
        return f"(-{random_tree(draw, depth - 1)})" if draw.random() < 0.7 else f"(not {random_tree(draw, depth - 1)})"
    if way == 1:
        one, other, third = (random_tree(draw, depth - 1) for _ in range(3))
        return f"({one} if {other} else {third})"
    return f"({random_tree(draw, depth - 1)} {draw.choice(OPERATORS)} {random_tree(draw, depth - 1)})"


def test_no_parentheses_are_missing_in_random_trees() -> None:
    draw = random.Random(8)
    for _ in range(1500):
        graph = build(random_tree(draw, 5))
        for _ in range(3):
            at = {name: draw.choice((-2.0, -1.0, 0.0, 0.5, 1.0, 3.0)) for name in graph.inputs}
            holds_bit_for_bit(graph, graph.outputs[0], at)


@pytest.mark.parametrize("text", BOUNDARIES)
def test_derivatives_of_conditionals_read_back(text: str) -> None:
    for midpoint in (True, False):
        derived = adjoint(build(text), [0], chosen=() if midpoint else range(10_000))
        for at in itertools.product((0.0, 1.0, -1.5), repeat=len(derived.inputs)):
            holds_bit_for_bit(derived, derived.outputs[0], dict(zip(derived.inputs, at, strict=True)))


@pytest.mark.parametrize("cases", COPIED)
def test_real_derivatives_read_back_bit_for_bit(cases: list[Case]) -> None:
    for case in cases:
        bindings = point(case)
        graph = build(program(case), bindings)
        if graph.inputs:
            derived = adjoint(graph, range(min(len(graph.inputs), 3)))
            for node in derived.outputs:
                holds_bit_for_bit(derived, node, bindings)


def test_repeated_parts_get_names_where_the_formula_would_swell() -> None:
    short, long = build("a = sin(x)*exp(y) + 1; a*a"), build("a = sin(x)*exp(y) + cos(x)*exp(z); a*a*a*a*a")
    assert write(short, short.outputs[0]) == "(sin(x)*exp(y) + 1)*(sin(x)*exp(y) + 1)"
    assert write(long, long.outputs[0]) == "a = sin(x)*exp(y) + cos(x)*exp(z); a*a*a*a*a"
    doubling = build("; ".join(["a0 = x*y + 1", *(f"a{k + 1} = a{k}*a{k} + x" for k in range(60)), "a60"]))
    assert len(write(doubling, doubling.outputs[0])) < 60 * 30


def test_names_collide_with_nothing() -> None:
    parts = "p = sin(a)*exp(b) + cos(a)*exp(c); p*p*p*p + d*p + g*p + pi*p + df_dx*p + a*b*c"
    graph = build(parts.replace("p =", "e =").replace("p*", "e*").replace("*p", "*e"))
    text = write(graph, graph.outputs[0], "f")
    names = [statement.split(" = ")[0] for statement in text.split("; ")]
    assert not set(names) & {"a", "b", "c", "d", "g", "pi", "df_dx", "e"}
    assert names[-1] == "f"
    assert len(names) == 2


def test_a_constant_whose_name_is_an_input_is_written_as_a_number() -> None:
    derived = adjoint(build("degrees(x)*pi", ["pi"]), [0])
    assert "3.14159" in write(derived, derived.outputs[0])


def test_a_long_chain_is_written_and_read() -> None:
    links = 30_000
    graph = build("a0 = x; " + "; ".join(f"a{k + 1} = sin(a{k})" for k in range(links)))
    holds_bit_for_bit(graph, graph.outputs[0], {"x": 0.5})
    wide = build(" + ".join(["x"] * links))
    holds_bit_for_bit(wide, wide.outputs[0], {"x": 0.5})
