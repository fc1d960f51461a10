"""Differentiate formulas: the value and the gradient of every node of a graph of operations."""

from autodiff.api import Formula, check
from autodiff.differentiate.diagnosis import Diagnosis
from autodiff.differentiate.kinks import Kink
from autodiff.differentiate.results import Gradient, Node, Values
from autodiff.errors import AutodiffError, BindingError, FormulaError, LimitError, SourceError

__all__ = [
    "AutodiffError", "BindingError", "Diagnosis", "Formula", "FormulaError", "Gradient", "Kink", "LimitError", "Node",
    "SourceError", "Values", "check",
]  # fmt: skip


def __getattr__(name: str) -> str:
    # Reading the version takes longer than all the rest of the start.
    if name == "__version__":
        from importlib.metadata import version

        return version("autodiff-cli")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
