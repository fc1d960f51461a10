"""The operations on whole arrays, with NumPy: float64 in, float64 out. Imported only where there are arrays.

They take arrays, or floats where a shape allows one, and raise nothing: what has no value is NaN. Where NumPy can, they
work on arrays of other numbers too (`dtype=object`), which is how the check evaluates them with fifty digits.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from autodiff.ops import shapes
from autodiff.ops.kernels import sequences
from autodiff.ops.kernels.sequences import concat as concat
from autodiff.ops.kernels.sequences import cross as cross
from autodiff.ops.kernels.sequences import cumprod as cumprod
from autodiff.ops.kernels.sequences import cumsum as cumsum
from autodiff.ops.kernels.sequences import flip as flip
from autodiff.ops.kernels.sequences import piece as piece
from autodiff.ops.kernels.sequences import shift as shift
from autodiff.ops.kernels.sequences import unpiece as unpiece

Array = Any  # an array of doubles, or a double

#: A matrix of more rows is left to LAPACK, which eliminates faster.
_LARGE = 200


def _axes(x: Array, axis: Any) -> Any:
    """The axes as NumPy wants them: None for all."""
    return None if axis is None else axis


def array(*xs: Array) -> Array:
    return np.stack([np.asarray(x) for x in xs])


def index(x: Array, at: Any) -> Array:
    return x[at]


def place(g: Array, x: Array, at: Any) -> Array:
    """Zeros in the shape of `x`, with `g` at the index."""
    result = np.zeros(np.shape(x), dtype=np.result_type(g))
    # As an item: an array without axes would be put whole into an array of objects.
    result[at] = g if np.ndim(g) else np.asarray(g).item()
    return result


def transpose(x: Array) -> Array:
    return np.transpose(x)


def matrix_transpose(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def expand(x: Array, axis: int = 0) -> Array:
    return np.expand_dims(x, axis)


def broadcast_to(x: Array, like: Array) -> Array:
    return np.broadcast_to(x, np.shape(like))


def sum_to(x: Array, like: Array) -> Array:
    """`x` summed over the axes along which `like` was broadcast."""
    shape = np.shape(like)
    if np.shape(x) == shape:
        return x
    extra = np.ndim(x) - len(shape)
    stretched = [k + extra for k, length in enumerate(shape) if length == 1 and np.shape(x)[k + extra] != 1]
    result = np.sum(x, axis=(*range(extra), *stretched), keepdims=True)
    return np.reshape(result, shape)


def spread(g: Array, x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    """`g`, which is what a reduction left of `x`, repeated to the shape of `x`."""
    shape = np.shape(x)
    axes = shapes.axes_of(shape, {} if axis is None else {"axis": axis})
    kept = tuple(1 if k in axes else length for k, length in enumerate(shape))
    return np.broadcast_to(np.reshape(g, kept), shape)


def total(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return np.sum(x, axis=_axes(x, axis), keepdims=bool(keepdims))


def count(x: Array, axis: Any = None, keepdims: int = 0, ddof: int = 0) -> Array:
    shape = np.shape(x)
    axes = shapes.axes_of(shape, {} if axis is None else {"axis": axis})
    number = float(np.prod([shape[k] for k in axes], dtype=float)) - ddof
    left = shapes.reduced([shape], _options(axis, keepdims))
    return np.full(left, number) if left else number


def _options(axis: Any, keepdims: int) -> dict[str, Any]:
    return ({} if axis is None else {"axis": axis}) | {"keepdims": keepdims}


def mean(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return total(x, axis, keepdims) / count(x, axis, keepdims)


def var(x: Array, axis: Any = None, keepdims: int = 0, ddof: int = 0) -> Array:
    """From the differences to the mean: the mean of the squares less the square of the mean would cancel."""
    return total(np.square(x - mean(x, axis, 1)), axis, keepdims) / count(x, axis, keepdims, ddof)


def std(x: Array, axis: Any = None, keepdims: int = 0, ddof: int = 0) -> Array:
    return norm(x - mean(x, axis, 1), axis, keepdims) / np.sqrt(count(x, axis, keepdims, ddof))


def product(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return np.prod(x, axis=_axes(x, axis), keepdims=bool(keepdims))


def along_last(x: Array, axis: Any) -> tuple[Array, Callable[[Array], Array]]:
    """The axes of a reduction as one last axis, and the way back."""
    x = np.asarray(x)
    axes = shapes.axes_of(x.shape, {} if axis is None else {"axis": axis})
    rest = tuple(k for k in range(x.ndim) if k not in axes)
    moved = np.transpose(x, (*rest, *axes))
    flat = moved.reshape((*moved.shape[: len(rest)], -1))
    order = np.argsort((*rest, *axes))

    def back(result: Array) -> Array:
        return np.transpose(result.reshape(moved.shape), order)

    return flat, back


def others(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    """For each element the product of all the others, without dividing by it: it may be 0."""
    flat, back = along_last(x, axis)
    left, right = np.ones_like(flat), np.ones_like(flat)
    left[..., 1:] = np.cumprod(flat[..., :-1], axis=-1)
    right[..., :-1] = np.cumprod(flat[..., :0:-1], axis=-1)[..., ::-1]
    return back(left * right)


def others_along(x: Array, *rates: Array, axis: Any = None, keepdims: int = 0) -> Array:
    """The derivative of `others` at `x` along each of `rates`, one after the other, without a division.

    For each set of them: the sum over all ways in which they replace elements before a place, and behind it.
    """
    flat, back = along_last(x, axis)
    moved = [along_last(rate, axis)[0] for rate in rates]
    sets, length = range(1 << len(rates)), flat.shape[-1]

    def start() -> list[Array]:
        one = np.ones_like(flat[..., 0])
        return [one if chosen == 0 else np.zeros_like(one) for chosen in sets]

    def grown(sums: list[Array], k: int) -> list[Array]:
        return [
            sum(
                [sums[chosen & ~(1 << j)] * moved[j][..., k] for j in range(len(moved)) if chosen >> j & 1],
                sums[chosen] * flat[..., k],
            )
            for chosen in sets
        ]

    before = [start()]
    for k in range(length - 1):
        before.append(grown(before[-1], k))
    result, behind = np.empty_like(flat), start()
    for k in reversed(range(length)):
        result[..., k] = sum([before[k][chosen] * behind[sets[-1] & ~chosen] for chosen in sets])
        behind = grown(behind, k)
    return back(result)


def sign(x: Array) -> Array:
    """-1, 1, or the element itself where it is a zero (whose sign stays) or NaN."""
    result: Array = np.copysign(np.sign(x), x)
    return result


def largest(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return np.max(x, axis=_axes(x, axis), keepdims=bool(keepdims))


def smallest(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return np.min(x, axis=_axes(x, axis), keepdims=bool(keepdims))


def norm(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    """The square root of the sum of squares, scaled by the largest so that no square overflows or underflows."""
    top = np.max(np.abs(x), axis=_axes(x, axis), keepdims=True)
    scale = np.where((top == 0) | ~np.isfinite(top), 1.0, top)
    squares = np.sum(np.square(x / scale), axis=_axes(x, axis), keepdims=True)
    return _left(scale * np.sqrt(squares), x, axis, keepdims)


def _left(result: Array, x: Array, axis: Any, keepdims: int) -> Array:
    """The result of a reduction that kept its axes, without them unless they are wanted."""
    return np.reshape(result, shapes.reduced([np.shape(x)], _options(axis, keepdims)))


def logsumexp(x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    top = np.max(x, axis=_axes(x, axis), keepdims=True)
    shift = np.where(np.isfinite(top), top, 0.0)
    # The largest term is exactly 1: taken out, what is left keeps its digits in log1p.
    terms = np.exp(x - shift)
    rest = np.sum(terms, axis=_axes(x, axis), keepdims=True) - 1.0
    result = np.where(np.isfinite(top), shift + np.log1p(rest), top)
    return _left(result, x, axis, keepdims)


def softmax(x: Array, axis: Any = None) -> Array:
    terms = np.exp(x - np.max(x, axis=_axes(x, axis), keepdims=True))
    return terms / np.sum(terms, axis=_axes(x, axis), keepdims=True)


def log_softmax(x: Array, axis: Any = None) -> Array:
    return x - logsumexp(x, axis, 1)


def cross_entropy(z: Array, t: Array, axis: Any = None) -> Array:
    """What has no probability adds nothing, however unlikely the logits call it."""
    return -total(chain(t, log_softmax(z, axis)), axis)


def recurrence(a: Array, b: Array, axis: Any = None) -> Array:
    """y with y_k = a_k y_(k-1) + b_k, from 0 on, by the product of the chain rule."""
    along = sequences._axis(a, axis)
    factors, terms = np.moveaxis(a, along, 0), np.moveaxis(b, along, 0)
    result = np.empty_like(terms)
    last = np.zeros_like(terms[0])
    for k in range(len(terms)):
        last = result[k] = chain(factors[k], last) + terms[k]
    return np.moveaxis(result, 0, along)


def crosschain(a: Array, b: Array) -> Array:
    return sequences._cross(a, b, chain)


def matmul(a: Array, b: Array) -> Array:
    return np.matmul(a, b)


def matchain(a: Array, b: Array) -> Array:
    """A product in which a zero on either side contributes nothing, even beside an infinite number."""
    result = np.matmul(a, b)
    # The factors may be smaller than their product; where they are finite, a zero meets nothing that it must silence.
    if (result.size > a.size + b.size and _finite(a) and _finite(b)) or not np.isnan(result).any():
        return result
    left, right = (a[None, :] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    total = np.zeros(np.matmul(left, right).shape)
    for k in range(left.shape[-1]):
        total = total + chain(left[..., :, k, None], right[..., None, k, :])
    return total.reshape(result.shape)


def _finite(x: Array) -> bool:
    return bool(np.isfinite(x).all())


def outer(a: Array, b: Array) -> Array:
    return np.multiply.outer(a, b)


def trace(x: Array) -> Array:
    return np.trace(x)


def eye(x: Array) -> Array:
    return np.eye(*np.shape(x))


def det(x: Array) -> Array:
    """The product of the pivots, which is exact where elimination is; NumPy's goes through their logarithms."""
    if len(x) > _LARGE or not np.isfinite(x).all():
        return np.linalg.det(x)
    rows, sign = np.array(x, dtype=np.float64), 1.0
    for k in range(len(rows)):
        pivot = k + int(np.argmax(np.abs(rows[k:, k])))
        if rows[pivot, k] == 0.0:
            return 0.0
        if pivot != k:
            rows[[k, pivot]] = rows[[pivot, k]]
            sign = -sign
        rows[k + 1 :, k:] -= np.outer(rows[k + 1 :, k] / rows[k, k], rows[k, k:])
    return sign * np.prod(np.diagonal(rows))


