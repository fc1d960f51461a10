"""Tables of other libraries, in and out through the Arrow interface: of Arrow, pandas, polars, DuckDB and others."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from autodiff.data.columns import arrow, numbers
from autodiff.graph.graph import Graph
from autodiff.graph.unbound import known_as
from autodiff.syntax.tokens import canonical_name


def mapped(data: Any, compute: Callable[[Mapping[str, Any]], dict[str, Any]], graph: Graph) -> Any:
    """What `compute` makes of the columns of a table, as a table of the same kind."""
    pa = arrow()
    table = data if isinstance(data, pa.Table) else pa.table(data)
    # What no variable uses may be of any kind.
    used = [name for name in table.column_names if known_as(canonical_name(name), graph) in graph.input_numbers]
    found = compute({name: numbers(name, table.column(name)) for name in used})
    result = pa.table(found)
    library = type(data).__module__.partition(".")[0]
    if library == "pandas":
        frame = result.to_pandas()
        frame.index = data.index
        return frame
    if library == "polars":
        return import_module("polars").from_arrow(result)
    return pa.RecordBatch.from_pydict(found) if isinstance(data, pa.RecordBatch) else result
