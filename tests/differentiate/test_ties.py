"""At ties, kinks and boundaries every way to a derivative finds the same: random formulas at points where they meet.

`TIES=37000` runs so many points instead of a few hundred.
"""

import json
import math
import os
import random
from collections.abc import Mapping
from typing import Any

import pytest
from tests.codegen.test_javascript import disagreement, evaluate_all, needs_node

from autodiff.api import differentiate
from autodiff.differentiate.results.gradient import Gradient
from autodiff.dynamic.value import Value, perform
from autodiff.formula import Formula

POINTS = int(os.environ.get("TIES", "400"))
NUMBERS = (0.0, 0.0, 1.0, -1.0, 2.0, 0.5, -0.5)
NAMES = ("x", "y", "z")
#: What meets at ties: pieces, choices and roundings beside smooth functions. `{0}` to `{2}` are other formulas.
PIECES = (
    "max({0}, {1})", "min({0}, {1})", "max({0}, {1}, {2})", "abs({0})", "relu({0})", "clamp({0}, {1}, 2)", "sign({0})",
    "({0} if {1} > 0 else {2})", "({0} if {1} >= {2} else {1})", "({0} if {1} == 0 else {2})", "floor({0})",
    "({0} if {1} > 0 and {2} >= 0 else {1})", "({0} if {1} > 0 or {2} < 0 else {1})", "copysign({0}, {1})",
    "({0} + {1})", "({0} - {1})", "{0}*{1}", "sin({0})", "tanh({0})", "({0})^2", "exp(-{0}^2)", "2*{0}", "({0} + 1)",
)  # fmt: skip


def draw(generator: random.Random, depth: int = 0) -> str:
    if depth > 2 or (depth and generator.random() < 0.3):
        return generator.choice(NAMES)
    return generator.choice(PIECES).format(*(draw(generator, depth + 1) for _ in range(3)))


def cases(count: int) -> list[tuple[str, dict[str, float]]]:
    generator = random.Random(20_26)
    found: list[tuple[str, dict[str, float]]] = []
    while len(found) < count:
        text = draw(generator)
        used = Formula(text).variables
        found += [(text, {name: generator.choice(NUMBERS) for name in used}) for _ in range(2) if used]
    return found[:count]


CASES = cases(POINTS)


def by_rules(gradient: Gradient) -> dict[str, Any]:
    """What the sweep itself gives, before the function decides where local rules fail."""
    return {name: gradient.swept.get(name, value) for name, value in gradient.partials.items()}


def differs(found: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    return any(
        not (found[name] == value or math.isclose(found[name], value, rel_tol=1e-13, abs_tol=1e-15))
        and not (math.isnan(found[name]) and math.isnan(value))
        for name, value in expected.items()
    )


def test_forward_finds_what_reverse_finds() -> None:
    wrong = []
    for text, point in CASES:
        formula = Formula(text)
        expected = formula.gradient(point).partials
        (rates,) = formula.tangent(point).derivatives
        found = dict(zip(formula.graph().inputs, rates, strict=True))
        if differs(found, expected):
            wrong.append((text, point, found, dict(expected)))
    assert wrong == []


def test_arrays_of_one_element_find_what_numbers_find() -> None:
    wrong = []
    for text, point in CASES:
        expected = dict(Formula(text).gradient(point).partials)
        gradient = Formula(f"sum({text})").gradient({name: [value] for name, value in point.items()})
        found = {name: float(value[0]) for name, value in gradient.partials.items()}
        if differs(found, expected):
            wrong.append((text, point, found, expected))
    assert wrong == []


def test_values_find_what_formulas_find() -> None:
    wrong = []
    for text, point in CASES:
        graph = Formula(text).graph()
        expected = Formula(text).gradient(point).partials
        values = [Value(point[name]) for name in graph.inputs]
        nodes = [*values, *graph.constants]
        for _, row, args in graph.operations():
            nodes.append(perform(row, [nodes[arg] for arg in args]))
        last = nodes[graph.outputs[0]]
        if not isinstance(last, Value):
            continue
        last.backward()
        found = {name: value.grad for name, value in zip(graph.inputs, values, strict=True)}
        if differs(found, expected):
            wrong.append((text, point, found, dict(expected)))
    assert wrong == []


def test_the_exact_derivative_has_the_bits_of_the_sweep() -> None:
    wrong = []
    for text, point in CASES:
        formula = Formula(text)
        expected = by_rules(formula.gradient(point))
        for derivative in differentiate(formula, exact=True):
            name = derivative.variable
            rule = Formula(derivative.text)
            value: Any = rule.value({other: point[other] for other in rule.variables})
            if differs({name: value}, {name: expected[name]}):
                wrong.append((text, point, derivative.text, value, expected[name]))
    assert wrong == []


@needs_node
@pytest.mark.parametrize("start", range(0, POINTS, 2000))
def test_javascript_finds_what_python_finds(start: int) -> None:
    some = CASES[start : start + 2000]
    texts = [(Formula(text), [list(map(point.__getitem__, Formula(text).graph().inputs))]) for text, point in some]
    wrong = []
    for (text, point), (formula, _), (found,) in zip(some, texts, evaluate_all(texts), strict=True):
        expected = by_rules(formula.gradient(point))
        for name, adjoint in zip(formula.graph().inputs, found["adjoints"], strict=False):
            if disagreement(adjoint, expected[name]) > 1e-12:
                wrong.append((text, json.dumps(point), adjoint, expected[name]))
    assert wrong == []
