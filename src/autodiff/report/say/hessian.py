"""What a Hessian says, and its product with a direction."""

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.differentiate.results.hessian import Hessian, HessianVector
from autodiff.numerals import elements, for_json, for_people
from autodiff.report.node_texts import count
from autodiff.report.say.matrix import MatrixSheet
from autodiff.report.sheet import Cell, Matrix

#: A direction of more elements than this is cut in a sentence.
_MOST_ALONG = 12


class HessianSheet(MatrixSheet):
    """The matrix, with the gradient beside it."""

    result: Hessian | HessianVector
    key = "hessian"

    def table(self) -> Matrix:
        assert isinstance(self.result, Hessian)
        return self._beside_gradient(self.result.labels, self.result.entries, "d/d{}")

    def _beside_gradient(
        self, columns: Sequence[str], entries: Sequence[Sequence[float]], column_label: str
    ) -> Matrix:  # fmt: skip
        result = self.result
        ((name, _),) = result.outputs
        return Matrix(
            result.labels, columns, entries, [number for _, number in result.flat_gradient],
            row_label="d/d{}", column_label=column_label, corner=f"hessian of {name}", value_label="gradient",
        )  # fmt: skip

    def caption(self) -> Iterator[str]:
        ((name, value),) = self.result.outputs
        yield f"{name} = {for_people(value, self.options.digits)}"
        yield self._way()

    def _way(self) -> str:
        assert isinstance(self.result, Hessian)
        size, nonzeros = len(self.result.labels), self.result.nonzeros
        passes = f"{count(self.result.passes, 'forward pass')} over the gradient, for {count(size, 'variable')}"
        return f"{passes}; {nonzeros:,} of {size**2:,} entries can be non-zero"

    def notes(self) -> Iterator[str]:
        yield from super().notes()
        decided = isinstance(self.result, Hessian) and self.result.is_decided
        if self.result.kinks and not decided:
            yield "on a kink or a jump second derivatives are a convention as well"

    def facts_json(self) -> dict[str, Any]:
        ((name, value),) = self.result.outputs
        gradient = {label: for_json(number) for label, number in self.result.flat_gradient}
        return {"output": {"name": name, "value": for_json(value)}, "gradient": gradient, **self._costs()}

    def _costs(self) -> dict[str, Any]:
        assert isinstance(self.result, Hessian)
        return {"passes": self.result.passes, "nonzeros": self.result.nonzeros}


class ProductSheet(HessianSheet):
    """The product with a direction: a matrix of one column, whose entries go by the names of their variables."""

    result: HessianVector

    def table(self) -> Matrix:
        return self._beside_gradient(["product"], [[entry] for entry in self.result.product], "{}")

    def _way(self) -> str:
        along = self._along()
        first = list(along.items())[:_MOST_ALONG]
        shown = [f"{name} = {for_people(rate, self.options.digits)}" for name, rate in first]
        more = ", ..." if len(along) > _MOST_ALONG else ""
        return f"the hessian times the direction {', '.join(shown)}{more}, by 1 forward pass over the gradient"

    def _along(self) -> dict[str, float]:
        """The rate of each element that moves."""
        return dict(element for name, rate in self.result.direction.items() for element in elements(name, rate))

    def _costs(self) -> dict[str, Any]:
        return {"direction": self._along(), "passes": 1}

    def _names(self) -> dict[str, Any]:
        return {"product": {name: for_json(entry) for name, entry in self.entries()}}

    def records(self) -> None:
        return None

    def cells(self) -> Iterator[Sequence[Cell]]:
        yield "variable", "product"
        yield from self.entries()

    def entries(self) -> Iterator[Sequence[Cell]]:
        yield from zip(self.result.labels, self.result.product, strict=True)
