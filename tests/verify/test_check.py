"""The check catches what is wrong, and raises no false alarm."""

import json
import math
import random
import re
from collections.abc import Iterator
from typing import Any

import mpmath
import pytest
from tests.support import DATA

import autodiff
from autodiff.differentiate.results.gradient import Gradient
from autodiff.evaluate import extended
from autodiff.graph.build import build
from autodiff.graph.graph import Call
from autodiff.graph.rules import parameters, partial_text, rule
from autodiff.ops.row import Kinked, Row
from autodiff.ops.table import ELEMENTWISE, ROWS
from autodiff.verify import verdict as checking
from autodiff.verify.results import Check, Verdict
from autodiff.verify.settings import Settings


def run(text: str, point: dict[str, float], *, every_node: bool = False) -> Check:
    gradient = autodiff.Formula(text).gradient(point)
    return checking.check(gradient, Settings(every_node=every_node))


# Planted errors


def call_of(row: Row) -> tuple[str, tuple[str, ...]]:
    """A formula that calls `row` inside other operations, and its variables."""
    arity = 3 if row.variadic else len(row.params)
    names = tuple(f"v{k}" for k in range(arity))
    if row.selects:
        inner = f"{names[1]} if {names[0]} else {names[2]}"
    elif row.infix:
        inner = f"{names[0]} {row.infix} {names[1]}"
    elif row.prefix.isalpha() and row.prefix.isascii():
        inner = f"{row.prefix} {names[0]}"
    elif row.prefix:
        inner = f"{row.prefix}{names[0]}"
    else:
        inner = f"{row.name}({', '.join(names)})"
    # The outer operation is another one: two wrong signs would cancel.
    return f"inner = {inner}; {'inner + 1' if row.infix == '-' else 'inner - 1'}", names


def corruptions(row: Row, argument: int) -> Iterator[tuple[str, str]]:
    """A name and a wrong rule for each way to get a partial wrong."""
    text = partial_text(row, argument)
    yield "0.1 % off", f"({text})*1.001"
    yield "wrong sign", f"-({text})"
    if not row.variadic and len(row.params) >= 2:
        first, second = row.params[:2]
        swap = {first: second, second: first}
        yield "swapped arguments", re.sub(r"\b[A-Za-z]\w*\b", lambda found: swap.get(found[0], found[0]), text)


def mutants() -> list[Any]:
    found = []
    for row in ELEMENTWISE:
        for argument in range(len(row.partials)):
            for kind, text in corruptions(row, argument):
                found.append(pytest.param(row, argument, text, id=f"{row.name}/{len(row.params)}-{argument}-{kind}"))
    return found


def with_rule(row: Row, argument: int, text: str) -> Row:
    partials = list(row.partials)
    old = partials[argument]
    partials[argument] = old._replace(rule=text) if isinstance(old, Kinked) else text
    return row._replace(partials=tuple(partials))


def point_where_it_shows(row: Row, argument: int, wrong: Row, arity: int) -> list[float] | None:
    """A point of the samples at which the wrong rule gives another number than the right one."""
    draw = random.Random(7)
    intervals = [(max(low, -30.0), min(high, 30.0)) for low, high in (row.samples * arity)[:arity]]
    if row.partials[0 if row.variadic else argument] == "nan":
        return None
    for _ in range(50):
        point = [draw.uniform(*interval) for interval in intervals]
        if row.selects:
            point[0] = float(draw.random() < 0.5)
        with extended.digits(30):
            exact = [extended.exact(number) for number in point]
            right, other = (extended.partial(which, argument, exact) for which in (row, wrong))
            value = extended.apply(row, extended.function(row, arity), exact)
        if not all(map(mpmath.isfinite, (right, other, value))) or abs(value) > 1e100:
            continue
        if abs(right - other) > 1e-6 * abs(right) and abs(right - other) > 1e-100:
            return point
    return None


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("row", "argument", "text"), mutants())
def test_a_corrupted_partial_is_caught_and_named(row: Row, argument: int, text: str) -> None:
    formula, names = call_of(row)
    wrong = with_rule(row, argument, text)
    try:
        rule(wrong, text, len(names))
    except autodiff.AutodiffError:
        pytest.skip("the corrupted rule is no formula")
    point = point_where_it_shows(row, argument, wrong, len(names))
    if point is None:
        pytest.skip("the corrupted rule is the right one wherever both are defined")
    graph = build(formula, names)
    graph.calls = [Call(wrong, call.arity) if call.row is row else call for call in graph.calls]
    inputs = [dict(zip(names, point, strict=True))[name] for name in graph.inputs]
    gradient = Gradient(graph, inputs, [names[argument]])
    found = checking.check(gradient, Settings())
    assert found.verdict is Verdict.FAIL, (point, found)
    assert found.culprit is not None and row.name in found.culprit.message
    assert found.culprit.name == "inner"


