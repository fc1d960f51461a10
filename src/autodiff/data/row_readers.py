"""Rows from files, a batch at a time: a reader for each format, and errors that say where a file is wrong."""

import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autodiff.data.columns import arrow, numbers
from autodiff.data.row_sources import Source, opened
from autodiff.errors import SourceError, Way

#: So many bytes of a text are parsed at once, and so many rows of another file are read.
_BLOCK, _ROWS = 1 << 20, 1 << 16
#: So many lines of JSON.
_LINES = 1 << 14
_MISSING = ["", "NA", "N/A", "NULL", "null", "None", "nan", "NaN", "-nan", "#N/A"]
#: So much of a wrong cell is quoted.
_SHOWN = 40
_HINT = "correct the cell, or leave it empty where a number is missing"


class Wanted(NamedTuple):
    """Of a file: the column of each variable, and the columns that are kept as they are."""

    variables: Mapping[str, str]
    kept: Sequence[str]


class Batch(NamedTuple):
    """Some rows: the numbers of each variable, and the kept columns as arrays of Arrow."""

    columns: Mapping[str, Any]
    kept: Mapping[str, Any]
    size: int


#: What says which columns are wanted of those that a file has.
Choice = Callable[[Sequence[str]], Wanted]


def batches(source: Source, choose: Choice, *, as_text: bool) -> Iterator[Batch]:
    """The rows of a file in batches; with `as_text` the kept columns of a text stay as they are written.

    Raises:
        SourceError: it cannot be read, or a row is malformed.
        BindingError: a column is missing, or holds no numbers.
    """
    pa = arrow()
    reader = {"csv": _csv, "tsv": _csv, "jsonl": _json_lines, "parquet": _parquet, "arrow": _arrow}[source.form]
    try:
        yield from reader(source, choose, as_text)
    except (OSError, EOFError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        reason = str(getattr(error, "strerror", None) or error).lower()
        raise SourceError("file", f"{source.name} cannot be read: {reason}", hint="is it a file of rows?") from error
    except pa.ArrowException as error:
        raise SourceError(
            "file", f"{source.name} cannot be read as {source.form}: {_first_line(error)}",
            hint=Way("input-format"),
        ) from error  # fmt: skip


def _with_parts(source: Source, names: Sequence[str]) -> list[str]:
    return [*names, *(name for name, _ in source.parts if name not in names)]


def _batch(source: Source, wanted: Wanted, table: Any, parsed: Mapping[str, Any] | None = None) -> Batch:
    """A batch of Arrow. `parsed` has the numbers of columns that it has as text; folders name columns of one value."""
    pa, parts, size = arrow(), dict(source.parts), table.num_rows
    have = set(table.schema.names)
    columns = {}
    for variable, name in wanted.variables.items():
        if parsed and name in parsed:
            columns[variable] = parsed[name]
        elif name in have:
            columns[variable] = numbers(name, table.column(name), f" of {source.name}")
        else:
            columns[variable] = np.full(size, _number(source, name, parts[name]))
    kept = {name: table.column(name) if name in have else pa.array([parts[name]] * size) for name in wanted.kept}
    return Batch(columns, kept, size)


def _number(source: Source, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SourceError(
            "file", f"the folder {name}={text} of {source.name} is no number", hint="rename it, or bind the variable"
        ) from None


def _csv(source: Source, choose: Choice, as_text: bool) -> Iterator[Batch]:
    pa, csv = arrow(), arrow("pyarrow.csv")
    file = opened(source)
    start = file.read(_BLOCK)
    if not start.strip():
        raise SourceError("file", f"{source.name} is empty", hint="the first line of a CSV file names its columns")
    delimiter = "\t" if source.form == "tsv" else ","
    names = _header(source, start, delimiter)
    wanted = choose(_with_parts(source, names))
    used = list(dict.fromkeys([*wanted.variables.values(), *wanted.kept]))
    for name in used:
        if names.count(name) > 1:
            raise SourceError(
                "file", f"{source.name} has {names.count(name)} columns {name!r}", hint="give each another name"
            )
    # What is a variable and kept as it is written is read as text.
    both = [
        name for name in dict.fromkeys(wanted.variables.values()) if as_text and name in wanted.kept and name in names
    ]
    types = dict.fromkeys(wanted.variables.values(), pa.float64())
    types |= dict.fromkeys(wanted.kept if as_text else (), pa.string())
    included = [name for name in used if name in names]
    # Without a column that is used, the first one tells how many rows there are.
    conversion = csv.ConvertOptions(
        column_types=types, include_columns=included or names[:1], null_values=_MISSING, strings_can_be_null=False
    )
    row = 1
    try:
        reader = csv.open_csv(
            pa.PythonFile(_Joined(start, file), mode="r"),
            read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=conversion,
        )
        for table in _or_empty(reader):
            parsed = {name: _parsed(source, name, table.column(name), row) for name in both}
            yield _batch(source, wanted, table, parsed)
            row += table.num_rows
    except pa.ArrowInvalid as error:
        raise _malformed(source, included, str(error)) from error


def _or_empty(tables: Any) -> Iterator[Any]:
    """The batches of a reader; one without rows where there are none, as it has columns all the same."""
    any_rows = False
    for table in tables:
        any_rows = True
        yield table
    if not any_rows:
        yield arrow().record_batch([arrow().array([], kind) for kind in tables.schema.types], schema=tables.schema)


def _header(source: Source, start: bytes, delimiter: str) -> list[str]:
    """The names in the first line."""
    import csv

    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A block may end within a letter.
        text = start[: error.start].decode("utf-8-sig")
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    if not any(names):
        raise SourceError("file", f"{source.name} has no header", hint="the first line of the file names its columns")
    return names


def _parsed(source: Source, name: str, column: Any, first: int) -> Any:
    """A column of text as numbers."""
    found = np.empty(len(column))
    for k, text in enumerate(column.to_pylist()):
        try:
            found[k] = math.nan if text in _MISSING else float(text)
        except ValueError:
            raise _no_number(source, first + k + 1, name, text) from None
    return found


def _malformed(source: Source, names: Sequence[str], message: str) -> SourceError:
    """What Arrow says of a text, in our words: the file, the line and the column."""
    found = re.search(r"CSV column #(\d+): Row #(\d+): .*?invalid value '(.*)'", message, re.S)
    if found:
        return _no_number(source, int(found[2]), names[int(found[1])], found[3])
    found = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", message)
    if found:
        return SourceError(
            "file", f"{source.name}, line {found[1]}: {found[3]} cells, where the header has {found[2]}",
            hint="put quotation marks around a text with a comma in it",
        )  # fmt: skip
    return SourceError("file", f"{source.name} is malformed: {_first_line(message)}", hint=_HINT)


def _no_number(source: Source, line: int, name: str, text: str) -> SourceError:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return SourceError("file", f"{source.name}, line {line}, column {name!r}: {shown!r} is no number", hint=_HINT)


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0]


class _Joined(io.RawIOBase):
    """The start of a file that was read already, and the rest of it."""

    def __init__(self, start: bytes, file: Any) -> None:
        self.start, self.file = io.BytesIO(start), file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found: bytes = self.start.read(size)
        if size < 0:
            return found + bytes(self.file.read())
        return found or bytes(self.file.read(size))


def _json_lines(source: Source, choose: Choice, as_text: bool) -> Iterator[Batch]:
    lines = enumerate(io.TextIOWrapper(opened(source), encoding="utf-8-sig"), 1)
    wanted: Wanted | None = None
    parts = dict(source.parts)
    while rows := _parse_lines(source, lines):
        if wanted is None:
            wanted = choose(_with_parts(source, list(rows[0][1])))
        columns = {variable: _json_column(source, name, rows, parts) for variable, name in wanted.variables.items()}
        kept = {name: _kept_json([row.get(name, parts.get(name)) for _, row in rows]) for name in wanted.kept}
        yield Batch(columns, kept, len(rows))


def _parse_lines(source: Source, lines: Iterator[tuple[int, str]]) -> list[tuple[int, dict[str, Any]]]:
    """The next lines as objects, each with its number."""
    rows: list[tuple[int, dict[str, Any]]] = []
    try:
        for number, line in lines:
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                raise SourceError(
                    "file", f"{source.name}, line {number}: it is no JSON object", hint='write lines such as {"x": 1}'
                )
            rows.append((number, row))
            if len(rows) == _LINES:
                break
    except UnicodeDecodeError as error:
        raise SourceError("file", f"{source.name} is no UTF-8 text", hint="save it as UTF-8") from error
    return rows


def _json_column(
    source: Source, name: str, rows: Sequence[tuple[int, Mapping[str, Any]]], parts: Mapping[str, str]
) -> Any:  # fmt: skip
    found: list[Any] = []
    for line, row in rows:
        cell = row.get(name, parts.get(name))
        try:
            if isinstance(cell, list):
                found.append(np.array(cell, dtype=np.float64))
            else:
                found.append(math.nan if cell is None else float(cell))
        except (TypeError, ValueError, OverflowError):
            raise _no_number(source, line, name, json.dumps(cell)) from None
        if np.shape(found[-1]) != np.shape(found[0]):
            raise SourceError(
                "file", f"{source.name}, line {line}, column {name!r}: an array of another shape than the first",
                hint="the arrays of a column have one shape",
            )  # fmt: skip
    return np.array(found, dtype=np.float64)


def _kept_json(cells: list[Any]) -> Any:
    pa = arrow()
    try:
        return pa.array(cells)
    except pa.ArrowException:
        return pa.array([cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells])


def _parquet(source: Source, choose: Choice, as_text: bool) -> Iterator[Batch]:
    if source.path == "-" or source.compression:
        raise SourceError(
            "file", f"{source.name}: Parquet is read from a file, as its directory stands at its end",
            hint="save it as a file (Parquet is compressed inside), or send Arrow instead",
        )  # fmt: skip
    file = arrow("pyarrow.parquet").ParquetFile(source.path)
    wanted = choose(_with_parts(source, file.schema_arrow.names))
    have = set(file.schema_arrow.names)
    included = [name for name in dict.fromkeys([*wanted.variables.values(), *wanted.kept]) if name in have]
    if not file.metadata.num_rows:
        yield _batch(source, wanted, file.read(columns=included))
    for table in file.iter_batches(batch_size=_ROWS, columns=included):
        yield _batch(source, wanted, table)


def _arrow(source: Source, choose: Choice, as_text: bool) -> Iterator[Batch]:
    pa, ipc = arrow(), arrow("pyarrow.ipc")
    file = opened(source)
    start = file.read(8)
    if start[:6] == b"ARROW1" and source.path != "-" and not source.compression:
        file.close()
        with pa.memory_map(source.path) as mapped:
            reader = ipc.open_file(mapped)
            wanted = choose(_with_parts(source, reader.schema.names))
            for k in range(reader.num_record_batches):
                yield from _in_parts(source, wanted, reader.get_batch(k))
        return
    if start[:6] == b"ARROW1":
        stream = ipc.open_file(pa.BufferReader(start + file.read()))
        wanted = choose(_with_parts(source, stream.schema.names))
        for k in range(stream.num_record_batches):
            yield from _in_parts(source, wanted, stream.get_batch(k))
        return
    reader = ipc.open_stream(pa.PythonFile(_Joined(start, file), mode="r"))
    wanted = choose(_with_parts(source, reader.schema.names))
    for table in _or_empty(reader):
        yield from _in_parts(source, wanted, table)


def _in_parts(source: Source, wanted: Wanted, table: Any) -> Iterator[Batch]:
    for start in range(0, table.num_rows or 1, _ROWS):
        yield _batch(source, wanted, table.slice(start, _ROWS))
