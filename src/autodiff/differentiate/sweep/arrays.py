"""The sweeps over graphs with arrays: the same rows and the same rules as on floats, one NumPy call for many elements.

An elementwise operation hands on `chain(g, partial)`, summed where an argument was broadcast; an operation on whole
arrays hands on its pullback. The forward sweep has no rules of its own: a pullback is linear in `g`, so its own
pullback by `g` is the derivative forward.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.diagnosis import Diagnosis
from autodiff.differentiate.sweep.reverse import local_partials as float_partials
from autodiff.differentiate.sweep.shares import NO_SHARES, Shares
from autodiff.evaluate.arrays import Value, apply, as_value, evaluate, evaluate_rule, quiet, shape_of
from autodiff.evaluate.arrays import forward as forward
from autodiff.graph import rules
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, partial_text, rule
from autodiff.graph.rules import partial_of as rule_of_partial
from autodiff.graph.walk import ancestors
from autodiff.ops.kernels.arrays import chain, sum_to
from autodiff.ops.row import Kinked, Row


def full(number: float, like: Value) -> Value:
    shape = shape_of(like)
    return np.full(shape, number) if shape else number


def zeros_like(value: Value) -> Value:
    return full(0.0, value)


def reverse(
    graph: Graph, values: Sequence[Value], seeds: Mapping[int, Value], active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> list[Value]:  # fmt: skip
    """The adjoint of every node, in the shape of its value: the gradient of the sum of outputs weighted by `seeds`.

    `active` and `shares` as in `sweep.reverse.reverse`; a share may be one for each element.
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
            given = [values[arg] for arg in args]
            local = _float_partials(graph, values, node, g, given, active, shares)
            for k, arg in enumerate(args):
                if active[arg]:
                    part = _pull(graph.row(node), k, g, given, values[node], shares.get(node), local)
                    if part is not None:
                        before = adjoints[arg]
                        adjoints[arg] = part if before is None else as_value(before + part)
    return [zeros_like(value) if adjoint is None else adjoint for adjoint, value in zip(adjoints, values, strict=True)]


