"""The operations: one row each, the single source of truth for values, derivatives, domains and spellings."""

from autodiff.ops.row import Kinked, Row
from autodiff.ops.table import BY_NAME, CONSTANTS, ELEMENTWISE, INFIX, ON_ARRAYS, PREFIX, ROWS

__all__ = ["BY_NAME", "CONSTANTS", "ELEMENTWISE", "INFIX", "ON_ARRAYS", "PREFIX", "ROWS", "Kinked", "Row"]
