"""Special functions on Python floats: those that `math` lacks, and those that it computes too coarsely.

As in `primitives`, they return floats only. What needs mpmath imports it when it is called: that takes longer than
everything else here, so only a formula that uses such a function pays.
"""

import math

#: zeta(k) - 1 for k = 2, 3, ..., as far as a term of `_log_gamma_series` matters.
_ZETA_LESS_1 = (
    0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
    0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
    0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-05, 3.058823630702049e-05, 1.528225940865187e-05,
    7.637197637899763e-06, 3.81729326499984e-06, 1.908212716553939e-06, 9.539620338727962e-07, 4.769329867878064e-07,
    2.38450502727733e-07, 1.1921992596531106e-07, 5.960818905125948e-08, 2.980350351465228e-08, 1.4901554828365043e-08,
    7.45071178983543e-09, 3.725334024788457e-09, 1.862659723513049e-09, 9.313274324196682e-10, 4.656629065033784e-10,
    2.3283118336765053e-10, 1.164155017270052e-10, 5.820772087902701e-11, 2.9103850444971e-11, 1.4551921891041985e-11,
)  # fmt: skip
_ONE_LESS_EULER = 0.42278433509846713

#: A swinging function that is smaller than this beside its largest values lost digits on the way.
_NEAR_ZERO = 0.01
#: Orders beyond this are refused: the methods below would take minutes, for numbers that overflow or underflow.
_HIGHEST_ORDER = 1000
#: Beyond this what grows or falls like exp(x) has left the doubles, at any order up to that.
_LARGE = 1e5
#: Below this a gamma variable is 0 to all digits, and the rest goes like the shape.
_SMALL_SHAPE = 1e-20
_LARGEST_SHAPE = 1e6


def lgamma(x: float) -> float:
    """log(abs(gamma(x))) to 4 ulps, where Python's loses all digits near its zeros.

    Around 1 and 2 it sums the series; up to 8 the recurrence gamma(x + 1) = x gamma(x) leads there. Below 0 there are
    two zeros between any two poles, and mpmath is asked; below -40 they are too near to a pole for a double.
    """
    if -40.0 < x < 0.0 and x != math.floor(x):
        return _log_gamma_below(x)
    if not 0.0 < x < 8.0:
        return math.lgamma(x)
    if x < 0.5:
        return _log_gamma_series(x) - math.log1p(x) - math.log(x)
    if x < 1.3:
        return _log_gamma_series(x - 1.0) - math.log1p(x - 1.0)
    factor = 1.0
    while x > 2.5:
        x -= 1.0
        factor *= x
    return _log_gamma_series(x - 2.0) + math.log(factor)


def _log_gamma_below(x: float) -> float:
    import mpmath

    with mpmath.workprec(150):
        return float(mpmath.log(abs(mpmath.gamma(x))))


def _log_gamma_series(z: float) -> float:
    """log(gamma(2 + z)) for -0.7 <= z <= 1/2 (https://dlmf.nist.gov/5.7.E3)."""
    total = 0.0
    for k in range(len(_ZETA_LESS_1) + 1, 1, -1):
        total = _ZETA_LESS_1[k - 2] / k - z * total
    return z * (_ONE_LESS_EULER + z * total)


def spherical_bessel(n: float, x: float) -> float:
    """The spherical Bessel function j_n(x) for an integer n >= -1 (j_-1 is cos(x)/x).

    Below x^2 = 4n + 6 the terms of the power series (https://dlmf.nist.gov/10.53.E1) only fall. Above it the recurrence
    j_{n+1} = (2n+1)/x j_n - j_{n-1} (https://dlmf.nist.gov/10.51.E1) leads to the first orders; near a zero its terms
    cancel, and for n > x they all do: mpmath is asked.
    """
    if not math.isfinite(n) or x != x:
        return math.nan
    order = int(n)
    if order != n or not -1 <= order <= _HIGHEST_ORDER:
        return math.nan
    if order < 0:
        return math.cos(x) / x
    if math.isinf(x):
        return 0.0
    if x * x < 4 * order + 6:
        term = 1.0
        for k in range(1, order + 1):
            term *= x / (2 * k + 1)
        return term * _bessel_series(order, x * x / 2)
    if order > 2:
        return _spherical_bessel_exactly(order, x)
    before, now = math.cos(x) / x, math.sin(x) / x
    for k in range(order):
        before, now = now, (2 * k + 1) / x * now - before
    # Beyond its turning point the function swings within 1/x or little more.
    return _spherical_bessel_exactly(order, x) if order and abs(now * x) < _NEAR_ZERO else now


def _spherical_bessel_exactly(order: int, x: float) -> float:
    import mpmath

    with mpmath.workprec(200):
        exact = mpmath.mpf(abs(x))
        try:
            found = mpmath.sqrt(mpmath.pi / (2 * exact)) * mpmath.besselj(order + mpmath.mpf(1) / 2, exact)
        except mpmath.libmp.NoConvergence:
            return math.nan
    return float(found) * (-1.0 if order % 2 and x < 0 else 1.0)


def _bessel_series(order: int, half_square: float) -> float:
    terms = [1.0]
    k = 0
    while abs(terms[-1]) > 1e-18:
        k += 1
        terms.append(-terms[-1] * half_square / (k * (2 * (order + k) + 1)))
    return math.fsum(terms)


def digamma(x: float) -> float:
    return polygamma(0.0, x)


