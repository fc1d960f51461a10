"""The shape of a result from the shapes of the arguments, as NumPy has it. Pure arithmetic on tuples: no array is made.

A rule raises `ShapeMismatch` with a message, the arguments that it concerns, and a hint.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from autodiff.ops.row import Shape

Options = Mapping[str, Any]


#: What to type instead, where more than one rule says so.
_LIKE = "make both of one shape; a number fits any"
_MATRIX = "write a matrix, such as [[1, 2], [3, 4]]; a vector as a row is [v]"
_SQUARE = "write a matrix, such as [[1, 2], [3, 4]]"
_STACKS = "stacks of matrices have the same axes before the last two, or one of them has none"


class ShapeMismatch(Exception):
    """Arguments that do not fit: `culprits` are their positions."""

    def __init__(self, message: str, culprits: Sequence[int], hint: str) -> None:
        super().__init__(message)
        self.culprits, self.hint = tuple(culprits), hint


def text_of(shape: Shape) -> str:
    """A shape as errors write it: `a number`, `a 3-vector`, `a 2x3 matrix`, `a 2x3x4 array`."""
    if len(shape) < 2:
        return f"a {shape[0]}-vector" if shape else "a number"
    return f"a {'x'.join(map(str, shape))} {'matrix' if len(shape) == 2 else 'array'}"


def _elements(length: int) -> str:
    return f"{length} element{'s' * (length != 1)}"


def broadcast(shapes: Sequence[Shape], options: Options) -> Shape:
    """Element by element: shapes are aligned at their last axis, and an axis of length 1 stretches."""
    result: Shape = ()
    for shape in shapes:
        if shape in (result, ()):
            continue
        if not _fit(result, shape):
            raise _misfit(shapes)
        longer, shorter = (result, shape) if len(result) >= len(shape) else (shape, result)
        free = len(longer) - len(shorter)
        axes = (b if a == 1 else a for a, b in zip(longer[free:], shorter, strict=True))
        result = (*longer[:free], *axes)
    return result


def _fit(a: Shape, b: Shape) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))


def _misfit(shapes: Sequence[Shape]) -> ShapeMismatch:
    """The first two arguments that do not broadcast, and what to do."""
    i, j = next((i, j) for j in range(len(shapes)) for i in range(j) if not _fit(shapes[i], shapes[j]))
    a, b = shapes[i], shapes[j]
    hint = "axes are aligned from the last one, and must be equal or 1"
    if len(a) == len(b) == 2 and a == b[::-1]:
        hint = "transpose one of them with .T"
    elif sorted((len(a), len(b))) == [1, 2] and a[0] == b[0]:
        hint = "make the vector a column: expand(x, axis=1)"
    return ShapeMismatch(f"shapes do not fit: {text_of(a)} and {text_of(b)}", (i, j), hint)


def first(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of the first argument."""
    return shapes[0]


