"""The sweeps over graphs with arrays: the same rows and the same rules as on floats, one NumPy call for many elements.

An elementwise operation hands on `chain(g, partial)`, summed where an argument was broadcast; an operation on whole
arrays hands on its pullback. The forward sweep has no rules of its own: a pullback is linear in `g`, so its own
pullback by `g` is the derivative forward.
"""

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from autodiff.differentiate.sweep.diagnosis import alive
from autodiff.differentiate.sweep.reverse import local_partials as float_partials
from autodiff.errors import FormulaError, Way
from autodiff.evaluate.arrays import Value, apply, as_value, evaluate, evaluate_rule, quiet, shape_of
from autodiff.graph.graph import Graph
from autodiff.graph.rules import (
    parameters,
    partial_text,
    pullback_rule,
    pullback_text,
    rule,
    rule_arguments,
    rule_parameters,
)
from autodiff.ops.kernels.arrays import chain, sum_to
from autodiff.ops.row import Row, Shape
from autodiff.ops.shapes import text_of


def zeros(shape: Shape) -> Value:
    return np.zeros(shape) if shape else 0.0


def zeros_like(value: Value) -> Value:
    return zeros(shape_of(value))


def reverse(
    graph: Graph, values: Sequence[Value], seeds: Mapping[int, Value], active: Sequence[int], *, midpoint: bool = True
) -> list[Value]:
    """The adjoint of every node, in the shape of its value: the gradient of the sum of outputs weighted by `seeds`.

    `active` and `midpoint` as in `sweep.reverse.reverse`; a conditional on arrays counts the branch that each element
    chooses.
    """
    adjoints: list[Value | None] = [None] * len(graph)
    if not seeds:
        return [zeros_like(value) for value in values]
    for output, seed in seeds.items():
        adjoints[output] = as_value(np.broadcast_to(seed, shape_of(values[output])))
    with quiet():
        for node in range(max(seeds), graph.base - 1, -1):
            g = adjoints[node]
            if g is None or not active[node]:
                continue
            args = graph.args[node - graph.base]
            for k, arg in enumerate(args):
                if active[arg]:
                    part = pull(graph, values, node, k, g, active, midpoint)
                    if part is not None:
                        before = adjoints[arg]
                        adjoints[arg] = part if before is None else as_value(before + part)
    return [zeros_like(value) if adjoint is None else adjoint for adjoint, value in zip(adjoints, values, strict=True)]


def gradient(
    graph: Graph, values: Sequence[Value], seeds: Mapping[int, Value], active: Sequence[int], wanted: Sequence[int]
) -> tuple[list[Value], bool]:
    """The adjoints, and whether conditionals on their boundary count both branches, as for a program of floats."""
    numbers = [values[node] for node in seeds]
    if any([type(number) is float and math.isnan(number) for number in numbers]):
        # Where the output has no value it has no derivative either, whatever the rules would give.
        used = alive(graph, values, list(seeds))
        return [
            _full(shape_of(value), math.nan if flag else 0.0) for flag, value in zip(used, values, strict=True)
        ], True
    adjoints = reverse(graph, values, seeds, active)
    if all([bool(np.isfinite(adjoints[node]).all()) for node in wanted]):
        return adjoints, True
    if any([call.row.selects for call in graph.calls]):
        return reverse(graph, values, seeds, active, midpoint=False), False
    return adjoints, True


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


def _full(shape: Shape, number: float) -> Value:
    return np.full(shape, number) if shape else number


def weighted_sum(seeds: Sequence[Value], numbers: Sequence[Value]) -> float:
    """The sum of all elements of the outputs, each with its weight."""
    with quiet():
        return float(sum([np.sum(chain(seed, number)) for seed, number in zip(seeds, numbers, strict=True)]))


def pull(
    graph: Graph, values: Sequence[Value], node: int, argument: int, g: Value, active: Sequence[int],
    midpoint: bool = True,
) -> Value | None:  # fmt: skip
    """What `node`, whose adjoint is `g`, hands to one argument; None for nothing at all."""
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    if row.shape is not None:
        return _pull_array(row, argument, given, values[node], g)
    if all([type(value) is float for value in (g, *given)]):
        partial = float_partials(graph, values, node, active, midpoint=midpoint)[argument]
        return g * partial if g and partial else 0.0
    text = partial_text(row, argument)
    like = given[argument]
    if text == "0":
        return None
    if text == "1":
        return _summed(g, like)
    partial = partial_of(row, argument, given, values[node])
    return _summed(as_value(chain(g, partial)), like)


def _summed(g: Value, like: Value) -> Value:
    return g if shape_of(g) == shape_of(like) else as_value(sum_to(g, like))


def partial_of(row: Row, argument: int, given: Sequence[Value], value: Value) -> Value:
    """The partial derivative of an elementwise operation by one argument, element by element."""
    graph, own = _partial_rule(row, len(given), argument)
    # Where the rule computes the operation itself, its value is there already.
    return evaluate_rule(graph, rule_parameters(row, len(given)), rule_arguments(row, given, argument), own, value)


@lru_cache(maxsize=4096)
def _partial_rule(row: Row, arity: int, argument: int) -> tuple[Graph, frozenset[int]]:
    """The graph of a partial, and which of its operations are `row` itself on its own arguments."""
    graph = rule(row, partial_text(row, argument), arity)
    inputs = graph.input_numbers
    own = tuple(inputs.get(name, -1) for name in parameters(row, arity))
    return graph, frozenset(node for node, called, args in graph.operations() if called is row and args == own)


