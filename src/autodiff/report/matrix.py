"""A labelled matrix of derivatives, in every format but the table that rich draws."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from autodiff.numerals import for_json, for_machines, for_people, json_encoder
from autodiff.report.markdown import check_lines, escape, table
from autodiff.report.style import MANY, Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: How many rows or columns an abbreviated table keeps at either end.
_ENDS = 5


class Matrix(NamedTuple):
    """What every format needs to know about a matrix of derivatives.

    `kind` is its key in JSON. `rows` and `columns` are names, and `entries` has a list for each row. `values` may hold
    a number for each row, and `value_label` says what it is: the value of an output, or the gradient. `row_label` and
    `column_label` make headings of the names, and `corner` is the heading of the rows. `caption` and `notes` are
    sentences for people, of which the notes matter to scripts as well, and `facts` is what else JSON carries.
    """

    kind: str
    formula: str
    rows: Sequence[str]
    columns: Sequence[str]
    entries: Sequence[Sequence[float]]
    values: Sequence[float] | None = None
    row_label: str = "{}"
    column_label: str = "d/d{}"
    corner: str = "output"
    value_label: str = "value"
    caption: Sequence[str] = ()
    notes: Sequence[str] = ()
    facts: Mapping[str, Any] = {}
    #: The check of the entries, where they were checked.
    check: "Check | None" = None


class Grid(NamedTuple):
    """The cells of a matrix as people read them; `note` says what was left out, if anything was."""

    columns: list[str]
    rows: list[list[str]]
    note: str


def grid(matrix: Matrix, options: Options, more: str = "--all shows all") -> Grid:
    """Headings and cells: the names of the rows, their values, and the entries; a large matrix by its ends."""
    down, across = (_kept(len(names), options) for names in (matrix.rows, matrix.columns))
    values = [matrix.value_label] * (matrix.values is not None)
    headings = [matrix.column_label.format(matrix.columns[k]) if k is not None else "…" for k in across]
    rows = []
    for i in down:
        if i is None:
            rows.append(["…"] * (1 + len(values) + len(across)))
            continue
        cells = [matrix.row_label.format(matrix.rows[i])]
        if matrix.values is not None:
            cells.append(for_people(matrix.values[i], options.digits))
        entries = matrix.entries[i]
        rows.append(cells + ["…" if k is None else for_people(entries[k], options.digits) for k in across])
    note = ""
    if None in down or None in across:
        note = f"{len(matrix.rows):,} x {len(matrix.columns):,} entries, only the outer ones shown ({more})"
    return Grid([matrix.corner, *values, *headings], rows, note)


def _kept(size: int, options: Options) -> list[int | None]:
    """The positions that a table shows; None is a gap."""
    if options.all_nodes or size <= MANY:
        return list(range(size))
    return [*range(_ENDS), None, *range(size - _ENDS, size)]


def markdown_lines(matrix: Matrix, options: Options) -> Iterator[str]:
    """A pipe table, then the sentences."""
    cells = grid(matrix, options)
    yield from table(cells.columns, cells.rows)
    yield ""
    for sentence in filter(None, [cells.note, *matrix.caption, *matrix.notes]):
        yield f"- {escape(sentence)}"
    if matrix.check is not None:
        yield from check_lines(matrix.check, "{}", options)


def json_lines(matrix: Matrix, options: Options) -> Iterator[str]:
    """One strict JSON object, a line for each row of the matrix."""
    text = json_encoder(ascii_only=options.ascii_only)
    yield "{"
    yield f' "formula": {text(matrix.formula)},'
    facts = dict(matrix.facts)
    if matrix.check is not None:
        from autodiff.report.check import as_json

        facts["check"] = as_json(matrix.check)
    for key, value in {**facts, "rows": list(matrix.rows), "columns": list(matrix.columns)}.items():
        yield f" {text(key)}: {text(value)},"
    yield f" {text(matrix.kind)}: ["
    for k, row in enumerate(matrix.entries, 1):
        yield f"  {text([for_json(entry) for entry in row])}{',' * (k < len(matrix.entries))}"
    yield " ]"
    yield "}"


def csv_lines(matrix: Matrix, options: Options) -> Iterator[str]:
    """A header with the names of the columns, then a line for each row."""
    rows = ([for_machines(x, options.digits) for x in row] for row in matrix.entries)
    return csv_rows(chain([matrix.columns], rows))


def csv_rows(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Each row as a line."""
    buffer = io.StringIO()
    write = csv.writer(buffer, lineterminator="").writerow
    for row in rows:
        write(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def plain_lines(matrix: Matrix, options: Options) -> Iterator[str]:
    """`row<TAB>column<TAB>number` for each entry."""
    for row, entries in zip(matrix.rows, matrix.entries, strict=True):
        for column, entry in zip(matrix.columns, entries, strict=True):
            yield f"{row}\t{column}\t{for_machines(entry, options.digits)}"


def value_lines(matrix: Matrix, options: Options) -> Iterator[str]:
    """Only numbers: a line for each row, separated by tabs."""
    for entries in matrix.entries:
        yield "\t".join(for_machines(entry, options.digits) for entry in entries)
