"""The operations of the table as Python functions: `autodiff.sin`, `autodiff.where`, and every other by its name."""

from collections.abc import Callable
from functools import cache
from typing import Any

from autodiff.dynamic.value import Operand, call
from autodiff.graph.names import signature
from autodiff.ops.table import BY_NAME


@cache
def function(name: str) -> Callable[..., Any]:
    """The function for the name or alias of a row. On plain numbers and arrays it gives plain numbers and arrays."""

    def operation(*args: Operand, **options: Any) -> Any:
        return call(name, *args, **options)

    rows = BY_NAME[name]
    operation.__name__ = operation.__qualname__ = name
    operation.__module__ = "autodiff"
    operation.__doc__ = "\n".join(f"{signature(row)}: {row.doc}." for row in rows)
    return operation
