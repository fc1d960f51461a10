"""Elementwise operations on balls of FLINT: midpoints with rigorous radii, at its current precision.

A result contains the value at every point of the arguments; NaN is a ball of which nothing is known. A condition is 1,
0, or, where the arguments do not decide it, both. Imported only where balls are asked for.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from autodiff.errors import AutodiffError

try:
    from flint import acb, ctx
    from flint import arb as arb
except ImportError as error:
    raise AutodiffError(
        "no-flint", "enclosures are computed with python-flint, which is not installed",
        hint="install it with: pip install 'autodiff-cli[certify]'",
    ) from error  # fmt: skip

Ball = Any  # flint's arb, which has no types


def precision(bits: int) -> Any:
    """A context in which midpoints have so many bits."""
    return ctx.workprec(bits)


def bits_now() -> int:
    """How many bits midpoints have."""
    return int(ctx.prec)


#: FLINT rounds a radius of 30 bits up even where it fits: what is less by this comes out right.
_SHY = 1 - arb(2) ** -30


def between(low: Ball, high: Ball) -> Ball:
    """All numbers between two, and hardly any other."""
    middle, radius = (low + high) / 2, (high - low) / 2
    found = arb(middle, radius * _SHY)
    return found if found.contains(low) and found.contains(high) else low.union(high)


def hull(a: Ball, b: Ball) -> Ball:
    """All numbers from the one to the other; of one sign where both are."""
    if not (a.is_finite() and b.is_finite()):
        return a.union(b)
    found = between(a.lower().min(b.lower()), a.upper().max(b.upper()))
    if a >= 0 and b >= 0 and not found >= 0:
        return found.nonnegative_part()
    return -((-found).nonnegative_part()) if a <= 0 and b <= 0 and not found <= 0 else found


ZERO, ONE, NAN = arb(0), arb(1), arb.nan()
#: A condition that holds at some points of a ball and not at others, as far as one can tell; any slope of a kink.
EITHER, SLOPES = hull(ZERO, ONE), hull(-ONE, ONE)
#: Powers with more bits in their exponent are computed by logarithms; a smaller number is rounded to 0.
_MOST_BITS, _SMALLEST = 20, -100_000


class Doubts:
    """How many conditions could not be decided so far: whoever wants to know compares before and after."""

    count = 0


def condition(holds: bool, fails: bool) -> Ball:
    """A condition of which it is known that it holds, or that it fails, everywhere."""
    if holds or fails:
        return ONE if holds else ZERO
    Doubts.count += 1
    return EITHER


def holds(x: Ball) -> bool:
    """Whether a number is nowhere 0."""
    return bool(x > 0 or x < 0)


def _monotone(function: Callable[[Ball], Ball], x: Ball) -> Ball:
    """What a function that only rises, or only falls, makes of a ball: nothing is lost between its ends."""
    return function(x) if x.is_exact() else hull(function(x.lower()), function(x.upper()))


# Comparisons, logic and choice.


def lt(x: Ball, y: Ball) -> Ball:
    return condition(x < y, x >= y)


def le(x: Ball, y: Ball) -> Ball:
    return condition(x <= y, x > y)


def gt(x: Ball, y: Ball) -> Ball:
    return lt(y, x)


def ge(x: Ball, y: Ball) -> Ball:
    return le(y, x)


def eq(x: Ball, y: Ball) -> Ball:
    return condition(bool(x == y), bool(x != y))


def ne(x: Ball, y: Ball) -> Ball:
    return condition(bool(x != y), bool(x == y))


def both(x: Ball, y: Ball) -> Ball:
    return condition(holds(x) and holds(y), x.is_zero() or y.is_zero())


def either(x: Ball, y: Ball) -> Ball:
    return condition(holds(x) or holds(y), x.is_zero() and y.is_zero())


def negate(x: Ball) -> Ball:
    return condition(x.is_zero(), holds(x))


def where(c: Ball, a: Ball, b: Ball) -> Ball:
    if c.is_zero() or holds(c):
        return b if c.is_zero() else a
    Doubts.count += 1
    return NAN if c.is_nan() else hull(a, b)


def isfinite(x: Ball) -> Ball:
    return condition(x.is_finite(), _is_infinite(x))


def isinf(x: Ball) -> Ball:
    return condition(_is_infinite(x), x.is_finite())


def isnan(x: Ball) -> Ball:
    return condition(False, not x.is_nan() and (x.is_finite() or _is_infinite(x)))


def _is_infinite(x: Ball) -> bool:
    return bool(x.is_exact() and not x.is_finite() and not x.is_nan())


# Arithmetic, pieces and powers.


def chain(x: Ball, y: Ball) -> Ball:
    return ZERO if x.is_zero() or y.is_zero() else x * y


def absolute(x: Ball) -> Ball:
    if x >= 0 or x <= 0:
        return x if x >= 0 else -x
    return NAN if x.is_nan() else hull(ZERO, (-x.lower()).max(x.upper()))


def sign(x: Ball) -> Ball:
    if x.is_zero() or holds(x):
        return x.sgn()
    Doubts.count += 1
    return SLOPES


def largest(*xs: Ball) -> Ball:
    return reduce(lambda x, y: x.max(y), xs)


def smallest(*xs: Ball) -> Ball:
    return reduce(lambda x, y: x.min(y), xs)


def nearest(x: Ball) -> Ball:
    """The nearest integer, and the even one of two."""
    return _monotone(_nearest, x) if x.is_finite() else NAN


def _nearest(x: Ball) -> Ball:
    mantissa, exponent = map(int, x.man_exp())
    if exponent >= 0:
        return x
    if mantissa.bit_length() + exponent < -1:
        return ZERO
    return arb(round(Fraction(mantissa, 1 << -exponent)))


def square(x: Ball) -> Ball:
    return power(x, arb(2))


def power(x: Ball, y: Ball) -> Ball:
    whole = y.unique_fmpz() if y.is_exact() else None
    if whole is not None and int(whole).bit_length() <= _MOST_BITS:
        return _whole_power(x, int(whole))
    if x > 0:
        return x**y
    if y > 0 and x >= 0:
        # Between 0 and what the largest base gives.
        return ZERO if x.is_zero() else hull(ZERO, x.upper() ** y)
    return NAN


def _whole_power(x: Ball, n: int) -> Ball:
    if n < 0:
        return 1 / _whole_power(x, -n)
    if n % 2 == 0:
        x = absolute(x)
    return ONE if n == 0 else _monotone(lambda end: end**n, x)


def sqrt(x: Ball) -> Ball:
    return _monotone(lambda end: end.sqrt(), x) if x >= 0 else NAN


def cbrt(x: Ball) -> Ball:
    return _monotone(lambda end: end.root(3) if end >= 0 else -((-end).root(3)), x)


def hypot(*xs: Ball) -> Ball:
    return sqrt(sum(map(square, xs), ZERO))


def sinc(x: Ball) -> Ball:
    return x.sinc()


def sphericalbessel(n: Ball, x: Ball) -> Ball:
    """An entire function but for a factor of x^n: https://dlmf.nist.gov/10.53.E1 as a hypergeometric series."""
    series = (-square(x) / 4).hypgeom_0f1(n + 1.5, regularized=True)
    return arb.pi().sqrt() / 2 * power(x / 2, n) * series if n.unique_fmpz() is not None else NAN


