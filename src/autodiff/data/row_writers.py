"""Rows into files, a batch at a time: a writer for each format."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autodiff.data.columns import arrow
from autodiff.errors import SourceError


class Writer(Protocol):
    """What takes batches of named columns, all with the same names; nothing is complete before it is closed."""

    def write(self, names: Sequence[str], columns: Sequence[Any]) -> None:
        """Write some rows; each column is an array of Arrow or of NumPy."""

    def close(self) -> None:
        """Write what stands at the end."""


def writer_to(file: Any, form: str, compression: str = "") -> Writer:
    """What writes rows of a format into a binary file."""
    sink = file
    if compression == "gzip":
        import gzip

        sink = gzip.GzipFile(fileobj=file, mode="wb", mtime=0)
    elif compression:
        sink = arrow().CompressedOutputStream(arrow().PythonFile(_LeftOpen(file), mode="w"), compression)
    close = sink.close if sink is not file else lambda: None
    if form in ("csv", "tsv"):
        return _Texts(sink, _csv_lines("\t" if form == "tsv" else ","), close)
    if form == "jsonl":
        return _Texts(sink, _json_lines, close)
    return _Tables(sink, form, close)


class _LeftOpen:
    """A file that whoever writes to it does not close."""

    closed = False

    def __init__(self, file: Any) -> None:
        self.write, self.flush = file.write, file.flush

    def close(self) -> None:
        self.flush()


class _Texts:
    def __init__(self, sink: Any, lines: Callable[[Any, bool], Any], close: Callable[[], object]) -> None:
        self.sink, self.lines, self.close_sink = sink, lines, close
        self.first = True

    def write(self, names: Sequence[str], columns: Sequence[Any]) -> None:
        self.sink.write(self.lines(_table(names, columns), self.first))
        self.first = False

    def close(self) -> None:
        self.close_sink()


def _csv_lines(delimiter: str) -> Callable[[Any, bool], Any]:
    def lines(table: Any, first: bool) -> Any:
        pa, csv = arrow(), arrow("pyarrow.csv")
        for field in table.schema:
            if pa.types.is_nested(field.type):
                raise SourceError(
                    "file", f"the column {field.name!r} holds arrays, which a cell of CSV cannot",
                    hint="write JSON lines or Parquet, as with -o out.jsonl",
                )  # fmt: skip
        buffer = pa.BufferOutputStream()
        if first:
            buffer.write(_header(table.schema.names, delimiter))
        # Arrow quotes every text or none.
        quoted = any([_needs_quotes(column, delimiter) for column in table.columns if pa.types.is_string(column.type)])
        style = "needed" if quoted else "none"
        csv.write_csv(table, buffer, csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style=style))
        return buffer.getvalue()

    return lines


def _header(names: Sequence[str], delimiter: str) -> bytes:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(names)
    return text.getvalue().encode()


def _needs_quotes(column: Any, delimiter: str) -> bool:
    found = arrow("pyarrow.compute").match_substring_regex(column, f'[{delimiter}"\r\n]')
    return bool(arrow("pyarrow.compute").any(found).as_py())


def _json_lines(table: Any, first: bool) -> bytes:
    keys = [json.dumps(name, ensure_ascii=False) + ": " for name in table.schema.names]
    cells = [[_json(cell) for cell in column.to_pylist()] for column in table.columns]
    lines = ["{" + ", ".join(map(str.__add__, keys, row)) + "}\n" for row in zip(*cells, strict=True)]
    return "".join(lines).encode()


def _json(cell: Any) -> str:
    """A cell as strict JSON, in which what is not finite is a text."""
    if type(cell) is float:
        if math.isfinite(cell):
            return repr(cell)
        return '"NaN"' if math.isnan(cell) else '"Infinity"' if cell > 0 else '"-Infinity"'
    if isinstance(cell, list):
        return "[" + ", ".join(map(_json, cell)) + "]"
    return json.dumps(cell, ensure_ascii=False, default=str)


class _Tables:
    """Parquet and Arrow, whose writers know the types of all columns from the first rows."""

    def __init__(self, sink: Any, form: str, close: Callable[[], object]) -> None:
        self.sink, self.form, self.close_sink = sink, form, close
        self.writer: Any = None
        self.schema: Any = None

    def write(self, names: Sequence[str], columns: Sequence[Any]) -> None:
        table = _table(names, columns)
        if self.writer is None:
            self.schema = table.schema
            if self.form == "parquet":
                self.writer = arrow("pyarrow.parquet").ParquetWriter(self.sink, self.schema)
            else:
                self.writer = arrow("pyarrow.ipc").new_file(self.sink, self.schema)
        # Of two texts one may have whole numbers where the other has decimals.
        self.writer.write_table(table if table.schema == self.schema else table.cast(self.schema))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.close_sink()


def _table(names: Sequence[str], columns: Sequence[Any]) -> Any:
    pa = arrow()
    arrays = [column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column) for column in columns]
    return pa.table(arrays, names=list(names))
