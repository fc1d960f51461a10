"""What derivatives of higher order say: a line for each order, from the value up."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.differentiate.results.higher import Derivatives
from autodiff.numerals import for_json, for_people
from autodiff.report.node_texts import kink_notes
from autodiff.report.say.nodes import kinks_json, output_keys, undefined, undefined_json
from autodiff.report.sheet import Cell, Options, Sheet, Table


class HigherSheet(Sheet):
    def __init__(self, result: Derivatives, options: Options) -> None:
        super().__init__(options)
        self.result = result

    def table(self) -> Table:
        rows = [[name, for_people(number, self.options.digits)] for name, number in self.entries()]
        return Table(["derivative", "value"], rows)

    def remarks(self) -> Iterator[str]:
        """The point, and what the numbers do not say."""
        result, digits = self.result, self.options.digits
        values = [for_people(result.values[node], digits) for node in result.wanted_nodes]
        at = [f"{name} = {value}" for name, value in zip(result.wanted, values, strict=True)]
        yield f"at {', '.join(at)}"
        yield from self.notes()

    def notes(self) -> Iterator[str]:
        return kink_notes(self.result)

    @property
    def undefined(self) -> str:
        return undefined(self.result)

    def head(self) -> dict[str, Any]:
        result = self.result
        return {
            **output_keys(result), "wrt": list(result.wrt), "order": result.order,
            "derivative": for_json(result.derivative), "undefined": undefined_json(result), "kinks": kinks_json(result),
        }  # fmt: skip

    def records(self) -> tuple[str, Iterator[dict[str, Any]]]:
        return "derivatives", (
            {"order": order, "name": name, "value": for_json(number)}
            for order, (name, number) in enumerate(self.entries())
        )

    def cells(self) -> Iterator[Sequence[Cell]]:
        """Order, name and value of each derivative."""
        yield "order", "derivative", "value"
        yield from ((str(order), *entry) for order, entry in enumerate(self.entries()))

    def entries(self) -> Iterator[Sequence[Cell]]:
        yield from zip(self.result.symbols, self.result.derivatives, strict=True)

    def numbers(self) -> Iterator[Sequence[Cell]]:
        """The derivative that was asked for, alone."""
        yield (self.result.derivative,)