class _Pullback(NamedTuple):
    graph: Graph
    names: tuple[str, ...]
    own: frozenset[int]


@lru_cache(maxsize=4096)
def _pullback(row: Row, argument: int, ranks: tuple[int, ...]) -> _Pullback | None:
    graph = pullback_rule(row, argument, ranks)
    if graph is None:
        return None
    names = parameters(row, len(ranks))
    own = tuple(graph.input_numbers.get(name, -1) for name in names)
    repeated = frozenset(node for node, called, args in graph.operations() if called is row and args == own)
    return _Pullback(graph, names, repeated)


def _pull_array(row: Row, argument: int, given: Sequence[Value], value: Value, g: Value) -> Value | None:
    found = _pullback(row, argument, tuple(len(shape_of(arg)) for arg in given))
    if found is None:
        return None
    return evaluate_rule(found.graph, ("g", *found.names), (g, *given), found.own, value)


def _values(found: _Pullback, given: Sequence[Value], value: Value, g: Value) -> list[Value]:
    """The value of every node of a pullback."""
    graph = found.graph
    by_name = {"g": g, **dict(zip(found.names, given, strict=True))}
    values = [*(by_name[name] for name in graph.inputs), *graph.constants]
    if not found.own:
        return evaluate(graph, values)
    for node, called, args in graph.operations():
        values.append(value if node in found.own else apply(called, [values[arg] for arg in args]))
    return values


def tangents(
    graph: Graph, values: Sequence[Value], direction: Mapping[int, Value], *, midpoint: bool = True
) -> list[Value]:
    """The derivative of every node along `direction`, which gives the rate of change of some inputs, in their shape."""
    rates: list[Value | None] = [None] * len(graph)
    for node, rate in direction.items():
        rates[node] = as_value(np.broadcast_to(rate, shape_of(values[node])))
    with quiet():
        for node, args in enumerate(graph.args, graph.base):
            total: Value | None = None
            for k, arg in enumerate(args):
                rate = rates[arg]
                if rate is not None:
                    part = push(graph, values, node, k, rate, midpoint)
                    if part is not None:
                        total = part if total is None else as_value(total + part)
            rates[node] = total
    return [zeros_like(value) if rate is None else rate for rate, value in zip(rates, values, strict=True)]


def fitted_direction(values: Sequence[Value], direction: Mapping[int, Value]) -> dict[int, Value]:
    """The rates of change in the shapes of the inputs, one number standing for all elements."""
    return {node: as_value(np.broadcast_to(rate, shape_of(values[node]))) for node, rate in direction.items()}


def push(
    graph: Graph, values: Sequence[Value], node: int, argument: int, rate: Value, midpoint: bool = True
) -> Value | None:
    """What the rate of change of one argument adds to that of `node`; None for nothing at all."""
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    value = values[node]
    if row.shape is not None:
        return _push_array(row, argument, given, value, rate)
    if all([type(number) is float for number in given]):
        moving = bytearray(len(graph))
        moving[args[argument]] = 1
        partial = float_partials(graph, values, node, moving, midpoint=midpoint)[argument]
        return rate * partial if rate and partial else 0.0
    if partial_text(row, argument) == "0":
        return None
    part = chain(partial_of(row, argument, given, value), rate)
    return as_value(np.broadcast_to(part, shape_of(value)))


def _push_array(row: Row, argument: int, given: Sequence[Value], value: Value, rate: Value) -> Value | None:
    found = _pullback(row, argument, tuple(len(shape_of(arg)) for arg in given))
    if found is None:
        return None
    graph = found.graph
    if "g" not in graph.input_numbers:
        return None
    values = _values(found, given, value, zeros_like(value))
    upstream = graph.input_numbers["g"]
    active = bytearray(len(graph))
    active[upstream] = 1
    for node, args in enumerate(graph.args, graph.base):
        active[node] = any([active[arg] for arg in args])
    return reverse(graph, values, {graph.outputs[0]: rate}, active)[upstream]


def local_partials(
    graph: Graph, values: Sequence[Value], node: int, active: Sequence[int], *, midpoint: bool = True
) -> list[Value | None]:
    """The partial derivative of an operation by each of its arguments, element by element.

    None by one that is not active, and for an operation on whole arrays, which has pullbacks instead.
    """
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    if row.shape is not None:
        return [None] * len(args)
    if all([type(value) is float for value in given]):
        return list(float_partials(graph, values, node, active, midpoint=midpoint))
    with quiet():
        return [
            as_value(partial_of(row, k, given, values[node])) if active[arg] else None for k, arg in enumerate(args)
        ]


def written_pullback(
    graph: Graph, values: Sequence[Value], node: int, argument: int, names: Sequence[str]
) -> str | None:
    """The pullback of an operation on whole arrays as a formula of the nodes; None for any other.

    In it `g` is the gradient of the operation, or `upstream` where a node is called g.
    """
    row, args = graph.row(node), graph.args[node - graph.base]
    if row.shape is None:
        return None
    text = pullback_text(row, argument, [len(shape_of(values[arg])) for arg in args])
    by_name = dict(zip(parameters(row, len(args)), [names[arg] for arg in args], strict=True))
    if "g" in by_name.values():
        by_name["g"] = "upstream"
    return re.sub(r"\b[A-Za-z]\w*\b(?![=(])", lambda found: by_name.get(found.group(), found.group()), text) or "0"
