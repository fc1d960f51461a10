"""Operations as Python functions: `autodiff.sin`, `autodiff.where`, and every other by its name, and those of users."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from autodiff.dynamic.value import Operand, as_operand, call, perform
from autodiff.errors import FormulaError
from autodiff.graph.build import build
from autodiff.graph.names import signature
from autodiff.ops.added import Operations
from autodiff.ops.row import Row
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


def functions(ops: Operations) -> SimpleNamespace:
    """The operations of a user (see `autodiff.load_ops`) as functions of Values, numbers and arrays, by their names.

        my = functions(load_ops("cube(x) = x*x*x\\nd/dx = 3*x^2"))
        x = Value(2.0)
        my.cube(x).backward()
        x.grad                               # 12.0

    Raises:
        FormulaError: these are no operations.
    """
    if not isinstance(ops, Operations):
        raise FormulaError(
            "no-operations", f"these are no operations, but a {type(ops).__name__}",
            hint="read a file or a text of definitions: autodiff.load_ops(...)",
        )  # fmt: skip
    return SimpleNamespace(**{name: _own(name, row) for name in ops.names for row in ops.called(name)})


def _own(name: str, row: Row) -> Callable[..., Any]:
    def operation(*args: Operand) -> Any:
        if len(args) != len(row.params):
            raise FormulaError("wrong-arity", f"{name} does not take {len(args)} arguments", hint=f"write {described}")
        return _replayed(row, args) if row.unfolds else perform(row, args)

    described = signature(row)
    operation.__name__ = operation.__qualname__ = name
    operation.__doc__ = f"{described}: {row.doc}."
    return operation


def _replayed(row: Row, args: tuple[Operand, ...]) -> Any:
    """The value of a row that has no rules, one operation after the other, each of which has."""
    graph = build(row.value, row.params, ops=row.library or Operations())
    given = dict(zip(row.params, args, strict=True))
    numbers = [*(as_operand(given[name]) for name in graph.inputs), *graph.constants]
    for _, called, arguments in graph.operations():
        numbers.append(perform(called, [numbers[arg] for arg in arguments]))
    return numbers[graph.outputs[0]]
