"""Kinks and jumps in graphs with arrays: a node is marked where one of its elements sits on one."""

from collections.abc import Sequence

import numpy as np

from autodiff.differentiate.sweep.kinks import Kink, has_kinks, kink_of_node
from autodiff.evaluate.arrays import Value, evaluate_rule, quiet
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, partial_of, rule, rule_arguments, rule_parameters, with_written_options
from autodiff.ops.row import Kinked, Row


def find_kinks(graph: Graph, values: Sequence[Value], active: Sequence[int], used: Sequence[int]) -> dict[int, Kink]:
    """The kinks of the `used` nodes with respect to active arguments.

    An interval holds the smallest and the largest one-sided derivative over the elements that sit on the kink.
    """
    found: dict[int, Kink] = {}
    with quiet():
        for node, row, args in graph.operations():
            if not used[node] or not any([active[arg] for arg in args]) or not has_kinks(row):
                continue
            given = [values[arg] for arg in args]
            if row.shape is not None:
                kink = _of_array(row, given)
            elif all([type(value) is float for value in given]):
                kink = kink_of_node(row, args, values, active, node)
            else:
                kink = _of_elements(row, given, [bool(active[arg]) for arg in args])
            if kink is not None:
                found[node] = kink
    return found


def _of_array(row: Row, given: Sequence[Value]) -> Kink | None:
    assert row.kink is not None
    if not np.any(_value_of(row, with_written_options(row, row.kink.rule), given)):
        return None
    return Kink("kink", ((float(row.kink.left), float(row.kink.right)),) * len(given))


def _of_elements(row: Row, given: Sequence[Value], moving: Sequence[bool]) -> Kink | None:
    arity = len(given)
    intervals: list[tuple[float, float] | None] = []
    for k in range(arity):
        partial = partial_of(row, k)
        interval = None
        if moving[k] and isinstance(partial, Kinked):
            sides = [
                evaluate_rule(rule(row, text, arity), rule_parameters(row, arity), rule_arguments(row, given, k))
                for text in partial[:2]
            ]
            left, right = np.broadcast_arrays(*sides)
            apart = (left != right) & ~np.isnan(left) & ~np.isnan(right)
            if apart.any():
                bounds = np.concatenate([left[apart], right[apart]])
                interval = (float(bounds.min()), float(bounds.max()))
        intervals.append(interval)
    if any(intervals):
        return Kink("kink", tuple(intervals))
    if row.jump and np.any(_value_of(row, row.jump, given)):
        return Kink("jump", tuple(intervals))
    return None


def _value_of(row: Row, text: str, given: Sequence[Value]) -> Value:
    """A condition of `row` on the arguments."""
    arity = len(given)
    return evaluate_rule(rule(row, text, arity), parameters(row, arity), given)
