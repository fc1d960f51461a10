"""What every matrix of derivatives says: its entries by row and column, and what is beside it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.results.gradient import Values
from autodiff.numerals import for_json
from autodiff.report.node_texts import kink_notes
from autodiff.report.say.nodes import kinks_json, undefined, undefined_json
from autodiff.report.sheet import Cell, Checked, Matrix, Options, Sheet

if TYPE_CHECKING:
    from autodiff.verify.results import Check


class MatrixSheet(Sheet):
    """A matrix; `key` is its name in the head."""

    key: str

    def __init__(self, result: Values, options: Options, check: "Check | None" = None) -> None:
        super().__init__(options)
        self.result, self.check = result, check

    def table(self) -> Matrix:
        raise NotImplementedError

    def caption(self) -> Iterator[str]:
        """Sentences for people: what the matrix is, and how it was found."""
        raise NotImplementedError

    def facts_json(self) -> dict[str, Any]:
        """What the head says of the result besides its matrix."""
        raise NotImplementedError

    def remarks(self) -> Iterator[str]:
        yield from self.caption()
        yield from self.notes()

    def notes(self) -> Iterator[str]:
        return kink_notes(self.result)

    def checked(self) -> Checked | None:
        if self.check is None:
            return None
        from autodiff.report.say.check import checked

        return checked(self.check, "{}", self.options)

    @property
    def undefined(self) -> str:
        return undefined(self.result)

    def head(self) -> dict[str, Any]:
        found = {"formula": self.result.formula, **self.facts_json()}
        found |= {"undefined": undefined_json(self.result), "kinks": kinks_json(self.result)}
        if self.check is not None:
            from autodiff.report.say.check import as_json

            found["check"] = as_json(self.check)
        return found | self._names()

    def _names(self) -> dict[str, Any]:
        matrix = self.table()
        return {"rows": list(matrix.rows), "columns": list(matrix.columns)}

    def records(self) -> tuple[str, Iterator[list[Any]]] | None:
        """The rows of the matrix."""
        return self.key, ([for_json(entry) for entry in row] for row in self.table().entries)

    def cells(self) -> Iterator[Sequence[Cell]]:
        """The names of the columns, then the rows."""
        matrix = self.table()
        yield matrix.columns
        yield from matrix.entries

    def entries(self) -> Iterator[Sequence[Cell]]:
        """Row, column and number of each entry."""
        matrix = self.table()
        for row, entries in zip(matrix.rows, matrix.entries, strict=True):
            yield from ((row, column, entry) for column, entry in zip(matrix.columns, entries, strict=True))

    def numbers(self) -> Iterator[Sequence[Cell]]:
        yield from self.table().entries
