"""`Value`: the gradients of formulas, to the bit, for programs that Python runs; and what Python asks of a number."""

import copy
import gc
import json
import math
import operator
import random
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import NAMES, smooth_formula

import autodiff
from autodiff import AutodiffError, Formula, Value
from autodiff.ops.row import Row
from autodiff.ops.table import BY_NAME, ROWS

LAWS = settings(derandomize=True, deadline=None, database=None, max_examples=300)
COORDINATES = st.floats(-2, 2).map(lambda x: round(x, 6)) | st.sampled_from([0.0, -0.0, 1.0, -1.0])
#: Formulas with kinks, boundaries, jumps and undefined points: `{0}` and `{1}` stand for other formulas.
KINKED = (
    "max({0}, {1})", "min({0}, {1}, 0.5)", "abs({0})", "relu({0})", "where({0} > {1}, {0}, {1})", "({0} % 0.7)",
    "where({0} == {1}, {0}*2, sign({1}))", "clamp({0}, -1, 1)", "({0} > 0)*{1}", "sqrt({0})", "log({0})", "({0}/{1})",
    "({0}*{1})", "(-{0})", "floor({0})", "({0} - {1})",
)  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, NaN included."""
    return type(one) is type(other) and repr(one) == repr(other)


#: How Python writes the operators.
BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
    "^": operator.pow, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne, "and": operator.and_, "or": operator.or_,
}  # fmt: skip


def run(formula: Formula, point: dict[str, Any]) -> Any:
    """The formula as a Python program: one operator or function after the other, in the order of the text."""
    graph = formula.graph()
    results = [*(point[name] for name in graph.inputs), *graph.constants]
    for _, row, args in graph.operations():
        function = BINARY.get(row.infix) or (operator.neg if row.prefix == "-" else getattr(autodiff, row.name))
        results.append(function(*[results[arg] for arg in args]))
    return results[graph.outputs[0]]


def kinked_formula(data: bytes) -> str:
    choices = iter(data)

    def write(depth: int) -> str:
        choice = next(choices, 0)
        if depth > 4 or choice < 60:
            return NAMES[choice % 3]
        return KINKED[choice % len(KINKED)].replace("{0}", write(depth + 1)).replace("{1}", write(depth + 1))

    return write(0)


@LAWS
@given(st.binary(max_size=40), st.tuples(*[COORDINATES] * 3), st.sampled_from([smooth_formula, kinked_formula]))
def test_the_gradient_of_a_program_is_that_of_the_formula_to_the_bit(
    data: bytes, at: tuple[float, float, float], write: Callable[[bytes], str]
) -> None:
    formula = Formula(write(data))
    point = {name: x for name, x in zip(NAMES, at, strict=True) if name in formula.variables}
    wanted = formula.gradient(point)
    values = {name: Value(x) for name, x in point.items()}
    result = run(formula, values)
    result.backward()
    assert same(result.data, wanted.value)
    assert same({name: values[name].grad for name in formula.variables}, wanted.partials)


def test_the_law_above_would_show_a_lost_term() -> None:
    values = {"x": Value(0.3), "y": Value(0.7)}
    run(Formula("x*y + sin(x)"), {**values, "x": values["x"] * 1.0000001}).backward()
    assert not same(values["x"].grad, Formula("x*y + sin(x)").gradient(x=0.3, y=0.7).partials["x"])


# Every row, by its name.


def samples(row: Row, count: int) -> list[float]:
    spans = row.samples * count if row.variadic else row.samples
    return [low + (high - low) * (0.3 + 0.1 * k) for k, (low, high) in enumerate(spans)]


ELEMENTWISE = [row for row in ROWS if not row.is_array and row.name not in ("and", "or", "not")]


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_a_row_is_a_function_and_a_method_by_each_of_its_names(row: Row) -> None:
    point = samples(row, 3 if row.variadic else len(row.params))
    names = [f"v{k}" for k in range(len(point))]
    for name in (row.name, *row.aliases):
        wanted = Formula(f"{name}({', '.join(names)})").gradient(dict(zip(names, point, strict=True)))
        values = [Value(x) for x in point]
        function = getattr(autodiff, name)
        result = function(*values)
        result.backward()
        assert same(result.data, wanted.value)
        assert same([value.grad for value in values], list(wanted.partials.values()))
        plain = function(*point)
        assert same(plain, wanted.value)
        others = [Value(x) for x in point]
        assert same(getattr(others[0], name)(*others[1:]).data, wanted.value)
        assert name in dir(autodiff)
        assert row.doc in function.__doc__


HOSTILE = (0.0, -0.0, 1.0, -1.0, 0.5, 170.5, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan)


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_a_row_is_that_of_the_formula_where_it_is_hostile_too(row: Row) -> None:
    arity = 3 if row.variadic else len(row.params)
    names = [f"v{k}" for k in range(arity)]
    formula, draw = Formula(f"{row.name}({', '.join(names)})"), random.Random(arity)
    points = [[x] * arity for x in HOSTILE] + [[draw.choice(HOSTILE) for _ in names] for _ in range(30)]
    for point in points:
        wanted = formula.gradient(dict(zip(names, point, strict=True)))
        values = [Value(x) for x in point]
        result = getattr(autodiff, row.name)(*values)
        result.backward()
        assert same(result.data, wanted.value), point
        # Of an infinite value a formula refuses a gradient of 0, which the sweep gives.
        swept = {} if math.isfinite(wanted.value) else wanted.swept
        assert same([value.grad for value in values], list((wanted.partials | swept).values())), point


def number_texts(example: str) -> list[str]:
    """The arguments of an example, `[[1, 2], [3, 4]]` and `[5, 6]`, without the options."""
    inner = example[example.index("(") + 1 : -1]
    parts = re.findall(r"at=\[.*\]|\[\[.*?\]\]|\[.*?\]|[-\w=.]+", inner)
    return [part for part in parts if "=" not in part]


ON_ARRAYS = [row for row in ROWS if row.is_array and "(" in row.example and row.name != "place"]


@pytest.mark.parametrize("row", ON_ARRAYS, ids=lambda row: row.name)
def test_an_operation_on_arrays_has_the_pullbacks_of_the_formula(row: Row) -> None:
    options = {"axis": 1} if "axis=1" in row.example else {}
    given = [np.array(json.loads(text), dtype=float) for text in number_texts(row.example)]
    names = [f"A{k}" for k in range(len(given))]
    written = "".join(f", {key}={value}" for key, value in options.items())
    for name in (row.name, *row.aliases):
        formula = Formula(f"sum({name}({', '.join(names)}{written})^2)")
        wanted = formula.gradient(dict(zip(names, given, strict=True)))
        values = [Value(array) for array in given]
        result = autodiff.sum(getattr(autodiff, name)(*values, **options) ** 2)
        result.backward()
        assert same(result.data, wanted.value)
        for value, partial in zip(values, wanted.partials.values(), strict=True):
            assert np.array_equal(value.grad, partial)
        plain = getattr(autodiff, name)(*given, **options)
        assert np.array_equal(getattr(values[0], name)(*values[1:], **options).data, plain)


def test_every_name_of_the_table_is_an_attribute_and_no_other_is() -> None:
    for name in BY_NAME:
        assert callable(getattr(autodiff, name))
    assert autodiff.trace([[1, 2], [3, 4]]) == 5.0
    with pytest.raises(AttributeError, match="no attribute 'sine'"):
        _ = autodiff.sine
    with pytest.raises(AttributeError):
        _ = Value(1).sine


# Operators.


@pytest.mark.parametrize("symbol", BINARY)
def test_an_operator_takes_values_numbers_and_arrays_on_either_side(symbol: str) -> None:
    apply, formula = BINARY[symbol], Formula(f"x {symbol} y")
    for other in (3, 3.0, np.float64(3), np.int64(3), True, Value(3), np.array([1.0, 3.0]), [1, 3]):
        plain = other.data if isinstance(other, Value) else other
        for found, wanted in (
            (apply(Value(2.5), other), formula.value(x=2.5, y=plain)),
            (apply(other, Value(2.5)), formula.value(x=plain, y=2.5)),
        ):
            assert isinstance(found, Value)
            assert np.array_equal(found.data, wanted)
            assert type(found.data) is type(wanted)


def test_python_spells_what_it_can() -> None:
    v = Value(-2.5)
    spelled = (-v, +v, abs(v), round(v), math.floor(v), math.ceil(v), math.trunc(v), ~v, ~(v > 0))
    assert [value.data for value in spelled] == [2.5, -2.5, 2.5, -2.0, -3.0, -2.0, -2.0, 0.0, 1.0]
    with pytest.raises(TypeError, match=r"v\*\*2"):
        _ = v ^ 2


def test_a_value_decides_and_is_a_key() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == b and (a != b).data == 0.0 and a < 2 and a in [b]
    assert len({a, b}) == 2
    assert a != "a" and a is not None and a not in [None, object()]
    with pytest.raises(AutodiffError, match="neither true nor false"):
        bool(Value([1, 2]) > 0)


def test_numpy_asks_the_value() -> None:
    x: Any = Value(2.0)
    pair: Any = Value([1, 2])
    array = np.array([1.0, -5.0])
    assert isinstance(np.exp(x), Value) and np.exp(x).data == math.exp(2.0)
    assert np.array_equal((array % x).data, array % 2.0)
    assert np.array_equal(np.maximum(array, x).data, [2.0, 2.0])
    assert isinstance(np.sum(pair), Value)
    assert np.array([x, x], dtype=object).sum().data == 4.0
    assert autodiff.softmax([x, 2.0, Value(2)]).data == pytest.approx([1 / 3] * 3)
    with pytest.raises(TypeError):
        np.add.reduce(x)


# Arrays.


def test_arrays_are_indexed_iterated_and_multiplied() -> None:
    W, x = Value([[1, 2], [3, 4]]), Value([1, 2])
    y = W @ x
    assert y.data.tolist() == [5.0, 11.0]
    total = autodiff.sum(W, axis=0)[1] + (W.T @ x)[-1] * sum(x) + sum(row[0] for row in W)
    total.backward()
    formula = Formula("sum(W, axis=0)[1] + (W.T @ x)[-1]*(0 + x[0] + x[1]) + (0 + W[0][0] + W[1][0])")
    wanted = formula.gradient(W=W.data, x=x.data)
    assert total.data == wanted.value
    assert np.array_equal(W.grad, wanted.partials["W"])
    assert np.array_equal(x.grad, wanted.partials["x"])
    assert (len(W), W.shape, W[:, ::-1].data.tolist(), W[..., 0].shape) == (2, (2, 2), [[2, 1], [4, 3]], (2,))


def test_an_array_goes_backward_with_weights() -> None:
    x = Value([1.0, 2.0])
    with pytest.raises(AutodiffError, match="a 2-vector"):
        (x**2).backward()
    (x**2).backward([1, 10])
    assert x.grad.tolist() == [2.0, 40.0]
    with pytest.raises(AutodiffError, match="3-vector"):
        (x**2).backward([1, 2, 3])
    y = Value(3.0)
    (y**2).backward(2)
    assert y.grad == 12.0


# What remembers and what forgets.


def test_gradients_add_up_until_they_are_set() -> None:
    x = Value(3.0)
    y = x * x
    z = y * 2
    z.backward()
    z.backward()
    assert (x.grad, y.grad, z.grad) == (24.0, 4.0, 2.0)
    (x * 5).backward()
    assert x.grad == 29.0
    x.grad = 0
    z.backward()
    assert x.grad == 12.0
    w = Value([1.0, 2.0])
    w.grad = 0
    assert w.grad.tolist() == [0.0, 0.0]
    w.sum().backward()
    assert w.grad.tolist() == [1.0, 1.0]


def test_data_that_changed_after_its_use_does_not_go_backward() -> None:
    x = Value(3.0)
    old = x * x
    x.data -= 1
    assert x.data == 2.0
    with pytest.raises(AutodiffError, match="set after this was computed"):
        old.backward()
    new = x * x
    new.backward()
    assert x.grad == 4.0
    with pytest.raises(AutodiffError, match="only the data of an input"):
        new.data = 1
    w = Value([1.0, 2.0])
    w.data -= 0.5 * np.array([1.0, 1.0])
    assert w.data.tolist() == [0.5, 1.5]
    with pytest.raises(AutodiffError, match="2-vector"):
        w.data = 1.0


def test_a_chain_of_a_million_operations_goes_backward_and_is_freed() -> None:
    x = Value(1.0)
    y = x
    for _ in range(500_000):
        y = y * 1.000001 + 0.5
    y.backward()
    assert x.grad == pytest.approx(1.000001**500_000, rel=1e-9)
    gc.disable()
    try:
        del y  # by reference counts alone, which is where a C stack would overflow
    finally:
        gc.enable()
    assert copy.deepcopy(x).data == 1.0


def test_a_zero_contributes_nothing_and_a_constant_has_no_partial() -> None:
    x = Value(-2.0)
    (x**2 + autodiff.where(x > 0, autodiff.log(x), 1.0)).backward()
    assert x.grad == -4.0
    y = Value(0.0)
    (abs(y) + y.relu()).backward()
    assert y.grad == 0.5


def test_the_text_of_a_value_shows_data_and_gradient() -> None:
    x = Value(2)
    assert repr(x) == "Value(data=2.0, grad=0.0)"
    (x * x).backward()
    assert repr(x) == "Value(data=2.0, grad=4.0)"
    assert repr(Value([[1, 2]])) == "Value(data=[[1.0, 2.0]], grad=[[0.0, 0.0]])"
    assert repr(Value(np.ones((100, 2)))) == "Value(data=<a 100x2 matrix>, grad=<a 100x2 matrix>)"


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda v: autodiff.sin(), "write sin(x)"),
        (lambda v: autodiff.max(), "max() has no argument"),
        (lambda v: autodiff.sin(v, v), "sin does not take 2 arguments"),
        (lambda v: autodiff.sum(v, axes=0), "it takes axis and keepdims"),
        (lambda v: autodiff.sum(v, axis="first"), "no whole number"),
        (lambda v: v @ [1, 2, 3], "a 2x2 matrix @ a 3-vector"),
        (lambda v: operator.add(v, [1, 2, 3]), "shapes do not fit"),
        (lambda v: v[None], "None is no index"),
        (lambda v: v[5], "no place 5"),
        (lambda v: math.sin(Value(1)), "autodiff.sin"),
        (Value, "a Value already"),
        (lambda v: Value("1"), "no number"),
        (lambda v: autodiff.Formula("x^2").gradient(x=Value(1)), "v.data"),
        (lambda v: Value(1) + 10**400, "too large"),
        (lambda v: autodiff.max(*[Value(1)] * 1001), "at most 1000"),
    ],
)
def test_what_cannot_be_done_says_what_can(act: Callable[[Value], Any], says: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        act(Value([[1, 2], [3, 4]]))
    assert says in str(caught.value)


def test_what_is_no_operand_is_a_type_error() -> None:
    for other in ("1", None, object(), {}):
        with pytest.raises(TypeError):
            Value(1) + other
    for act in (len, list, lambda v: v // 2):
        with pytest.raises(TypeError):
            act(Value(1))


def test_the_command_line_does_not_load_what_only_python_needs() -> None:
    script = """import sys, autodiff
