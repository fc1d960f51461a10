"""What the simplifier knows, as rows: a pattern, what it becomes, and why that is the same.

Patterns are formulas of the language. `w`, `x`, `y`, `z` stand for anything; `c` and `d` for what is 1 or 0, a
comparison or logic; `k` and `m` for integers other than 0, and `n` for negative ones; `u` for what is no known number;
`v` for what is not such an operation as the whole pattern. A name that comes twice stands for one node.

EXACT identities hold for every double, infinite and undefined ones and both zeros included; only the sign of a zero
that `chain` gives is not kept, which no gradient shows. So `0*x`, `x - x` and `x + 0` (at -0.0) stay what they are.
TEXTBOOK and WRITTEN ones hold for real numbers, and are for formulas that people read: they may change the rounding of
a result, its value where 0 meets an infinity, and where it overflows. The former come first: they take the guards off
the rules of rows. COLLECTED are examples, as their rules take any number of operands.
"""

from typing import NamedTuple


class Identity(NamedTuple):
    pattern: str
    result: str
    why: str


_NEUTRAL = "the neutral element changes nothing"
_SIGN = "a sign is exact, and may stand outside"
_ZERO = "a product of the chain rule with 0 is 0"
_LOGIC = "logic, of what is 1 or 0"
_GUARD = "what is not chosen contributes nothing"

EXACT = (
    Identity("x*1", "x", _NEUTRAL),
    Identity("1*x", "x", _NEUTRAL),
    Identity("x/1", "x", _NEUTRAL),
    Identity("x^1", "x", _NEUTRAL),
    Identity("x - 0", "x", _NEUTRAL),
    Identity("chain(x, 1)", "x", _NEUTRAL),
    Identity("chain(1, x)", "x", _NEUTRAL),
    Identity("-(-x)", "x", _SIGN),
    Identity("x*-1", "-x", _SIGN),
    Identity("-1*x", "-x", _SIGN),
    Identity("x/-1", "-x", _SIGN),
    Identity("chain(x, -1)", "-x", _SIGN),
    Identity("chain(-1, x)", "-x", _SIGN),
    Identity("x*(-y)", "-(x*y)", _SIGN),
    Identity("(-x)*y", "-(x*y)", _SIGN),
    Identity("chain(x, -y)", "-chain(x, y)", _SIGN),
    Identity("chain(-x, y)", "-chain(x, y)", _SIGN),
    Identity("x/(-y)", "-(x/y)", _SIGN),
    Identity("(-x)/y", "-(x/y)", _SIGN),
    Identity("-(n*x)", "(-n)*x", _SIGN),
    Identity("-(n/x)", "(-n)/x", _SIGN),
    Identity("x + n*y", "x - (-n)*y", _SIGN),
    Identity("x - n*y", "x + (-n)*y", _SIGN),
    Identity("x + (-y)", "x - y", "a difference is the sum with the opposite"),
    Identity("(-x) + y", "y - x", "a difference is the sum with the opposite"),
    Identity("x - (-y)", "x + y", "a difference is the sum with the opposite"),
    Identity("chain(x, 0)", "0", _ZERO),
    Identity("chain(0, x)", "0", _ZERO),
    Identity("where(1, x, y)", "x", "the condition is known"),
    Identity("where(0, x, y)", "y", "the condition is known"),
    Identity("where(c, x, x)", "x", "both branches are the same, and a comparison is never undefined"),
    Identity("where(c, 1, 0)", "c", _LOGIC),
    Identity("where(c, 0, 1)", "not c", _LOGIC),
    Identity("where(c, d, 0)", "c and d", _LOGIC),
    Identity("where(c, 0, d)", "not c and d", _LOGIC),
    Identity("where(not c, x, y)", "where(c, y, x)", _LOGIC),
    Identity("not not c", "c", _LOGIC),
    Identity("0 and x", "0", _LOGIC),
    Identity("x and 0", "0", _LOGIC),
    Identity("1 and c", "c", _LOGIC),
    Identity("c and 1", "c", _LOGIC),
    Identity("c and c", "c", _LOGIC),
    Identity("1 or x", "1", _LOGIC),
    Identity("x or 1", "1", _LOGIC),
    Identity("0 or c", "c", _LOGIC),
    Identity("c or 0", "c", _LOGIC),
    Identity("c or c", "c", _LOGIC),
    Identity("x + x", "2*x", "doubling is exact"),
    # The gradient of a branch: a guard `where(c, x, 0)`, the outer condition first, and only one in nested choices.
    Identity("chain(c, d)", "c and d", _GUARD),
    Identity("chain(where(c, x, 0), y)", "where(c, chain(x, y), 0)", _GUARD),
    Identity("chain(where(c, 0, x), y)", "where(c, 0, chain(x, y))", _GUARD),
    Identity("chain(c, x)", "where(c, x, 0)", _GUARD),
    Identity("chain(x, c)", "where(c, x, 0)", _GUARD),
    Identity("chain(x, where(c, y, 0))", "where(c, chain(x, y), 0)", _GUARD),
    Identity("chain(x, where(c, 0, y))", "where(c, 0, chain(x, y))", _GUARD),
    Identity("where(c, where(d, x, 0), 0)", "where(c and d, x, 0)", _GUARD),
    Identity("where(c, where(d, 0, x), 0)", "where(c and not d, x, 0)", _GUARD),
    Identity("where(c, 0, where(d, x, 0))", "where(not c and d, x, 0)", _GUARD),
    Identity("where(c, 0, where(d, 0, x))", "where(c or d, 0, x)", _GUARD),
)  # fmt: skip

