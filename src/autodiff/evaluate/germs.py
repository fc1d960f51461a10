"""Germs: what a function is just beside a point, as a generalised power series in a small t > 0.

A germ is a sum of terms c * t^a * log(t)^m with real exponents a and whole m, in ascending order of size, known up to
an order: what is beyond stays unknown, and a question that only the unknown could answer raises `Undecided`. A germ
without terms that is known to all orders is zero, or below every power, as exp(-1/t) is: `flat` is its sign then.
Coefficients are numbers of mpmath; what cancels to its last digits is taken for zero. See Gruntz 1996 on the comparison
of growth, and Moore 1966 on the arithmetic of series.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath

Number = Any  # mpmath's mpf
#: The exponents of t and of log(t).
Power = tuple[Fraction, int]

#: Terms are kept so far beyond the leading one, and so many of them.
WIDTH, MOST_TERMS = Fraction(10), 64
ZERO = Fraction(0)


class Undecided(Exception):
    """The terms that are known do not tell."""


class NoValue(Exception):
    """There is no real value just beside the point."""


class Germ:
    """Terms by their powers; `order` is where the unknown begins, None for nowhere."""

    __slots__ = ("flat", "order", "terms")

    def __init__(self, terms: Mapping[Power, Number], order: Fraction | None = None, flat: int = 0) -> None:
        kept = {power: c for power, c in terms.items() if c and (order is None or power[0] < order)}
        if kept:
            first = min(exponent for exponent, _ in kept)
            exponents = sorted({exponent for exponent, _ in kept})
            limit = first + WIDTH
            if len(exponents) > MOST_TERMS:
                limit = min(limit, exponents[MOST_TERMS])
            if exponents[-1] >= limit:
                kept = {power: c for power, c in kept.items() if power[0] < limit}
                order = limit if order is None else min(order, limit)
        self.terms: dict[Power, Number] = kept
        self.order, self.flat = order, 0 if kept else flat

    @property
    def leading(self) -> Power | None:
        """The power of the largest term; None where there is none."""
        if not self.terms:
            return None
        first = min(exponent for exponent, _ in self.terms)
        return first, max(m for exponent, m in self.terms if exponent == first)

    @property
    def sign(self) -> int:
        """The sign just beside the point. Raises Undecided."""
        power = self.leading
        if power is None:
            if self.order is not None:
                raise Undecided("its terms vanish as far as they are known")
            return self.flat
        return int(mpmath.sign(self.terms[power])) * (-1 if power[1] % 2 else 1)

    @property
    def is_constant(self) -> bool:
        return self.order is None and not self.flat and all(power == (ZERO, 0) for power in self.terms)

    @property
    def limit(self) -> Number:
        """Where the function tends to; infinite where it does. Raises Undecided."""
        power = self.leading
        if power is not None and (power[0] < 0 or (power[0] == 0 and power[1])):
            return self.sign * mpmath.inf
        if self.order is not None and self.order <= 0:
            raise Undecided("its limit is not known")
        return self.terms.get((ZERO, 0), mpmath.mpf(0))

    def coefficient(self, exponent: int) -> Number:
        """The coefficient of a whole power of t. Raises Undecided."""
        if self.order is not None and self.order <= exponent:
            raise Undecided("its terms are not known so far")
        return self.terms.get((Fraction(exponent), 0), mpmath.mpf(0))


class Beyond(Exception):
    """The germ grows faster than every power, upwards or downwards."""

    def __init__(self, sign: int) -> None:
        super().__init__("it grows faster than every power")
        self.sign = sign


def constant(value: Number) -> Germ:
    if mpmath.isnan(value):
        raise NoValue
    if mpmath.isinf(value):
        raise Beyond(int(mpmath.sign(value)))
    return Germ({(ZERO, 0): value})


def moving(value: Number, rate: Number) -> Germ:
    """A number that moves at a rate."""
    return Germ({(ZERO, 0): value, (Fraction(1), 0): rate})


def _least(orders: Iterable[Fraction | None]) -> Fraction | None:
    return min((order for order in orders if order is not None), default=None)


def add(a: Germ, b: Germ) -> Germ:
    terms = dict(a.terms)
    for power, c in b.terms.items():
        old = terms.get(power)
        total = c if old is None else old + c
        if old is not None and abs(total) <= max(abs(old), abs(c)) * mpmath.mpf(2) ** (24 - mpmath.mp.prec):
            total = mpmath.mpf(0)
        terms[power] = total
    return Germ(terms, _least([a.order, b.order]), a.flat + b.flat if a.flat * b.flat >= 0 else _torn())


def _torn() -> int:
    raise Undecided("two germs below all powers are subtracted")


def scale(a: Germ, factor: Number) -> Germ:
    return Germ({power: c * factor for power, c in a.terms.items()}, a.order, a.flat * int(mpmath.sign(factor)))


def multiply(a: Germ, b: Germ) -> Germ:
    if a.flat or b.flat:
        return Germ({}, None, a.sign * b.sign)
    if (not a.terms and a.order is None) or (not b.terms and b.order is None):
        return Germ({})
    orders = []
    for one, other in ((a, b), (b, a)):
        if one.order is not None:
            power = other.leading
            orders.append(one.order + (power[0] if power else other.order or ZERO))
    order = _least(orders)
    terms: dict[Power, Number] = {}
    for (exponent, m), c in a.terms.items():
        for (exponent_b, n), d in b.terms.items():
            power = exponent + exponent_b, m + n
            if order is None or power[0] < order:
                terms[power] = terms.get(power, 0) + c * d
    return Germ(terms, order)


def split(a: Germ) -> tuple[Number, Fraction, Germ]:
    """The leading term c * t^k, and the rest relative to it: a = c t^k (1 + u). Raises Undecided."""
    power = a.leading
    if power is None or power[1]:
        raise Undecided("it has no leading power")
    lead = a.terms[power]
    order = None if a.order is None else a.order - power[0]
    rest = {(e - power[0], m): c / lead for (e, m), c in a.terms.items() if (e, m) != power}
    if any(exponent <= 0 for exponent, _ in rest):
        raise Undecided("a logarithm leads")
    return lead, power[0], Germ(rest, order)


def compose(coefficients: Callable[[int], Number], u: Germ) -> Germ:
    """c0 + c1 u + c2 u^2 + ... for a germ that vanishes at the point."""
    if not u.terms and u.order is None:
        return constant(coefficients(0))
    first = u.leading[0] if u.leading else u.order
    if first is None or first <= 0:
        raise Undecided("it does not vanish at the point")
    most = int(WIDTH / first) + 1
    most = min(most, MOST_TERMS)
    total, power = constant(coefficients(0)), constant(mpmath.mpf(1))
    for k in range(1, most + 1):
        power = multiply(power, u)
        total = add(total, scale(power, coefficients(k)))
    return Germ(total.terms, _least([total.order, first * (most + 1)]))


def power(a: Germ, exponent: Number) -> Germ:
    """A germ to a constant power."""
    whole = exponent == mpmath.floor(exponent)
    if whole and 0 <= exponent <= 8:
        result = constant(mpmath.mpf(1))
        for _ in range(int(exponent)):
            result = multiply(result, a)
        return result
    if not a.terms:
        if a.order is not None:
            raise Undecided("its terms vanish as far as they are known")
        if exponent < 0:
            if not a.flat:
                raise NoValue
            raise Beyond(a.flat if whole and exponent % 2 else 1)
        if a.flat < 0 and not whole:
            raise NoValue
        return a
    lead, order, u = split(a)
    if lead < 0 and not whole:
        raise NoValue
    front = lead**exponent
    shift = order * Fraction(*_ratio(exponent))
    body = compose(lambda k: binomial(exponent, k), u)
    return Germ(
        {(e + shift, m): c * front for (e, m), c in body.terms.items()},
        None if body.order is None else body.order + shift,
    )


def binomial(exponent: Number, k: int) -> Number:
    """By its product: mpmath's goes through the gamma function, which loses a tiny exponent."""
    found = mpmath.mpf(1)
    for j in range(k):
        found *= (exponent - j) / (j + 1)
    return found


