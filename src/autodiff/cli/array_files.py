"""Arrays from files: `--W @weights.csv`, `.json` or `.npy`."""

import json
import math
import os
from collections.abc import Callable
from typing import Any

from autodiff.cli.sources import read_file
from autodiff.errors import BindingError, SourceError
from autodiff.evaluate.inputs import to_value
from autodiff.syntax.numbers import is_array

#: What a file may say where a number is not finite, in JSON as autodiff writes it.
_NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def reader_of(path: str) -> Callable[[str, str], Any] | None:
    """What reads a file of numbers with this ending, given its path and a hint; None for a file with an expression."""
    return _READERS.get(os.path.splitext(path)[1].lower())


def _json(path: str, hint: str) -> Any:
    text = read_file(path, hint)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        hint = "write a number or a list, such as [[1, 2], [3, 4]]"
        raise BindingError("no-number", f"{path!r} is no JSON{where}", hint=hint) from error
    if isinstance(value, dict):
        hint = "write the list alone, such as [1, 2, 3]"
        raise BindingError("no-number", f"{path!r} holds an object rather than an array", hint=hint)
    return _checked(path, _numbers(value))


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return _NAMES.get(value, value) if isinstance(value, str) else value


def _csv(path: str, hint: str) -> Any:
    """One line or one column is a vector, and anything else a matrix. A line of names on top is skipped."""
    import csv

    rows = [row for row in csv.reader(read_file(path, hint).splitlines()) if any(cell.strip() for cell in row)]
    if not rows:
        raise BindingError("no-number", f"the file {path!r} is empty", hint="write numbers separated by commas")
    if not any(map(_is_number, rows[0])) and len(rows) > 1:
        del rows[0]
    numbers = []
    for k, row in enumerate(rows, 1):
        for cell in row:
            if not _is_number(cell):
                where = f"row {k} of {path!r} holds {cell.strip()!r}, which is no number"
                raise BindingError("no-number", where, hint="write numbers separated by commas")
        numbers.append([float(cell) for cell in row])
        if len(row) != len(rows[0]):
            counts = f"row {k} of {path!r} has {len(row)} numbers, and the first has {len(rows[0])}"
            raise BindingError("ragged-array", counts, hint="all rows of an array have the same length")
    if len(numbers) == 1:
        return _checked(path, numbers[0])
    return _checked(path, [row[0] for row in numbers] if len(numbers[0]) == 1 else numbers)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _npy(path: str, hint: str) -> Any:
    import numpy as np

    try:
        # Never pickles: a file of numbers must not be able to run anything.
        with open(path, "rb") as file:
            value = np.lib.format.read_array(file, allow_pickle=False)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError("file", f"{path!r} cannot be read: {reason}", hint=hint) from error
    except ValueError as error:
        hint = "write it with numpy.save"
        raise BindingError("no-number", f"{path!r} is no .npy file of numbers", hint=hint) from error
    return _checked(path, value)


def _checked(path: str, value: Any) -> Any:
    found = to_value(f"the file {path!r}", value)
    # One number in a file of its own is a number.
    return float(found.ravel()[0]) if is_array(found) and found.size == 1 and found.ndim == 1 else found


_READERS: dict[str, Callable[[str, str], Any]] = {".json": _json, ".csv": _csv, ".npy": _npy}
