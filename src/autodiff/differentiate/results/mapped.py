"""Rows in Python: columns by name to columns of results by name. What is no mapping of arrays goes through Arrow."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from autodiff.differentiate.results.constants import given_value
from autodiff.differentiate.results.rows import Wish, engine_for
from autodiff.errors import BindingError, Way
from autodiff.evaluate.inputs import to_value
from autodiff.graph.graph import Graph
from autodiff.graph.unbound import MOST_NAMES, known_as, missing_bindings, unknown_variable
from autodiff.ops.table import CONSTANTS
from autodiff.syntax.tokens import canonical_name

#: Second derivatives that may be asked for.
_SECOND = {False: "", True: "all", "": "", "diagonal": "diagonal", "all": "all"}


def wish_of(wanted: Sequence[str], hessian: object) -> Wish:
    """What is wanted of each row. Raises BindingError where `hessian` is neither a truth nor "diagonal"."""
    if not isinstance(hessian, bool | str) or hessian not in _SECOND:
        raise BindingError(
            "no-hessian", f"{hessian!r} says nothing of second derivatives",
            hint='write hessian=True, or hessian="diagonal" for those by one variable twice',
        )  # fmt: skip
    return Wish(tuple(wanted), _SECOND[hessian])


def map_rows(
    graph: Graph, data: Any, wanted: Sequence[str] | None, fixed: Mapping[str, Any], hessian: object, threads: int
) -> Any:  # fmt: skip
    """The columns of results for a mapping of arrays, or for a table: a table of its kind.

    Raises:
        BindingError: a variable is missing or unknown, or a column holds no numbers.
        FormulaError: second derivatives of several outputs are asked for.
    """
    given = {known_as(name, graph): given_value(name, value) for name, value in fixed.items()}
    for name in given:
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "this binds")
    free = [name for name in graph.inputs if name not in given]
    wish = wish_of(free if wanted is None else wanted, hessian)
    if not isinstance(threads, int) or threads < 1:
        raise BindingError("no-threads", f"{threads!r} is no number of threads", hint="write threads=2")

    def compute(table: Mapping[str, Any]) -> dict[str, Any]:
        columns = {known_as(canonical_name(name), graph): name for name in table if isinstance(name, str)}
        refuse_constant(graph, [name for name in columns if name not in given])
        missing = [name for name in free if name not in columns]
        if missing:
            raise missing_bindings(graph, missing, given, [", ".join(f"{name}=1" for name in missing[:MOST_NAMES])])
        return by_columns(graph, wish, {name: table[columns[name]] for name in free}, given, threads)

    if isinstance(data, Mapping):
        return compute(data)
    return through_arrow(data, compute, graph)


def refuse_constant(graph: Graph, columns: Iterable[str]) -> None:
    """Raise BindingError for a column with the name of a constant that the formula uses: it has two readings."""
    constants = set(graph.spellings) & CONSTANTS.keys()
    for name in columns:
        if name in constants:
            raise BindingError(
                "constant-column", f"{name!r} is the constant {CONSTANTS[name]:g} in the formula, and a column",
                hint=Way("constant-column", {"name": name}),
            )  # fmt: skip


def by_columns(
    graph: Graph, wish: Wish, columns: Mapping[str, Any], fixed: Mapping[str, Any], threads: int
) -> dict[str, Any]:  # fmt: skip
    """The columns of results by name, for a column for each input that has no fixed value.

    Raises:
        BindingError: columns have different lengths, or hold no numbers.
    """
    arrays = {name: column_of(name, value) for name, value in columns.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    for name, length in lengths.items():
        first = next(iter(lengths))
        if length != lengths[first]:
            raise BindingError(
                "ragged-columns", f"{first!r} has {lengths[first]:,} rows, and {name!r} has {length:,}",
                hint="all columns have the same length; a number stands for all rows",
            )  # fmt: skip
    engine = engine_for(graph, wish, arrays, fixed)
    found = engine.compute([arrays[name] for name in engine.inputs], threads)
    return dict(zip(engine.names, found.columns, strict=True))


def column_of(name: str, value: Any) -> Any:
    """A column as an array of doubles, of one axis for numbers and of more for arrays. Raises BindingError."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim:
        return np.ascontiguousarray(value)
    if (isinstance(value, list | tuple) and not value) or (isinstance(value, np.ndarray) and value.shape[:1] == (0,)):
        return np.empty(np.shape(value))
    column = to_value(f"the column {name!r}", value)
    if not np.ndim(column):
        hint = f"a value for all rows is given by itself: {name}={float(column):g}"
        raise BindingError("no-column", f"the column {name!r} is one number", hint=hint)
    return column


def through_arrow(data: Any, compute: Callable[[Mapping[str, Any]], dict[str, Any]], graph: Graph) -> Any:
    """A table of another library, through the Arrow interface; the same kind comes back."""
    if not hasattr(data, "__arrow_c_stream__"):
        raise BindingError(
            "no-table", f"rows come as columns by name or as a table, and this is of type {type(data).__name__}",
            hint="write a dict of arrays: {" + ", ".join(f"{name!r}: [1, 2]" for name in graph.inputs[:3]) + "}",
        )  # fmt: skip
    # The rooms of data are above this one: nothing here depends on them.
    tables: Any = import_module("autodiff.data.arrow_tables")
    return tables.mapped(data, compute, graph)
