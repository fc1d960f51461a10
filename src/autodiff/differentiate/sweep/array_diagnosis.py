"""Why a value or a gradient with arrays is not finite: the first node where that began, and its first such element."""

import math
from collections.abc import Sequence

import numpy as np

from autodiff.differentiate.sweep.arrays import pull
from autodiff.differentiate.sweep.diagnosis import Diagnosis, alive, domain_of, why_partial, why_value
from autodiff.differentiate.sweep.reverse import dependents
from autodiff.evaluate.arrays import Value, quiet, shape_of
from autodiff.graph.graph import Graph


def finite(value: Value) -> bool:
    return math.isfinite(value) if type(value) is float else bool(np.isfinite(value).all())


def diagnose_value(graph: Graph, values: Sequence[Value], outputs: Sequence[int]) -> Diagnosis | None:
    """Where the outputs stopped being finite; None where they are finite."""
    wrong = [node for node in outputs if not finite(values[node])]
    if not wrong:
        return None
    used = alive(graph, values, wrong)
    node = next(node for node, value in enumerate(values) if used[node] and not finite(value))
    return Diagnosis("value", node, graph.span(node), _why(graph, values, node))


def _why(graph: Graph, values: Sequence[Value], node: int) -> str:
    if node < graph.base:
        if type(values[node]) is float:
            return why_value(graph, values, node)
        place = _first(values[node])
        return f"{graph.inputs[node]}[{_index(place)}] is {_state(values[node][place])}"
    row, args = graph.row(node), graph.args[node - graph.base]
    if row.shape is None:
        place = _first(values[node])
        at = {arg: _element(values[arg], place, shape_of(values[node])) for arg in (*args, node)}
        where = f" (element [{_index(place)}])" if place else ""
        return why_value(graph, _Elements(values, at), node) + where
    if row.domain and bool(np.isnan(values[node]).all()):
        domain = domain_of(graph, node)
        return f"{row.name} is defined for {domain}; here {domain.replace('!=', '=')}"
    place = _first(values[node])
    number = values[node][place] if place else values[node]
    return f"{row.name} {'overflows' if math.isinf(number) else 'is undefined'} here"


class _Elements(Sequence[float]):
    """The values of all nodes, of which some are replaced by one element."""

    def __init__(self, values: Sequence[Value], at: dict[int, float]) -> None:
        self._values, self._at = values, at

    def __getitem__(self, node: int) -> float:  # type: ignore[override]
        return self._at[node] if node in self._at else self._values[node]

    def __len__(self) -> int:
        return len(self._values)


def _first(value: Value) -> tuple[int, ...]:
    """The place of the first element that is not finite."""
    if type(value) is float:
        return ()
    return tuple(int(k) for k in np.argwhere(~np.isfinite(value))[0])


def _element(value: Value, place: tuple[int, ...], shape: tuple[int, ...]) -> float:
    if type(value) is float:
        return value
    return float(np.broadcast_to(value, shape)[place]) if place else float(value)


def _index(place: tuple[int, ...]) -> str:
    return ", ".join(map(str, place))


def _state(number: float) -> str:
    return "NaN" if math.isnan(number) else "infinite" if number > 0 else "minus infinity"


def diagnose_gradient(
    graph: Graph, values: Sequence[Value], adjoints: Sequence[Value], active: Sequence[int], wanted: Sequence[int]
) -> Diagnosis | None:
    """Where the gradient by the `wanted` nodes stopped being finite; None where it is finite."""
    bad = [node for node in wanted if not finite(adjoints[node])]
    if not bad:
        return None
    reaches = dependents(graph, bad)
    with quiet():
        for node in range(len(graph) - 1, graph.base - 1, -1):
            if not reaches[node] or not finite(adjoints[node]):
                continue
            for k, arg in enumerate(graph.args[node - graph.base]):
                if not reaches[arg] or not active[arg]:
                    continue
                part = pull(graph, values, node, k, adjoints[node], active)
                if part is not None and not finite(part):
                    message = _why_part(graph, values, node, k, adjoints[node])
                    return Diagnosis("gradient", node, graph.span(node), message)
    worst = max(node for node in range(len(graph)) if reaches[node] and not finite(adjoints[node]))
    message = "the gradient overflows: the parts that meet here add up to more than 1.8e308"
    return Diagnosis("gradient", worst, graph.span(worst), message)


def diagnose_tangent(graph: Graph, rates: Sequence[Value]) -> Diagnosis | None:
    """The first node whose tangent is not finite, if that of an output is; None where those are finite."""
    if all(finite(rates[node]) for node in graph.outputs):
        return None
    # A tangent goes only where its branch was chosen: the first that is not finite has begun it.
    node = next(node for node, rate in enumerate(rates) if not finite(rate))
    what = graph.row(node).name if node >= graph.base else graph.inputs[node]
    return Diagnosis("tangent", node, graph.span(node), f"the tangent of {what} is not finite here")


def _why_part(graph: Graph, values: Sequence[Value], node: int, argument: int, adjoint: Value) -> str:
    from autodiff.differentiate.sweep.arrays import partial_of

    row, args = graph.row(node), graph.args[node - graph.base]
    if row.shape is not None:
        return f"the derivative of {row.name} is not finite here"
    shape = shape_of(values[node])
    given = [values[arg] for arg in args]
    partial = np.broadcast_to(partial_of(row, argument, given, values[node]), shape)
    place = next(
        (tuple(int(k) for k in at) for at in np.argwhere(~np.isfinite(partial) & (np.asarray(adjoint) != 0))),
        (0,) * len(shape),
    )
    at = {arg: _element(values[arg], place, shape) for arg in (*args, node)}
    where = f" (element [{_index(place)}])" if place else ""
    return why_partial(graph, _Elements(values, at), node, argument, float(partial[place])) + where