def polygamma(n: float, x: float) -> float:
    """The n-th derivative of digamma at x, correctly rounded but for the rarest cases (90 bits or more on the way).

    NaN also where it takes too long: orders over 1000, and below -100000 for n > 0.
    """
    if not (0.0 <= n <= _HIGHEST_ORDER and n == math.floor(n)) or x != x or (n > 0.0 and x < -1e5):
        return math.nan
    if math.isinf(x):
        return math.nan if x < 0.0 else 0.0 if n else x
    if x <= 0.0 and x == math.floor(x):
        return math.nan
    from mpmath.libmp import from_float, mpf_psi, to_float

    # Between its poles digamma goes through 0, and nearest to one of its zeros it is 2^-60 beside terms of about 1.
    return float(to_float(mpf_psi(int(n), from_float(x), 150 if n == 0.0 else 90), rnd="n"))


def besselj(n: float, x: float) -> float:
    """The Bessel function J_n(x). NaN also where it takes too long: orders over 1000."""
    if not abs(n) <= _HIGHEST_ORDER or x != x or (x < 0.0 and n != math.floor(n)):
        return math.nan
    if math.isinf(x):
        return 0.0
    import mpmath

    with mpmath.workprec(90):
        try:
            return float(mpmath.re(mpmath.besselj(n, x)))
        except mpmath.libmp.NoConvergence:
            return math.nan


def _rounded(name: str, *xs: float) -> float:
    """A function of `exact`, or else of mpmath, rounded from 120 bits; NaN where it has no real value or takes long."""
    import mpmath

    from autodiff.ops.kernels import exact

    function = getattr(exact, name, None) or getattr(mpmath, name)
    with mpmath.workprec(120):
        try:
            found = function(*map(mpmath.mpf, xs))
        except (mpmath.libmp.NoConvergence, ValueError, ArithmeticError):
            return math.nan
        return math.nan if isinstance(found, mpmath.mpc) and found.imag else float(mpmath.re(found))


def besseli(n: float, x: float) -> float:
    if not abs(n) <= _HIGHEST_ORDER or x != x or (x < 0.0 and n != math.floor(n)):
        return math.nan
    if abs(x) > _LARGE:
        return -math.inf if x < 0.0 and n % 2 else math.inf
    # The same function for a negative whole order, for which mpmath takes a thousand times as long.
    return _rounded("besseli", abs(n) if n == math.floor(n) else n, x)


def bessely(n: float, x: float) -> float:
    if not abs(n) <= _HIGHEST_ORDER or not x > 0.0:
        return math.nan
    return 0.0 if math.isinf(x) else _rounded("bessely", n, x)


def besselk(n: float, x: float) -> float:
    if not abs(n) <= _HIGHEST_ORDER or not x > 0.0:
        return math.nan
    return 0.0 if x > _LARGE else _rounded("besselk", abs(n), x)


def exponential_integral(n: float, x: float) -> float:
    """E_n(x)."""
    if not abs(n) <= _HIGHEST_ORDER or not x > 0.0:
        return math.nan
    return 0.0 if x > _LARGE else _rounded("expint", n, x)


def first_exponential_integral(x: float) -> float:
    return exponential_integral(1.0, x)


def expi(x: float) -> float:
    """Ei(x)."""
    if x != x:
        return math.nan
    if not x:
        return -math.inf
    return _rounded("ei", x) if abs(x) < _LARGE else math.inf if x > 0.0 else -0.0


def gamma_p(a: float, x: float) -> float:
    """P(a, x). NaN also where it takes too long: shapes over a million."""
    if not (0.0 < a <= _LARGEST_SHAPE and x >= 0.0):
        return math.nan
    if math.isinf(x) or (x and a < _SMALL_SHAPE):
        return 1.0
    return _rounded("gamma_p", a, x) if x else 0.0


def gamma_q(a: float, x: float) -> float:
    if not (0.0 < a <= _LARGEST_SHAPE and x >= 0.0):
        return math.nan
    if x and a < _SMALL_SHAPE:
        return a * exponential_integral(1.0, x)
    return 0.0 if math.isinf(x) else _rounded("gamma_q", a, x) if x else 1.0


def gammapdf(a: float, x: float) -> float:
    if not (0.0 < a < math.inf and x >= 0.0):
        return math.nan
    if not x:
        return _at_an_end(a, 1.0)
    return 0.0 if math.isinf(x) else _rounded("gammapdf", a, x)


def _at_an_end(exponent: float, limit: float) -> float:
    """A density that goes like limit*x^(exponent - 1), where x is 0."""
    return 0.0 if exponent > 1.0 else limit if exponent == 1.0 else math.inf


def beta(a: float, b: float) -> float:
    if not (a > 0.0 and b > 0.0):
        return math.nan
    return 0.0 if math.isinf(a) or math.isinf(b) else _rounded("beta", a, b)


def betainc(a: float, b: float, x: float) -> float:
    """I_x(a, b). NaN also for shapes over a million."""
    if not (0.0 < a <= _LARGEST_SHAPE and 0.0 < b <= _LARGEST_SHAPE and 0.0 <= x <= 1.0):
        return math.nan
    return _rounded("betainc", a, b, x) if 0.0 < x < 1.0 else x


def betapdf(a: float, b: float, x: float) -> float:
    if not (0.0 < a < math.inf and 0.0 < b < math.inf and 0.0 <= x <= 1.0):
        return math.nan
    if not 0.0 < x < 1.0:
        return _at_an_end(b, a) if x else _at_an_end(a, b)
    return _rounded("betapdf", a, b, x)


def polygamma_step(n: float, x: float, h: float) -> float:
    if not (0.0 <= n <= _HIGHEST_ORDER and n == math.floor(n) and 0.0 < x < math.inf and -x < h < math.inf):
        return math.nan
    return _rounded("polygamma_step", n, x, h)


def erfinv(x: float) -> float:
    if abs(x) == 1.0:
        return math.copysign(math.inf, x)
    return _rounded("erfinv", x) if 0.0 < abs(x) < 1.0 else x if not x else math.nan
