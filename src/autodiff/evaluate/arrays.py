"""A graph evaluated with NumPy: arrays of doubles beside floats. Imported only where there are arrays.

A value is a float or an array of one axis or more. An operation on floats alone is computed as in a program without
arrays, to the same bit.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from autodiff.evaluate.compiled import value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.evaluate.laziness import Step, steps, stops_at
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, value_rule
from autodiff.graph.shapes import infer_shapes
from autodiff.ops.kernels import arrays as array_kernels
from autodiff.ops.row import Row, Shape, read_options
from autodiff.ops.shapes import broadcast

#: A float, or an array of doubles with one axis or more.
Value = Any


def quiet() -> Any:
    """A context in which NumPy says nothing where a float operation has no value."""
    return np.errstate(all="ignore")


def as_value(value: Any) -> Value:
    """A float for a number, and an array of doubles for anything with axes."""
    if type(value) is float:
        return value
    array = np.asarray(value, dtype=np.float64)
    return array if array.ndim else float(array)


def shape_of(value: Value) -> Shape:
    return () if type(value) is float else value.shape


def units(shape: Shape) -> Iterator[Value]:
    """For each element, in their order, an array that is 1 there and 0 elsewhere."""
    for k in range(math.prod(shape)):
        unit = np.zeros(shape)
        unit.flat[k] = 1.0
        yield unit


def forward(graph: Graph, inputs: Sequence[Value]) -> list[Value]:
    """The value of every node, for the values of `graph.inputs` in their order.

    Raises:
        FormulaError: shapes do not fit.
        LimitError: the arrays would be too large.
    """
    values = [as_value(value) for value in inputs]
    infer_shapes(graph, [shape_of(value) for value in values])
    with quiet():
        return evaluate(graph, [*values, *graph.constants])


def evaluate(graph: Graph, leaves: Sequence[Value]) -> list[Value]:
    """The value of every node from those of the inputs and constants, whose shapes fit."""
    values = list(leaves)
    append = values.append
    for code, args in zip(graph.codes, graph.args, strict=True):
        append(apply(graph.calls[code].row, [values[arg] for arg in args]))
    return values


def apply(row: Row, args: Sequence[Value]) -> Value:
    """One operation on values whose shapes fit."""
    if row.shape is None and all([type(arg) is float for arg in args]):
        try:
            return value_function(row, len(args))(*args)
        except ARITHMETIC:
            return total_value(row, args)
    return as_value(array_function(row, len(args))(*args))


@lru_cache(maxsize=4096)
def array_function(row: Row, arity: int) -> Callable[..., Any]:
    """The function that `row` computes on arrays, of which any may be a float."""
    name = row.targets.get("numpy", "")
    if name:
        function: Callable[..., Any] = getattr(array_kernels, name, None) or getattr(np, name)
        return partial(function, **read_options(row.options)) if row.options else function
    formula = "" if row.floats else row.stable or row.value
    if formula:
        return partial(_of_rule, value_rule(row, formula, arity), parameters(row, arity))
    return partial(_each, row)


def _of_rule(graph: Graph, params: Sequence[str], *args: Value) -> Value:
    return evaluate_rule(graph, params, args)


def evaluate_rule(
    graph: Graph, params: Sequence[str], args: Sequence[Value], known: Collection[int] = (), value: Value = 0.0
) -> Value:
    """The value of a rule's graph for values of its parameters.

    The operations in `known` have the value `value`. A branch that no element chooses is not computed, and the space
    of what nobody needs any more is free for the next operation: memory is most of what an operation costs.
    """
    given = dict(zip(params, args, strict=True))
    values: list[Any] = [*(given[name] for name in graph.inputs), *graph.constants]
    answers: dict[int, bool | None] = {}
    for step in steps(graph):
        if step.node in known:
            values.append(value)
        elif step.guards and any([_answer(values, answers, node) is answer for node, answer in step.guards]):
            values.append(_Unused(broadcast([_shape_in_rule(values[arg]) for arg in step.args], {})))
        else:
            values.append(_shortcut(step, values, answers))
        for node in step.done:
            values[node] = None
    return values[graph.outputs[0]]


class _Unused(NamedTuple):
    """An operation of a rule that was left out, as no element chooses it."""

    shape: Shape


def _shape_in_rule(value: Any) -> Shape:
    return () if type(value) is float else value.shape


def _shortcut(step: Step, values: Sequence[Any], answers: dict[int, bool | None]) -> Value:
    """The value of an operation, which is that of one argument where all elements choose it."""
    row, args = step.row, step.args
    stop = stops_at(row)
    if not row.selects and stop is None:
        return apply(row, [values[arg] for arg in args])
    answer = _answer(values, answers, args[0])
    if answer is None or (stop is not None and stop is not answer):
        return apply(row, [values[arg] for arg in args])
    chosen = values[args[1 if answer else 2]] if row.selects else float(answer)
    shape = broadcast([_shape_in_rule(values[arg]) for arg in args], {})
    return chosen if _shape_in_rule(chosen) == shape else np.broadcast_to(chosen, shape)


def _answer(values: Sequence[Any], answers: dict[int, bool | None], node: int) -> bool | None:
    """Whether a condition of a rule holds for all elements, or for none; None for what is neither."""
    if node not in answers:
        value = values[node]
        if type(value) is float:
            answers[node] = None if value != value else value != 0.0
        elif isinstance(value, _Unused):
            answers[node] = None
        else:
            # An undefined element has no answer: the smallest of such an array is NaN, and equal to nothing.
            low, high = value.min(), value.max()
            answers[node] = True if low > 0.0 or high < 0.0 else False if low == high == 0.0 else None
    return answers[node]


def _each(row: Row, *args: Value) -> Value:
    """An operation that NumPy lacks, element by element."""
    arrays = np.broadcast_arrays(*args)
    result = np.empty(arrays[0].shape)
    flat = result.reshape(-1)
    for k, given in enumerate(zip(*[array.ravel().tolist() for array in arrays], strict=True)):
        flat[k] = apply(row, given)
    return result
