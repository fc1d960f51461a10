"""Values and gradients for rows that hold arrays, or of a formula with arrays: each row is asked by itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.differentiate.results.rows import Found, Trouble, Wish, sits_on_kink
from autodiff.errors import FormulaError
from autodiff.graph.graph import Graph
from autodiff.numerals import flat


class SweptRows:
    """A formula of which a row holds arrays. The shapes of the first row are those of all.

    Raises:
        FormulaError: the formula has several outputs, or second derivatives are wanted.
    """

    def __init__(self, graph: Graph, wish: Wish, fixed: Mapping[str, Any] | None = None) -> None:
        if len(graph.outputs) > 1 or wish.second:
            what = "second derivatives" if wish.second else "several outputs"
            raise FormulaError(
                "array-rows", f"rows of arrays have no {what}", text=graph.text, spans=graph.output_spans(),
                hint="ask for one output and its gradient",
            )  # fmt: skip
        self.graph, self.wish, self.fixed = graph, wish, dict(fixed or {})
        self.inputs = [name for name in graph.inputs if name not in self.fixed]
        self.names: list[str] = []

    def compute(self, columns: Sequence[Any], threads: int = 1) -> Found:
        """The columns of results for columns of numbers or of arrays, one for each of `inputs`."""
        size = len(columns[0]) if columns else 1
        results: list[Any] = []
        undefined, kinks = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        trouble: Trouble | None = None
        for row in range(size):
            found = self.ask(self.point(columns, row))
            names, numbers = zip(*self._answer(found), strict=True)
            self.names = self.names or list(names)
            results = results or [np.empty(size) for _ in self.names]
            for column, number in zip(results, numbers, strict=True):
                column[row] = number
            undefined[row] = not np.isfinite(numbers).all()
            kinks[row] = sits_on_kink(found) and not undefined[row]
            if undefined[row] and trouble is None:
                reason = found.diagnosis
                trouble = Trouble(row, "it has no finite result" if reason is None else reason.message)
        return Found(results, undefined, kinks, trouble)

    def point(self, columns: Sequence[Any], row: int) -> list[Any]:
        """The values of all inputs in a row."""
        given = {name: column[row] for name, column in zip(self.inputs, columns, strict=True)}
        point = [given[name] if name in given else self.fixed[name] for name in self.graph.inputs]
        return [np.array(value, dtype=np.float64) if np.ndim(value) else float(value) for value in point]

    def ask(self, point: Sequence[Any]) -> Values:
        """What `gradient` gives at one point."""
        return Gradient(self.graph, point, self.wish.wanted)

    def _answer(self, found: Values) -> Iterator[tuple[str, float]]:
        assert isinstance(found, Gradient)
        ((output, value),) = found.outputs
        yield output, float(value)
        for name, partial in found.partials.items():
            if not np.ndim(partial):
                yield f"d{output}_d{name}", float(partial)
                continue
            for place, number in zip(np.ndindex(partial.shape), flat(partial), strict=True):
                yield f"d{output}_d{name}[{','.join(map(str, place))}]", number