def asin(x: Ball) -> Ball:
    return _monotone(lambda end: end.asin(), x)


def acos(x: Ball) -> Ball:
    return _monotone(lambda end: end.acos(), x)


def acosh(x: Ball) -> Ball:
    return _monotone(lambda end: end.acosh(), x)


# Special functions.


def lgamma(x: Ball) -> Ball:
    return x.lgamma() if x > 0 else absolute(x.gamma()).log()


def polygamma(n: Ball, x: Ball) -> Ball:
    """By the zeta function of Hurwitz (https://dlmf.nist.gov/5.15.E1), or for a negative x by that of the plane."""
    order = n.unique_fmpz() if n.is_exact() else None
    if order is None or order < 0:
        return NAN
    if order == 0:
        return x.digamma()
    if x > 0:
        found = (n + 1).zeta(x) * (n + 1).gamma()
        return found if order % 2 else -found
    return acb(x).polygamma(acb(n)).real


def besselj(n: Ball, x: Ball) -> Ball:
    return x.bessel_j(n)


def besseli(n: Ball, x: Ball) -> Ball:
    return x.bessel_i(n)


def bessely(n: Ball, x: Ball) -> Ball:
    return x.bessel_y(n)


def besselk(n: Ball, x: Ball) -> Ball:
    return x.bessel_k(n)


