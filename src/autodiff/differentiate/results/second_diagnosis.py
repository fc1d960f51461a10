"""Why a second derivative is not finite: the operation of the formula whose own derivatives stopped being finite."""

from collections.abc import Mapping, Sequence

from autodiff.differentiate.results.gradient import Value
from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.boundary import shares_at
from autodiff.differentiate.sweep.diagnosis import Diagnosis, diagnose_tangent, why_derivative
from autodiff.differentiate.sweep.forward import linearize, push
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents

_WHICH = "second derivative"
#: An operation on arrays that is written longer than this is called by its name.
_SHORT = 24


def diagnose(
    graph: Graph, values: Sequence[Value], derived: Graph, derived_values: Sequence[Value],
    direction: Mapping[int, Value], row: int,
) -> Diagnosis:  # fmt: skip
    """Where the derivative of one element of the gradient, an output of `derived`, began not to be finite."""
    if all([type(value) is float for value in derived_values]):
        output = derived.outputs[row]
        active = dependents(derived, direction)
        shares = shares_at(floats, derived, derived_values, active)
        rates = push(linearize(derived, derived_values, active, shares), len(derived), direction)
        found = diagnose_tangent(derived, derived_values, rates, active, output, shares)
        culprit = output if found is None else found.node
        number = rates[culprit]
    else:
        from autodiff.differentiate.results.array_hessian import first_undefined

        culprit, number = first_undefined(derived, derived_values, direction)
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
