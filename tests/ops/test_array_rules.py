"""The formulas of rows on arrays: leaving out what nobody chooses changes no bit, and copies are really copies."""

import itertools
import random

import numpy as np
import pytest

from autodiff import Formula
from autodiff.evaluate.arrays import evaluate, evaluate_rule, quiet
from autodiff.evaluate.inputs import to_value
from autodiff.evaluate.laziness import steps
from autodiff.graph.build import build
from autodiff.graph.rules import parameters, partial_text, rule, rule_arguments, rule_parameters
from autodiff.ops import ROWS

ELEMENTWISE = [row for row in ROWS if row.shape is None and row.partials]
#: Points at which conditions of rules change their answer, or have none.
NUMBERS = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 25.0, -350.0, 1e-310, float("inf"), float("-inf"), float("nan"))


def rules_of(row):
    """Every formula of a row that arrays may evaluate: its graph, its parameters, and their positions."""
    arity = 2 if row.variadic else len(row.params)
    for text in filter(None, (row.value, row.stable)):
        yield rule(row, text, arity), parameters(row, arity), None
    for k in range(arity):
        yield rule(row, partial_text(row, k), arity), rule_parameters(row, arity), k


def arguments(count: int, generator: random.Random):
    """Numbers, uniform arrays, mixed arrays and arrays that broadcast."""
    for fill in NUMBERS:
        yield [np.full(4, fill), *(generator.choice(NUMBERS) for _ in range(count - 1))]
    for _ in range(30):
        one = [np.array([generator.choice(NUMBERS) for _ in range(4)]) for _ in range(count)]
        yield one
        yield [np.reshape(x, (4, 1)) if k % 2 else x for k, x in enumerate(one)]
        yield [generator.uniform(-3, 3) if generator.random() < 0.5 else np.abs(x) for x in one]


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_a_rule_on_arrays_is_the_same_where_unused_branches_are_left_out(row) -> None:
    generator = random.Random(row.name)
    count = 2 if row.variadic else len(row.params)
    for (graph, params, k), given in itertools.product(list(rules_of(row)), arguments(count, generator)):
        args = given if k is None else rule_arguments(row, given, k)
        by_name = dict(zip(params, args, strict=True))
        with quiet():
            everything = evaluate(graph, [*(by_name[name] for name in graph.inputs), *graph.constants])
            found = evaluate_rule(graph, params, args)
        wanted = everything[graph.outputs[0]]
        assert np.shape(found) == np.shape(wanted), (graph.text, given)
        assert np.array_equal(found, wanted, equal_nan=True), (graph.text, given)
        assert np.array_equal(np.signbit(found), np.signbit(wanted)) or np.isnan(wanted).any(), (graph.text, given)


def test_a_condition_inside_a_branch_is_left_out_with_it() -> None:
    graph = build("where(x > 0, log(x), where(x < -1, exp(x), sin(x)*2))")
    guarded = {step.row.name: len(step.guards) for step in steps(graph) if step.guards}
    assert guarded == {"log": 1, "lt": 1, "exp": 2, "sin": 2, "mul": 2, "where": 1}


@pytest.mark.parametrize("condition", [np.nan, [np.nan, np.nan], [np.nan, 1.0], [0.0, np.nan]], ids=str)
@pytest.mark.parametrize("text", ["where(c, exp(x), y)", "where(c, x, exp(y)) + 1", "where(c*2, x, y)"])
def test_a_condition_without_an_answer_chooses_nothing_inside_a_rule(text: str, condition: float | list[float]) -> None:
    graph = build(text)
    given = {"c": to_value("c", condition), "x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0])}
    with quiet():
        found = evaluate_rule(graph, ("c", "x", "y"), list(given.values()))
    values = [
        Formula(text).value({name: np.broadcast_to(value, 2)[k] for name, value in given.items()}) for k in (0, 1)
    ]
    assert np.array_equal(found, values, equal_nan=True)
    assert np.isnan(found).tolist() == np.broadcast_to(np.isnan(given["c"]), 2).tolist()


def test_what_several_branches_use_is_never_left_out() -> None:
    graph = build("a = exp(x); where(x > 0, a, a + 1)")
    assert [step.row.name for step in steps(graph) if step.guards] == ["add"]


@pytest.mark.parametrize("order", ["C", "F"])
def test_results_do_not_change_when_the_caller_writes_to_an_array(order) -> None:
    formula = Formula("sum(W^2)")
    weights = np.array(np.arange(20_000.0).reshape(100, 200), order=order)
    results = []
    for k in range(4):
        results.append(formula.gradient(W=weights))
        weights += 1.0
        assert np.array_equal(results[k].nodes[0].value, np.arange(20_000.0).reshape(100, 200) + k)
    for k, result in enumerate(results):
        assert np.array_equal(result.nodes[0].value, np.arange(20_000.0).reshape(100, 200) + k)
        assert np.array_equal(result.partials["W"], 2 * (np.arange(20_000.0).reshape(100, 200) + k))


def test_an_array_in_another_order_is_copied_element_by_element() -> None:
    source = np.arange(40_000.0).reshape(200, 200)
    for strange in (source[:, ::2], source.reshape(20, 10, 200).transpose(1, 0, 2), source.T, source.astype(np.int64)):
        copied = to_value("x", strange)
        assert np.array_equal(copied, strange)
        assert copied.dtype == np.float64
        assert not np.shares_memory(copied, strange)