def _ratio(number: Number) -> tuple[int, int]:
    """A number of mpmath as a fraction."""
    sign, mantissa, exponent, _ = number._mpf_
    top = -mantissa if sign else mantissa
    return (int(top) << exponent, 1) if exponent >= 0 else (int(top), 1 << -exponent)


def reciprocal(a: Germ) -> Germ:
    return power(a, mpmath.mpf(-1))


def divide(a: Germ, b: Germ) -> Germ:
    """A quotient; known to all orders where the division of two polynomials comes out even, as in x/x."""
    found = multiply(a, reciprocal(b))
    if found.order is None or a.order is not None or b.order is not None or not found.terms:
        return found
    largest = max(map(abs, found.terms.values()))
    even = Germ(
        {power: c for power, c in found.terms.items() if abs(c) > largest * mpmath.mpf(2) ** (24 - mpmath.mp.prec)}
    )
    return found if add(multiply(even, b), scale(a, mpmath.mpf(-1))).terms else even


def logarithm(a: Germ) -> Germ:
    if not a.terms and a.order is None:
        raise NoValue if a.flat <= 0 else Undecided("the logarithm of what is below all powers")
    lead, order, u = split(a)
    if lead < 0:
        raise NoValue
    body = compose(lambda k: -((-mpmath.mpf(1)) ** k) / k if k else mpmath.mpf(0), u)
    terms = dict(body.terms)
    terms[ZERO, 0] = terms.get((ZERO, 0), 0) + mpmath.log(lead)
    if order:
        terms[ZERO, 1] = mpmath.mpf(order.numerator) / order.denominator
    return Germ(terms, body.order)


