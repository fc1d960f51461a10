"""Numbers that doubles would lose: computed with as many digits as it takes, and rounded once.

A second derivative is a difference more often than not: that of asin near 0 is x, as 1 + x less 1 - x, and in doubles
nothing is left of it. Where it is affordable, second and higher derivatives are therefore computed with mpmath, with
ever more digits until two precisions agree. Inputs and numbers are the doubles that they are read as.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from autodiff.graph.graph import Graph

#: Digits beyond those that lie between the sizes of the numbers; more at each attempt, until two agree.
_DIGITS = (45, 75, 300, 1000)
#: Two results agree if they do to so many digits: enough to round either to the nearest double.
_AGREEMENT = 25
#: Below every double; and what is on the way there.
_NOTHING, _VANISHING = 5e-324, 1e-200
#: What mpmath computes by recurrences or series takes long for larger arguments.
_LARGEST = 1e4


def is_affordable(graph: Graph, values: Sequence[float], operations: int, most: int) -> bool:
    """Whether a graph can be computed so, in as many operations: a hundredth of a millisecond each, or a tenth."""
    if operations > most:
        return False
    for _, row, args in graph.operations():
        slow = row.floats is not None and row.floats.__module__.endswith(".special")
        if slow and not all(abs(values[arg]) <= _LARGEST for arg in args):
            return False
    return True


def rounded(compute: Callable[[], Sequence[Any]], numbers: Sequence[float]) -> list[float | None]:
    """What `compute` finds at mpmath's precision, as doubles; None for no number, and where no two precisions agree.

    `numbers` are those that meet on the way, as doubles: they say how many digits the first attempt needs.
    """
    import mpmath

    sizes = [math.frexp(number)[1] for number in numbers if number and math.isfinite(number)]
    between = int((max([1, *sizes]) - min([1, *sizes])) * math.log10(2))
    found: list[float | None] = []
    before: Sequence[Any] | None = None
    for digits in _DIGITS:
        with mpmath.workdps(digits + between):
            now = compute()
            if before is not None:
                found = [_agreed(a, b) for a, b in zip(before, now, strict=True)]
                if None not in found:
                    break
        before = now
    return found


def _agreed(before: Any, now: Any) -> float | None:
    import mpmath

    if not (mpmath.isfinite(before) and mpmath.isfinite(now)):
        return None
    # What falls below all doubles as the digits grow is nothing but their rounding.
    if abs(now) < _NOTHING and abs(before) < _VANISHING:
        return 0.0
    if abs(now - before) > abs(now) * mpmath.mpf(10) ** -_AGREEMENT:
        return None
    try:
        return float(now)
    except OverflowError:
        return math.copysign(math.inf, mpmath.sign(now))
