"""Arrays from files: `--W @weights.csv`, `.tsv`, `.json` or `.npy`, and plain numbers with blanks between them."""

import json
import math
import os
from collections.abc import Callable
from typing import Any

from autodiff.errors import BindingError, SourceError
from autodiff.evaluate.inputs import to_value
from autodiff.syntax.text_files import read_text

#: What a file may say where a number is not finite, in JSON as autodiff writes it.
_NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
#: What a cell begins with that is a number, or was meant as one.
_DIGITS = tuple("0123456789+-.\N{MINUS SIGN}")
_CSV = "write numbers separated by commas"
_TSV = "write numbers separated by tabs"
_BLANKS = "write numbers with blanks between them, and as many in each line"
#: NumPy before 2.0 has arrays of up to 32 axes.
_DEEPEST = 33


def reader_of(path: str) -> Callable[[str, str], Any] | None:
    """What reads a file of numbers with this ending, given its path and a hint; None for a file with an expression."""
    return _READERS.get(os.path.splitext(path)[1].lower())


def _json(path: str, hint: str) -> Any:
    text = read_text(path, hint)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        # Also a number of more digits than Python reads at once.
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        hint = "write a number or a list, such as [[1, 2], [3, 4]]"
        raise BindingError("no-number", f"{path!r} is no JSON{where}", hint=hint) from error
    if isinstance(value, dict):
        hint = "write the list alone, such as [1, 2, 3]"
        raise BindingError("no-number", f"{path!r} holds an object rather than an array", hint=hint)
    lists = [value] if isinstance(value, list) else []
    for depth in range(_DEEPEST + 1):
        if not lists:
            break
        if depth == _DEEPEST:
            many = f"{path!r} holds lists in lists, {_DEEPEST} deep or more"
            raise BindingError(
                "no-number", many, hint=f"an array has at most {_DEEPEST - 1} axes, as in [[1, 2], [3, 4]]"
            )
        for items in lists:
            items[:] = [_NAMES.get(item, item) if isinstance(item, str) else item for item in items]
        lists = [item for items in lists for item in items if isinstance(item, list)]
    return to_value(f"the file {path!r}", _NAMES.get(value, value) if isinstance(value, str) else value)


def _csv(path: str, hint: str) -> Any:
    return _table(path, read_text(path, hint), ",")


def _tsv(path: str, hint: str) -> Any:
    return _table(path, read_text(path, hint), "\t")


def delimiter_of(ending: str) -> str:
    """What stands between the cells of a file with this ending."""
    return "\t" if ending == ".tsv" else ","


def rows_of(path: str, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Each row of a table that is not blank, and the line in which it ends. Raises BindingError."""
    import csv
    import io

    # A quoted cell may hold a line break, and a quote that is never closed would swallow what follows.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BindingError("no-number", f"{path!r} is no CSV in line {reader.line_num}: {error}", hint=_CSV) from error
    if not rows:
        raise BindingError("no-number", f"the file {path!r} is empty", hint=_CSV)
    return rows


def _table(path: str, text: str, delimiter: str) -> Any:
    rows = rows_of(path, text, delimiter)
    if len(rows) > 1 and not any(map(_begins_number, rows[0][1])):
        del rows[0]
    return _array(path, rows, _CSV if delimiter == "," else _TSV)


def numbers_in(name: str, text: str) -> Any:
    """The array that a text holds which is no expression: numbers with blanks between them, or lines of a CSV.

    None for any other text: one number, an expression, or a number that has perhaps a decimal comma.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    cells = [line.replace(",", " , ").split() for line in lines]
    commas = sum(row.count(",") for row in cells)
    if not lines or (len(lines) == 1 and (commas == 1 or len(cells[0]) == 1)):
        return None
    if commas:
        if not all(row[0::2] and all(map(is_number, row[0::2])) and set(row[1::2]) <= {","} for row in cells):
            return None
        cells = [row[0::2] for row in cells]
    if not all(is_number(cell) for row in cells for cell in row):
        return None
    return _array(name, list(enumerate(cells, 1)), _BLANKS)


def _array(path: str, rows: list[tuple[int, list[str]]], hint: str) -> Any:
    """One number is a number, one line or one column a vector, and anything else a matrix."""
    numbers = []
    for line, row in rows:
        for cell in row:
            if not is_number(cell):
                where = f"line {line} of {path!r} holds {cell.strip()!r}, which is no number"
                raise BindingError("no-number", where, hint=hint)
        numbers.append([float(cell) for cell in row])
        if len(row) != len(numbers[0]):
            counts = f"line {line} of {path!r} has {len(row)} numbers, and line {rows[0][0]} has {len(numbers[0])}"
            raise BindingError("ragged-array", counts, hint="all rows of an array have the same length")
    if len(numbers) == 1:
        (only,) = numbers
        return to_value(f"the file {path!r}", only) if len(only) > 1 else only[0]
    return to_value(f"the file {path!r}", [first for first, *_ in numbers] if len(numbers[0]) == 1 else numbers)


def _begins_number(cell: str) -> bool:
    """Whether a cell is a number, or was meant as one: `1;2`, `1_000` and `1,5` are no names of columns."""
    return is_number(cell) or cell.strip()[:1] in _DIGITS


def is_number(cell: str) -> bool:
    """Whether a cell is a number as Python reads it, but without its `_`."""
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _npy(path: str, hint: str) -> Any:
    import warnings

    import numpy as np

    try:
        # Never pickles: a file of numbers must not be able to run anything.
        with open(path, "rb") as file, warnings.catch_warnings(action="ignore"):
            headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            read_header = headers.get(np.lib.format.read_magic(file))
            if read_header is not None and min(read_header(file)[0], default=0) < 0:
                # NumPy before 2.0 reads as much as there is.
                raise ValueError
            file.seek(0)
            value = np.lib.format.read_array(file, allow_pickle=False)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError("file", f"{path!r} cannot be read: {reason}", hint=hint) from error
    except Exception as error:
        # A broken header gives whatever the parts that read it raise: also SyntaxError, TypeError, OverflowError.
        hint = "write it with numpy.save"
        raise BindingError("no-number", f"{path!r} is no .npy file of numbers", hint=hint) from error
    return to_value(f"the file {path!r}", value)


_READERS: dict[str, Callable[[str, str], Any]] = {".json": _json, ".csv": _csv, ".tsv": _tsv, ".npy": _npy}
