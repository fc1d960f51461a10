"""The operations that a formula may call beside those of the table: rows that a user wrote, in an order."""

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.ops.row import Row


class Size(NamedTuple):
    """How many operations of the table a row computes, and whether some of them work on whole arrays."""

    operations: int
    on_arrays: bool


class Operations:
    """Rows of a user by name. Formulas that are built with different ones do not see each other's rows.

    Only the reader of a text adds rows, one after the other, as each may use those before it; nobody else changes it.
    """

    __slots__ = ("_by_name", "_sizes", "rows", "texts")

    def __init__(self, before: "Operations | None" = None, text: str = "") -> None:
        #: The texts that the rows were read from, so that another process can read them again.
        self.texts: tuple[str, ...] = (*(before.texts if before else ()), *([text] if text else []))
        self.rows: list[Row] = list(before.rows) if before else []
        self._by_name: dict[str, tuple[Row, ...]] = dict(before._by_name) if before else {}
        self._sizes: dict[Row, Size] = dict(before._sizes) if before else {}

    def __repr__(self) -> str:
        return f"Operations({', '.join(row.name for row in self.rows)})"

    @property
    def names(self) -> Sequence[str]:
        """All names and aliases."""
        return list(self._by_name)

    def called(self, name: str) -> tuple[Row, ...]:
        """The rows with this name or alias: one, or none."""
        return self._by_name.get(name, ())

    def size(self, row: Row) -> Size:
        """The size of any row; one of the table counts as one operation."""
        return self._sizes.get(row) or Size(1, row.is_array)

    def add(self, row: Row, size: Size) -> None:
        """Add a row whose names are free, or replace the last one, if it has the same name."""
        if self.rows and self.rows[-1].name == row.name:
            self.rows.pop()
        self.rows.append(row)
        self._sizes[row] = size
        for name in (row.name, *row.aliases):
            self._by_name[name] = (row,)


#: Nothing but the table.
NO_OPERATIONS = Operations()
