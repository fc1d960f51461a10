"""How operations are written, and how strongly what is written binds: the one table of precedence.

The parser reads by it, and whoever writes formulas, as text or as LaTeX, sets parentheses by it. The numbers are those
of the grammar at the top of `autodiff.syntax.parser`. An operator of the language is its row in `ops` and a line here.
"""

from typing import NamedTuple

#: How strongly things bind: what binds less than an operand must is put into parentheses.
CHOICE, OR, AND, NOT, CHAIN, COMPARISON, SUM, PRODUCT, SIGNED, POWER, ROOT, ATOM = range(1, 13)


class Infix(NamedTuple):
    """An operator between two operands: how strongly it binds, and what its operands must bind at least.

    It groups to the left if `left` is its own power; if that is more, it does not group at all (a comparison) or to the
    right (a power, whose right operand may have a sign).
    """

    power: int
    left: int
    right: int


INFIX = {
    "or": Infix(OR, OR, AND),
    "and": Infix(AND, AND, NOT),
    "<": Infix(COMPARISON, SUM, SUM),
    "<=": Infix(COMPARISON, SUM, SUM),
    ">": Infix(COMPARISON, SUM, SUM),
    ">=": Infix(COMPARISON, SUM, SUM),
    "==": Infix(COMPARISON, SUM, SUM),
    "!=": Infix(COMPARISON, SUM, SUM),
    "+": Infix(SUM, SUM, PRODUCT),
    "-": Infix(SUM, SUM, PRODUCT),
    "*": Infix(PRODUCT, PRODUCT, SIGNED),
    "/": Infix(PRODUCT, PRODUCT, SIGNED),
    "%": Infix(PRODUCT, PRODUCT, SIGNED),
    "@": Infix(PRODUCT, PRODUCT, SIGNED),
    "^": Infix(POWER, ROOT, SIGNED),
}
#: An operator before its operand, and how strongly it binds.
PREFIX = {"not": NOT, "-": SIGNED, "√": ROOT}

#: Operations that mathematics writes by marks, and the name that a call of each has.
MARKED = {"|": "abs", "‖": "norm", "∛": "cbrt", "°": "radians", "∑": "sum", "⌊": "floor", "⌈": "ceil", "inverse": "inv"}

#: What is neither, by the symbol that stands for it: `a if c else b`, `[a, b]`, `A[0]` and `A.T`.
CHOOSES, LIST, INDEX, TRANSPOSED = "if else", "[,]", "[]", ".T"
