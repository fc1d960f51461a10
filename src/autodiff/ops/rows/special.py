"""Special functions: the error, gamma and Bessel families, the normal distribution, and the soft steps of learning."""

import math

from autodiff.ops.kernels import real as primitives
from autodiff.ops.kernels import special as primitives_special
from autodiff.ops.row import Row

_POLES = "x > 0 or x != floor(x)"

# fmt: off
ROWS = (
    Row("erf", "x", "the error function",
        ("2/sqrt(pi)*gaussian(x)",), floats=math.erf,
        samples=((-26, 26),), example="erf(0.5)"),
    Row("erfc", "x", "1 - erf(x), accurate where erf(x) is near 1",
        ("-2/sqrt(pi)*gaussian(x)",), floats=math.erfc,
        samples=((-26, 26),), example="erfc(5)"),
    # exp magnifies the rounding of x^2 by x^2. h is x with 10 bits after the point, so that h^2 is exact.
    Row("gaussian", "x", "exp(-x^2)",
        ("-2*chain(x, gaussian(x))",), value="exp(-x^2)",
        stable="h = round(1024*x)/1024; where(abs(x) > 30, 0, exp(-h^2)*exp((h - x)*(h + x)))",
        samples=((-26, 26),), targets={"latex": r"e^{-\left(#1\right)^{2}}"}, example="gaussian(1)"),
    Row("normpdf", "x", "the density of the standard normal distribution",
        ("-chain(x, normpdf(x))",), value="exp(-x^2/2)/sqrt(2*pi)",
        stable=("h = round(1024*x)/1024; where(abs(x) > 40, 0, exp(-h^2/2)*exp((h - x)*(h + x)/2)/sqrt(2*pi))"),
        samples=((-37, 37),), targets={"latex": r"\varphi"}, aliases=("norm_pdf",), example="normpdf(1)"),
    # erfc magnifies the rounding of t = x/sqrt(2) by x^2, so that rounding, x - t*sqrt(2), is computed exactly and
    # its first-order effect added. 47453133/2^25 is sqrt(2) to 26 bits, and h is t to 20 bits after the point.
    Row("normcdf", "x", "the probability that a standard normal variable is at most x",
        ("normpdf(x)",), value="erfc(-x/sqrt(2))/2",
        stable=(
            "t = x/sqrt(2); h = round(1048576*t)/1048576;"
            " s = 47453133/33554432; r = x - s*h - s*(t - h) + 5.599088178737374e-09*t;"
            " where(abs(x) > 40, x > 0, erfc(-t)/2 + r*normpdf(x))"
        ),
        samples=((-37, 37),), targets={"latex": r"\Phi"}, aliases=("norm_cdf", "ndtr"),
        example="normcdf(1)"),
    # Poles at 0 and the negative integers; an overflow near 0 (of either sign) or above 171.
    # Python's gamma is off by up to 6
    Row("gamma", "x", "the gamma function; gamma(n + 1) is n!",
        ("gamma(x)*digamma(x)",), floats=math.gamma,
        raised="where(abs(x) < 1, copysign(inf, x), where(x > 0, inf, nan))", domain=_POLES,
        samples=((0, 170),), ulps=10, targets={"latex": r"\Gamma"}, aliases=("tgamma",), example="gamma(5)"),
    Row("lgamma", "x", "log(abs(gamma(x)))",
        ("digamma(x)",), value="log(abs(gamma(x)))", floats=primitives_special.lgamma, raised="inf", domain=_POLES,
        samples=((0, 1e3),), targets={"sympy": "loggamma"}, aliases=("loggamma", "gammaln"), example="lgamma(100)"),
    # gamma magnifies the rounding of x + 1; above 1 the recurrence does without it.
    # as gamma; and below 1 the derivative has a zero, near which x + 1 is rounded
    Row("factorial", "x", "x!, for any real x: gamma(x + 1)",
        ("factorial(x)*digamma(x + 1)",), value="gamma(x + 1)", stable="where(x > 1, x*gamma(x), gamma(x + 1))",
        domain="x > -1 or x != floor(x)",
        targets={"mpmath": "factorial", "sympy": "factorial"}, samples=((1, 170),), ulps=13, example="factorial(5)"),
    Row("digamma", "x", "the derivative of lgamma",
        ("polygamma(1, x)",), floats=primitives_special.digamma, domain=_POLES,
        samples=((0, 1e3),), targets={"latex": r"\psi"}, aliases=("psi",), example="digamma(2)"),
    Row("polygamma", "n, x", "the n-th derivative of digamma, for an integer n",
        ("nan", "polygamma(n + 1, x)"), floats=primitives_special.polygamma,
        domain="n >= 0 and n == floor(n) and (x > 0 or x != floor(x))",
        samples=((1, 1), (0, 1e3)), targets={"latex": r"\psi^{(#1)}\left(#2\right)", "mpmath": "psi"},
        example="polygamma(1, 2)"),
    # https://dlmf.nist.gov/10.6.E1
    # the derivative cancels near its zeros
    Row("besselj", "n, x", "the Bessel function of the first kind, J_n(x)",
        ("nan", "(besselj(n - 1, x) - besselj(n + 1, x))/2"), floats=primitives_special.besselj,
        domain="x >= 0 or n == floor(n)",
        samples=((1, 1), (0, 20)), loses="the derivative near its zeros is right to 1e-16",
        targets={"latex": r"J_{#1}\left(#2\right)", "javascript": ""},
        aliases=("jv",), example="besselj(0, 1)"),
    Row("sigmoid", "x", "the logistic function, 1/(1 + exp(-x))",
        ("sigmoid(x)*sigmoid(-x)",), value="1/(1 + exp(-x))",
        stable="where(x < 0, exp(x)/(1 + exp(x)), 1/(1 + exp(-x)))",
        samples=((-700, 700),), aliases=("logistic", "expit"), example="sigmoid(0.5)"),
    # Near 1/2 the quotient is near 1, where log magnifies its rounding; 2*x - 1 is exact there.
    Row("logit", "x", "the inverse of sigmoid, log(x/(1 - x))",
        ("1/(x*(1 - x))",), value="log(x/(1 - x))",
        stable="where(abs(x - 1/2) < 1/4, 2*atanh(2*x - 1), log(x/(1 - x)))", domain="0 < x and x < 1",
        samples=((0, 1),), example="logit(0.75)"),
    Row("softplus", "x", "log(1 + exp(x)), a smooth relu",
        ("sigmoid(x)",), value="log1p(exp(x))", stable="max(x, 0) + log1p(exp(-abs(x)))",
        samples=((-700, 700),), example="softplus(1)"),
    Row("silu", "x", "x*sigmoid(x)",
        ("chain(sigmoid(x), 1 + chain(x, sigmoid(-x)))",), value="x*sigmoid(x)",
        stable="where(x == -inf, -0.0, x*sigmoid(x))",
        samples=((-700, 700),), loses="the derivative near its zero at -1.28 is right to 1e-16",
        aliases=("swish",), example="silu(1)"),
    # The derivative has a zero at -1.19, where its two terms cancel.
    Row("mish", "x", "x*tanh(softplus(x)), a smooth ReLU (Misra 2019)",
        ("t = softplus(x); tanh(t) + chain(chain(x, sech(t)^2), sigmoid(x))",), value="x*tanh(softplus(x))",
        stable="where(x == -inf, -0.0, where(x < -40, x*exp(x), x*tanh(softplus(x))))",
        samples=((-1, 30),), ulps=8, loses="the derivative near its zero at -1.19 is right to 1e-16",
        example="mish(1)"),
    Row("gelu", "x", "x times the normal distribution function of x (exact, not the tanh form)",
        ("normcdf(x) + chain(x, normpdf(x))",), value="x*normcdf(x)", stable="where(x == -inf, -0.0, x*normcdf(x))",
        samples=((-37, 37),), loses="the derivative near its zero at -0.75 is right to 1e-16", example="gelu(1)"),
    # Equal arguments apart, so that infinite ones do not subtract.
    # The value cancels near its zeros; the partials magnify the rounding of x - y by abs(x - y).
    Row("logaddexp", "x, y", "log(exp(x) + exp(y)), which cannot overflow",
        ("sigmoid(x - y)", "sigmoid(y - x)"), value="log(exp(x) + exp(y))",
        stable="where(x == y, x + log(2), max(x, y) + log1p(exp(-abs(x - y))))",
        samples=((-10, 10), (-10, 10)), ulps=50, example="logaddexp(1, 2)",
        loses="a derivative by abs(x - y)/2, and a value near 0 is right to 1e-16"),
    # as for logaddexp
    Row("logsumexp", "*xs", "log(exp(x1) + exp(x2) + ...), which cannot overflow",
        ("m = max(xs); exp(x - m)/{exp(x - m) + ...}",), value="log({exp(x) + ...})", floats=primitives.logsumexp,
        samples=((-10, 10),), ulps=43, example="logsumexp(1, 2, 3)",
        loses="a derivative by half the distance to the largest argument, and a value near 0 is right to 1e-16"),
)
# fmt: on
