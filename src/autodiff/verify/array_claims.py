"""Claimed derivatives by arrays: each element of a claim is the claim of a derivative by one element."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autodiff.differentiate.results.gradient import Value, Values
from autodiff.errors import FormulaError, LimitError
from autodiff.evaluate.arrays import shape_of, units
from autodiff.evaluate.unrolled import MOST_OPERATIONS, TooLarge, program_of
from autodiff.graph.graph import Graph
from autodiff.numerals import elements, is_array
from autodiff.ops.shapes import text_of
from autodiff.verify.claims import ClaimCheck, Sampling

#: Every element is judged by itself, at every point, with a sweep over the whole program: more operations than this
#: in all take longer than a minute.
MOST_WORK = 1_000_000


class ElementClaim(NamedTuple):
    """The claim of a derivative by one element, in programs of numbers.

    `label` is what the formula calls the element, `name` what the programs call it, and `names` holds the labels of all
    their variables. `given` binds those that have a value: numbers. The values of arrays say what shape they have, and
    `first` holds them; `ranges` says where elements are drawn from.
    """

    label: str
    name: str
    graph: Graph
    claim: Graph
    given: Mapping[str, float]
    first: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]
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


def element_claims(
    graph: Graph, name: str, claim: Graph, bindings: Mapping[str, Value],
    sampling: Sampling,
) -> list[ElementClaim]:  # fmt: skip
    """The claims by each element of the variable `name`. Variables without a value are numbers, which are drawn; so are
    the elements of arrays, from the ranges of their variables.

    Raises:
        FormulaError: shapes do not fit, or the formula is too large to be spelled out.
        LimitError: there are too many elements to judge.
    """
    ranges = sampling.ranges
    values = Values(graph, [bindings.get(variable, 1.0) for variable in graph.inputs])
    claimed = Values(claim, [bindings.get(variable, 1.0) for variable in claim.inputs])
    number = shape_of(values.value)
    if number:
        raise FormulaError(
            "array-output", f"a derivative needs a number as output, and this is {text_of(number)}", text=graph.text,
            spans=graph.output_spans(), hint="verify one element after the other, or a sum of them",
        )  # fmt: skip
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
        variables = {key: _variable(whole.names[key], bindings) for key in whole.inputs}

        def is_drawn(variable: str) -> bool:
            return is_array(bindings[variable]) and variable not in sampling.fixed

        given, first = (
            {key: number for key, number in whole.inputs.items()
             if variables[key] in bindings and is_drawn(variables[key]) is arrays
             and not (arrays and variables[key] in ranges)}
            for arrays in (False, True)
        )  # fmt: skip
        drawn = {key: ranges[variable] for key, variable in variables.items() if variable in ranges}
        if len(labels) * len(spelled) > MOST_WORK:
            raise LimitError(
                "too-large", f"{name!r} has {len(labels):,} elements, too many to judge each of them", text=graph.text,
                spans=[graph.span(graph.input_numbers[name])], hint="verify it with smaller arrays",
            )  # fmt: skip
        for label, unit in zip(labels, _units(output, len(labels)), strict=True):
            part = program_of(claim, claimed.values, {claim.outputs[0]: unit})
            place = labels.index(label)
            short = whole.nodes[graph.input_numbers[name]][place]
            found.append(
                ElementClaim(
                    label, short, spelled, part.graph(), given, first, drawn, whole.names, type(output) is not float
                )
            )
    except TooLarge:
        raise FormulaError(
            "too-large", f"spelled out in numbers this is more than {MOST_OPERATIONS:,} operations", text=graph.text,
            hint="verify it with smaller arrays",
        ) from None  # fmt: skip
    return found


def _variable(label: str, bindings: Mapping[str, Value]) -> str:
    """The variable that an element belongs to."""
    return label if label in bindings else label.partition("[")[0]


def _units(output: Value, count: int) -> Sequence[Value]:
    """For each element, the weights that pick it out of a claim; a number stands for all elements."""
    return [1.0] * count if type(output) is float else list(units(output.shape))
