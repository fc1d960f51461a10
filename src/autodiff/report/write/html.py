"""Any sheet as HTML tables, for notebooks. Every text is escaped, whatever a name or a formula holds."""

from collections.abc import Iterator, Sequence
from html import escape

from autodiff.report.node_texts import is_number
from autodiff.report.sheet import MANY, Matrix, Sheet, Table


def lines(sheet: Sheet) -> Iterator[str]:
    """The nodes or their number, the facts, the table, and the remarks."""
    nodes, table = sheet.nodes(), sheet.table()
    if nodes is not None and nodes.hidden:
        yield _paragraph(f"{nodes.total} (.nodes has them)")
    elif nodes is not None:
        yield _table(Table(nodes.columns, nodes.rows(", ")))
    yield from map(_paragraph, filter(None, sheet.facts()))
    if isinstance(table, Matrix):
        cells, left_out = table.table(sheet.options)
        yield _table(cells, names=1)
        if left_out:
            yield _paragraph(f"{left_out} (the result has all)")
    elif table is not None and table.rows:
        yield _table(Table(table.columns, table.rows[:MANY]))
        if len(table.rows) > MANY:
            yield _paragraph(f"and {len(table.rows) - MANY:,} more")
    yield from map(_paragraph, sheet.remarks())
    if sheet.undefined:
        yield _paragraph(f"undefined: {sheet.undefined}")


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(table: Table, names: int = 0) -> str:
    """A table in which numbers stand at the right; with `names`, all columns are numbers but so many."""
    columns, rows = table.columns, table.rows
    kept = [k for k in range(len(columns)) if any(row[k] for row in rows) or not rows]
    right = [k >= names if names else is_number(columns[k]) for k in range(len(columns))]

    def line(tag: str, cells: Sequence[str]) -> str:
        aligned = ((cells[k], "right" if right[k] else "left") for k in kept)
        return "".join(f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>' for cell, side in aligned)

    body = "\n".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{line('th', columns)}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
