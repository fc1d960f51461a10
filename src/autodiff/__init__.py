"""Differentiate formulas: the value and the gradient of every node of a graph of operations."""

from typing import TYPE_CHECKING, Any

from autodiff.api import Formula, check, load_ops
from autodiff.differentiate.results.gradient import Gradient, Node, Values
from autodiff.differentiate.sweep.kinks import Kink
from autodiff.errors import AutodiffError, BindingError, FormulaError, LimitError, SourceError
from autodiff.ops.table import BY_NAME

if TYPE_CHECKING:
    from autodiff.differentiate.results.explanation import Explanation
    from autodiff.differentiate.results.jacobian import Jacobian
    from autodiff.differentiate.results.tangents import Directional, Tangents
    from autodiff.differentiate.sweep.diagnosis import Diagnosis
    from autodiff.dynamic.functions import functions
    from autodiff.dynamic.trace import trace
    from autodiff.dynamic.value import Value

__all__ = [
    "AutodiffError", "BindingError", "Diagnosis", "Directional", "Explanation", "Formula", "FormulaError", "Gradient",
    "Jacobian", "Kink", "LimitError", "Node", "SourceError", "Tangents", "Value", "Values", "check",
    "functions", "load_ops", "trace",
]  # fmt: skip

#: Imported when they are asked for, as most programs never do: a name, and its module.
_LATE = {
    "Diagnosis": "differentiate.sweep.diagnosis", "Explanation": "differentiate.results.explanation",
    "Jacobian": "differentiate.results.jacobian", "Tangents": "differentiate.results.tangents",
    "Directional": "differentiate.results.tangents", "Value": "dynamic.value", "functions": "dynamic.functions",
    "trace": "dynamic.trace",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(f"autodiff.{_LATE[name]}"), name)
    # Reading the version takes longer than all the rest of the start.
    if name == "__version__":
        from importlib.metadata import version

        return version("autodiff-cli")
    if name in BY_NAME:
        from autodiff.dynamic.functions import function

        return function(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *(name for name in BY_NAME if name.isidentifier())})
