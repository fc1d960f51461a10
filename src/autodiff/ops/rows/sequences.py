"""Operations along one axis of an array, where every element depends on those before it, and arrays behind each other.

In a pullback REST stands for all arguments but the first, OTHER for those but the argument in question too, and
`part=K` for its place.
"""

from autodiff.ops import shapes
from autodiff.ops.row import Row
from autodiff.ops.rows.arrays import row

_AXIS = ("axis",)
#: What flows back through y_k = A_k*y_(k-1) + ...: the recurrence from the other end.
_BACK = "flip(recurrence(shift(flip(A, AXIS), AXIS), flip(g, AXIS), AXIS), AXIS)"

# fmt: off
ROWS: tuple[Row, ...] = (
    row("flip", "A", "the elements in the opposite order, along all axes or one",
        ("flip(g, AXIS)",), shapes.along, takes=_AXIS,
        example="flip([1, 2, 3])"),
    row("shift", "A", "every element one place on along an axis; 0, or `fill`, comes in",
        ("flip(shift(flip(g, AXIS), AXIS), AXIS)",), shapes.along_one, takes=("axis", "fill"),
        example="shift([1, 2, 3])"),
    row("cumsum", "A", "the sums of the elements up to each one, along an axis",
        ("flip(cumsum(flip(g, AXIS), AXIS), AXIS)",), shapes.along_one, takes=_AXIS,
        example="cumsum([1, 2, 3])"),
    # No division: an element may be 0.
    row("cumprod", "A", "the products of the elements up to each one, along an axis",
        (f"shift(cumprod(A, AXIS), fill=1, AXIS)*{_BACK}",), shapes.along_one, takes=_AXIS,
        example="cumprod([1, 2, 3])"),
    row("recurrence", "A, b", "y with y[k] = A[k]*y[k-1] + b[k], where a zero silences what it meets",
        (f"{_BACK}*shift(recurrence(A, b, AXIS), AXIS)", _BACK), shapes.along_one, takes=_AXIS,
        example="recurrence([2, 2, 2], [1, 1, 1])"),
    row("concat", "*xs", "arrays behind each other, along the first axis unless it is said",
        ("piece(g, xs, part=K, AXIS)",), shapes.joined, takes=_AXIS,
        aliases=("concatenate", "cat"), example="concat([1, 2], 3, [4, 5])"),
    row("piece", "*xs", "the part of x1 that is one of the others, which concat joined to it",
        ("unpiece(g, REST, OPTIONS)", ""), shapes.piece, takes=("axis", "part"),
        example="piece([1, 2, 3], [0, 0], 0)"),
    row("unpiece", "*xs", "zeros in the shape of the others joined, with x1 for one of them",
        ("piece(g, REST, OPTIONS)", ""), shapes.unpiece, takes=("axis", "part"),
        example="unpiece([1, 2], [0, 0], 0)"),
)
# fmt: on
