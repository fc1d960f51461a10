"""Every operation, and the lookups that the parser and the printers use. Adding a row to its file is all it takes."""

import math

from autodiff.ops.row import Row
from autodiff.ops.rows import (
    arithmetic,
    arrays,
    elementary,
    hyperbolic,
    integrals,
    piecewise,
    sequences,
    special,
    trigonometric,
)

ROWS: tuple[Row, ...] = (
    *arithmetic.ROWS,
    *elementary.ROWS,
    *trigonometric.ROWS,
    *hyperbolic.ROWS,
    *piecewise.ROWS,
    *special.ROWS,
    *integrals.ROWS,
    *arrays.ROWS,
    *sequences.ROWS,
)
#: The operations that work element by element, and those on whole arrays.
ELEMENTWISE = tuple(row for row in ROWS if not row.is_array)
ON_ARRAYS = tuple(row for row in ROWS if row.is_array)


def _by_name() -> dict[str, tuple[Row, ...]]:
    names: dict[str, tuple[Row, ...]] = {}
    for row in ROWS:
        for name in (row.name, *row.aliases):
            names[name] = (*names.get(name, ()), row)
    return names


#: Name or alias -> its rows: one for each number of parameters (`log` has two), and one for an array (`max`).
BY_NAME = _by_name()
#: Operator symbol -> row.
INFIX = {row.infix: row for row in ROWS if row.infix}
PREFIX = {row.prefix: row for row in ROWS if row.prefix}
#: What the chain rule is made of: the product of a gradient and a partial, and the sum where several meet.
PRODUCT, SUM = BY_NAME[INFIX["*"].chained][0], INFIX["+"]
#: What undoes broadcasting in it, and what gives a derivative that is 0 throughout its shape.
SUM_TO, BROADCAST_TO = BY_NAME["sum_to"][0], BY_NAME["broadcast_to"][0]
CONSTANTS = {
    "pi": math.pi,
    "π": math.pi,
    "tau": math.tau,
    "τ": math.tau,
    "e": math.e,
    "inf": math.inf,
    "∞": math.inf,
    "nan": math.nan,
}
