"""Any sheet for shell scripts: `name<TAB>number` a line, or only the numbers."""

from collections.abc import Iterable, Iterator, Sequence

from autodiff.numerals import for_machines
from autodiff.report.sheet import Cell, Sheet


def lines(sheet: Sheet) -> Iterator[str]:
    return _joined(sheet, sheet.entries())


def number_lines(sheet: Sheet) -> Iterator[str]:
    return _joined(sheet, sheet.numbers())


def _joined(sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    digits = sheet.options.digits
    for row in rows:
        yield "\t".join(cell if isinstance(cell, str) else for_machines(cell, digits) for cell in row)