@pytest.mark.usefixtures("in_process")
def test_a_planted_rule_is_found_node_by_node() -> None:
    graph = build("a = x*y; b = sin(a); c = exp(b); c*x")
    sine = next(call.row for call in graph.calls if call.row.name == "sin")
    wrong = sine._replace(partials=("cos(x)*1.0001",))
    graph.calls = [Call(wrong, call.arity) if call.row is sine else call for call in graph.calls]
    found = checking.check(Gradient(graph, [0.3, 0.7]), Settings(every_node=True))
    assert found.verdict is Verdict.FAIL
    assert found.culprit is not None and graph.source(found.culprit.node) == "sin(a)"
    wrong_nodes = {node.name for node in found.nodes if node.verdict is Verdict.FAIL}
    assert "a" in wrong_nodes and not {"b", "c"} & wrong_nodes


@pytest.mark.usefixtures("in_process")
def test_a_function_that_is_wrong_only_in_doubles_is_caught() -> None:
    graph = build("y = exp(x); y + 1")
    row = next(call.row for call in graph.calls if call.row.name == "exp")
    wrong = row._replace(floats=lambda x: math.exp(x) * 1.00001)
    graph.calls = [Call(wrong, call.arity) if call.row is row else call for call in graph.calls]
    found = checking.check(Gradient(graph, [0.3]), Settings())
    assert found.verdict is Verdict.FAIL
    assert found.culprit is not None and "exp" in found.culprit.message


# No false alarm


def cases() -> list[Any]:
    path = DATA / "gradients.jsonl"
    sets: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        sets.setdefault(case["set"], []).append(case)
    return [pytest.param(rows, id=name) for name, rows in sets.items()]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("rows", cases())
