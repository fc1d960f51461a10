"""The JavaScript that pages carry, run by Node: every row at many points, and whole formulas with their gradients."""

import json
import math
import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support import smooth_formula

from autodiff.api import Formula, load_ops
from autodiff.codegen import javascript
from autodiff.differentiate.results.gradient import Gradient
from autodiff.graph.walk import dependents
from autodiff.numerals import for_json
from autodiff.ops.row import Row
from autodiff.ops.table import ELEMENTWISE, ON_ARRAYS, ROWS

node = shutil.which("node")
needs_node = pytest.mark.skipif(node is None, reason="Node is not installed, so generated JavaScript cannot be run")
POINTS = 150
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 1e-310, 1e300, -1e300, math.inf, -math.inf, math.nan)
#: Programs whose gradients follow a rule of their own: ties, boundaries, zeros beside infinities, branches.
PROGRAMS = (
    "(x + y) * max(y, z)", "max(x, y, z) + min(x, y)", "abs(x)*y", "x if x > 0 else 2x",
    "x if x > y and y > 0 else y", "(x if x > 0 or y > 0 or z > 0 else 3x) * y", "where(x > 0, log(x), 0)*y",
    "where(x > 0, sqrt(x), 0)", "x^y", "0*log(x) + y", "relu(x)*z", "hypot(x, y, z)", "clamp(x, y, z)", "x*inf*0",
    "nan*x", "sigmoid(x)*log(y - y) if z > 1 else x", "round(x)*y", "where(not (x == 0), sin(x)/x, 1)",
    "b = 5 - 3x; c = 2b + 3; c^2 + y*b", "σ(t) = 1/(1 + exp(-t)); σ(x·y) + z", "lgamma(x)*digamma(y)",
    "sinc(x) + erfc(y)*gamma(z)", "x % y + fmod(y, z)", "log(x, y)", "where(x > 0, x^2, x^3) + (y if x >= 0 else 2y)",
    # Conditions that no variable moves have no boundary, and decide; negative constants keep their sign.
    "x if x >= 0 and 2 >= 2 else 3x", "x if x > 0 or 2 > 2 else 3x", "x if (x > 0) == (1 >= 1) else 3x",
    "y if 2 <= 2 else x", "(x if floor(z) >= floor(2.5) else x) * y", "-(-2)*x - -3 - (-y)", "(-2)^2*x - -z*-1.5",
)  # fmt: skip


