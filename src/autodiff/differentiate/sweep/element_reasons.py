"""Why a value or a gradient with arrays is not finite: in the words of floats, for the first such element."""

import math
from collections.abc import Sequence

import numpy as np

from autodiff.differentiate.sweep.diagnosis import domain_of, why_partial
from autodiff.differentiate.sweep.diagnosis import why_value as why_number
from autodiff.evaluate.arrays import Value, shape_of
from autodiff.graph.graph import Graph


def why_value(graph: Graph, values: Sequence[Value], node: int) -> str:
    if node < graph.base:
        if type(values[node]) is float:
            return why_number(graph, values, node)
        place = _first(values[node])
        return f"{graph.inputs[node]}[{_index(place)}] is {_state(values[node][place])}"
    row, args = graph.row(node), graph.args[node - graph.base]
    if row.shape is None:
        place = _first(values[node])
        at = {arg: _element(values[arg], place, shape_of(values[node])) for arg in (*args, node)}
        where = f" (element [{_index(place)}])" if place else ""
        return why_number(graph, _Elements(values, at), node) + where
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


def why_handed(graph: Graph, values: Sequence[Value], node: int, argument: int, adjoint: Value) -> str:
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
