"""One kink rule and one set of rules, whatever the number type: floats, arrays, fifty digits, forward, the adjoint
graph, second and higher derivatives, the check and the page; and a planted error is seen by each of them.
"""

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
import pytest
from tests.codegen.test_javascript import evaluate_all, needs_node

import autodiff
from autodiff import Formula
from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.sweep import arrays, extended, floats
from autodiff.differentiate.sweep.boundary import gradient, shares_at
from autodiff.differentiate.sweep.field import Field
from autodiff.differentiate.sweep.kinks import Kink, find_kinks
from autodiff.graph.build import build
from autodiff.graph.walk import dependents, used_nodes

#: A formula, a point on a kink, and the derivative by each variable.
KINKS: list[tuple[str, dict[str, float], dict[str, float]]] = [
    ("abs(x)", {"x": 0.0}, {"x": 0.0}),
    ("max(x, 2*x)", {"x": 0.0}, {"x": 1.5}),
    ("relu(x)*y", {"x": 0.0, "y": 3.0}, {"x": 1.5, "y": 0.0}),
    # The midpoint of the one-sided derivatives, whatever the spelling of the condition.
    ("where(x > 0, 3*x, sin(x))", {"x": 0.0}, {"x": 2.0}),
    ("where(x >= 0, 3*x, sin(x))", {"x": 0.0}, {"x": 2.0}),
    ("where(x < 0, sin(x), 3*x)", {"x": 0.0}, {"x": 2.0}),
    ("where(not x > 0, sin(x), 3*x)", {"x": 0.0}, {"x": 2.0}),
    ("3*x if x > 0 else sin(x)", {"x": -0.0}, {"x": 2.0}),
    ("where(x > 0 and y > 0, 3*x, sin(x))", {"x": 0.0, "y": 1.0}, {"x": 2.0, "y": 0.0}),
    ("where(x > 0 or y > 0, 3*x, sin(x))", {"x": 0.0, "y": 1.0}, {"x": 3.0, "y": 0.0}),
    ("where(x == 0, 3*x, sin(x))", {"x": 0.0}, {"x": 1.0}),
    ("where(x != 0, 3*x, sin(x))", {"x": 0.0}, {"x": 3.0}),
    ("where(x > y, x, y)", {"x": 2.0, "y": 2.0}, {"x": 0.5, "y": 0.5}),
    ("where(x > 0, where(x > -1, 3*x, x), sin(x))", {"x": 0.0}, {"x": 2.0}),
    # A jump counts the branch that is chosen.
    ("where(x > 0, 3*x + 1, sin(x))", {"x": 0.0}, {"x": 1.0}),
    # A branch that is not chosen never spoils a derivative; what happens in one conditional is no matter of another.
    ("where(x > 0, sqrt(x), 0)", {"x": 0.0}, {"x": 0.0}),
    ("where(x > 0, sqrt(x), 0) + where(y > 0, y, -y)", {"x": 0.0, "y": 0.0}, {"x": 0.0, "y": 0.0}),
    ("where(y > 0, y, -y) + where(x > 0, sqrt(x), 0)", {"x": 0.0, "y": 0.0}, {"x": 0.0, "y": 0.0}),
    ("where(x > 0, where(y > 0, sqrt(y), 0) + 2*x, 4*x)", {"x": 0.0, "y": 0.0}, {"x": 3.0, "y": 0.0}),
]
IDS = [text for text, _, _ in KINKS]
EVERY = pytest.mark.parametrize(("text", "point", "wanted"), KINKS, ids=IDS)


def gradient_in(field: Field, text: str, point: Mapping[str, Any]) -> dict[str, Any]:
    graph = build(text)
    values = field.forward(graph, [point[name] for name in graph.inputs])
    active = dependents(graph, range(len(graph.inputs)))
    adjoints = gradient(field, graph, values, {graph.outputs[0]: 1.0}, active, shares_at(field, graph, values, active))
    return dict(zip(graph.inputs, adjoints, strict=False))


def tangents_in(field: Field, text: str, point: Mapping[str, Any]) -> dict[str, Any]:
    graph = build(text)
    values = field.forward(graph, [point[name] for name in graph.inputs])
    shares = shares_at(field, graph, values, dependents(graph, range(len(graph.inputs))))
    ones = [field.full(1.0, value) for value in values]
    rates = {node: field.tangents(graph, values, {node: ones[node]}, shares) for node in range(len(graph.inputs))}
    return {name: rates[node][graph.outputs[0]] for node, name in enumerate(graph.inputs)}


