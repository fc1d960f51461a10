"""Claimed derivatives by arrays: each element of a claim is the claim of a derivative by one element."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff.differentiate.results import Value, Values
from autodiff.errors import FormulaError
from autodiff.evaluate.arrays import shape_of, units
from autodiff.evaluate.scalars import MOST_OPERATIONS, TooLarge, program_of
from autodiff.graph.graph import Graph
from autodiff.ops.shapes import text_of
from autodiff.syntax.numbers import elements
from autodiff.verify.claims import ClaimCheck


class ElementClaim(NamedTuple):
    """The claim of a derivative by one element, in programs of numbers.

    `label` is what the formula calls the element, `name` what the programs call it, and `names` holds the labels of all
    their variables. `given` binds those that have a value.
    """

    label: str
    name: str
    graph: Graph
    claim: Graph
    given: Mapping[str, float]
    names: Mapping[str, str]
    #: Whether the claim is an element of what was written, rather than all of it.
    is_element: bool

    def finished(self, found: ClaimCheck, text: str) -> ClaimCheck:
        """The judged claim, as the formula calls things; `text` is how it was written."""
        point = found.counterexample
        if point is not None:
            where = {self.names.get(name, name): value for name, value in point.where.items()}
            point = point._replace(where=where)
        index = self.label[len(self.label.partition("[")[0]) :] if self.is_element else ""
        # Advice speaks of the programs, which nobody has seen.
        return found._replace(
            name=self.label, claim=f"({text}){index}" if index else text, counterexample=point, advice=""
        )


def element_claims(graph: Graph, name: str, claim: Graph, bindings: Mapping[str, Value]) -> list[ElementClaim]:
    """The claims by each element of the variable `name`. Variables without a value are numbers.

    Raises:
        FormulaError: shapes do not fit, or the formula is too large to be spelled out.
    """
    values = Values(graph, [bindings.get(variable, 1.0) for variable in graph.inputs])
    claimed = Values(claim, [bindings.get(variable, 1.0) for variable in claim.inputs])
    value = values.values[graph.input_numbers[name]]
    output = claimed.values[claim.outputs[0]]
    if shape_of(output) not in (shape_of(value), ()):
        raise FormulaError(
            "shape", f"the claim is {text_of(shape_of(output))}, and {name!r} is {text_of(shape_of(value))}",
            text=claim.text, spans=claim.output_spans(), hint="a derivative has the shape of its variable",
        )  # fmt: skip
    try:
        whole = program_of(graph, values.values)
        spelled = whole.graph()
        found = []
        labels = [label for label, _ in elements(name, value)]
        for label, unit in zip(labels, _units(output, len(labels)), strict=True):
            part = program_of(claim, claimed.values, {claim.outputs[0]: unit})
            place = labels.index(label)
            short = whole.nodes[graph.input_numbers[name]][place]
            given = {
                key: number for key, number in whole.inputs.items()
                if whole.names[key].partition("[")[0] in bindings or whole.names[key] in bindings
            }  # fmt: skip
            found.append(
                ElementClaim(label, short, spelled, part.graph(), given, whole.names, type(output) is not float)
            )
    except TooLarge:
        raise FormulaError(
            "too-large", f"spelled out in numbers this is more than {MOST_OPERATIONS:,} operations", text=graph.text,
            hint="verify it with smaller arrays",
        ) from None  # fmt: skip
    return found


def _units(output: Value, count: int) -> Sequence[Value]:
    """For each element, the weights that pick it out of a claim; a number stands for all elements."""
    return [1.0] * count if type(output) is float else list(units(output.shape))