_POWER = "the power rule as it is taught"
_REACH = "the other form only reaches further out"
_FRACTION = "one fraction rather than a product of them"
_NUMBERS = "numbers are collected in front, and cancel"
_SQUARE = "a power of the whole, although it overflows sooner"
_ZERO_SIGN = "the same but for the sign of a zero"
_MERGE = "a choice of sums rather than a sum of choices"

_ONES = "a spread 1 changes nothing that has its shape"

#: These hold for every double too. Wherever there are arrays, an identity counts only if it keeps the shape.
ARRAYS = (
    Identity("chain(spread(1, y), x)", "x", _ONES),
    Identity("chain(x, spread(1, y))", "x", _ONES),
    Identity("transpose(transpose(x))", "x", "transposed twice"),
)

WRITTEN_ARRAYS = (Identity("matchain(x, y)", "x @ y", "a product is written as one"),)

TEXTBOOK = (
    Identity("where((y - 1) + 1 == y or x == 0 or x == inf, y*x^(y - 1), y*(x^y/x))", "y*x^(y - 1)", _POWER),
    Identity("where(x == 0 or x == inf, y*x^(y - 1), y*(x^y/x))", "y*x^(y - 1)", _POWER),
    Identity("where(y == 0, 0, y*x^(y - 1))", "y*x^(y - 1)", _POWER),
    Identity("where(x == 0 and y > 0, 0, x^y*log(x))", "x^y*log(x)", _POWER),
    Identity("where(abs(x) < 150, 1/cosh(x)^2, sech(x)^2)", "1/cosh(x)^2", _REACH),
    Identity("where(abs(x) < 150, -1/sinh(x)^2, -csch(x)^2)", "-1/sinh(x)^2", _REACH),
    Identity("(1 - x)*(1 + x)", "1 - x^2", "a difference of squares"),
)

#: Squares that are shorter than what they are squares of.
SQUARES = (
    Identity("abs(x)^2", "x^2", "a square is never negative"),
    Identity("hypot(x, y)^2", "x^2 + y^2", "the theorem of Pythagoras"),
)

_COLLECT = "like parts are one"
_POWERS = "powers of one base are one"
_LOWEST = "in lowest terms"
_COMMON = "what all terms have stands in front, where that is shorter"
_ORDER = "numbers, names, functions, sums"