def pull(
    graph: Graph, values: Sequence[Value], node: int, argument: int, g: Value, active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> Value | None:  # fmt: skip
    """What `node`, whose adjoint is `g`, hands to one argument; None for nothing at all."""
    given = [values[arg] for arg in graph.args[node - graph.base]]
    local = _float_partials(graph, values, node, g, given, active, shares)
    return _pull(graph.row(node), argument, g, given, values[node], shares.get(node), local)


def _float_partials(
    graph: Graph, values: Sequence[Value], node: int, g: Value, given: Sequence[Value], active: Sequence[int],
    shares: Shares,
) -> Sequence[float | None]:  # fmt: skip
    """The partials of an operation on numbers by all its arguments; none of one that has arrays."""
    if graph.row(node).shape is not None or not all([type(value) is float for value in (g, *given)]):
        return ()
    return float_partials(graph, values, node, active, shares)


def _pull(
    row: Row, argument: int, g: Value, given: Sequence[Value], value: Value, share: Value | None,
    local: Sequence[float | None],
) -> Value | None:  # fmt: skip
    if row.shape is not None:
        return _pull_array(row, argument, given, value, g)
    if local:
        partial = local[argument]
        return g * partial if g and partial else 0.0
    text = partial_text(row, argument)
    like = given[argument]
    if text == "0":
        return None
    if text == "1":
        return _summed(g, like)
    return _summed(as_value(chain(g, _shared(row, argument, given, value, share))), like)


def _shared(row: Row, argument: int, given: Sequence[Value], value: Value, share: Value | None) -> Value:
    """The partial of an elementwise operation; where a conditional has a share, that of the branch."""
    own = partial_of(row, argument, given, value)
    if share is None or not argument:
        return own
    return np.where(np.isnan(share), own, share if argument == 1 else 1.0 - share)


def _summed(g: Value, like: Value) -> Value:
    return g if shape_of(g) == shape_of(like) else as_value(sum_to(g, like))


def partial_of(row: Row, argument: int, given: Sequence[Value], value: Value) -> Value:
    """The partial derivative of an elementwise operation by one argument, element by element."""
    graph, own = _partial_rule(row, len(given), argument)
    # Where the rule computes the operation itself, its value is there already.
    return evaluate_rule(
        graph, rules.rule_parameters(row, len(given)), rules.rule_arguments(row, given, argument), own, value
    )


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
    graph = rules.pullback_rule(row, argument, ranks)
    if graph is None:
        return None
    names = parameters(row, len(ranks))
    own = tuple(graph.input_numbers.get(name, -1) for name in names)
    repeated = frozenset(node for node, called, args in graph.operations() if called is row and args == own)
    return _Pullback(graph, names, repeated)


def _pull_array(row: Row, argument: int, given: Sequence[Value], value: Value, g: Value) -> Value | None:
    if row.variadic and not rules.names_arguments(row, argument):
        # There may be very many of them.
        given = ()
    found = _pullback(row, argument, tuple([len(shape_of(arg)) for arg in given]))
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
    graph: Graph, values: Sequence[Value], direction: Mapping[int, Value], shares: Shares = NO_SHARES
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
                    part = push(graph, values, node, k, rate, shares)
                    if part is not None:
                        total = part if total is None else as_value(total + part)
            rates[node] = total
    return [zeros_like(value) if rate is None else rate for rate, value in zip(rates, values, strict=True)]


def many_tangents(
    graph: Graph, values: Sequence[Value], directions: Sequence[Mapping[int, Value]], nodes: Sequence[int],
    active: Sequence[int], shares: Shares,
) -> list[list[Value]]:  # fmt: skip
    columns = (tangents(graph, values, direction, shares) for direction in directions)
    return [[rates[node] for node in nodes] for rates in columns]


def diagnose_tangent(
    graph: Graph, values: Sequence[Value], rates: Sequence[Value], active: Sequence[int], output: int, shares: Shares
) -> Diagnosis | None:
    if is_finite(rates[output]):
        return None
    # A tangent goes only where its branch counts: the first that is not finite has begun it.
    needed = ancestors(graph, [output])
    node = next(node for node, rate in enumerate(rates) if needed[node] and not is_finite(rate))
    what = graph.row(node).name if node >= graph.base else graph.inputs[node]
    return Diagnosis("tangent", node, graph.span(node), f"the tangent of {what} is not finite here")


def push(
    graph: Graph, values: Sequence[Value], node: int, argument: int, rate: Value, shares: Shares = NO_SHARES
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
        partial = float_partials(graph, values, node, moving, shares)[argument]
        return rate * partial if rate and partial else 0.0
    if partial_text(row, argument) == "0":
        return None
    part = chain(_shared(row, argument, given, value, shares.get(node)), rate)
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
    graph: Graph, values: Sequence[Value], node: int, active: Sequence[int], shares: Shares = NO_SHARES
) -> list[Value | None]:
    """The partial derivative of an operation by each of its arguments, element by element.

    None by one that is not active, and for an operation on whole arrays, which has pullbacks instead.
    """
    row, args = graph.row(node), graph.args[node - graph.base]
    given = [values[arg] for arg in args]
    if row.shape is not None:
        return [None] * len(args)
    if all([type(value) is float for value in given]):
        return list(float_partials(graph, values, node, active, shares))
    with quiet():
        return [
            as_value(_shared(row, k, given, values[node], shares.get(node))) if active[arg] else None
            for k, arg in enumerate(args)
        ]


def handed(
    graph: Graph, values: Sequence[Value], node: int, argument: int, upstream: Value, active: Sequence[int],
    shares: Shares = NO_SHARES,
) -> Value:  # fmt: skip
    with quiet():
        part = pull(graph, values, node, argument, upstream, active, shares)
    return zeros_like(values[graph.args[node - graph.base][argument]]) if part is None else part


def formula(row: Row, text: str, args: Sequence[Value]) -> Value:
    arity = len(args)
    if row.shape is None and all([type(arg) is float for arg in args]):
        return floats.formula(row, text, args)
    return evaluate_rule(rule(row, text, arity), parameters(row, arity), args)


def operation(row: Row, args: Sequence[Value]) -> Value:
    return apply(row, [as_value(arg) for arg in args])


def truth(value: Value) -> Value:
    return floats.truth(value) if type(value) is float else np.not_equal(value, 0.0).astype(float)


def on_boundary(share: Value, condition: Value, first: Value, second: Value) -> Value | None:
    if all([type(value) is float for value in (share, condition, first, second)]):
        return floats.on_boundary(share, condition, first, second)
    return _masked(share, np.equal(first, second) & np.not_equal(share, truth(condition)))


def without_infinite(share: Value, condition: Value, first: Value, second: Value) -> Value | None:
    if all([type(value) is float for value in (share, condition, first, second)]):
        return floats.without_infinite(share, condition, first, second)
    with quiet():
        return _masked(share, np.isfinite(np.where(np.not_equal(condition, 0.0), second, first)))


def _masked(share: Value, keep: Value) -> Value | None:
    """The share where it is kept, and NaN elsewhere; None where none is."""
    kept = np.where(keep, share, math.nan)
    return None if np.isnan(kept).all() else as_value(kept)


def rate(
    graph: Graph, values: Sequence[Value], node: int, active: Sequence[int], shares: Shares, rates: Sequence[Value]
) -> Value:
    args = graph.args[node - graph.base]
    if graph.row(node).shape is not None:
        # Which element moves which is not known here: what is not finite may be anywhere.
        fastest = max([float(np.max(np.abs(rates[arg]), initial=0.0)) for arg in args if active[arg]], default=0.0)
        return full(fastest if math.isfinite(fastest) else math.nan, values[node])
    total: Value = 0.0
    with quiet():
        for partial, arg in zip(local_partials(graph, values, node, active, shares), args, strict=True):
            if partial is not None:
                total = total + np.abs(chain(partial, rates[arg]))
    return as_value(np.broadcast_to(total, shape_of(values[node])))


def splits(share: Value) -> bool:
    with quiet():
        return bool(np.any((share > 0.0) & (share < 1.0)))


def same(a: Value | None, b: Value | None) -> bool:
    return a is b or (a is not None and b is not None and bool(np.array_equal(a, b, equal_nan=True)))


def is_finite(value: Value) -> bool:
    return math.isfinite(value) if type(value) is float else bool(np.isfinite(value).all())


def is_undefined(values: Sequence[Value], weights: Mapping[int, Value]) -> bool:
    # An array as output may have a value in some of its elements.
    return any([type(values[node]) is float and math.isnan(values[node]) for node in weights])


def kink(
    row: Row, args: Sequence[int], values: Sequence[Value], moving: Sequence[int], node: int
) -> tuple[str, tuple[tuple[float, float] | None, ...]] | None:
    given = [values[arg] for arg in args]
    if row.shape is None and all([type(value) is float for value in given]):
        return floats.kink(row, args, values, moving, node)
    with quiet():
        if row.shape is not None:
            assert row.kink is not None
            sits = np.any(formula(row, rules.with_written_options(row, row.kink.rule), given))
            return ("kink", (_sides(row, row.kink, given),) * len(given)) if sits else None
        intervals = tuple([_interval(row, given, k) if moving[arg] else None for k, arg in enumerate(args)])
        if any(intervals):
            return "kink", intervals
        return ("jump", intervals) if row.jump and np.any(formula(row, row.jump, given)) else None


def _sides(row: Row, kink: Kinked, given: Sequence[Value]) -> tuple[float, float]:
    """The interval of a kink of an operation on whole arrays, which may depend on their shapes."""
    left, right = (formula(row, rules.with_written_options(row, text), given) for text in kink[:2])
    return float(np.min(left)), float(np.max(right))


def why_value(graph: Graph, values: Sequence[Value], node: int) -> str:
    from autodiff.differentiate.sweep import element_reasons

    return element_reasons.why_value(graph, values, node)


def why_handed(graph: Graph, values: Sequence[Value], node: int, argument: int, upstream: Value) -> str:
    from autodiff.differentiate.sweep import element_reasons

    with quiet():
        return element_reasons.why_handed(graph, values, node, argument, upstream)


def _interval(row: Row, given: Sequence[Value], k: int) -> tuple[float, float] | None:
    """The smallest and the largest one-sided derivative over the elements that sit on a kink."""
    partial, arity = rule_of_partial(row, k), len(given)
    if not isinstance(partial, Kinked):
        return None
    sides = [
        evaluate_rule(rule(row, text, arity), rules.rule_parameters(row, arity), rules.rule_arguments(row, given, k))
        for text in partial[:2]
    ]
    left, right = np.broadcast_arrays(*sides)
    apart = (left != right) & ~np.isnan(left) & ~np.isnan(right)
    if not apart.any():
        return None
    bounds = np.concatenate([left[apart], right[apart]])
    return float(bounds.min()), float(bounds.max())