from autodiff.cli.root import run
run(["grad", "x*y", "--x", "1", "--y", "2", "--format", "json"])
print([name for name in sys.modules if name.startswith(("autodiff.dynamic", "autodiff.codegen.latex", "numpy"))])"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", timeout=600, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("truths", [np.array([True, False, True]), [True, False, True]], ids=["NumPy", "a list"])
def test_truth_values_in_an_array_count_as_numbers(truths: Any) -> None:
    value = Value(truths)
    autodiff.sum(value * [2.0, 3.0, 4.0]).backward()
    assert value.data.dtype == np.float64
    assert value.grad.tolist() == [2.0, 3.0, 4.0]
    found = autodiff.Formula("sum(x^2)").gradient(x=truths)
    assert (found.value, found.partials["x"].tolist()) == (2.0, [2.0, 0.0, 2.0])


def test_a_function_of_numpy_that_would_write_elsewhere_is_refused() -> None:
    """What it writes into an array of the caller has no gradient."""
    given, out = Value([1.0, 2.0]), np.zeros(2)
    for options in ({"out": out}, {"where": np.array([True, False])}, {"dtype": np.float32}):
        with pytest.raises(TypeError):
            np.exp(given, **options)
    assert out.tolist() == [0.0, 0.0]
    with pytest.raises(TypeError):
        np.add.reduce(given)
