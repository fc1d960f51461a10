"""Any sheet as LaTeX: what it says of itself in formulas, which no format could make of its texts."""

from collections.abc import Iterator

from autodiff.report.sheet import Sheet


def lines(sheet: Sheet) -> Iterator[str]:
    yield from sheet.latex()
