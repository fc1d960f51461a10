"""What `eval` and `grad` say: the outputs, and the gradient by each input."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.differentiate.results.gradient import Gradient
from autodiff.numerals import for_json, for_people
from autodiff.report.node_texts import objective, side_notes
from autodiff.report.say.nodes import Column, NodesSheet, closing_keys, output_keys, verdict_of
from autodiff.report.sheet import Cell, Checked, Table


class ValuesSheet(NodesSheet):
    """The values of the outputs and of every node."""

    def facts(self) -> Iterator[str]:
        for name, value in self.result.outputs:
            yield f"{name} = {for_people(value, self.options.digits)}"

    def remarks(self) -> Iterator[str]:
        """The kinks, where there is no table of nodes to show them."""
        if self.nodes().hidden:
            yield from self.notes()

    def head(self) -> dict[str, Any]:
        return output_keys(self.result) | closing_keys(self.result, self.check)

    def entries(self) -> Iterator[Sequence[Cell]]:
        yield from self.result.element_outputs

    def numbers(self) -> Iterator[Sequence[Cell]]:
        for _, value in self.result.element_outputs:
            yield (value,)


class GradientSheet(ValuesSheet):
    """The gradient of the output, or of the weighted sum of several."""

    result: Gradient
    columns = (Column("gradient", "gradient", lambda node: node.gradient),)

    def facts(self) -> Iterator[str]:
        yield from super().facts()
        if self.result.seeds is not None:
            yield f"{objective(self.result, self.options)[0]} = {for_people(self.result.value, self.options.digits)}"

    def table(self) -> Table:
        result, digits = self.result, self.options.digits
        name, label = objective(result, self.options)
        cells = [
            (variable, for_people(result.values[node], digits), for_people(partial, digits))
            for (variable, partial), node in zip(result.partials.items(), result.wanted_nodes, strict=True)
        ]
        rows = [(f"{label}/d{variable}", partial, f"{variable} = {value}") for variable, value, partial in cells]
        brief = Table(["input", "value", "gradient"], cells)
        return Table([f"gradient of {name}", "gradient", "at"], rows, brief=brief)

    def remarks(self) -> Iterator[str]:
        """The kinks, where there is no table of nodes to show them; and what the function itself decides."""
        yield from self.notes() if self.nodes().hidden else side_notes(self.result)

    def checked(self) -> Checked | None:
        if self.check is None:
            return None
        from autodiff.report.say.check import checked, label_of

        return checked(self.check, label_of(self.result), self.options)

    def head(self) -> dict[str, Any]:
        """The outputs, the weights of several with their sum, and the gradient."""
        result, found = self.result, output_keys(self.result)
        if result.seeds is not None:
            found |= {"seed": [for_json(seed) for seed in result.seeds], "weighted_sum": for_json(result.value)}
        found["gradient"] = {name: for_json(value) for name, value in result.partials.items()}
        if result.swept:
            found["sweep"] = {name: for_json(value) for name, value in result.swept.items()}
        return found | closing_keys(result, self.check)

    def entries(self) -> Iterator[Sequence[Cell]]:
        """The outputs by name, then the gradient by input; with a check, each derivative is followed by its verdict and
        by how many of its digits are right."""
        yield from super().entries()
        for name, partial in self.result.element_partials.items():
            yield (name, partial) if self.check is None else (name, partial, *verdict_of(self.check, name))

    def numbers(self) -> Iterator[Sequence[Cell]]:
        """The gradient in the order of the variables."""
        for number in self.result.element_partials.values():
            yield (number,)
