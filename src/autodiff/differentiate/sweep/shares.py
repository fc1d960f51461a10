"""What every number type shares: what its numbers are called, and which branches of a conditional count."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.field import Field

#: A number of one type: a float, an array, a number of mpmath.
Number = Any
#: For each continuous conditional on its boundary, the share of the two sides on which it takes its first branch. On
#: arrays it has the shape of the conditional, and is NaN for the elements off the boundary.
Shares = Mapping[int, Number]
#: No conditional counts more than the branch that it chooses.
NO_SHARES: Shares = {}


def field_of(*, arrays: bool) -> "Field":
    """The number type of a program: NumPy is imported only where there are arrays."""
    if arrays:
        from autodiff.differentiate.sweep import arrays as found
    else:
        from autodiff.differentiate.sweep import floats as found  # type: ignore[no-redef]
    return found
