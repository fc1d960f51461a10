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