def test_no_false_alarm_on_real_formulas(rows: list[dict[str, Any]]) -> None:
    for case in rows[:: max(1, len(rows) // 40)]:
        text = "; ".join([*(f"{name} = {text}" for name, text in case["lets"]), case["formula"]])
        mentioned = set(re.findall(r"[^\W\d]\w*", text))
        found = run(text, {name: float(x) for name, x in case["point"].items() if name in mentioned})
        assert found.verdict is Verdict.PASS, (case["name"], found.remarks)


VERDICTS = [
    ("abs(x)", {"x": 0}, "KINK"),
    ("x*abs(x)", {"x": 0}, "PASS"),
    ("max(x, y, z)", {"x": 1, "y": 1, "z": 1}, "KINK"),
    ("max(x, y)", {"x": 1, "y": 1 + 1e-12}, "PASS"),
    ("floor(x)*y", {"x": 2, "y": 3}, "KINK"),
    ("log(x)", {"x": -1}, "UNDEFINED"),
    ("sqrt(x)", {"x": 0}, "UNDEFINED"),
    ("x^1.5", {"x": 0}, "PASS"),
    ("x^y", {"x": 0, "y": 1}, "PASS"),
    ("x^2", {"x": 0}, "PASS"),
    ("log(x)", {"x": 1 + 2**-52}, "PASS"),
    ("sin(x)", {"x": 1e22}, "PASS"),
    ("exp(x)*exp(y)", {"x": 500, "y": 500}, "UNDEFINED"),
    ("tanh(x)", {"x": 200}, "PASS"),
    ("(1 - cos(x))/x^2", {"x": 1e-7}, "PASS"),
    ("x if x > 0 else log(x)", {"x": 1}, "PASS"),
    ("where(x > 0, log(x), 0)", {"x": -1}, "PASS"),
    ("1/(1 + exp(x))", {"x": 800}, "PASS"),
    ("gelu(x) + erf(x)", {"x": -6}, "PASS"),
    ("x % y", {"x": 7.3, "y": 2}, "PASS"),
    ("x % y", {"x": 6, "y": 2}, "KINK"),
    ("sinc(x)", {"x": 0}, "PASS"),
    ("hypot(x, y)", {"x": 0, "y": 0}, "KINK"),
    ("3", {}, "PASS"),
]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("text", "point", "verdict"), VERDICTS)
def test_the_verdict_is_the_truth(text: str, point: dict[str, float], verdict: str) -> None:
    assert run(text, point).verdict.value == verdict


@pytest.mark.usefixtures("in_process")
def test_names_that_sympy_predefines_are_variables_like_any_other() -> None:
    names = ["beta", "gamma", "zeta", "lambda", "S", "N", "E", "I", "Q", "O", "re", "im", "Ci", "pi", "e"]
    found = run(" * ".join(names), {name: 1.0 + k / 8 for k, name in enumerate(names)})
    assert found.verdict is Verdict.PASS
    assert all(check.symbolic is not None for check in found.inputs.values())


@pytest.mark.usefixtures("in_process")
def test_lost_digits_are_a_warning_that_names_the_node() -> None:
    found = run("(1 - cos(x))/x^2", {"x": 1e-7})
    assert found.inputs["x"].digits is not None and found.inputs["x"].digits < 3
    assert any("1 - a" in remark and "condition number" in remark for remark in found.remarks)


@pytest.mark.usefixtures("in_process")
def test_a_kink_that_is_near_is_mentioned_with_its_distance() -> None:
    assert any("1e-9" in remark for remark in run("max(x, y)", {"x": 1, "y": 1 + 1e-9}).remarks)


@pytest.mark.usefixtures("in_process")
def test_a_kink_shows_both_sides() -> None:
    found = run("3*abs(x)", {"x": 0}).inputs["x"]
    assert (found.left, found.right) == (-3.0, 3.0)


# The process of the symbolic oracle


def test_the_oracle_that_takes_too_long_is_stopped_and_the_others_decide() -> None:
    found = autodiff.check("sin(x)*y", {"x": 1, "y": 2}, timeout=0.01)
    assert found.verdict is Verdict.PASS
    assert any("did not finish" in remark for remark in found.inputs["x"].remarks)


def test_the_process_gives_what_sympy_gives() -> None:
    found = autodiff.check("(x + y) * max(y, z)", x=1, y=2, z=0)
    assert {name: check.symbolic for name, check in found.inputs.items()} == {"x": "2", "y": "5", "z": "0"}


def test_many_inputs_are_checked_along_directions() -> None:
    names = [f"x{k}" for k in range(700)]
    found = autodiff.check(" + ".join(f"{name}^2" for name in names), {name: 1 + k / 7 for k, name in enumerate(names)})
    assert found.verdict is Verdict.PASS
    assert all(check.numeric is None for check in found.inputs.values())


def test_parameters_of_a_row_are_what_the_mutants_swap() -> None:
    row = next(row for row in ROWS if row.name == "div")
    assert parameters(row, 2) == ("x", "y")
    assert dict(corruptions(row, 1))["swapped arguments"] == "-(y/x)/x"
