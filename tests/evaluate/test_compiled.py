"""Compiled rules give floats, to the bit those of the graph evaluated one operation after the other."""

import itertools
import math

import pytest

from autodiff.evaluate.compiled import compile_rule
from autodiff.evaluate.floats import forward
from autodiff.graph.build import build

NUMBERS = (0.0, -0.0, 1.0, -1.5, 2.0, math.inf, math.nan)
#: Truth values that a rule needs several times, and computes once.
RULES = (
    "c = x > y; -c*c",
    "c = x > y; c + c",
    "c = x > y; c",
    "c = x > y; where(c, c, -c)",
    "c = x > y; copysign(2, -c)*c",
    "c = x > y and x > 0; c*(1 - c) - c",
    "c = not x; -c - c",
    "c = x or y; d = c and x < y; c - d*c + d",
    "c = x == y; where(c and x, x*c, y*c)",
    "c = x != y; (c and not c) + c",
    "c = x <= y; d = x >= y; (c or d)*(c + d)",
    "x > y",
    "not x",
    "x and y",
    # Longer than what is nested: every operation has a variable of its own.
    "c = x > y; -c*c" + " + c" * 120,
)


@pytest.mark.parametrize("text", RULES, ids=lambda text: text[:40])
def test_truth_values_of_a_compiled_rule_are_floats(text: str) -> None:
    graph = build(text)
    function = compile_rule(graph, ("x", "y"), None)
    for x, y in itertools.product(NUMBERS, repeat=2):
        found = function(x, y)
        wanted = forward(graph, [{"x": x, "y": y}[name] for name in graph.inputs])[graph.outputs[0]]
        assert type(found) is float, (x, y)
        assert repr(found) == repr(wanted), (x, y)
