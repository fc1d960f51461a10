"""Functions made of pieces: absolute values, choices, rounding, remainders. Their kinks and jumps are written here."""

import math

from autodiff.ops.kernels import real as primitives
from autodiff.ops.row import Kinked, Row

_WIDE = (-1e3, 1e3)
_NONZERO = "y != 0"

# fmt: off
ROWS = (
    Row("abs", "x", "the absolute value",
        (Kinked(left="where(x > 0, 1, -1)", right="where(x >= 0, 1, -1)", rule="sign(x)"),), floats=math.fabs,
        samples=(_WIDE,), ulps=1,
        targets={"numpy": "abs", "mpmath": "fabs", "sympy": "Abs", "latex": r"\left|#1\right|"}, aliases=("fabs",),
        example="abs(-2)"),
    Row("sign", "x", "-1, 0 or 1, as x is negative, zero or positive",
        ("0",), floats=primitives.sign, jump="x == 0",
        samples=(_WIDE,), targets={"numpy": "sign", "latex": r"\operatorname{sgn}"}, aliases=("sgn", "signum"),
        example="sign(-2)"),
    Row("copysign", "x, y", "the size of x with the sign of y",
        (
            Kinked(
                left="where(x > 0, 1, -1)*copysign(1, y)",
                right="where(x >= 0, 1, -1)*copysign(1, y)",
                rule="sign(x)*copysign(1, y)",
            ),
            "0",
        ),
        value="where(y < 0, -abs(x), abs(x))", floats=primitives.copysign, jump="y == 0",
        samples=(_WIDE, _WIDE), ulps=1, targets={"numpy": "copysign"}, example="copysign(2, -3)"),
    Row("max", "*xs", "the largest argument",
        (
            # An n-way tie: left of it another argument is the largest, right of it this one; the weights share 1.
            Kinked(
                left="x == max(xs) and ties(max(xs), xs) == 1",
                right="x == max(xs)",
                rule="(x == max(xs))/ties(max(xs), xs)",
            ),
        ),
        floats=primitives.maximum,
        samples=(_WIDE,), ulps=1, targets={"numpy": "maximum", "sympy": "Max", "latex": r"\max"},
        aliases=("maximum", "fmax"), example="max(2, 3)"),
    Row("min", "*xs", "the smallest argument",
        (
            Kinked(
                left="x == min(xs)",
                right="x == min(xs) and ties(min(xs), xs) == 1",
                rule="(x == min(xs))/ties(min(xs), xs)",
            ),
        ),
        floats=primitives.minimum,
        samples=(_WIDE,), ulps=1, targets={"numpy": "minimum", "sympy": "Min", "latex": r"\min"},
        aliases=("minimum", "fmin"), example="min(2, 3)"),
    Row("ties", "*xs", "how many of the arguments after the first equal the first",
        ("0",), value="{(x == x1) + ...} - 1", floats=primitives.ties,
        samples=(_WIDE,), targets={"numpy": "ties"}, example="ties(3, 2, 3, 3)"),
    Row("clamp", "x, lo, hi", "x, but at least lo and at most hi: min(max(x, lo), hi)",
        (
            Kinked(left="x > lo and x <= hi", right="x >= lo and x < hi"),
            Kinked(left="lo > x and lo <= hi", right="lo >= x and lo < hi"),
            Kinked(left="max(x, lo) >= hi", right="max(x, lo) > hi"),
        ),
        value="min(max(x, lo), hi)", floats=primitives.clamp,
        samples=(_WIDE, (-500, 0), (0, 500)), ulps=1, targets={"numpy": "clamp"}, aliases=("clip",),
        example="clamp(5, 0, 1)"),
    Row("relu", "x", "x where it is positive, else 0",
        (Kinked(left="x > 0", right="x >= 0", rule="(1 + sign(x))/2"),), value="max(x, 0)", floats=primitives.relu,
        samples=(_WIDE,), ulps=1, targets={"numpy": "relu"}, example="relu(-2)"),
    Row("floor", "x", "the largest integer that is at most x",
        ("0",), floats=primitives.floor, raised="x", jump="x == floor(x)",
        samples=(_WIDE,), ulps=1, targets={"numpy": "floor", "latex": r"\left\lfloor #1 \right\rfloor"},
        example="floor(-2.5)"),
    Row("ceil", "x", "the smallest integer that is at least x",
        ("0",), floats=primitives.ceil, raised="x", jump="x == floor(x)",
        samples=(_WIDE,), ulps=1,
        targets={"numpy": "ceil", "sympy": "ceiling", "latex": r"\left\lceil #1 \right\rceil"}, example="ceil(-2.5)"),
    Row("trunc", "x", "x without its fraction",
        ("0",), value="where(x < 0, ceil(x), floor(x))", floats=primitives.trunc, raised="x",
        jump="x == floor(x) and x != 0",
        samples=(_WIDE,), ulps=1, targets={"numpy": "trunc"}, example="trunc(-2.5)"),
    Row("round", "x", "the nearest integer, and the even one of two",
        ("0",), value="where(x - floor(x) == 1/2, 2*floor((floor(x) + 1)/2), floor(x + 1/2))",
        floats=primitives.nearest, raised="x", jump="x - floor(x) == 1/2",
        samples=(_WIDE,), ulps=1, targets={"numpy": "rint", "mpmath": "nint"}, aliases=("rint",), example="round(2.5)"),
    # In the partials of the remainders, round() recovers the integer quotient free of the rounding of x/y.
    Row("fmod", "x, y", "the remainder of x/y with the sign of x (C's fmod)",
        ("1", "-round((x - fmod(x, y))/y)"), value="x - y*trunc(x/y)", floats=math.fmod, domain=_NONZERO,
        jump="fmod(x, y) == 0 and x != 0",
        samples=(_WIDE, (-9, 9)), ulps=1, targets={"numpy": "fmod"}, example="fmod(-7, 3)"),
    Row("remainder", "x, y", "x minus the multiple of y nearest to it (IEEE 754's remainder)",
        ("1", "-round((x - remainder(x, y))/y)"), value="x - y*round(x/y)", floats=math.remainder, domain=_NONZERO,
        jump="2*abs(remainder(x, y)) == abs(y)",
        samples=(_WIDE, (-9, 9)), ulps=1, example="remainder(8, 3)"),
    Row("isfinite", "x", "1 where x is neither infinite nor NaN, else 0",
        ("0",), floats=primitives.isfinite,
        samples=(_WIDE,), targets={"numpy": "isfinite"}, example="isfinite(2)"),
    Row("isinf", "x", "1 where x is infinite, else 0",
        ("0",), floats=primitives.isinf,
        samples=(_WIDE,), targets={"numpy": "isinf"}, example="isinf(inf)"),
    Row("isnan", "x", "1 where x is not a number, else 0",
        ("0",), floats=primitives.isnan,
        samples=(_WIDE,), targets={"numpy": "isnan"}, example="isnan(nan)"),
)
# fmt: on
