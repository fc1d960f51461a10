"""Functions on Python floats that `math` lacks, or has in another form than IEEE 754's.

They return floats only, keep signed zeros and NaN, and raise (`ValueError`, `OverflowError`) where C would set a flag:
the row's `raised` formula says what the value is there. Functions of comparisons alone accept any ordered numbers.
"""

import math


def chain(x: float, y: float) -> float:
    return x * y if x and y else 0.0


def less(x: float, y: float) -> float:
    return 1.0 if x < y else 0.0


def less_equal(x: float, y: float) -> float:
    return 1.0 if x <= y else 0.0


def greater(x: float, y: float) -> float:
    return 1.0 if x > y else 0.0


def greater_equal(x: float, y: float) -> float:
    return 1.0 if x >= y else 0.0


def equal(x: float, y: float) -> float:
    return 1.0 if x == y else 0.0


def not_equal(x: float, y: float) -> float:
    return 1.0 if x != y else 0.0


def both(x: float, y: float) -> float:
    return 1.0 if x and y else 0.0


def either(x: float, y: float) -> float:
    return 1.0 if x or y else 0.0


def negate(x: float) -> float:
    return 0.0 if x else 1.0


def where(c: float, a: float, b: float) -> float:
    if c != c:
        return c
    return a if c else b


def isfinite(x: float) -> float:
    return 1.0 if math.isfinite(x) else 0.0


def isinf(x: float) -> float:
    return 1.0 if math.isinf(x) else 0.0


def isnan(x: float) -> float:
    return 1.0 if x != x else 0.0


def sign(x: float) -> float:
    """-1, 1, or `x` itself where it is a zero (whose sign stays) or NaN."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


def cbrt(x: float) -> float:
    """The cube root to half an ulp or barely more, where C libraries are off by up to 3 (glibc).

    The root s to 17 bits has an exact cube, so the residual u is exact too, and the series of cbrt(1 + u) in u < 2^-16
    needs three terms.
    """
    if 0.0 < abs(x) < 1e-300:
        # What the cube of so small a root lacks would underflow.
        return cbrt(x * 2.0**162) / 2.0**54
    root = math.cbrt(x)
    if root == 0.0 or not math.isfinite(root):
        return root
    spread = root * 68719476737.0  # 2^36 + 1: Veltkamp's splitting keeps 53 - 36 bits
    s = spread - (spread - root)
    cube = s * s * s
    u = (x - cube) / cube
    return s + s * u * (1.0 / 3.0 - u * (1.0 / 9.0 - u * (5.0 / 81.0)))


def copysign(x: float, y: float) -> float:
    """The size of x with the sign of y. A NaN has a sign bit too, but it is chance: it differs between libraries."""
    return math.copysign(x, y) if y == y else y


# Python's floor, ceil, round and trunc return integers, which forget the sign of a zero and cannot be infinite.


def floor(x: float) -> float:
    return math.copysign(math.floor(x), x)


def ceil(x: float) -> float:
    return math.copysign(math.ceil(x), x)


def nearest(x: float) -> float:
    return math.copysign(round(x), x)


def trunc(x: float) -> float:
    return math.copysign(math.trunc(x), x)


def maximum(*xs: float) -> float:
    """The largest argument; NaN if any is NaN; 0.0 rather than -0.0."""
    top = max(xs)
    for x in xs:
        if x != x:
            return x
    if top == 0.0:
        for x in xs:
            if x == 0.0:
                top += x  # 0.0 + -0.0 is 0.0; only zeros that are all negative sum to -0.0
    return top


def minimum(*xs: float) -> float:
    """The smallest argument; NaN if any is NaN; -0.0 rather than 0.0."""
    bottom = min(xs)
    for x in xs:
        if x != x:
            return x
    if bottom == 0.0:
        return -maximum(*[-x for x in xs])
    return bottom


def ties(v: float, *xs: float) -> float:
    """How many of `xs` equal `v`. (`tuple.count` would let a NaN equal itself.)"""
    return float(sum(x == v for x in xs))


def clamp(x: float, lo: float, hi: float) -> float:
    return minimum(maximum(x, lo), hi)


def relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


def fma(x: float, y: float, z: float) -> float:
    """x*y + z rounded once. `math.fma` came with Python 3.13; integer division rounds correctly in every version."""
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        return z if math.isfinite(x) and math.isfinite(y) else x * y + z
    (a, b), (c, d), (p, q) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
    top = a * c * q + p * b * d
    return top / (b * d * q) if top else x * y + z


def ldexp(x: float, n: float) -> float:
    """x * 2^n without an overflow or underflow on the way."""
    if not math.isfinite(n) or abs(n) > 5000.0:
        n = math.copysign(5000.0, n) if n == n else n
        return x * n if n != n else math.ldexp(x, int(n))
    whole = math.floor(n)
    if n == whole:
        return math.ldexp(x, whole)
    # A subnormal number has few digits of its own to multiply with.
    part, power = math.frexp(x)
    return math.ldexp(part * math.exp2(n - whole), power + whole)


def logsumexp(*xs: float) -> float:
    """log(exp(x1) + exp(x2) + ...), shifted by the largest so that nothing overflows."""
    top = maximum(*xs)
    if not math.isfinite(top):
        return top
    rest = list(xs)
    rest.remove(top)
    return top + math.log1p(math.fsum([math.exp(x - top) for x in rest]))
