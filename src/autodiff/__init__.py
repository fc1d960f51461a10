"""Differentiate formulas: the value and the gradient of every node of a graph of operations."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff.api import Formula, check, load_ops
    from autodiff.differentiate.results.explanation import Explanation
    from autodiff.differentiate.results.gradient import Gradient, Node, Values
    from autodiff.differentiate.results.jacobian import Jacobian
    from autodiff.differentiate.results.tangents import Directional, Tangents
    from autodiff.differentiate.sweep.diagnosis import Diagnosis
    from autodiff.differentiate.sweep.kinks import Kink
    from autodiff.dynamic.functions import functions
    from autodiff.dynamic.trace import trace
    from autodiff.dynamic.value import Value
    from autodiff.errors import AutodiffError, BindingError, FormulaError, LimitError, SourceError

__all__ = [
    "AutodiffError", "BindingError", "Diagnosis", "Directional", "Explanation", "Formula", "FormulaError", "Gradient",
    "Jacobian", "Kink", "LimitError", "Node", "SourceError", "Tangents", "Value", "Values", "check",
    "functions", "load_ops", "trace",
]  # fmt: skip

#: Where each name comes from. Nothing is imported before it is asked for: a command may be interrupted at any time, and
#: the entry point can only see to that once it runs.
_HOMES = {
    "api": ("Formula", "check", "load_ops"),
    "differentiate.results.explanation": ("Explanation",),
    "differentiate.results.gradient": ("Gradient", "Node", "Values"),
    "differentiate.results.jacobian": ("Jacobian",),
    "differentiate.results.tangents": ("Directional", "Tangents"),
    "differentiate.sweep.diagnosis": ("Diagnosis",),
    "differentiate.sweep.kinks": ("Kink",),
    "dynamic.functions": ("functions",),
    "dynamic.trace": ("trace",),
    "dynamic.value": ("Value",),
    "errors": ("AutodiffError", "BindingError", "FormulaError", "LimitError", "SourceError"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            found = globals()[name] = getattr(import_module(f"autodiff.{home}"), name)
            return found
    # Reading the version takes longer than all the rest of the start.
    if name == "__version__":
        from importlib.metadata import version

        return version("autodiff-cli")
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autodiff.ops.table import BY_NAME

    if name in BY_NAME:
        from autodiff.dynamic.functions import function

        return function(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from autodiff.ops.table import BY_NAME

    return sorted({*globals(), *__all__, *(name for name in BY_NAME if name.isidentifier())})
