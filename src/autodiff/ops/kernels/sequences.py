"""Kernels for what runs along one axis of an array, or puts arrays behind each other. `arrays` hands them on.

As there, they work on arrays of other numbers too (`dtype=object`).
"""

from typing import Any

import numpy as np

Array = Any  # an array of doubles, or a double


def _axis(x: Array, axis: Any) -> int:
    return 0 if axis is None else axis[0] if isinstance(axis, tuple) else axis


def flip(x: Array, axis: Any = None) -> Array:
    return np.flip(x, axis)


def cumsum(x: Array, axis: Any = None) -> Array:
    return np.cumsum(x, _axis(x, axis))


def cumprod(x: Array, axis: Any = None) -> Array:
    return np.cumprod(x, _axis(x, axis))


def shift(x: Array, axis: Any = None, fill: int = 0) -> Array:
    """Every element one place on; `fill` comes in at the front, and the last one is gone."""
    moved = np.moveaxis(x, _axis(x, axis), 0)
    result = np.empty_like(moved)
    result[:1] = float(fill)
    result[1:] = moved[:-1]
    return np.moveaxis(result, 0, _axis(x, axis))


def cross(a: Array, b: Array) -> Array:
    return _cross(a, b, np.multiply)


def _cross(a: Array, b: Array, times: Any) -> Array:
    columns = [
        times(a[..., (k + 1) % 3], b[..., (k + 2) % 3]) - times(a[..., (k + 2) % 3], b[..., (k + 1) % 3])
        for k in range(3)
    ]
    return np.stack(columns, axis=-1)


def concat(*xs: Array, axis: int = 0) -> Array:
    return np.concatenate([np.atleast_1d(x) for x in xs], axis)


def _place(parts: tuple[Array, ...], axis: int, part: int) -> tuple[slice, ...]:
    lengths = [np.shape(x)[axis] if np.ndim(x) else 1 for x in parts]
    start, dimensions = sum(lengths[:part]), max(np.ndim(parts[0]), 1)
    place = [slice(None)] * dimensions
    place[axis] = slice(start, start + lengths[part])
    return tuple(place)


def piece(whole: Array, *parts: Array, axis: int = 0, part: int = 0) -> Array:
    """The place of one of `parts` in all of them joined."""
    return np.reshape(whole[_place(parts, axis, part)], np.shape(parts[part]))


def unpiece(x: Array, *parts: Array, axis: int = 0, part: int = 0) -> Array:
    """Zeros in the shape of `parts` joined, with `x` at the place of one of them."""
    shape = list(np.shape(np.atleast_1d(parts[0])))
    shape[axis] = sum([np.shape(one)[axis] if np.ndim(one) else 1 for one in parts])
    result = np.zeros(shape, dtype=np.result_type(x))
    result[_place(parts, axis, part)] = x
    return result
