"""The hyperbolic functions and their inverses."""

import math

from autodiff.ops.row import Row

# fmt: off
ROWS = (
    Row("sinh", "x", "the hyperbolic sine, (exp(x) - exp(-x))/2",
        ("cosh(x)",), floats=math.sinh, raised="copysign(inf, x)",
        samples=((-700, 700),), targets={"numpy": "sinh", "latex": r"\sinh"}, aliases=("sh",), example="sinh(1)"),
    Row("cosh", "x", "the hyperbolic cosine, (exp(x) + exp(-x))/2",
        ("sinh(x)",), floats=math.cosh, raised="inf",
        samples=((-700, 700),), targets={"numpy": "cosh", "latex": r"\cosh"}, aliases=("ch",), example="cosh(1)"),
    # 1 - tanh(x)^2 cancels: it is 0 at x = 20, where the truth is 1.7e-17.
    Row("tanh", "x", "the hyperbolic tangent, sinh(x)/cosh(x)",
        ("where(abs(x) < 150, 1/cosh(x)^2, sech(x)^2)",), floats=math.tanh,
        samples=((-350, 350),), targets={"numpy": "tanh", "latex": r"\tanh"}, aliases=("th",), example="tanh(0.5)"),
    Row("coth", "x", "the hyperbolic cotangent, 1/tanh(x)",
        ("where(abs(x) < 150, -1/sinh(x)^2, -csch(x)^2)",), value="1/tanh(x)", domain="x != 0",
        samples=((-350, 350),), targets={"latex": r"\coth", "sympy": "coth"}, aliases=("cth",), example="coth(1)"),
    # cosh overflows 35 units of x before its reciprocal underflows.
    Row("sech", "x", "the hyperbolic secant, 1/cosh(x)",
        ("-sech(x)*tanh(x)",), value="1/cosh(x)", stable="where(abs(x) > 20, 2*exp(-abs(x)), 1/cosh(x))",
        samples=((-700, 700),), targets={"sympy": "sech"}, example="sech(1)"),
    Row("csch", "x", "the hyperbolic cosecant, 1/sinh(x)",
        ("-csch(x)*coth(x)",), value="1/sinh(x)", stable="where(abs(x) > 20, copysign(2*exp(-abs(x)), x), 1/sinh(x))",
        domain="x != 0",
        samples=((-700, 700),), targets={"sympy": "csch"}, example="csch(1)"),
    Row("asinh", "x", "the number whose hyperbolic sine is x",
        ("1/hypot(1, x)",), floats=math.asinh,
        samples=((-1e3, 1e3),), targets={"numpy": "arcsinh"}, aliases=("arsinh", "arcsinh"), example="asinh(1)"),
    Row("acosh", "x", "the number at least 0 whose hyperbolic cosine is x",
        ("1/(sqrt(x - 1)*sqrt(x + 1))",), floats=math.acosh, domain="x >= 1",
        samples=((1, 1e3),), targets={"numpy": "arccosh"}, aliases=("arcosh", "arccosh"), example="acosh(2)"),
    Row("atanh", "x", "the number whose hyperbolic tangent is x",
        ("1/((1 - x)*(1 + x))",), floats=math.atanh, raised="where(abs(x) == 1, copysign(inf, x), nan)",
        domain="-1 < x and x < 1",
        samples=((-1, 1),), targets={"numpy": "arctanh"}, aliases=("artanh", "arctanh"), example="atanh(0.5)"),
    # atanh magnifies the rounding of 1/x near |x| = 1; |x| - 1 is exact there.
    Row("acoth", "x", "the number whose hyperbolic cotangent is x",
        ("-1/(abs(x) - 1)/(abs(x) + 1)",), value="atanh(1/x)", stable="copysign(log1p(2/(abs(x) - 1))/2, x)",
        domain="abs(x) > 1",
        samples=((1, 1e3),), targets={"sympy": "acoth"}, aliases=("arcoth", "arccoth"), example="acoth(2)"),
    # As for acoth: cosh(y) = 1/x gives sinh(y) = sqrt(1 - x^2)/x, which overflows for the smallest x.
    Row("asech", "x", "the number at least 0 whose hyperbolic secant is x",
        ("-1/(x*sqrt((1 - x)*(1 + x)))",), value="acosh(1/x)",
        stable="where(x < 0, nan, where(x < 1e-300, log(2) - log(x), asinh(sqrt((1 - x)*(1 + x))/x)))",
        domain="0 < x and x <= 1",
        samples=((0, 1),), targets={"sympy": "asech"}, aliases=("arsech", "arcsech"), example="asech(0.5)"),
    # 1/x overflows for the smallest x.
    Row("acsch", "x", "the number whose hyperbolic cosecant is x",
        ("-1/abs(x)/hypot(1, x)",), value="asinh(1/x)",
        stable="where(0 < abs(x) and abs(x) < 1e-300, copysign(log(2) - log(abs(x)), x), asinh(1/x))", domain="x != 0",
        samples=((-1e3, 1e3),), targets={"sympy": "acsch"}, aliases=("arcsch", "arccsch"), example="acsch(2)"),
)
# fmt: on