def run_node(script: str) -> Any:
    assert node is not None
    done = subprocess.run([node, "-"], input=script, capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stderr[:2000]
    return json.loads(done.stdout)


def program_of(formula: Formula) -> str:
    graph = formula.graph()
    inputs = range(len(graph.inputs))
    return javascript.program(graph, inputs, [1.0], dependents(graph, inputs))


#: Reads and writes numbers that JSON has no words for.
_NUMBERS = """
const read = (x) => (typeof x === "string" ? Number(x) : x);
const write = (x) => (x === null || Number.isFinite(x) ? x : String(x));
"""


def evaluate_all(cases: Sequence[tuple[Formula, Sequence[Sequence[float]]]]) -> list[list[dict[str, Any]]]:
    """Values, adjoints, partials and kinks of each formula at each of its points, as JavaScript has them."""
    programs = ",\n".join(program_of(formula) for formula, _ in cases)
    points = json.dumps([[[for_json(x) for x in point] for point in points] for _, points in cases])
    found: list[list[dict[str, Any]]] = run_node(f"""
        {javascript.runtime()}{_NUMBERS}
        const programs = [{programs}];
        console.log(JSON.stringify({points}.map((points, k) => points.map((point) => {{
            const at = evaluateAt(programs[k], point.map(read));
            return {{values: [...at.values].map(write), adjoints: [...at.adjoints].map(write),
                partials: at.partials.map((row) => row.map(write)), kinks: [...at.kinks],
                used: [...at.used], zero: [...at.values].map((x) => Object.is(x, -0))}};
        }}))));
    """)
    return found


def number(found: Any) -> float:
    return float(found.replace("Infinity", "inf")) if isinstance(found, str) else float(found)


def disagreement(found: Any, expected: float | None) -> float:
    """The relative difference; 0 where both are the same, or both are NaN."""
    if expected is None or found is None:
        return 0.0 if found is expected else math.inf
    value = number(found)
    if value == expected or (math.isnan(value) and math.isnan(expected)):
        return 0.0
    if not math.isfinite(value) or not math.isfinite(expected):
        return math.inf
    # Subnormal numbers have fewer digits.
    return abs(value - expected) / max(abs(expected), 1e-300)


def formula_of(row: Row) -> Formula:
    """A formula that is one operation."""
    names = [f"x{k}" for k in range(3)] if row.variadic else [f"p{k}" for k in range(len(row.params))]
    if row.selects:
        return Formula(f"where({', '.join(names)})")
    if row.infix:
        return Formula(f"{names[0]} {row.infix} {names[1]}")
    if row.prefix and row.prefix.isascii():
        return Formula(f"{row.prefix} {names[0]}")
    return Formula(f"{row.name}({', '.join(names)})")


def points_of(row: Row, count: int, *, seed: int = 0) -> list[list[float]]:
    generator = random.Random(f"{row.name}{seed}")
    samples = row.samples * 3 if row.variadic else row.samples
    return [[generator.uniform(*interval) for interval in samples] for _ in range(count)]


def is_spellable(row: Row) -> bool:
    return javascript.is_spellable(row, 3 if row.variadic else len(row.params))


SPELLED = [row for row in ELEMENTWISE if is_spellable(row)]


def test_every_row_is_spelled_or_says_that_it_is_not() -> None:
    for row in ROWS:
        declared = row.is_array or row.targets.get(javascript.TARGET) == ""
        assert is_spellable(row) != declared, row.name
    assert len(SPELLED) > 80
    assert not any(map(is_spellable, ON_ARRAYS))


@needs_node
def test_every_row_has_the_numbers_of_the_sweep_at_many_points() -> None:
    cases = [(formula_of(row), points_of(row, POINTS)) for row in SPELLED]
    wrong = []
    for row, (formula, points), results in zip(SPELLED, cases, evaluate_all(cases), strict=True):
        for point, result in zip(points, results, strict=True):
            gradient = formula.gradient(dict(zip(formula.variables, point, strict=True)))
            # What cancels near a zero of its own is allowed the row's own tolerance.
            allowed = max(1e-12, 1e-14 * row.ulps)
            pairs = [(result["values"][-1], gradient.value)]
            pairs += zip(result["adjoints"], backpropagated(gradient), strict=False)
            worst = max(disagreement(found, expected) for found, expected in pairs)
            if worst > allowed:
                wrong.append((row.name, point, worst, pairs))
    assert wrong == []


@needs_node
def test_every_row_agrees_at_zeros_infinities_and_nan() -> None:
    cases = []
    for row in SPELLED:
        formula, generator = formula_of(row), random.Random(row.name)
        count = len(formula.variables)
        edges = [[x] * count for x in EDGES] + [[generator.choice(EDGES) for _ in range(count)] for _ in range(60)]
        cases.append((formula, edges))
    wrong = []
    for row, (formula, points), results in zip(SPELLED, cases, evaluate_all(cases), strict=True):
        for point, result in zip(points, results, strict=True):
            gradient = formula.gradient(dict(zip(formula.variables, point, strict=True)))
            pairs = [(result["values"][-1], gradient.value)]
            pairs += zip(result["adjoints"], backpropagated(gradient), strict=False)
            signs = gradient.value == 0.0 and (math.copysign(1.0, gradient.value) < 0) != result["zero"][-1]
            if signs or max(disagreement(found, expected) for found, expected in pairs) > 1e-12:
                wrong.append((row.name, point, pairs, signs))
    assert wrong == []


@needs_node
def test_a_program_has_the_gradients_partials_and_kinks_of_the_sweep_at_every_node() -> None:
    generator = random.Random(1)
    choices = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.25, -1.75)
    cases = []
    for text in PROGRAMS:
        formula = Formula(text)
        cases.append((formula, [[generator.choice(choices) for _ in formula.variables] for _ in range(40)]))
    for (formula, points), results in zip(cases, evaluate_all(cases), strict=True):
        compare_whole(formula, points, results)


def backpropagated(gradient: Gradient) -> list[Any]:
    """What the rules alone give for each input: the page sweeps, and expands no function."""
    return [gradient.swept.get(name, partial) for name, partial in gradient.partials.items()]