def cofactor(x: Array) -> Array:
    """The matrix of cofactors, from the singular values: right where the determinant is 0 too."""
    if not np.isfinite(x).all():
        return np.full(np.shape(x), np.nan)
    u, s, vt = np.linalg.svd(x)
    return np.linalg.det(u) * np.linalg.det(vt) * (u * others(s)) @ vt


def cofactor_along(v: Array, x: Array) -> Array:
    """The derivative of `cofactor` at `x` along `v`: that at the singular values, turned as `x` is."""
    if not (np.isfinite(x).all() and np.isfinite(v).all()):
        return np.full(np.shape(x), np.nan)
    u, s, vt = np.linalg.svd(x)
    turned = u.T @ v @ vt.T
    without = np.tile(s, (len(s), 1))
    np.fill_diagonal(without, 1.0)
    # In row i and column j the product of all singular values but these two.
    pairs = others(without, axis=1)
    np.fill_diagonal(pairs, 0.0)
    result = np.diag(pairs @ np.diag(turned)) - turned.T * pairs
    return np.linalg.det(u) * np.linalg.det(vt) * (u @ result @ vt)


def inv(x: Array) -> Array:
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return np.full(np.shape(x), np.nan)


def solve(a: Array, b: Array) -> Array:
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.full(np.shape(b), np.nan)


