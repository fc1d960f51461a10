"""Derivations step by step: every step is true, and the last one is what `diff` prints."""

import json
import math
import random

import pytest
from tests.support import DATA, autodiff, smooth_formula

from autodiff import AutodiffError, Formula
from autodiff.api import derivation, differentiate
from autodiff.differentiate.derive.derivation import MOST_STEPS, Step


def holds(step: Step, variable: str, point: dict[str, float]) -> None:
    """A step says that one formula is the derivative of another; in numbers they agree."""
    what, result = Formula(step.text), Formula(step.derivative.text)
    expected = what.gradient({name: point[name] for name in what.variables}, wrt=[variable]).partials[variable]
    found = result.value({name: point[name] for name in result.variables})
    if math.isfinite(expected):
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9), (step.text, step.derivative.text)


@pytest.mark.parametrize("seed", range(40))
def test_every_step_is_true(seed: int) -> None:
    generator = random.Random(seed)
    text = smooth_formula(bytes(generator.randrange(256) for _ in range(12)))
    point = {name: generator.uniform(0.2, 1.5) for name in "xyz"}
    for variable in Formula(text).variables:
        steps = derivation(text, variable)
        for step in steps:
            holds(step, variable, point)
        (whole,) = differentiate(text, [variable])
        assert steps[-1].derivative.text == whole.text if steps else whole.text == "1"


def test_public_formulas_have_derivations() -> None:
    cases = [json.loads(line) for line in (DATA / "gradients.jsonl").read_text(encoding="utf-8").splitlines()][::40]
    for case in cases:
        point = case["point"]
        if case["lets"] or {"e", "pi"} & point.keys():
            continue
        variable = next(iter(point))
        for step in derivation(case["formula"], variable)[-3:]:
            holds(step, variable, point)


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("x^2*sin(x)", ["power rule", "derivative of sin", "product rule"]),
        ("sin(3x)", ["constant factor rule", "chain rule with sin"]), ("x/(1 + x)", ["sum rule", "quotient rule"]),
        ("2^x", ["exponential rule"]), ("x^x", ["power rule for both"]), ("1/x", ["reciprocal rule"]),
        ("-x - a", ["constant factor rule", "difference rule"]), ("x if a > 0 else 2", ["choice"]),
        ("x if x > 0 else x^2", ["power rule", "choice"]),
        ("hypot(x, 2x)", ["constant factor rule", "total derivative"]), ("x^2 + x^2", ["power rule", "sum rule"]),
    ],
)  # fmt: skip
def test_the_rules_have_the_names_of_a_textbook(formula: str, names: list[str]) -> None:
    assert [step.law.name for step in derivation(formula, "x")] == names


def test_the_command_in_every_format() -> None:
    text = autodiff("diff", "x*sin(x)", "--steps").stdout
    assert "2. product rule: (u*v)' = u'*v + u*v'\n  with u = x, v = sin(x)\n" in text
    assert text.endswith("  d/dx (x*sin(x)) = x*cos(x) + sin(x)\n")
    assert (
        "- `d/dx (x*sin(x)) = x*cos(x) + sin(x)`"
        in autodiff("diff", "x*sin(x)", "--steps", "--format", "markdown").stdout
    )
    assert r"&& \text{product rule}" in autodiff("diff", "x*sin(x)", "--steps", "--format", "latex").stdout
    found = json.loads(autodiff("diff", "x*y", "--steps", "--format", "json").stdout)
    assert found["derivatives"] == {"x": "y", "y": "x"}
    assert found["steps"]["x"][0]["law"] == "(u*c)' = u'*c"
    both = autodiff("diff", "x*y", "--steps").stdout
    assert "The derivative by x" in both and "The derivative by y" in both


def test_what_has_no_steps_says_what_to_do() -> None:
    long = " + ".join(f"sin(x*{k})" for k in range(MOST_STEPS))
    for args, says in (
        (["sum(x)", "--x", "[1, 2]"], "of one formula of numbers"), (["x, 2x"], "of one formula of numbers"),
        ([long], "steps, more than 200"), (["x^2", "--order", "2"], "shows a first derivative"),
    ):  # fmt: skip
        done = autodiff("diff", *args, "--steps")
        assert done.code == 2 and says in done.stderr
    assert autodiff("diff", "x", "--format", "markdown").code == 2
    with pytest.raises(AutodiffError, match="no variable"):
        derivation("x^2", "q")
