"""One operation on numbers that are there already: which row a call means, whether the shapes fit, and the value."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import EllipsisType
from typing import Any

from autodiff.errors import FormulaError, LimitError
from autodiff.evaluate.compiled import value_function
from autodiff.evaluate.floats import ARITHMETIC, total_value
from autodiff.graph.names import MOST_ARGUMENTS, find_row, signature
from autodiff.graph.shapes import MOST_ELEMENTS
from autodiff.ops import shapes
from autodiff.ops.row import Row, Shape, read_options, with_options
from autodiff.ops.table import BY_NAME, INFIX, PREFIX

#: What may stand between the brackets of `v[...]`, once or several times in a row.
Place = int | slice | EllipsisType


def shape_of(number: Any) -> Shape:
    shape: Shape = () if type(number) is float else number.shape
    return shape


def result_shape(row: Row, given: Sequence[Shape]) -> Shape:
    """The shape of the result for arguments of these shapes.

    Raises:
        FormulaError: they do not fit.
        LimitError: the result would be too large.
    """
    try:
        shape = (row.shape or shapes.broadcast)(given, read_options(row.options))
    except shapes.ShapeMismatch as error:
        raise FormulaError("shape", f"{row.name}: {error}", hint=error.hint) from None
    if shapes.size_of(shape) > MOST_ELEMENTS:
        raise LimitError("too-large", f"{row.name} would make {shapes.text_of(shape)}", hint="use smaller arrays")
    return shape


def compute(row: Row, numbers: Sequence[Any]) -> Any:
    """The value of an operation on floats and arrays. Raises like `result_shape`."""
    if row.shape is None and all([type(number) is float for number in numbers]):
        try:
            return value_function(row, len(numbers))(*numbers)
        except ARITHMETIC:
            return total_value(row, numbers)
    result_shape(row, [shape_of(number) for number in numbers])
    from autodiff.evaluate import arrays

    with arrays.quiet():
        return arrays.apply(row, numbers)


def called_row(name: str, count: int, options: Mapping[str, Any]) -> Row:
    """The row for a call of `name` with so many arguments and with options such as `axis=0`; None is no option.

    Raises:
        FormulaError: there is none.
    """
    if not count:
        raise FormulaError("wrong-arity", f"{name}() has no argument", hint=f"write {signature(BY_NAME[name][0])}")
    row = find_row(name, count)
    if row is None:
        writings = " or ".join(signature(row) for row in BY_NAME[name])
        limit = f" (at most {MOST_ARGUMENTS})" if any(row.variadic for row in BY_NAME[name]) else ""
        raise FormulaError("wrong-arity", f"{name} does not take {count} arguments{limit}", hint=f"write {writings}")
    given = {key: value for key, value in options.items() if value is not None}
    for key in given:
        if key not in row.takes:
            known = " and ".join(row.takes)
            raise FormulaError(
                "bad-option", f"{name} takes no option {key!r}", hint=f"it takes {known}" if known else "leave it out"
            )
    return (
        with_options(row, ";".join(f"{key}={_written(key, value)}" for key, value in given.items())) if given else row
    )


def _written(key: str, value: Any) -> str:
    """The value of an option as rows have it."""
    if key == "at":
        return place_text(value)
    try:
        if isinstance(value, tuple | list):
            if not value:
                hint = f"leave {key} out for all of them, or write {key}=0"
                raise FormulaError("bad-option", f"{key}={value!r} names none", hint=hint)
            return f"({','.join(str(int(axis)) for axis in value)})"
        return str(int(value))
    except (TypeError, ValueError):
        raise FormulaError(
            "bad-option", f"{key} is no whole number: {value!r}", hint=f"write {key}=0, or {key}=(0, 1) for several"
        ) from None


def place_text(key: Any) -> str:
    """An index as rows have it: `[0,1:,...]`.

    Raises:
        FormulaError: it is neither a place nor a slice.
    """
    return f"[{','.join(map(_place, key if isinstance(key, tuple | list) else (key,)))}]"


def _place(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    try:
        if isinstance(part, slice):
            ends = ["" if end is None else str(end.__index__()) for end in (part.start, part.stop)]
            return ":".join(ends if part.step is None else [*ends, str(part.step.__index__())])
        if not isinstance(part, bool):
            return str(part.__index__())
    except (AttributeError, TypeError):
        pass
    raise FormulaError(
        "bad-index", f"{part!r} is no index", hint="an index is an int, a slice or ..., as in v[0], v[1:], v[..., -1]"
    )


@lru_cache(maxsize=1)
def by_ufunc() -> Mapping[Any, str]:
    """NumPy's functions of elements -> the names of the same operations here."""
    import numpy as np

    named = ((getattr(np, row.targets.get("numpy", ""), None), row.name) for rows in BY_NAME.values() for row in rows)
    found = {function: name for function, name in named if isinstance(function, np.ufunc)}
    # The signs that stand for logic, as for a Value alone.
    logic = {np.bitwise_and: INFIX["and"], np.bitwise_or: INFIX["or"], np.invert: PREFIX["not"]}
    return {**found, **{function: row.name for function, row in logic.items()}}
