"""Exponentials, logarithms, roots, and the plain scalings and fused forms of `math`."""

import math

from autodiff.ops.kernels import real as primitives
from autodiff.ops.row import Kinked, Row

# fmt: off
ROWS = (
    Row("exp", "x", "e to the power x",
        ("exp(x)",), floats=math.exp, raised="inf",
        samples=((-700, 700),), ulps=1, targets={"numpy": "exp", "latex": "e^{#1}"}, example="exp(1)"),
    Row("exp2", "x", "2 to the power x",
        ("exp2(x)*log(2)",), value="2^x", floats=math.exp2, raised="inf",
        samples=((-1000, 1000),), targets={"numpy": "exp2", "latex": "2^{#1}"}, example="exp2(3)"),
    Row("expm1", "x", "exp(x) - 1, accurate near 0",
        ("exp(x)",), value="exp(x) - 1", floats=math.expm1, raised="inf",
        samples=((-40, 700),), targets={"numpy": "expm1", "mpmath": "expm1"}, example="expm1(1e-9)"),
    Row("log", "x", "the natural logarithm",
        ("1/x",), floats=math.log, raised="where(x == 0, -inf, nan)", domain="x > 0",
        samples=((0, 1e3),), ulps=1, targets={"numpy": "log", "latex": r"\ln"}, aliases=("ln",), example="log(2)"),
    Row("log", "x, base", "the logarithm to a base",
        ("1/log(base)/x", "-log(x, base)/log(base)/base"), value="log(x)/log(base)",
        stable="where(base == 2, log2(x), where(base == 10, log10(x), where(base > 0, log(x)/log(base), nan)))",
        domain="x > 0 and base > 0 and base != 1",
        samples=((0, 1e3), (0, 100)), targets={"latex": r"\log_{#2}\left(#1\right)"}, example="log(8, 2)"),
    Row("log2", "x", "the logarithm to base 2",
        ("1/log(2)/x",), value="log(x)/log(2)", floats=math.log2, raised="where(x == 0, -inf, nan)", domain="x > 0",
        samples=((0, 1e3),), targets={"numpy": "log2", "latex": r"\log_{2}"}, example="log2(8)"),
    Row("log10", "x", "the logarithm to base 10",
        ("1/log(10)/x",), value="log(x)/log(10)", floats=math.log10, raised="where(x == 0, -inf, nan)", domain="x > 0",
        samples=((0, 1e3),), targets={"numpy": "log10", "latex": r"\log_{10}"}, aliases=("lg",), example="log10(1000)"),
    Row("log1p", "x", "log(1 + x), accurate near 0",
        ("1/(1 + x)",), value="log(1 + x)", floats=math.log1p, raised="where(x == -1, -inf, nan)", domain="x > -1",
        samples=((-1, 1e3),), targets={"numpy": "log1p", "mpmath": "log1p"}, example="log1p(1e-9)"),
    Row("sqrt", "x", "the square root",
        ("1/(2*(sqrt(x) + 0))",), floats=math.sqrt, domain="x >= 0", prefix="√",
        samples=((0, 1e3),), ulps=2, targets={"numpy": "sqrt", "latex": r"\sqrt{#1}"}, example="sqrt(2)"),
    Row("square", "x", "x^2",
        ("2*x",), value="x*x",
        samples=((-1e3, 1e3),), ulps=1, targets={"numpy": "square"}, example="square(3)"),
    Row("cbrt", "x", "the real cube root",
        ("1/(3*cbrt(x)^2)",), value="sign(x)*abs(x)^(1/3)", floats=primitives.cbrt,
        samples=((-1e3, 1e3),), targets={"numpy": "cbrt", "latex": r"\sqrt[3]{#1}"}, example="cbrt(-8)"),
    Row("hypot", "*xs", "the Euclidean length, sqrt(x1^2 + x2^2 + ...)",
        (
            # A cone: smooth but for its tip, where every slope between -1 and 1 touches it.
            Kinked(
                left="where(hypot(xs) == 0, -1, x/hypot(xs))",
                right="where(hypot(xs) == 0, 1, x/hypot(xs))",
                rule="where(hypot(xs) == 0, 0, x/hypot(xs))",
            ),
        ),
        value="sqrt({x^2 + ...})", floats=math.hypot,
        samples=((-1e3, 1e3),), targets={"numpy": "hypot"}, example="hypot(3, 4)"),
    Row("fma", "x, y, z", "x*y + z, rounded once",
        ("y", "x", "1"), value="x*y + z", floats=primitives.fma, raised="x*y + z",
        samples=((-1e3, 1e3), (-1e3, 1e3), (-1e3, 1e3)), ulps=1, example="fma(2, 3, 4)"),
    Row("ldexp", "x, n", "x times 2^n",
        ("ldexp(1, n)", "ldexp(x, n)*log(2)"), value="x*2^n", floats=primitives.ldexp, raised="copysign(inf, x)",
        samples=((-1e3, 1e3), (-100, 100)), example="ldexp(3, 4)"),
    Row("degrees", "x", "an angle in radians, in degrees",
        ("180/pi",), value="x*(180/pi)", floats=math.degrees,
        samples=((-1e3, 1e3),), targets={"numpy": "degrees"}, aliases=("rad2deg",), example="degrees(pi)"),
    Row("radians", "x", "an angle in degrees, in radians",
        ("pi/180",), value="x*(pi/180)", floats=math.radians,
        samples=((-1e3, 1e3),), targets={"numpy": "radians"}, aliases=("deg2rad",), example="radians(180)"),
)
# fmt: on
