"""What a caller in Python may pass wrong, and what errors, operations and values have to outlive: pools and copies."""

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff
from autodiff import AutodiffError, Formula, Value
from autodiff.errors import IN_PYTHON, Way

PRODUCT: Any = Formula("x*y")
NUMBER: Any = 3
POWER: Any = Formula("x^3")
ARRAY: Any = Value([1.0, 2.0])
POINT: dict[str, Any] = {"x": 1, "y": 2}


class Refuses:
    """A tensor of another library that hands nothing over."""

    dtype = "float32"

    def __len__(self) -> int:
        raise RuntimeError("a meta tensor has no length")

    def __float__(self) -> float:
        raise RuntimeError("a meta tensor has no number")


class NeedsGrad:
    def __len__(self) -> int:
        return 2

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


ANYTHING: list[Any] = [
    3,
    1.5,
    None,
    [1],
    ["x", 1],
    object(),
    b"x",
    {1: 2},
    {"x"},
    Refuses(),
    NeedsGrad(),
    "é(",
    float("nan"),
]
#: Each takes anything at all, and gives a result or an error of ours.
ASKED: dict[str, Callable[[Any], Any]] = {
    "formula": Formula,
    "bound": lambda it: Formula("x", bound=it), "ops": lambda it: Formula("x", ops=it),
    "bindings": PRODUCT.gradient, "evaluate": PRODUCT.evaluate,
    "value": lambda it: PRODUCT.value(x=it, y=1), "graph": PRODUCT.graph,
    "wrt": lambda it: PRODUCT.gradient(POINT, wrt=it), "jacobian": lambda it: PRODUCT.jacobian(POINT, wrt=it),
    "hessian": lambda it: PRODUCT.hessian(POINT, wrt=it), "tangent": lambda it: PRODUCT.tangent(POINT, wrt=it),
    "derivative": lambda it: PRODUCT.derivative(POINT, wrt=it), "seed": lambda it: PRODUCT.gradient(POINT, seed=it),
    "seeds": lambda it: Formula("x, y").gradient(POINT, seed=it),
    "order": lambda it: Formula("x^3").derivative(x=1, order=it), "mode": lambda it: PRODUCT.jacobian(POINT, mode=it),
    "direction": lambda it: PRODUCT.directional(POINT, direction=it),
    "hessian_vector": lambda it: PRODUCT.hessian_vector(POINT, direction=it),
    "explain": lambda it: PRODUCT.explain(POINT, wrt=it), "load_ops": autodiff.load_ops,
    "Value": Value, "data": lambda it: setattr(Value(1), "data", it),
    "backward": (ARRAY * 2).backward, "axis": lambda it: autodiff.sum(ARRAY, axis=it),
    "index": lambda it: ARRAY[it], "sin": autodiff.sin, "trace": autodiff.trace,
    "example": lambda it: autodiff.trace(lambda x: x * x, it),
    "check": autodiff.check, "timeout": lambda it: autodiff.check("x", x=1, timeout=it),
    "step": lambda it: autodiff.check("x", x=1, step=it), "digits": lambda it: autodiff.check("x", x=1, min_digits=it),
    "diff": PRODUCT.diff, "like": lambda it: PRODUCT.diff("x", like=it), "call": PRODUCT,
    "compile": lambda it: PRODUCT.compile(wrt=it), "map": PRODUCT.map,
    "rows": lambda it: PRODUCT.map({"x": [1.0]}, y=it),
    "column": lambda it: PRODUCT.map({"x": it, "y": [1.0]}), "map by": lambda it: PRODUCT.map(POINT, wrt=it),
    "second": lambda it: PRODUCT.map({"x": [1.0], "y": [2.0]}, hessian=it),
    "threads": lambda it: PRODUCT.map({"x": [1.0], "y": [2.0]}, threads=it),
}  # fmt: skip


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
def test_whatever_a_caller_passes_gives_a_result_or_an_error_of_ours(ask: Callable[[Any], Any]) -> None:
    for anything in ANYTHING:
        try:
            ask(anything)
        except AutodiffError as error:
            assert error.hint, error


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: PRODUCT.gradient([1, 2]), "values come by name, and this is a list"),
        (lambda: PRODUCT.gradient(POINT, wrt=3), "variables are names, and this is an int"),
        (lambda: PRODUCT.gradient(POINT, wrt=[1]), "a name is a text, and 1 is an int"),
        (lambda: PRODUCT.gradient(POINT, seed=3), "a seed is a list of weights, and this is an int"),
        (lambda: POWER.derivative(x=1, order=1.5), "an order is a whole number, not 1.5"),
        (lambda: POWER.derivative(x=1, order=10**30), "the order is above 1,000,000"),
        (lambda: PRODUCT.directional(POINT, direction=["x"]), "rates come by name, and this is a list"),
        (lambda: autodiff.load_ops(NUMBER), "operations come from a path or a text"),
        (lambda: autodiff.sum(ARRAY, axis=[]), r"axis=\[\] names none"),
        (lambda: autodiff.trace(lambda x: autodiff.trace(lambda y: x * y)), "'x' belongs to another trace"),
        (
            lambda: PRODUCT.value(x=NeedsGrad(), y=1),
            r"the value of 'x' is a \w+\.NeedsGrad, which gives no numbers",
        ),
        (lambda: PRODUCT.value(x=Refuses(), y=1), r"the value of 'x' is a \w+\.Refuses, which gives no numbers"),
    ],
)
def test_the_error_says_what_was_passed(ask: Callable[[], Any], says: str) -> None:
    with pytest.raises(AutodiffError, match=says):
        ask()