#: What `algebra.py` and `layout.py` do with sums, products and powers of any length, by examples: each formula on the
#: left is written as the one on the right. They hold wherever the left one has a value. The right one may have more
#: values at single points, where a factor cancels that is 0 there, and nowhere else.
COLLECTED = (
    Identity("x^2*y*x^3", "x^5*y", _POWERS),
    Identity("x^2/x^5", "1/x^3", _POWERS),
    Identity("x*y/x", "y", _POWERS),
    Identity("x^y*x", "x^(y + 1)", _POWERS),
    Identity("x*sqrt(x)", "x^(3/2)", _POWERS),
    Identity("x/sqrt(x)", "sqrt(x)", _POWERS),
    Identity("sqrt(x)*sqrt(x)", "sqrt(x)^2", "a root of a negative number has no value, and keeps having none"),
    Identity("sqrt(x^2)", "sqrt(x^2)", "the root of a square is no power"),
    Identity("sqrt(x^2 + 1)*sqrt(x^2 + 1)", "x^2 + 1", "what is never negative has its root everywhere"),
    Identity("(x*y^2)^3", "x^3*y^6", _POWERS),
    Identity("abs(x)^2", "x^2", "a square is never negative"),
    Identity("x/hypot(x, y)/hypot(x, y)", "x/(x^2 + y^2)", "the theorem of Pythagoras"),
    Identity("3*x*(5*y)", "15*x*y", _NUMBERS),
    Identity("6*x/(4*y)", "3*x/(2*y)", _LOWEST),
    Identity("2/(2*x + 4)", "1/(x + 2)", _LOWEST),
    Identity("x/y/(z/w)", "x*w/(y*z)", _FRACTION),
    Identity("x + y + 3*x", "4*x + y", _COLLECT),
    Identity("2 + x + 1/2", "5/2 + x", _COLLECT),
    Identity("x*y - y*x + z", "z", _COLLECT),
    Identity("log(x) - log(x)", "0*log(x)", "what has no value keeps having none"),
    Identity("(x - y)/(y - x)", "-1", "a sum and its opposite are one"),
    Identity("1 + x^2 + x*(2*x)", "1 + 3*x^2", _COLLECT),
    Identity("x*(1 + x) - x^2", "x", "a product is multiplied out where its terms meet others"),
    Identity("exp(x)*sin(x) + exp(x)*cos(x)", "exp(x)*(sin(x) + cos(x))", _COMMON),
    Identity("x/8 + 3/8", "(x + 3)/8", _COMMON),
    Identity("1/(1 + x^2) - 2*x^2/(1 + x^2)^2", "(1 - x^2)/(1 + x^2)^2", _COMMON),
    Identity("-x - y", "-x - y", _ORDER),
    Identity("-x + y", "y - x", "what is added comes first"),
    Identity("(y + 1)*sin(x)*x*2", "2*x*sin(x)*(y + 1)", _ORDER),
    Identity("0.5*x*3", "1.5*x", "decimals stay decimals"),
)  # fmt: skip

