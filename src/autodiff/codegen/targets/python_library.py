"""What Python's `math` raises for, or lacks, as functions that give what IEEE 754 says."""

from types import MappingProxyType


def _guarded(name: str, raised: str) -> str:
    """A function of `math` that raises nowhere."""
    return f"""
def _{name}(x):
    try:
        return math.{name}(x)
    except (ValueError, OverflowError):
        return {raised}
"""


_INTEGERS = {
    name: f"""
def _{name}(x):
    return math.copysign({call}(x), x) if x - x == 0.0 else x
"""
    for name, call in (("floor", "math.floor"), ("ceil", "math.ceil"), ("trunc", "math.trunc"), ("round", "round"))
}
_LOG = "-math.inf if x == {edge} else math.nan"
_BERNOULLI = "1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798"

HELPERS: dict[str, str] = dict(MappingProxyType({
    **{f"_{name}": _guarded(name, "math.nan") for name in ("sin", "cos", "tan", "asin", "acos", "acosh", "sqrt")},
    **{f"_{name}": _guarded(name, "math.inf") for name in ("exp", "exp2", "expm1", "cosh", "lgamma")},
    **{f"_{name}": _guarded(name, _LOG.format(edge="0.0")) for name in ("log", "log2", "log10")},
    "_log1p": _guarded("log1p", _LOG.format(edge="-1.0")),
    "_sinh": _guarded("sinh", "math.copysign(math.inf, x)"),
    "_atanh": _guarded("atanh", "math.copysign(math.inf, x) if abs(x) == 1.0 else math.nan"),
    "_gamma": _guarded("gamma", "math.copysign(math.inf, x) if abs(x) < 1.0 else math.inf if x > 0.0 else math.nan"),
    **{f"_{name}": text for name, text in _INTEGERS.items()},
    "_div": """
def _div(x, y):
    return x / y if y else x * math.copysign(math.inf, y)
""",
    "_pow": """
def _pow(x, y):
    try:
        return math.pow(x, y)
    except (ValueError, OverflowError):
        if x < 0.0 and y % 1.0:
            return math.nan
        return math.copysign(math.inf, x) if y % 2.0 == 1.0 else math.inf
""",
    "_fmod": """
def _fmod(x, y):
    try:
        return math.fmod(x, y)
    except ValueError:
        return math.nan
""",
    "_remainder": """
def _remainder(x, y):
    try:
        return math.remainder(x, y)
    except ValueError:
        return math.nan
""",
    "_mod": """
def _mod(x, y):
    return x % y if y else math.nan
""",
    "_copysign": """
def _copysign(x, y):
    return math.copysign(x, y) if y == y else y
""",
    "_chain": """
def _chain(x, y):
    # The product of the chain rule: a zero contributes nothing.
    return x * y if x and y else 0.0
""",
    "_max": """
def _max(a, b):
    return a if a > b else b if b > a else a if a == b and a else a + b
""",
    "_min": """
def _min(a, b):
    return a if a < b else b if b < a else a if a == b and a else -(-a - b)
""",
    "_ldexp": """
def _ldexp(x, n):
    if n != n:
        return n
    n = max(-5000.0, min(5000.0, n))
    whole = math.floor(n)
    try:
        return math.ldexp(x if n == whole else x * 2.0 ** (n - whole), whole)
    except OverflowError:
        return math.copysign(math.inf, x)
""",
    "_polygamma_series": f"""
def _polygamma_series(n, x):
    # The recurrence up to where the asymptotic series holds.
    terms = []
    while x < n + 20.0:
        term = 1.0 / x
        for k in range(1, n + 1):
            term *= k / x
        terms.append(term)
        x += 1.0
    if terms and terms[0] - terms[0] != 0.0:
        return terms[0] if n % 2 else -terms[0]
    lead = 1.0 / x
    for k in range(1, n):
        lead *= k / x
    terms += [lead, lead * n / (2.0 * x)]
    factor = lead
    for k, bernoulli in enumerate(({_BERNOULLI})):
        j = 2 * k + 2
        factor *= (n + j - 2) * (n + j - 1) / ((j - 1) * j) / (x * x)
        terms.append(bernoulli * factor)
    return math.fsum(terms) if n % 2 else -math.fsum(terms)
""",
    "_digamma": f"""
def _digamma(x):
    if x != x or x == math.inf:
        return x
    terms = []
    if x <= 0.0:
        if x == -math.inf or x == math.floor(x):
            return math.nan
        terms.append(-math.pi / math.tan(math.pi * (x - round(x))))
        x = 1.0 - x
    away = x - 1.4616321449683622 - 9.549995429965697e-17
    if abs(away) < 0.4:
        power = 1.0
        for k in range(1, 40):
            power *= away / k
            terms.append(_polygamma_series(k, 1.4616321449683622) * power)
        return math.fsum(terms)
    while x < 16.0:
        terms.append(-1.0 / x)
        x += 1.0
    terms += [math.log(x), -0.5 / x]
    power = 1.0
    for k, bernoulli in enumerate(({_BERNOULLI})):
        power *= x * x
        terms.append(-bernoulli / ((2 * k + 2) * power))
    return math.fsum(terms)
""",
    "_polygamma": """
def _polygamma(n, x):
    if not (0.0 <= n <= 1000.0 and n == math.floor(n)) or x != x or (n > 0.0 and x < -1e5):
        return math.nan
    if n == 0.0:
        return _digamma(x)
    if x - x != 0.0:
        return math.nan if x < 0.0 else 0.0
    if x <= 0.0 and x == math.floor(x):
        return math.nan
    return _polygamma_series(int(n), x)
""",
    "_sphericalbessel": """
def _sphericalbessel(n, x):
    # The power series where its terms only fall, above it the recurrence.
    if n - n != 0.0 or x != x or n != math.floor(n) or not -1.0 <= n <= 1000.0:
        return math.nan
    order = int(n)
    if x - x != 0.0:
        return math.nan if order < 0 else 0.0
    if order < 0:
        return math.cos(x) / x if x else math.nan
    if x * x < 4 * order + 6:
        scale = 1.0
        for k in range(1, order + 1):
            scale *= x / (2 * k + 1)
        terms, k = [1.0], 0
        while abs(terms[-1]) > 1e-18:
            k += 1
            terms.append(-terms[-1] * (x * x / 2.0) / (k * (2 * (order + k) + 1)))
        return scale * math.fsum(terms)
    if abs(x) < order:
        above, here, wanted = 0.0, 1.0, 0.0
        for k in range(order + 60, 0, -1):
            if k == order:
                wanted = here
            above, here = here, (2 * k + 1) / x * here - above
            if abs(here) > 1e200:
                above, here, wanted = above * 1e-200, here * 1e-200, wanted * 1e-200
        first = math.sin(x) / x
        second = (first - math.cos(x)) / x
        return wanted / here * first if abs(here) > abs(above) else wanted / above * second
    before, now = math.cos(x) / x, math.sin(x) / x
    for k in range(order):
        before, now = now, (2 * k + 1) / x * now - before
    return now
""",
}))  # fmt: skip
