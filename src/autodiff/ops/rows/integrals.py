"""Special functions that are integrals: more of the Bessel family, exponential integrals, and the incomplete gamma and
beta functions with their densities. mpmath, which comes with SymPy, computes them; a browser cannot.
"""

from autodiff.ops.kernels import special as primitives
from autodiff.ops.row import Row

_ORDER = (1, 1)
_POSITIVE = (0, 30)

# fmt: off
ROWS = (
    # https://dlmf.nist.gov/10.29.E1
    Row("besseli", "n, x", "the modified Bessel function of the first kind, I_n(x)",
        ("nan", "(besseli(n - 1, x) + besseli(n + 1, x))/2"), floats=primitives.besseli,
        domain="x >= 0 or n == floor(n)",
        samples=(_ORDER, (-100, 100)), targets={"javascript": ""}, aliases=("iv",), example="besseli(0, 1)"),
    # https://dlmf.nist.gov/10.6.E1
    Row("bessely", "n, x", "the Bessel function of the second kind, Y_n(x)",
        ("nan", "(bessely(n - 1, x) - bessely(n + 1, x))/2"), floats=primitives.bessely, domain="x > 0",
        samples=(_ORDER, (0, 20)), loses="the derivative near its zeros is right to 1e-16",
        targets={"javascript": ""}, aliases=("yv",), example="bessely(0, 1)"),
    Row("besselk", "n, x", "the modified Bessel function of the second kind, K_n(x)",
        ("nan", "-(besselk(n - 1, x) + besselk(n + 1, x))/2"), floats=primitives.besselk, domain="x > 0",
        samples=(_ORDER, (0, 100)), targets={"javascript": ""}, aliases=("kv",), example="besselk(0, 1)"),
    # https://dlmf.nist.gov/8.19.E13
    Row("expint", "x", "the exponential integral E_1(x), that of exp(-t)/t from x on",
        ("-exp(-x)/x",), value="expint(1, x)", floats=primitives.first_exponential_integral, domain="x > 0",
        samples=((0, 700),), targets={"javascript": ""}, aliases=("exp1",), example="expint(1)"),
    Row("expint", "n, x", "the exponential integral E_n(x), that of exp(-x*t)/t^n from t = 1 on",
        ("nan", "-expint(n - 1, x)"), floats=primitives.exponential_integral, domain="x > 0",
        samples=(_ORDER, (0, 700)), targets={"javascript": ""}, aliases=("expn",), example="expint(2, 1)"),
    Row("expi", "x", "the exponential integral Ei(x), that of exp(t)/t up to x",
        ("exp(x)/x",), floats=primitives.expi, domain="x != 0",
        samples=((-700, 700),), targets={"mpmath": "ei", "sympy": "Ei", "javascript": ""}, example="expi(1)"),
    # https://dlmf.nist.gov/8.8.E13
    Row("gamma_p", "a, x", "the regularised lower incomplete gamma function P(a, x)",
        ("nan", "gammapdf(a, x)"), floats=primitives.gamma_p, domain="a > 0 and x >= 0",
        samples=(_POSITIVE, _POSITIVE), targets={"sympy": "lowergamma(#1, #2)/gamma(#1)", "javascript": ""},
        loses="shapes above a million have no value",
        aliases=("gammainc", "gammap"), example="gamma_p(2, 1)"),
    Row("gamma_q", "a, x", "the regularised upper incomplete gamma function Q(a, x), 1 - P(a, x)",
        ("nan", "-gammapdf(a, x)"), floats=primitives.gamma_q, domain="a > 0 and x >= 0",
        samples=(_POSITIVE, _POSITIVE), targets={"sympy": "uppergamma(#1, #2)/gamma(#1)", "javascript": ""},
        loses="shapes above a million have no value",
        aliases=("gammaincc", "gammaq"), example="gamma_q(2, 1)"),
    Row("gammapdf", "a, x", "the density of the gamma distribution of shape a",
        ("chain(gammapdf(a, x), log(x) - digamma(a))", "gammapdf(a, x)*((a - 1)/x - 1)"),
        value="x^(a - 1)*exp(-x)/gamma(a)", floats=primitives.gammapdf, domain="a > 0 and x >= 0",
        samples=((0, 5), (6, 30)), loses="a derivative near its zeros is right to 1e-16",
        targets={"mpmath": "gammapdf", "javascript": ""}, example="gammapdf(2, 1)"),
    Row("beta", "a, b", "the beta function, gamma(a)*gamma(b)/gamma(a + b)",
        ("-chain(beta(a, b), polygamma_step(0, a, b))", "-chain(beta(a, b), polygamma_step(0, b, a))"),
        floats=primitives.beta, domain="a > 0 and b > 0",
        samples=(_POSITIVE, _POSITIVE), targets={"javascript": ""}, example="beta(2, 3)"),
    # digamma(x + h) - digamma(x) would lose the digits in which the two agree.
    Row("polygamma_step", "n, x, h", "polygamma(n, x + h) - polygamma(n, x), accurate where h is small",
        ("nan", "polygamma_step(n + 1, x, h)", "polygamma(n + 1, x + h)"),
        value="polygamma(n, x + h) - polygamma(n, x)", floats=primitives.polygamma_step,
        domain="n >= 0 and n == floor(n) and x > 0 and x + h > 0",
        samples=(_ORDER, _POSITIVE, _POSITIVE), targets={"mpmath": "polygamma_step", "javascript": ""},
        example="polygamma_step(0, 2, 1)"),
    # https://dlmf.nist.gov/8.17.E1
    Row("betainc", "a, b, x", "the regularised incomplete beta function I_x(a, b)",
        ("nan", "nan", "betapdf(a, b, x)"), floats=primitives.betainc,
        domain="a > 0 and b > 0 and 0 <= x and x <= 1",
        samples=(_POSITIVE, _POSITIVE, (0, 1)),
        loses="shapes above a million have no value",
        targets={"sympy": "betainc_regularized(#1, #2, 0, #3)", "javascript": ""}, example="betainc(2, 3, 0.5)"),
    Row("betapdf", "a, b, x", "the density of the beta distribution of shapes a and b",
        (
            "chain(betapdf(a, b, x), log(x) + polygamma_step(0, a, b))",
            "chain(betapdf(a, b, x), log1p(-x) + polygamma_step(0, b, a))",
            "betapdf(a, b, x)*((a - 1)/x - (b - 1)/(1 - x))",
        ),
        value="x^(a - 1)*(1 - x)^(b - 1)/beta(a, b)", floats=primitives.betapdf,
        domain="a > 0 and b > 0 and 0 <= x and x <= 1",
        samples=((3, 9), (0.5, 1), (0.001, 0.5)), loses="a derivative near its zeros is right to 1e-16",
        targets={"mpmath": "betapdf", "javascript": ""}, example="betapdf(2, 3, 0.5)"),
    # exp(erfinv(x)^2) magnifies the rounding of erfinv(x) by twice its square.
    Row("erfinv", "x", "the number whose error function is x",
        ("sqrt(pi)/(2*gaussian(erfinv(x)))",), floats=primitives.erfinv, domain="-1 < x and x < 1",
        samples=((-1, 1),), ulps=50, loses="the derivative near -1 and 1 by twice the square of the value",
        targets={"javascript": ""}, example="erfinv(0.5)"),
)
# fmt: on