# What works element by element, but is no single function of NumPy.


def copysign(x: Array, y: Array) -> Array:
    return np.where(np.isnan(y), y, np.copysign(x, y))


def where(c: Array, a: Array, b: Array) -> Array:
    result = np.where(np.not_equal(c, 0.0), a, b)
    undefined = np.isnan(c)
    return np.where(undefined, np.nan, result) if np.any(undefined) else result


def chain(x: Array, y: Array) -> Array:
    """The product of the chain rule: 0 where either is 0."""
    result = np.multiply(x, y)
    if np.isnan(result).any():
        return np.where(np.equal(x, 0.0) | np.equal(y, 0.0), 0.0, result)
    return result


def maximum(*xs: Array) -> Array:
    result = xs[0]
    for x in xs[1:]:
        result = np.maximum(result, x)
    return result


def minimum(*xs: Array) -> Array:
    result = xs[0]
    for x in xs[1:]:
        result = np.minimum(result, x)
    return result


def ties(v: Array, *xs: Array) -> Array:
    result: Array = 0.0
    for x in xs:
        result = result + np.equal(x, v)
    return result


def hypot(*xs: Array) -> Array:
    """NumPy's takes two: a third one would be where it writes."""
    return reduce(np.hypot, xs) if len(xs) > 1 else np.abs(xs[0])


def clamp(x: Array, lo: Array, hi: Array) -> Array:
    return np.minimum(np.maximum(x, lo), hi)


def relu(x: Array) -> Array:
    return np.maximum(x, 0.0)
