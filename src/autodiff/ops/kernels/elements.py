"""The operations on whole arrays, spelled out in operations on numbers, for a check that uses none of their rules.

The arrays hold objects that add, subtract, multiply and divide, and that have a `value`; `call` applies any other
operation of the table by its name. An operation that is not here is what its function in `array_kernels` makes of such
arrays.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from autodiff.ops import shapes
from autodiff.ops.kernels import arrays as plain
from autodiff.ops.kernels.arrays import along_last

Array = Any  # an array of numbers that are still to be computed
Call = Callable[..., Any]

#: Up to this size determinants are sums over permutations, which are right for singular matrices too.
_SMALL = 4


def _objects(numbers: Sequence[Any], shape: tuple[int, ...]) -> Array:
    result = np.empty(len(numbers), dtype=object)
    result[:] = numbers
    return result.reshape(shape)


def _reduce(x: Array, axis: Any, keepdims: int, function: Callable[[list[Any]], Any]) -> Array:
    flat, _ = along_last(x, axis)
    options = ({} if axis is None else {"axis": axis}) | {"keepdims": keepdims}
    numbers = [function(list(flat[place])) for place in np.ndindex(flat.shape[:-1])]
    return _objects(numbers, shapes.reduced([x.shape], options))


def largest(call: Call, x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return _reduce(x, axis, keepdims, lambda items: call("max", *items) if len(items) > 1 else items[0])


def smallest(call: Call, x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return _reduce(x, axis, keepdims, lambda items: call("min", *items) if len(items) > 1 else items[0])


def norm(call: Call, x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    def length(items: list[Any]) -> Any:
        total = call("abs", items[0])
        for item in items[1:]:
            total = call("hypot", total, item)
        return total

    return _reduce(x, axis, keepdims, length)


def logsumexp(call: Call, x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    return _reduce(x, axis, keepdims, lambda items: call("logsumexp", *items) if len(items) > 1 else items[0])


def softmax(call: Call, x: Array, axis: Any = None) -> Array:
    flat, back = along_last(x, axis)
    result = np.empty_like(flat)
    for place in np.ndindex(flat.shape[:-1]):
        items = list(flat[place])
        total = call("logsumexp", *items) if len(items) > 1 else items[0]
        for k, item in enumerate(items):
            result[(*place, k)] = call("exp", item - total)
    return back(result)


def log_softmax(call: Call, x: Array, axis: Any = None) -> Array:
    return x - logsumexp(call, x, axis, 1)


def cross_entropy(call: Call, z: Array, t: Array, axis: Any = None) -> Array:
    return -1.0 * np.sum(t * log_softmax(call, z, axis), axis=axis)


def std(call: Call, x: Array, axis: Any = None, keepdims: int = 0, ddof: int = 0) -> Array:
    variances = np.asarray(plain.var(x, axis, keepdims, ddof), dtype=object)
    return _objects([call("sqrt", one) for one in variances.ravel()], variances.shape)


def recurrence(call: Call, a: Array, b: Array, axis: Any = None) -> Array:
    along = 0 if axis is None else axis
    factors, terms = np.moveaxis(a, along, 0), np.moveaxis(b, along, 0)
    result = terms.copy()
    for k in range(1, len(terms)):
        result[k] = factors[k] * result[k - 1] + terms[k]
    return np.moveaxis(result, 0, along)


def crosschain(call: Call, a: Array, b: Array) -> Array:
    return plain.cross(a, b)


def others(call: Call, x: Array, axis: Any = None, keepdims: int = 0) -> Array:
    flat, back = along_last(x, axis)
    result = np.empty_like(flat)
    for place in np.ndindex(flat.shape[:-1]):
        items = list(flat[place])
        for k in range(len(items)):
            result[(*place, k)] = _product([*items[:k], *items[k + 1 :]])
    return back(result)


def _product(items: Sequence[Any]) -> Any:
    result: Any = 1.0
    for item in items:
        result = result * item
    return result


def matchain(call: Call, a: Array, b: Array) -> Array:
    return np.matmul(a, b)


def det(call: Call, x: Array) -> Any:
    n = len(x)
    if n <= _SMALL:
        return sum((sign * _product([x[i, j] for i, j in enumerate(order)]) for order, sign in _orders(n)), 0.0)
    _, pivots, sign = _eliminate(x, np.empty((n, 0), dtype=object))
    return sign * _product(pivots)


def _orders(n: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """The permutations, and their signs."""
    for order in permutations(range(n)):
        inversions = sum(order[i] > order[j] for j in range(n) for i in range(j))
        yield order, -1.0 if inversions % 2 else 1.0


def cofactor(call: Call, x: Array) -> Array:
    n = len(x)
    result = np.empty((n, n), dtype=object)
    for i, j in np.ndindex(n, n):
        minor = np.delete(np.delete(x, i, axis=0), j, axis=1)
        result[i, j] = (-1.0) ** (i + j) * (det(call, minor) if n > 1 else 1.0)
    return result


def cofactor_along(call: Call, v: Array, x: Array) -> Array:
    n = len(x)
    result = np.empty((n, n), dtype=object)
    for i, j in np.ndindex(n, n):
        terms: Any = 0.0
        for k, m in np.ndindex(n, n):
            if k != i and m != j:
                minor = np.delete(np.delete(x, (i, k), axis=0), (j, m), axis=1)
                # Beside the sign of an element, one for each row and column that the first one takes away before it.
                sign = (-1.0) ** (i + j + k + m + (k > i) + (m > j))
                terms = terms + sign * v[k, m] * (det(call, minor) if n > 2 else 1.0)
        result[i, j] = terms
    return result


def inv(call: Call, x: Array) -> Array:
    return solve(call, x, np.eye(len(x)).astype(object))


def solve(call: Call, a: Array, b: Array) -> Array:
    right = b.reshape(len(b), -1)
    solution, _, _ = _eliminate(a, right)
    return solution.reshape(b.shape)


def _eliminate(a: Array, b: Array) -> tuple[Array, list[Any], float]:
    """The solution of a x = b, the pivots, and the sign of the row exchanges. Pivots are chosen by their values."""
    a, b, n, sign = a.copy(), b.copy(), len(a), 1.0
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(_value(a[i, k])))
        if best != k:
            a[[k, best]], b[[k, best]] = a[[best, k]], b[[best, k]]
            sign = -sign
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k + 1 :] = a[i, k + 1 :] - factor * a[k, k + 1 :]
            b[i] = b[i] - factor * b[k]
    pivots = [a[k, k] for k in range(n)]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] = b[k] - a[k, j] * b[j]
        b[k] = b[k] / a[k, k]
    return b, pivots, sign


def _value(number: Any) -> float:
    return float(getattr(number, "value", number))