def exponential(a: Germ) -> Germ:
    """Raises Beyond."""
    if a.order is not None and a.order <= 0:
        raise Undecided("its limit is not known")
    at_zero = {m: c for (exponent, m), c in a.terms.items() if exponent == 0}
    lead = a.leading
    if lead is not None and (lead[0] < 0 or lead[1] > 1):
        if a.sign > 0:
            raise Beyond(1)
        return Germ({}, None, 1)
    rest = Germ({power: c for power, c in a.terms.items() if power[0] > 0}, a.order)
    body = compose(lambda k: 1 / mpmath.factorial(k), rest)
    front, shift = mpmath.exp(at_zero.get(0, mpmath.mpf(0))), Fraction(*_ratio(at_zero.get(1, mpmath.mpf(0))))
    return Germ(
        {(e + shift, m): c * front for (e, m), c in body.terms.items()},
        None if body.order is None else body.order + shift,
    )


def derivative(a: Germ) -> Germ:
    """By t."""
    terms: dict[Power, Number] = {}
    for (exponent, m), c in a.terms.items():
        number = mpmath.mpf(exponent.numerator) / exponent.denominator
        for power, factor in (((exponent - 1, m), number), ((exponent - 1, m - 1), mpmath.mpf(m))):
            if factor:
                terms[power] = terms.get(power, 0) + c * factor
    return Germ(terms, None if a.order is None else a.order - 1)


def integral(a: Germ) -> Germ:
    """From 0 to t. Raises Undecided where that diverges, or a logarithm would not close."""
    terms: dict[Power, Number] = {}
    for (exponent, m), c in a.terms.items():
        if exponent <= -1 or m:
            raise Undecided("an integral of it diverges")
        terms[exponent + 1, 0] = c / (mpmath.mpf(exponent.numerator) / exponent.denominator + 1)
    return Germ(terms, None if a.order is None else a.order + 1)


def total(germs: Sequence[Germ]) -> Germ:
    found = Germ({})
    for germ in germs:
        found = add(found, germ)
    return found
