"""A graph evaluated with NumPy: arrays of doubles beside floats. Imported only where there are arrays.

A value is a float or an array of one axis or more. An operation on floats alone is computed as in a program without
arrays, to the same bit.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from autodiff.evaluate.compiled import value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, rule
from autodiff.graph.shapes import infer_shapes
from autodiff.ops import array_kernels
from autodiff.ops.row import Row, Shape, read_options

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
        return partial(_of_rule, rule(row, formula, arity), parameters(row, arity))
    return partial(_each, row)


def _of_rule(graph: Graph, params: Sequence[str], *args: Value) -> Value:
    return evaluate_rule(graph, params, args)


def evaluate_rule(graph: Graph, params: Sequence[str], args: Sequence[Value]) -> Value:
    """The value of a rule's graph for values of its parameters."""
    given = dict(zip(params, args, strict=True))
    return evaluate(graph, [*(given[name] for name in graph.inputs), *graph.constants])[graph.outputs[0]]


def _each(row: Row, *args: Value) -> Value:
    """An operation that NumPy lacks, element by element."""
    arrays = np.broadcast_arrays(*args)
    result = np.empty(arrays[0].shape)
    flat = result.reshape(-1)
    for k, given in enumerate(zip(*[array.ravel().tolist() for array in arrays], strict=True)):
        flat[k] = apply(row, given)
    return result