def expint(n: Ball, x: Ball) -> Ball:
    return x.expint(n) if x > 0 else NAN


def gamma_p(a: Ball, x: Ball) -> Ball:
    return ZERO if x.is_zero() and a > 0 else x.gamma_lower(a, regularized=1)


def gamma_q(a: Ball, x: Ball) -> Ball:
    return ONE if x.is_zero() and a > 0 else x.gamma_upper(a, regularized=1)


def beta(a: Ball, b: Ball) -> Ball:
    return a.gamma() * b.gamma() / (a + b).gamma()


def betainc(a: Ball, b: Ball, x: Ball) -> Ball:
    return x.beta_lower(a, b, regularized=1) if x >= 0 and x <= 1 else NAN


#: The functions that are called otherwise here than their rows.
_RENAMED: dict[str, Callable[..., Ball]] = {
    "and": both, "or": either, "not": negate, "abs": absolute, "max": largest, "min": smallest, "round": nearest,
    "pow": power, "expi": lambda x: x.ei(), "atan2": arb.atan2,
}  # fmt: skip
_OURS = (
    lt, le, gt, ge, eq, ne, where, isfinite, isinf, isnan, chain, sign, square, sqrt, cbrt, hypot, sinc,
    sphericalbessel, asin, acos, acosh, lgamma, polygamma, besselj, besseli, bessely, besselk, gamma_p, gamma_q, beta,
    betainc,
)  # fmt: skip
#: The methods of FLINT that enclose what the row of the same name computes.
_METHODS = (
    "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "cot",
    "sec", "csc", "coth", "sech", "csch", "floor", "ceil", "erf", "erfc", "gamma", "digamma", "erfinv",
)  # fmt: skip
#: What computes a row, by its name and its number of arguments (-1 for any): all other rows are their definition.
FUNCTIONS: dict[tuple[str, int], Callable[..., Ball]] = {
    ("add", 2): lambda x, y: x + y, ("sub", 2): lambda x, y: x - y, ("mul", 2): lambda x, y: x * y,
    ("div", 2): lambda x, y: x / y, ("neg", 1): lambda x: -x, ("expint", 2): expint,
    **{(name, 1): getattr(arb, name) for name in _METHODS},
    **{(function.__name__, -1): function for function in _OURS},
    **{(name, -1): function for name, function in _RENAMED.items()},
}  # fmt: skip


def _slope(above: bool, below: bool, otherwise: Ball) -> Ball:
    if above or below:
        return ONE if above else ZERO
    Doubts.count += 1
    return otherwise


def _largest_slope(xs: Sequence[Ball], k: int) -> Ball:
    others = [x for j, x in enumerate(xs) if j != k]
    return _slope(all([xs[k] > x for x in others]), any([xs[k] < x for x in others]), EITHER)


def _smallest_slope(xs: Sequence[Ball], k: int) -> Ball:
    return _largest_slope([-x for x in xs], k)


def _length_slope(xs: Sequence[Ball], k: int) -> Ball:
    length = hypot(*xs)
    if length > 0:
        return xs[k] / length
    Doubts.count += 1
    return SLOPES


#: Partial derivatives whose rules compare an argument with the result, which balls cannot: every slope of the kink.
SLOPES_OF: dict[str, Callable[[Sequence[Ball], int], Ball]] = {
    "max": _largest_slope, "min": _smallest_slope, "hypot": _length_slope,
}  # fmt: skip
#: Jumps that doubles do not meet, as they have two zeros: where they cannot be excluded.
CUTS: dict[str, Callable[[Sequence[Ball]], bool]] = {
    "atan2": lambda args: not (holds(args[0]) or args[1] > 0),
}