def compare_whole(formula: Formula, points: Sequence[Sequence[float]], results: Sequence[dict[str, Any]]) -> None:
    for point, result in zip(points, results, strict=True):
        gradient = formula.gradient(dict(zip(formula.variables, point, strict=True)))
        base = gradient.graph.base
        assert gradient.adjoints is not None
        for at, (found, expected) in enumerate(zip(result["values"], gradient.values, strict=True)):
            assert disagreement(found, expected) < 1e-12, (formula.text, point, at)
        inputs = len(gradient.graph.inputs)
        swept = [*backpropagated(gradient), *gradient.adjoints[inputs:]]
        for at, (found, expected) in enumerate(zip(result["adjoints"], swept, strict=True)):
            if gradient.active[at]:
                assert disagreement(found, expected) < 1e-12, (formula.text, point, at)
        for k, found in enumerate(result["partials"]):
            for a, b, arg in zip(found, gradient.local_partials(base + k), gradient.graph.args[k], strict=True):
                if b is not None and result["used"][base + k]:
                    assert disagreement(a, b) < 1e-12, (formula.text, point, base + k, arg)
        kinks = {k: (kink.kind, list(map(_listed, kink.intervals))) for k, kink in gradient.kinks.items()}
        assert {k: (kink["kind"], kink["intervals"]) for k, kink in result["kinks"]} == kinks, (formula.text, point)


def _listed(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


@needs_node
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=40), min_size=10, max_size=20), st.integers(0, 1000))
def test_a_smooth_formula_has_the_same_gradient(data: list[bytes], seed: int) -> None:
    generator = random.Random(seed)
    formulas = [Formula(smooth_formula(text)) for text in data]
    cases = [(formula, [[generator.uniform(-2, 2) for _ in formula.variables]]) for formula in formulas]
    for (formula, points), results in zip(cases, evaluate_all(cases), strict=True):
        gradient = formula.gradient(dict(zip(formula.variables, points[0], strict=True)))
        scale = max([abs(partial) for partial in gradient.partials.values()] + [1e-3])
        for found, expected in zip(results[0]["adjoints"], gradient.partials.values(), strict=False):
            same = number(found) != number(found) and expected != expected
            assert same or abs(number(found) - expected) <= 1e-12 * scale, formula.text


def test_no_name_of_a_formula_reaches_the_program() -> None:
    program = program_of(Formula("alert = sin(évil); document = alert*1; document + évil # </script>"))
    assert "alert" not in program and "document" not in program and "vil" not in program and "<" not in program


#: Names that the program or its runtime uses, and characters that names may have in Python alone.
OWN = """
g_2_by(t) = t^3
d/dt = 3*t^2
total_2_by(s) = s^3
d/ds = 3*s^2
poly(x, c) = x^2 + c
d/dx = 2*x
d/dc = 1
total(θ₁) = total_2_by(θ₁)*2
d/dθ₁ = 6*θ₁^2
g(x, y) = x^2*y
d/dx = 2*x*y
d/dy = x^2
σ₂(x) = 1/(1 + exp(-x))
d/dx = σ₂(x)*(1 - σ₂(x))
minus(x) = -(-2)*x - -3 + x^-2*(-1)^2
d/dx = -(-2) - -2*x^-3*(-1)^3*-(-1)
elbow(value) = where(value > 0, value, 0)
d/dvalue from below = value > 0
d/dvalue from above = value >= 0
"""


@needs_node
def test_operations_of_users_have_the_numbers_of_the_sweep_whatever_they_are_called() -> None:
    ops = load_ops(OWN)
    texts = (
        "minus(x)*y",
        "poly(x, y)*x",
        "total(x)*y",
        "g(x, y)*g_2_by(x)",
        "σ₂(x)*σ₂(y)",
        "elbow(x)*total(y)",
        "elbow(x - x)*y",
    )
    formulas = [Formula(text, ops=ops) for text in texts]
    points = [(2.0, 3.0), (-1.5, 0.25), (0.0, 1.0)]
    for formula, results in zip(formulas, evaluate_all([(formula, points) for formula in formulas]), strict=True):
        compare_whole(formula, points, results)
        assert not re.search(r"total_2|\bg_|θ|σ|poly", program_of(formula)), formula.text


@needs_node
def test_operations_of_users_call_each_other_however_deep() -> None:
    lines = [f"f{k}(x) = f{k - 1}(x) + {k}\nd/dx = f{k - 1}(x)*0 + cos(x)" for k in range(1, 1500)]
    formula = Formula("f1499(x)*x", ops=load_ops("\n".join(["f0(x) = sin(x)\nd/dx = cos(x)", *lines])))
    ((found,),) = evaluate_all([(formula, [(0.5,)])])
    compare_whole(formula, [(0.5,)], [found])
