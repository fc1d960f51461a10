"""Arithmetic, comparisons, logic and choice: the operations that the grammar spells with symbols and keywords."""

import math
import operator

from autodiff.notation import CHOOSES
from autodiff.ops.kernels import real as primitives
from autodiff.ops.row import Row

_WIDE = (-1e3, 1e3)

# fmt: off
ROWS = (
    Row("add", "x, y", "x + y",
        ("1", "1"), floats=operator.add, infix="+",
        samples=(_WIDE, _WIDE), ulps=1, targets={"numpy": "add"}, example="add(2, 3)"),
    Row("sub", "x, y", "x - y",
        ("1", "-1"), floats=operator.sub, infix="-",
        samples=(_WIDE, _WIDE), ulps=1, targets={"numpy": "subtract"}, example="sub(2, 3)"),
    Row("mul", "x, y", "x times y",
        ("y", "x"), floats=operator.mul, infix="*", chained="chain",
        samples=(_WIDE, _WIDE), ulps=1, targets={"numpy": "multiply"}, example="mul(2, 3)"),
    # (x/y)/y rather than x/y^2, whose square overflows and underflows too early.
    Row("div", "x, y", "x divided by y",
        ("1/y", "-(x/y)/y"), floats=operator.truediv, raised="x * copysign(inf, y)", domain="y != 0", infix="/",
        samples=(_WIDE, _WIDE), ulps=2, targets={"numpy": "divide"}, example="div(2, 3)"),
    # The quotient floor(x/y), without the rounding of x/y that can carry it over an integer.
    Row("mod", "x, y", "the remainder of x/y with the sign of y (Python's %)",
        ("1", "-round((x - x % y)/y)"), value="x - y*floor(x/y)", floats=operator.mod, domain="y != 0",
        jump="x % y == 0", infix="%",
        samples=(_WIDE, (-9, 9)), ulps=1, targets={"numpy": "mod"}, example="mod(7, 3)"),
    # math.pow raises at 0^negative, at negative^fraction and on overflow.
    Row("pow", "x, y", "x to the power y",
        (
            # The textbook form unless the rounding of y - 1 would be multiplied by log(x).
            "where(y == 0, 0, where((y - 1) + 1 == y or x == 0 or x == inf, y*x^(y - 1), y*(x^y/x)))",
            "where(x == 0 and y > 0, 0, x^y*log(x))",
        ),
        floats=math.pow, raised="where(x < 0 and y != floor(y), nan, where(y % 2 == 1, copysign(inf, x), inf))",
        domain="x > 0 or x == 0 and y >= 0 or x < 0 and y == floor(y)", infix="^",
        samples=((0, 20), (-20, 20)), targets={"numpy": "power"}, aliases=("power",), example="pow(2, 3)"),
    Row("chain", "x, y", "x*y, but 0 where x or y is 0, whatever the other: the chain rule's product",
        ("y", "x"), value="where(x == 0 or y == 0, 0, x*y)", floats=primitives.chain,
        samples=(_WIDE, _WIDE), ulps=1, targets={"numpy": "chain", "sympy": "Mul"}, example="chain(0, inf)"),
    Row("neg", "x", "minus x",
        ("-1",), floats=operator.neg, prefix="-",
        samples=(_WIDE,), ulps=1, targets={"numpy": "negative"}, example="neg(2)"),
    Row("lt", "x, y", "1 where x is less than y, else 0",
        ("0", "0"), floats=primitives.less, jump="x == y", share="((x < y) + (x <= y))/2", infix="<",
        samples=(_WIDE, _WIDE), targets={"numpy": "less"}, example="lt(2, 3)"),
    Row("le", "x, y", "1 where x is at most y, else 0",
        ("0", "0"), floats=primitives.less_equal, jump="x == y", share="((x < y) + (x <= y))/2", infix="<=",
        samples=(_WIDE, _WIDE), targets={"numpy": "less_equal"}, example="le(2, 3)"),
    Row("gt", "x, y", "1 where x is greater than y, else 0",
        ("0", "0"), floats=primitives.greater, jump="x == y", share="((x > y) + (x >= y))/2", infix=">",
        samples=(_WIDE, _WIDE), targets={"numpy": "greater"}, example="gt(2, 3)"),
    Row("ge", "x, y", "1 where x is at least y, else 0",
        ("0", "0"), floats=primitives.greater_equal, jump="x == y", share="((x > y) + (x >= y))/2", infix=">=",
        samples=(_WIDE, _WIDE), targets={"numpy": "greater_equal"}, example="ge(2, 3)"),
    Row("eq", "x, y", "1 where x equals y, else 0",
        ("0", "0"), floats=primitives.equal, jump="x == y", share="0", infix="==",
        samples=(_WIDE, _WIDE), targets={"numpy": "equal"}, example="eq(2, 3)"),
    Row("ne", "x, y", "1 where x differs from y, else 0",
        ("0", "0"), floats=primitives.not_equal, jump="x == y", share="1", infix="!=",
        samples=(_WIDE, _WIDE), targets={"numpy": "not_equal"}, example="ne(2, 3)"),
    Row("and", "x, y", "1 where neither x nor y is 0, else 0",
        ("0", "0"), floats=primitives.both, share="x and y", infix="and",
        samples=(_WIDE, _WIDE), targets={"numpy": "logical_and"}, example="2 > 1 and 3 > 2"),
    Row("or", "x, y", "1 where x or y is not 0, else 0",
        ("0", "0"), floats=primitives.either, share="x or y", infix="or",
        samples=(_WIDE, _WIDE), targets={"numpy": "logical_or"}, example="2 > 1 or 3 > 4"),
    Row("not", "x", "1 where x is 0, else 0",
        ("0",), floats=primitives.negate, jump="x == 0", share="0", prefix="not",
        samples=(_WIDE,), targets={"numpy": "logical_not"}, example="not 2 > 3"),
    # Where both branches agree the choice is continuous, and each counts by the sides on which it is chosen.
    Row("where", "c, a, b", "a where c is not 0, else b; NaN where c is NaN",
        ("0", "where(c, 1, 0)", "where(c, 0, 1)"), floats=primitives.where, infix=CHOOSES, selects=True,
        shared=("0", "where(a == b, share, where(c, 1, 0))", "where(a == b, 1 - share, where(c, 0, 1))"),
        samples=((-1, 1), _WIDE, _WIDE), ulps=1, targets={"numpy": "where"}, example="where(2 > 1, 3, 4)"),
)
# fmt: on