def test_a_name_of_several_letters_is_one_name() -> None:
    assert Formula("rate*y").gradient(rate=2, y=3, wrt="rate").partials == {"rate": 3.0}


def outcomes(error: AutodiffError) -> list[Any]:
    return [type(error), error.kind, error.message, error.text, error.spans, error.hint, str(error)]


COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]


@pytest.mark.parametrize("again", COPIES)
def test_an_error_is_the_same_after_a_copy(again: Callable[[Any], Any]) -> None:
    kinds: list[type[AutodiffError]] = [AutodiffError, *AutodiffError.__subclasses__()]
    assert len(kinds) > 4
    for kind in kinds:
        plain = kind("kind", "what", text="x + y", spans=[(0, 1)], hint="type this")
        way = kind("kind", "what", hint=Way("give-shape", {"name": "x"}))
        for error in (plain, way):
            assert outcomes(again(error)) == outcomes(error)
    assert "give-shape" in IN_PYTHON


def wrong(_: int) -> Any:
    return Formula("x +").value(x=1)


def right(x: float) -> Any:
    return autodiff.Formula("sin(x)*x").gradient(x=x)


def test_a_pool_of_processes_hands_errors_and_results_over() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with pytest.raises(autodiff.FormulaError) as caught:
            pool.map(wrong, [1])
        assert caught.value.spans and caught.value.hint
        (found,) = pool.map(right, [2.0])
    assert found.partials == right(2.0).partials and found.nodes == right(2.0).nodes


@pytest.mark.parametrize("again", COPIES)
def test_results_and_operations_can_be_copied(again: Callable[[Any], Any]) -> None:
    ops = autodiff.load_ops("cube(x) = x*x*x\nd/dx = 3*x^2")
    own = Formula("cube(x)", ops=ops)
    assert Formula("cube(x)", ops=again(ops)).gradient(x=2).partials == {"x": 12.0}
    assert again(own).gradient(x=2).partials == {"x": 12.0}
    sin: Any = autodiff.sin
    assert again(sin)(0.5) == sin(0.5)
    for result in (
        PRODUCT.gradient(POINT), PRODUCT.evaluate(POINT), PRODUCT.jacobian(POINT), PRODUCT.hessian(POINT),
        PRODUCT.tangent(POINT), PRODUCT.directional(POINT, direction={"x": 1}),
        Formula("sum(x)*y").gradient(x=[1, 2], y=3),
    ):  # fmt: skip
        assert repr(again(result)) == repr(result)


@pytest.mark.parametrize("again", COPIES)
def test_a_copied_value_goes_backward_as_the_first_one_does(again: Callable[[Any], Any]) -> None:
    x, w = Value(3.0), Value([1.0, 2.0])
    middle = x * x
    output = (middle * w).sum() + middle + 2 * w[0]
    copied = again(output)
    output.backward()
    x.grad = w.grad = 0.0
    copied.backward()
    assert copied.data == output.data
    if again is copy.copy:
        # It was computed from the same Values.
        assert (x.grad, w.grad.tolist()) == (24.0, [11.0, 9.0])
        return
    assert x.grad == 0.0
    x.grad = w.grad = 0.0
    output.grad = middle.grad = 0.0
    output.backward()
    assert (x.grad, w.grad.tolist()) == (24.0, [11.0, 9.0])
    leaves: dict[Any, Any] = {}
    stack = [copied]
    while stack:
        node = stack.pop()
        stack += [arg for arg in node._args if isinstance(arg, Value)]
        if node._row is None:
            leaves[node] = node.grad
    assert sorted(map(str, leaves.values())) == sorted(map(str, (x.grad, w.grad)))


def test_a_deep_copy_has_its_own_inputs_and_what_is_pickled_together_stays_together() -> None:
    x = Value(2.0)
    pair = copy.deepcopy([x, x * x])
    pair[1].backward()
    assert (pair[0].grad, x.grad) == (4.0, 0.0)
    leaf, square, cube = pickle.loads(pickle.dumps([x, x * x, x * x * x]))
    square.backward()
    assert leaf.grad == 4.0
    cube.backward()
    assert leaf.grad == 16.0


def test_what_is_stale_is_stale_in_a_copy_too() -> None:
    x = Value(2.0)
    square = x * x
    x.data = 5.0
    for again in COPIES:
        with pytest.raises(AutodiffError, match="was set after"):
            again(square).backward()


@pytest.mark.parametrize("again", COPIES)
def test_a_chain_of_many_values_can_be_copied(again: Callable[[Any], Any]) -> None:
    x = value = Value(1.0)
    for _ in range(100_000):
        value = value * 1.00001
    copied = again(value)
    copied.backward()
    assert copied.data == value.data
    assert np.isfinite(copied.data) and x.data == 1.0