@EVERY
def test_floats(text: str, point: dict[str, float], wanted: dict[str, float]) -> None:
    assert Formula(text).gradient(point).partials == wanted
    assert gradient_in(floats, text, point) == tangents_in(floats, text, point) == wanted
    assert Formula(text).tangent(point).partials == wanted
    assert dict(zip(wanted, Formula(text + ", 1").jacobian(point).entries[0], strict=True)) == wanted


@EVERY
def test_arrays(text: str, point: dict[str, float], wanted: dict[str, float]) -> None:
    # Elements off the kink stand beside those on it.
    beside = {name: np.array([x, x + 0.75, x, x - 0.75]) for name, x in point.items()}
    formula = Formula(f"sum({text})")
    found, forward = formula.gradient(beside), formula.tangent(beside)
    for name, on_kink in wanted.items():
        for k in range(4):
            at = {other: float(values[k]) for other, values in beside.items()}
            alone = Formula(text).gradient(at).partials[name]
            assert found.partials[name][k] == pytest.approx(alone, rel=1e-15), k
            assert forward.partials[name][k] == pytest.approx(alone, rel=1e-15), k
            assert k not in (0, 2) or alone == on_kink
    assert found.diagnosis is None and forward.diagnosis is None
    assert formula.jacobian(beside).entries == [list(np.concatenate([found.partials[name] for name in found.wanted]))]


def test_branches_of_other_shapes_are_broadcast() -> None:
    found = Formula("sum(where(x > 0, 3*x, y))").gradient(x=[[0, 1], [0, -1]], y=[0, 5])
    assert found.partials["x"].tolist() == [[1.5, 3], [1.5, 0]]
    # By y the condition does not move.
    assert found.partials["y"].tolist() == [2.0, 1.0]
    one = Formula("sum(where(c > 0, x, 2*x))").gradient(x=[0, 1], c=0)
    assert one.partials["x"].tolist() == [2.0, 2.0]


@EVERY
def test_fifty_digits(text: str, point: dict[str, float], wanted: dict[str, float]) -> None:
    with mpmath.workdps(50):
        exact = {name: mpmath.mpf(x) for name, x in point.items()}
        assert gradient_in(extended, text, exact) == wanted
        assert tangents_in(extended, text, exact) == wanted


@EVERY
def test_the_check_agrees(text: str, point: dict[str, float], wanted: dict[str, float]) -> None:
    beside = {name: [x, x + 0.75] for name, x in point.items()}
    for found in (autodiff.check(text, point), autodiff.check(f"sum({text})", beside)):
        assert found.verdict.value in ("PASS", "KINK", "INCONCLUSIVE"), list(found.remarks)


@EVERY
def test_the_adjoint_graph(text: str, point: dict[str, float], wanted: dict[str, float]) -> None:
    graph = build(text)
    inputs = [point[name] for name in graph.inputs]
    result = Formula(text).gradient(point)
    chosen = [node for node in result.sides if node not in result.shares]
    derived = adjoint(graph, range(len(graph.inputs)), chosen=chosen)
    values = floats.forward(derived, inputs)
    found = dict(zip(graph.inputs, [values[node] for node in derived.outputs], strict=True))
    assert found == wanted


@needs_node
def test_the_page() -> None:
    cases = [(Formula(text), [[point[name] for name in Formula(text).variables]]) for text, point, _ in KINKS]
    for (text, point, wanted), (result,) in zip(KINKS, evaluate_all(cases), strict=True):
        graph = build(text)
        found = dict(zip(graph.inputs, result["adjoints"], strict=False))
        assert found == wanted, text
        used = Formula(text).gradient({name: point[name] for name in graph.inputs})
        flags = used_nodes(graph, used.values, graph.outputs, used.shares)
        assert [bool(flag) for flag in result["used"]] == [bool(flag) for flag in flags], text


#: A formula, a point, and its second derivative by x.
SECOND = [
    ("where(x > 0, x^2, 3*x^2)", 0.0, 4.0),
    ("where(x >= 0, x^2, 3*x^2)", 0.0, 4.0),
    ("where(x > 1, x^2, 2*x - 1)", 1.0, 1.0),
    ("x*abs(x)", 0.0, 0.0),
    ("where(x > 0, x^2.5, x^2)", 0.0, 1.0),
]


