"""Differentiate formulas: the value and the gradient of every node of a graph of operations."""

from typing import TYPE_CHECKING, Any

from autodiff.api import Formula, check, load_ops
from autodiff.differentiate.diagnosis import Diagnosis
from autodiff.differentiate.kinks import Kink
from autodiff.differentiate.results import Gradient, Node, Values
from autodiff.errors import AutodiffError, BindingError, FormulaError, LimitError, SourceError

if TYPE_CHECKING:
    from autodiff.differentiate.jacobian import Jacobian
    from autodiff.differentiate.tangents import Directional, Tangents

__all__ = [
    "AutodiffError", "BindingError", "Diagnosis", "Directional", "Formula", "FormulaError", "Gradient", "Jacobian",
    "Kink", "LimitError", "Node", "SourceError", "Tangents", "Values", "check", "load_ops",
]  # fmt: skip

#: Imported when they are asked for, as most programs never do: a name, and its module in `differentiate`.
_LATE = {"Jacobian": "jacobian", "Tangents": "tangents", "Directional": "tangents"}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(f"autodiff.differentiate.{_LATE[name]}"), name)
    # Reading the version takes longer than all the rest of the start.
    if name == "__version__":
        from importlib.metadata import version

        return version("autodiff-cli")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
