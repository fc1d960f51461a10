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


def besselk(n: Number, x: Number) -> Number:
    """K_n(x). mpmath takes long for whole orders, as the limit of others: the integral over exp(-x cosh t) cosh(n t).

    The integrand (https://dlmf.nist.gov/10.32.E9) is entire, so that the trapezoidal rule with a step of h is wrong by
    exp(-2 pi/h) K_n(x cos 1), as it is small in a strip of half-width 1 (Trefethen and Weideman 2014). Its terms are
    positive.
    """
    if n != mpmath.floor(n) or abs(n) > 1000 or not 1e-3 <= x <= 1e4:
        return mpmath.besselk(n, x)
    order, bits = abs(int(n)), mpmath.mp.prec + 10
    with mpmath.extraprec(40):
        # K_n(x cos 1)/K_n(x) is below exp(0.46 x) 1.86^n.
        step = 2 * mpmath.pi / (0.7 * bits + 0.46 * x + 0.62 * order)
        factor, grown = mpmath.exp(step), mpmath.mpf(1)
        total, least = mpmath.exp(-x) / 2, mpmath.ldexp(1, -bits)
        while True:
            grown *= factor
            term = mpmath.exp(-x * (grown + 1 / grown) / 2) * (grown**order + grown**-order) / 2
            total += term
            # Beyond the maximum, which is where x sinh t is n tanh(n t), the terms fall ever faster.
            if term < least * total and x * (grown - 1 / grown) > 2 * order:
                return total * step