@pytest.mark.parametrize(("text", "x", "wanted"), SECOND)
def test_second_derivatives_take_the_midpoint_too(text: str, x: float, wanted: float) -> None:
    assert Formula(text).hessian(x=x).entries == [[wanted]]
    assert Formula(text).derivative(x=x, order=2).derivative == wanted
    assert Formula(f"sum({text})").hessian(x=[x, x + 1]).entries[0] == [wanted, 0.0]
    assert Formula(text).hessian_vector(x=x, direction={"x": 1}).product == [wanted]


@pytest.mark.parametrize("text", ["where(x > 0, 3*x, sin(x))", "where(x > 0, x + y, x)", "where(x > 0, -x, 2*x)"])
def test_a_kink_of_a_conditional_is_marked_in_every_number_type(text: str) -> None:
    graph = build(text)
    for field, zero in ((floats, 0.0), (arrays, np.zeros(2)), (extended, mpmath.mpf(0))):
        values = field.forward(graph, [zero] * len(graph.inputs))
        active = dependents(graph, [0])
        shares = shares_at(field, graph, values, active)
        found = find_kinks(field, graph, values, active, bytes([1]) * len(graph), shares)
        assert found == {graph.outputs[0]: Kink("kink", (None, (0.0, 1.0), (0.0, 1.0)))}


def test_both_branches_on_a_boundary_are_shown_as_used() -> None:
    for text, point in (("where(x > 0, 3*x, sin(x))", 0.0), ("sum(where(x > 0, 3*x, sin(x)))", [0.0, 0.0])):
        result = Formula(text).gradient(x=point)
        handing = {node.operation for node in result.nodes if node.gradient is not None and np.any(node.gradient)}
        shown = {node.operation for node in result.nodes if result.used[node.id]}
        assert {"sin(x)", "3 * x"} <= handing <= shown


def test_what_overflows_in_a_branch_that_is_not_chosen_does_not_count() -> None:
    text = "where(x > 0, 1e200*(1e200*x), x)"
    assert Formula(text).gradient(x=0).partials == Formula(text).tangent(x=0).partials == {"x": 1.0}
    assert Formula(f"sum({text})").gradient(x=[0.0]).partials["x"].tolist() == [1.0]


# A wrong rule is seen by every number type.

#: A definition with a derivative of 2.001 for 2.0 or with a wrong sign, and that derivative at 1.
PLANTED = [
    ("double(x) = 2*x; d/dx = 2.001", 2.001),
    ("double(x) = 2*x; d/dx = -2", -2.0),
    ("double(x) = 2*x; d/dx = 2", 2.0),
]


@pytest.mark.parametrize(("definition", "wrong"), PLANTED)
def test_a_planted_error_reaches_every_number_type_and_the_check_fails(definition: str, wrong: float) -> None:
    ops = autodiff.load_ops(definition)
    formula = Formula("double(x)*x", ops=ops)  # its derivative at 1 is that of double, and 2
    expected = pytest.approx(wrong + 2, rel=1e-15)
    graph = formula.graph()
    for field, one in ((floats, 1.0), (arrays, 1.0), (extended, mpmath.mpf(1))):
        values = field.forward(graph, [one])
        active = dependents(graph, [0])
        assert float(gradient(field, graph, values, {graph.outputs[0]: 1.0}, active, {})[0]) == expected
        assert float(field.tangents(graph, values, {0: 1.0})[graph.outputs[0]]) == expected
    assert Formula("sum(double(x)*x)", ops=ops).gradient(x=[1.0, 2.0]).partials["x"][0] == expected
    assert Formula("sum(double(x)*x)", ops=ops).tangent(x=[1.0, 2.0]).partials["x"][0] == expected
    derived = adjoint(graph, [0])
    assert floats.forward(derived, [1.0])[derived.outputs[0]] == expected
    assert formula.hessian(x=1).entries == [[pytest.approx(2 * wrong, rel=1e-15)]]
    assert formula.derivative(x=1, order=2).derivative == pytest.approx(2 * wrong, rel=1e-15)
    verdict = autodiff.check(formula, {"x": 1}).verdict.value
    assert verdict == ("PASS" if wrong == 2 else "FAIL")
    on_arrays = autodiff.check(Formula("sum(double(x)*x)", ops=ops), {"x": [1.0, 2.0]}).verdict.value
    assert on_arrays == verdict


@needs_node
@pytest.mark.parametrize(("definition", "wrong"), PLANTED)
def test_a_planted_error_reaches_the_page(definition: str, wrong: float) -> None:
    formula = Formula("double(x)*x", ops=autodiff.load_ops(definition))
    ((result,),) = evaluate_all([(formula, [[1.0]])])
    assert result["adjoints"][0] == pytest.approx(wrong + 2, rel=1e-15)
