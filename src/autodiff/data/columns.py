"""Columns of Arrow as columns of doubles. Only this room imports pyarrow."""

from importlib import import_module
from typing import Any

import numpy as np

from autodiff.errors import AutodiffError, BindingError


def arrow(module: str = "pyarrow") -> Any:
    """pyarrow, or a module of it. Raises AutodiffError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise AutodiffError(
            "no-pyarrow", "tables are read with pyarrow, which is not installed",
            hint="install it with: pip install 'autodiff-cli[data]'",
        ) from error  # fmt: skip


def numbers(name: str, column: Any, where: str = "") -> Any:
    """A column of Arrow as doubles, of a second axis for lists of one length; what is missing is NaN.

    `where` says in which file the column is. Raises BindingError for what is no number.
    """
    pa = arrow()
    types = pa.types
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _vectors(name, column, where)
    if types.is_null(kind):
        return np.full(len(column), np.nan)
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind)):
        raise BindingError(
            "no-number", f"the column {name!r}{where} holds no numbers but {_kind(types, kind)}",
            hint=_hint(types, kind),
        )  # fmt: skip
    # As everywhere, an integer that no double holds becomes the double next to it.
    doubles = column if types.is_float64(kind) else column.cast(pa.float64(), safe=False)
    if doubles.null_count:
        doubles = doubles.fill_null(float("nan"))
    return np.ascontiguousarray(doubles.to_numpy(zero_copy_only=False))


def _kind(types: Any, kind: Any) -> str:
    if types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view":
        return "text"
    return "times" if types.is_temporal(kind) else str(kind)


def _hint(types: Any, kind: Any) -> str:
    if types.is_temporal(kind):
        return "turn times into numbers first, such as seconds since a day of yours"
    return "only columns of numbers, or of lists of them, can be variables"


def _vectors(name: str, column: Any, where: str) -> Any:
    if column.null_count:
        raise BindingError(
            "no-number", f"the column {name!r}{where} lacks an array in a row", hint="fill in what is missing first"
        )
    try:
        rows = [np.array(row, dtype=np.float64) for row in column.to_pylist()]
        return np.stack(rows) if rows else np.empty((0, 1))
    except (TypeError, ValueError):
        raise BindingError(
            "ragged-array", f"the column {name!r}{where} holds arrays of different lengths, or no numbers",
            hint="the arrays of a column have one shape",
        ) from None  # fmt: skip
