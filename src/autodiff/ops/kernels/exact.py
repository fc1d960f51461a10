"""Special functions on mpmath's numbers, at its current precision, where mpmath has them in another form or not at all.

Doubles are rounded from them, and the check computes with them. Imported only where such a function is called.
"""

from typing import Any

import mpmath

Number = Any  # mpmath's mpf

#: More bits than this no difference of two nearby values gets.
_MOST_BITS = 2400


def gamma_p(a: Number, x: Number) -> Number:
    """The regularised lower incomplete gamma function (https://dlmf.nist.gov/8.2.E4)."""
    return mpmath.gammainc(a, 0, x, regularized=True)


def gamma_q(a: Number, x: Number) -> Number:
    return mpmath.gammainc(a, x, regularized=True)


def gammapdf(a: Number, x: Number) -> Number:
    with mpmath.extraprec(64):
        return mpmath.exp((a - 1) * mpmath.log(x) - x - mpmath.loggamma(a))


def betainc(a: Number, b: Number, x: Number) -> Number:
    """The regularised incomplete beta function (https://dlmf.nist.gov/8.17.E2)."""
    return mpmath.betainc(a, b, 0, x, regularized=True)


def betapdf(a: Number, b: Number, x: Number) -> Number:
    with mpmath.extraprec(64):
        return mpmath.exp((a - 1) * mpmath.log(x) + (b - 1) * mpmath.log1p(-x)) / mpmath.beta(a, b)


def polygamma_step(n: Number, x: Number, h: Number) -> Number:
    """Between nearby arguments the two values agree in as many bits as h is smaller than x."""
    lost = mpmath.mag(x) - mpmath.mag(h) if h else 0
    with mpmath.extraprec(min(max(int(lost), 0) + 20, _MOST_BITS)):
        return mpmath.psi(n, x + h) - mpmath.psi(n, x)
