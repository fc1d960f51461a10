"""The trigonometric functions, their inverses, and sinc."""

import math

from autodiff.ops.kernels import special as primitives_special
from autodiff.ops.row import Row

_ANGLES = ((-100, 100),)
_FINITE = "abs(x) < inf"

# fmt: off
ROWS = (
    Row("sin", "x", "the sine of an angle in radians",
        ("cos(x)",), floats=math.sin, domain=_FINITE,
        samples=_ANGLES, ulps=1, targets={"numpy": "sin", "latex": r"\sin"}, example="sin(pi/6)"),
    Row("cos", "x", "the cosine of an angle in radians",
        ("-sin(x)",), floats=math.cos, domain=_FINITE,
        samples=_ANGLES, ulps=1, targets={"numpy": "cos", "latex": r"\cos"}, example="cos(pi/3)"),
    Row("tan", "x", "the tangent of an angle in radians",
        ("1/cos(x)^2",), floats=math.tan, domain=_FINITE,
        samples=_ANGLES, targets={"numpy": "tan", "latex": r"\tan"}, aliases=("tg",), example="tan(pi/4)"),
    Row("cot", "x", "the cotangent, 1/tan(x)",
        ("-1/sin(x)^2",), value="1/tan(x)", domain="sin(x) != 0",
        samples=_ANGLES, targets={"latex": r"\cot", "sympy": "cot"}, aliases=("ctg", "cotan"), example="cot(pi/4)"),
    Row("sec", "x", "the secant, 1/cos(x)",
        ("sec(x)*tan(x)",), value="1/cos(x)", domain=_FINITE,
        samples=_ANGLES, targets={"latex": r"\sec", "sympy": "sec"}, example="sec(pi/3)"),
    Row("csc", "x", "the cosecant, 1/sin(x)",
        ("-csc(x)*cot(x)",), value="1/sin(x)", domain="sin(x) != 0",
        samples=_ANGLES, targets={"latex": r"\csc", "sympy": "csc"}, aliases=("cosec",), example="csc(pi/6)"),
    Row("asin", "x", "the angle in [-pi/2, pi/2] whose sine is x",
        ("1/sqrt((1 - x)*(1 + x))",), floats=math.asin, domain="-1 <= x and x <= 1",
        samples=((-1, 1),), targets={"numpy": "arcsin", "latex": r"\arcsin"}, aliases=("arcsin",), example="asin(0.5)"),
    Row("acos", "x", "the angle in [0, pi] whose cosine is x",
        ("-1/sqrt((1 - x)*(1 + x))",), floats=math.acos, domain="-1 <= x and x <= 1",
        samples=((-1, 1),), targets={"numpy": "arccos", "latex": r"\arccos"}, aliases=("arccos",), example="acos(0.5)"),
    # 1/(1 + x^2), but x^2 would overflow first.
    Row("atan", "x", "the angle in [-pi/2, pi/2] whose tangent is x",
        ("(1/hypot(1, x))^2",), floats=math.atan,
        samples=((-1e3, 1e3),), targets={"numpy": "arctan", "latex": r"\arctan"}, aliases=("arctan", "arctg"),
        example="atan(1)"),
    # The inverses of cot, sec and csc follow SymPy's and mpmath's branches: f^-1(x) is g^-1(1/x), so acot jumps at 0.
    Row("acot", "x", "the angle in [-pi/2, pi/2] whose cotangent is x",
        ("-(1/hypot(1, x))^2",), value="atan(1/x)", jump="x == 0",
        samples=((-1e3, 1e3),), targets={"sympy": "acot"}, aliases=("arccot", "arcctg"), example="acot(1)"),
    # acos magnifies the rounding of 1/x near |x| = 1; the right triangle with sides 1 and sqrt(x^2 - 1) does not.
    Row("asec", "x", "the angle in [0, pi] whose secant is x",
        ("1/abs(x)/sqrt(abs(x) - 1)/sqrt(abs(x) + 1)",), value="acos(1/x)",
        stable="atan2(sqrt(abs(x) - 1)*sqrt(abs(x) + 1), sign(x))", domain="abs(x) >= 1",
        samples=((1, 1e3),), targets={"sympy": "asec"}, aliases=("arcsec",), example="asec(2)"),
    Row("acsc", "x", "the angle in [-pi/2, pi/2] whose cosecant is x",
        ("-1/abs(x)/sqrt(abs(x) - 1)/sqrt(abs(x) + 1)",), value="asin(1/x)",
        stable="atan2(sign(x), sqrt(abs(x) - 1)*sqrt(abs(x) + 1))", domain="abs(x) >= 1",
        samples=((1, 1e3),), targets={"sympy": "acsc"}, aliases=("arccsc", "arccosec"), example="acsc(2)"),
    Row("atan2", "y, x", "the angle of the point (x, y), in [-pi, pi]",
        ("x/hypot(x, y)/hypot(x, y)", "-y/hypot(x, y)/hypot(x, y)"), floats=math.atan2, jump="y == 0 and x <= 0",
        samples=((-1e3, 1e3), (-1e3, 1e3)), targets={"numpy": "arctan2"}, aliases=("arctan2",), example="atan2(1, -1)"),
    # sin and cos, right to half an ulp each, cancel near the zeros of the derivative.
    Row("sinc", "x", "sin(x)/x, and 1 at 0 (unnormalised: without pi)",
        ("-sphericalbessel(1, x)",), value="where(x == 0, 1, sin(x)/x)",
        samples=_ANGLES, targets={"sympy": "sinc"}, example="sinc(1)"),
    # https://dlmf.nist.gov/10.51.E2, whose j_-1 has no weight at n = 0.
    # https://dlmf.nist.gov/10.47.E3, continued to x <= 0 by parity.
    # as for sinc
    Row("sphericalbessel", "n, x", "the spherical Bessel function of the first kind, j_n(x), for an integer n",
        ("nan", "(where(n == 0, 0, n*sphericalbessel(n - 1, x)) - (n + 1)*sphericalbessel(n + 1, x))/(2*n + 1)"),
        value=(
            "where(x == 0, n == 0, sqrt(pi/(2*abs(x)))*besselj(n + 1/2, abs(x))*where(x < 0 and n % 2 == 1, -1, 1))"
        ),
        floats=primitives_special.spherical_bessel, domain="n >= -1 and n == floor(n)",
        samples=((1, 1), (-20, 20)), ulps=45, targets={"latex": r"j_{#1}\left(#2\right)", "sympy": "jn"},
        example="sphericalbessel(1, 2)"),
)
# fmt: on