WRITTEN = (
    Identity("chain(x, y)", "x*y", "a product is written as one"),
    Identity("x/x", "1", _NUMBERS),
    Identity("x*(1/y)", "x/y", _FRACTION),
    Identity("(1/u)*x", "x/u", _FRACTION),
    Identity("x/y/y", "x/y^2", _SQUARE),
    Identity("x/y/z", "x/(y*z)", _FRACTION),
    Identity("x*x", "x^2", _SQUARE),
    Identity("(x*y)*x", "x^2*y", _SQUARE),
    Identity("(y*x)*x", "y*x^2", _SQUARE),
    Identity("x^k/x", "x^(k - 1)", _SQUARE),
    Identity("x*x^k", "x^(k + 1)", _SQUARE),
    Identity("x^k*x", "x^(k + 1)", _SQUARE),
    Identity("(x^k)^m", "x^(k*m)", _SQUARE),
    Identity("k*x/x^m", "k/x^(m - 1)", _SQUARE),
    Identity("k*(x/k)", "x", _NUMBERS),
    Identity("(x/k)*k", "x", _NUMBERS),
    Identity("(k*x)/k", "x", _NUMBERS),
    Identity("(x/k)*(k*y)", "x*y", _NUMBERS),
    Identity("(k*x)*(y/k)", "x*y", _NUMBERS),
    Identity("(k*x)/(k*y)", "x/y", _NUMBERS),
    Identity("(k*x)*(y/(k*z))", "x*(y/z)", _NUMBERS),
    Identity("(y/(k*z))*(k*x)", "x*(y/z)", _NUMBERS),
    Identity("x*(y/z)", "x*y/z", _FRACTION),
    Identity("(x/y)*z", "x*z/y", _FRACTION),
    Identity("k*(m*x)", "(k*m)*x", _NUMBERS),
    Identity("(m*x)*k", "(k*m)*x", _NUMBERS),
    Identity("(k*x)*(m*y)", "(k*m)*(x*y)", _NUMBERS),
    Identity("u*k", "k*u", _NUMBERS),
    Identity("k*(v*y)", "(k*v)*y", _NUMBERS),
    Identity("x*(k*y)", "(k*y)*x", _NUMBERS),
    Identity("x + 0", "x", _ZERO_SIGN),
    Identity("0 + x", "x", _ZERO_SIGN),
    Identity("0 - x", "-x", _ZERO_SIGN),
    Identity("-(x - y)", "y - x", _ZERO_SIGN),
    Identity("-where(c, x, 0)", "where(c, -x, 0)", _ZERO_SIGN),
    Identity("-where(c, 0, x)", "where(c, 0, -x)", _ZERO_SIGN),
    Identity("where(c, x, y) + where(c, z, w)", "where(c, x + z, y + w)", _MERGE),
    Identity("where(c, x, y) - where(c, z, w)", "where(c, x - z, y - w)", _MERGE),
    Identity("c + where(c, x, y)", "where(c, 1 + x, y)", _MERGE),
    Identity("where(c, x, y) + c", "where(c, x + 1, y)", _MERGE),
    Identity("(not c) + where(c, x, y)", "where(c, x, 1 + y)", _MERGE),
    Identity("where(c, x, y) + (not c)", "where(c, x, y + 1)", _MERGE),
    Identity("(not c) - where(c, x, y)", "where(c, -x, 1 - y)", _MERGE),
    Identity("where(c, x, y) - (not c)", "where(c, x, y - 1)", _MERGE),
    Identity("c - where(c, x, y)", "where(c, 1 - x, -y)", _MERGE),
    Identity("where(c, x, y) - c", "where(c, x - 1, y)", _MERGE),
    Identity("c - (not c)", "where(c, 1, -1)", _MERGE),
    Identity("(not c) - c", "where(c, -1, 1)", _MERGE),
    Identity("where(c and d, x, 0) + where(c and not d, y, 0)", "where(c, where(d, x, y), 0)", _MERGE),
    Identity("where(c and not d, x, 0) + where(c and d, y, 0)", "where(c, where(d, y, x), 0)", _MERGE),
    Identity("where(c, x, y) + where(c and d, z, 0)", "where(c, x + where(d, z, 0), y)", _MERGE),
    Identity("where(c, x, y) + where(not c and d, z, 0)", "where(c, x, y + where(d, z, 0))", _MERGE),
    Identity("where(c, x, y) + (c and d)", "where(c, x + d, y)", _MERGE),
    Identity("where(c, x, y) + (not c and d)", "where(c, x, y + d)", _MERGE),
    Identity("where(c, x, y) + where(c or d, 0, z)", "where(c, x, y + where(d, 0, z))", _MERGE),
)