def like_second(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of the second argument, to which the first broadcasts."""
    if broadcast(shapes, {}) != shapes[1]:
        raise ShapeMismatch(f"{text_of(shapes[0])} cannot be broadcast to {text_of(shapes[1])}", (0, 1), _LIKE)
    return shapes[1]


def summed_to(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of the second argument, which broadcasts to the first."""
    if broadcast(shapes, {}) != shapes[0]:
        raise ShapeMismatch(f"{text_of(shapes[0])} cannot be summed to {text_of(shapes[1])}", (0, 1), _LIKE)
    return shapes[1]


def axes_of(shape: Shape, options: Options, culprit: int = 0) -> tuple[int, ...]:
    """The axes that an operation runs over: those of the option `axis`, or all."""
    if "axis" not in options:
        return tuple(range(len(shape)))
    axis = options["axis"]
    found = []
    for one in axis if isinstance(axis, tuple) else (axis,):
        if not -len(shape) <= one < len(shape):
            known = f"its axes are 0 to {len(shape) - 1}" if len(shape) > 1 else "its only axis is 0"
            hint = known if shape else "remove the axis"
            what = "a number" if not shape else text_of(shape)
            raise ShapeMismatch(f"there is no axis {one} in {what}", (culprit,), hint)
        if one % len(shape) in found:
            raise ShapeMismatch(f"axis {one} is given twice", (culprit,), "remove one of the two")
        found.append(one % len(shape))
    return tuple(found)


def reduced(shapes: Sequence[Shape], options: Options) -> Shape:
    """What is left of the first argument when the axes are gone, or of length 1 with `keepdims`."""
    shape = shapes[0]
    axes = axes_of(shape, options)
    if options.get("keepdims"):
        return tuple(1 if k in axes else length for k, length in enumerate(shape))
    return tuple(length for k, length in enumerate(shape) if k not in axes)


def spread(shapes: Sequence[Shape], options: Options) -> Shape:
    """The opposite of `reduced`: the first argument is what is left of the second."""
    if shapes[0] != reduced([shapes[1]], options):
        raise ShapeMismatch(f"{text_of(shapes[0])} is not what is left of {text_of(shapes[1])}", (0, 1), _LIKE)
    return shapes[1]


def along(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of the first argument, which has the axes."""
    axes_of(shapes[0], options)
    return shapes[0]


def normalised(shapes: Sequence[Shape], options: Options) -> Shape:
    """As `along`, where all elements that the axes hold share one sum: without an axis those of all rows do."""
    return along(shapes, options)


def alike(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of all arguments, which has the axes."""
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ShapeMismatch(
                f"the same shape is needed twice, not {text_of(shapes[0])} and {text_of(shape)}", (0, k), _LIKE
            )
    return along(shapes, options)


def expanded(shapes: Sequence[Shape], options: Options) -> Shape:
    """One more axis, of length 1."""
    shape, axis = shapes[0], options.get("axis", 0)
    if not isinstance(axis, int) or not -len(shape) - 1 <= axis <= len(shape):
        raise ShapeMismatch(f"an axis cannot be put at {axis}", (0,), f"write axis=0 to axis={len(shape)}")
    at = axis % (len(shape) + 1)
    return (*shape[:at], 1, *shape[at:])


def transposed(shapes: Sequence[Shape], options: Options) -> Shape:
    return shapes[0][::-1]


def matrix_transposed(shapes: Sequence[Shape], options: Options) -> Shape:
    shape = shapes[0]
    if len(shape) < 2:
        raise ShapeMismatch(f"a matrix is needed, and this is {text_of(shape)}", (0,), _MATRIX)
    return (*shape[:-2], shape[-1], shape[-2])


def stacked(shapes: Sequence[Shape], options: Options) -> Shape:
    """An array of arrays, which have the same shape."""
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            what = f"the array is ragged: {text_of(shapes[0])} and {text_of(shape)}"
            hint = "all rows of an array have the same length"
            if max(map(len, shapes)) == 1:
                hint += "; to put vectors behind each other write concat(x, y)"
            raise ShapeMismatch(what, (0, k), hint)
    return (len(shapes), *shapes[0])


def indexed(shapes: Sequence[Shape], options: Options) -> Shape:
    """What an index takes out of an array."""
    shape, places = shapes[0], options.get("at")
    if places is None:
        raise ShapeMismatch("it is not said which element", (0,), "write x[0], or at=[0] as the last argument")
    if not shape:
        raise ShapeMismatch("a number has no elements", (0,), "remove the index, or bind an array")
    count = len(places) - (Ellipsis in places)
    if count > len(shape):
        axes = f"{len(shape)} {'axis' if len(shape) == 1 else 'axes'}"
        raise ShapeMismatch(f"{count} places for an array of {axes}: {text_of(shape)}", (0,), "remove a place")
    gap = places.index(Ellipsis) if Ellipsis in places else len(places)
    rest = (slice(None),) * (len(shape) - count)
    result = []
    for axis, (place, length) in enumerate(zip((*places[:gap], *rest, *places[gap + 1 :]), shape, strict=True)):
        if isinstance(place, slice):
            if place.step == 0:
                raise ShapeMismatch("the step of a slice is 0", (0,), "write a step other than 0")
            result.append(len(range(*place.indices(length))))
            if not result[-1]:
                raise ShapeMismatch(
                    f"the slice is empty: axis {axis} has {_elements(length)}", (0,), "places count from 0"
                )
        elif not -length <= place < length:
            hint = f"places count from 0 to {length - 1}"
            raise ShapeMismatch(f"there is no place {place} on axis {axis}, which has {_elements(length)}", (0,), hint)
    return tuple(result)


def placed(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of the second argument; the first is what the index takes out of it."""
    if indexed([shapes[1]], options) != shapes[0]:
        raise ShapeMismatch(f"{text_of(shapes[0])} does not fit that place in {text_of(shapes[1])}", (0, 1), _LIKE)
    return shapes[1]


def matrix_product(shapes: Sequence[Shape], options: Options) -> Shape:
    a, b = shapes
    for k, shape in enumerate(shapes):
        if not shape:
            raise ShapeMismatch("@ multiplies vectors and matrices, and this is a number", (k,), "write * instead")
    inner = b[0] if len(b) == 1 else b[-2]
    if a[-1] != inner:
        hint = f"the last axis of the first, {a[-1]}, must be the first of the second, {inner}"
        if len(a) == len(b) == 2 and a[-1] == b[-1]:
            hint = "transpose the second with .T"
        elif len(a) == 2 and a[0] == inner:
            hint = "transpose the first with .T"
        raise ShapeMismatch(f"shapes do not fit: {text_of(a)} @ {text_of(b)}", (0, 1), hint)
    try:
        batch = broadcast([a[:-2], b[:-2]], {})
    except ShapeMismatch:
        raise ShapeMismatch(f"shapes do not fit: {text_of(a)} @ {text_of(b)}", (0, 1), _STACKS) from None
    return (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def outer_product(shapes: Sequence[Shape], options: Options) -> Shape:
    for k, shape in enumerate(shapes):
        if len(shape) != 1:
            raise ShapeMismatch(
                f"outer takes two vectors, and this is {text_of(shape)}",
                (k,),
                "write, for example: outer([1, 2], [3, 4])",
            )
    return shapes[0] + shapes[1]


def _square(shapes: Sequence[Shape]) -> Shape:
    shape = shapes[0]
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ShapeMismatch(f"a square matrix is needed, and this is {text_of(shape)}", (0,), _SQUARE)
    return shape


def matrix(shapes: Sequence[Shape], options: Options) -> Shape:
    """A matrix from a matrix."""
    if len(shapes[0]) != 2:
        raise ShapeMismatch(f"a matrix is needed, and this is {text_of(shapes[0])}", (0,), _SQUARE)
    return shapes[0]


def squares(shapes: Sequence[Shape], options: Options) -> Shape:
    """A square matrix from two of that size."""
    alike(shapes, {})
    return _square(shapes)


def square(shapes: Sequence[Shape], options: Options) -> Shape:
    """A square matrix from a square matrix."""
    return _square(shapes)


def of_square(shapes: Sequence[Shape], options: Options) -> Shape:
    """A number from a square matrix."""
    _square(shapes)
    return ()


def traced(shapes: Sequence[Shape], options: Options) -> Shape:
    """A number from any matrix."""
    if len(shapes[0]) != 2:
        raise ShapeMismatch(f"trace takes a matrix, and this is {text_of(shapes[0])}", (0,), _SQUARE)
    return ()


def solved(shapes: Sequence[Shape], options: Options) -> Shape:
    """The solution of a system: the shape of the right side."""
    n, right = _square(shapes)[0], shapes[1]
    if len(right) not in (1, 2) or right[0] != n:
        what = f"{text_of(shapes[0])} and a right side of {text_of(right)}"
        raise ShapeMismatch(f"shapes do not fit: {what}", (0, 1), f"the right side needs {n} rows")
    return right


def size_of(shape: Shape) -> int:
    """The number of elements."""
    return prod(shape)


def along_one(shapes: Sequence[Shape], options: Options) -> Shape:
    """The shape of the arguments, which have the one axis that an operation runs along."""
    shape = alike(shapes, options) if len(shapes) > 1 else along(shapes, options)
    _one_axis(shape, options)
    return shape


def _one_axis(shape: Shape, options: Options) -> int:
    """The only axis that is meant. Libraries disagree on what a matrix without one means: it has to be said."""
    axes = axes_of(shape, options)
    if len(axes) != 1:
        hint = "give it an array" if not shape else "write axis=0 to go down the columns, or axis=1 along the rows"
        raise ShapeMismatch(f"one axis is needed, and this is {text_of(shape)}", (0,), hint)
    return axes[0]


def entropy(shapes: Sequence[Shape], options: Options) -> Shape:
    """What is left of two arrays of the same shape when one axis is gone."""
    if shapes[0] and not shapes[1]:
        hint = "for class k of the logits z write -log_softmax(z)[k]"
        raise ShapeMismatch("the target is a probability for each class, and this is a number", (1,), hint)
    shape = along_one(shapes, options)
    return reduced([shape], {key: options[key] for key in options if key == "axis"})


def spread_out(shapes: Sequence[Shape], options: Options) -> Shape:
    """`reduced`, where `ddof` of the elements are not counted: some must be left."""
    shape = shapes[0]
    number = prod([shape[axis] for axis in axes_of(shape, options)])
    if number <= options.get("ddof", 0):
        raise ShapeMismatch(
            f"nothing is left to divide by: {_elements(number)} less {options['ddof']}", (0,),
            f"more than {_elements(options['ddof'])} are needed, or a smaller ddof",
        )  # fmt: skip
    return reduced(shapes, options)


def crossed(shapes: Sequence[Shape], options: Options) -> Shape:
    """Vectors of three numbers, or arrays of such."""
    shape = alike(shapes, {})
    if not shape or shape[-1] != 3:
        raise ShapeMismatch(
            f"cross takes vectors of 3 numbers, and this is {text_of(shape)}", (0, 1), "give vectors such as [1, 2, 3]"
        )
    return shape


def joined(shapes: Sequence[Shape], options: Options) -> Shape:
    """One behind the other along an axis, the first unless it is said; a number is a vector of one element."""
    ends = [shape or (1,) for shape in shapes]
    first, axis = ends[0], options.get("axis", 0)
    if not isinstance(axis, int) or not -len(first) <= axis < len(first):
        raise ShapeMismatch(f"there is no axis {axis} in {text_of(first)}", (0,), f"write axis=0 to {len(first) - 1}")
    axis %= len(first)
    for k, shape in enumerate(ends):
        if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            hint = f"only along axis {axis}, along which they are joined, may their lengths differ"
            raise ShapeMismatch(f"shapes do not fit: {text_of(shapes[0])} and {text_of(shapes[k])}", (0, k), hint)
    return (*first[:axis], sum([shape[axis] for shape in ends]), *first[axis + 1 :])


def piece(shapes: Sequence[Shape], options: Options) -> Shape:
    """The first argument is all the others joined; what is left is as one of them."""
    _parts(shapes, options)
    if joined(shapes[1:], options) != shapes[0]:
        raise ShapeMismatch(
            f"{text_of(shapes[0])} is not what the others are when joined",
            (0,),
            "give the gradient of the joined array first",
        )
    return shapes[1 + int(options.get("part", 0))]


def unpiece(shapes: Sequence[Shape], options: Options) -> Shape:
    """All but the first argument joined; the first is as one of them."""
    _parts(shapes, options)
    if shapes[0] != shapes[1 + options.get("part", 0)]:
        raise ShapeMismatch(f"{text_of(shapes[0])} does not fit that part", (0,), "give the gradient of the part first")
    return joined(shapes[1:], options)


def _parts(shapes: Sequence[Shape], options: Options) -> None:
    part = options.get("part", 0)
    if not isinstance(part, int) or not 0 <= part < len(shapes) - 1:
        raise ShapeMismatch(f"there is no part {part}", (0,), "parts count from 0")
