"""Weights of outputs and rates of inputs, in the shapes of arrays."""

from collections.abc import Sequence

import numpy as np

from autodiff.errors import FormulaError, Way
from autodiff.evaluate.arrays import Value, as_value, quiet, shape_of
from autodiff.graph.graph import Graph
from autodiff.ops.kernels.arrays import chain
from autodiff.ops.shapes import text_of


def refuse_array(graph: Graph, number: Value, what: str, hint: str | Way) -> None:
    """Raise FormulaError where the output of `graph` is an array, of which there is no `what`."""
    if type(number) is not float:
        raise FormulaError(
            "array-output", f"{what} needs a number as output, and this is {text_of(number.shape)}",
            text=graph.text, spans=graph.output_spans(), hint=hint,
        )  # fmt: skip


def fitted_seeds(graph: Graph, numbers: Sequence[Value], seeds: Sequence[Value]) -> list[Value]:
    """The weights of each output in its shape. Raises FormulaError where they do not fit."""
    found = []
    for number, seed, span in zip(numbers, seeds, graph.output_spans(), strict=True):
        shape = shape_of(number)
        if shape_of(seed) not in (shape, ()):
            message = f"the seed is {text_of(shape_of(seed))}, and the output is {text_of(shape)}"
            if not shape and seed.size > 1:
                message = f"the seed gives {seed.size} weights for 1 output"
            raise FormulaError(
                "seed-length", message, text=graph.text, spans=[span],
                hint="a weight for each element, in the shape of the output",
            )  # fmt: skip
        found.append(as_value(np.broadcast_to(seed, shape)))
    return found


def weighted_sum(seeds: Sequence[Value], numbers: Sequence[Value]) -> float:
    """The sum of all elements of the outputs, each with its weight."""
    with quiet():
        return float(sum([np.sum(chain(seed, number)) for seed, number in zip(seeds, numbers, strict=True)]))
