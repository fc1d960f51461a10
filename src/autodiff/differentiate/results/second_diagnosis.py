"""Why a second derivative is not finite: the operation of the formula whose own derivatives stopped being finite."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff.differentiate.results.gradient import Value
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.diagnosis import Diagnosis, why_derivative
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.numerals import flat

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

_WHICH = "second derivative"
#: An operation on arrays that is written longer than this is called by its name.
_SHORT = 24


def diagnose(
    field: "Field", graph: Graph, values: Sequence[Value], derived: Graph, derived_values: Sequence[Value],
    direction: Mapping[int, Value], row: int,
) -> Diagnosis:  # fmt: skip
    """Where the derivative of one element of the gradient, an output of `derived`, began not to be finite."""
    active = dependents(derived, direction)
    shares = shares_at(field, derived, derived_values, active)
    rates = field.tangents(derived, derived_values, direction, shares)
    outputs = [node for node in derived.outputs for _ in flat(derived_values[node])]
    found = field.diagnose_tangent(derived, derived_values, rates, active, outputs[row], shares)
    culprit = outputs[row] if found is None else found.node
    number = next((x for x in flat(rates[culprit]) if not math.isfinite(x)), math.nan)
    node = _written(graph, derived, culprit)
    if all([type(values[arg]) is float for arg in (*_args(graph, node), node)]):
        message = why_derivative(graph, values, node, _WHICH, number)
    else:
        source = graph.source(node)
        subject = source if len(source) <= _SHORT and "\n" not in source else graph.row(node).name
        message = f"the {_WHICH} of {subject} is not finite here"
    return Diagnosis(_WHICH, node, graph.span(node), message)


def _args(graph: Graph, node: int) -> Sequence[int]:
    return graph.args[node - graph.base] if node >= graph.base else ()


def _written(graph: Graph, derived: Graph, node: int) -> int:
    """The operation of the formula that a node of its adjoint graph comes from."""
    place = (derived.places[0][node], derived.places[1][node])
    places = zip(graph.places[0][graph.base :], graph.places[1][graph.base :], strict=True)
    return next((k for k, other in enumerate(places, graph.base) if other == place), graph.outputs[0])
