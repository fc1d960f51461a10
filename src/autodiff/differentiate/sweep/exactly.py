"""Numbers that doubles would lose: computed with as many digits as it takes, and rounded once.

A second derivative is a difference more often than not: that of asin near 0 is x, as 1 + x less 1 - x, and in doubles
nothing is left of it. Where it is affordable, second and higher derivatives are therefore computed with mpmath, with
ever more digits until two precisions agree. Inputs and numbers are the doubles that they are read as.
"""

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on, partial_text

#: Digits beyond those that lie between the sizes of the numbers; more at each attempt, until two agree.
_DIGITS = (45, 75, 300, 1000)
#: Two results agree if they do to so many digits: enough to round either to the nearest double.
_AGREEMENT = 25
#: Below every double; and what is on the way there.
_NOTHING, _VANISHING = 5e-324, 1e-200
#: Larger arguments, and more digits between the sizes of numbers, take some functions long.
_LARGEST, _MOST_BETWEEN = 1e4, 60
_SLOW = re.compile("gamma|bessel")


def is_affordable(graph: Graph, values: Sequence[float], operations: int, most: int) -> bool:
    """Whether a graph can be computed so, in as many operations: a hundredth of a millisecond each, or a tenth."""
    if operations > most:
        return False
    if not _has_slow(graph):
        return True
    # What mpmath computes by recurrences and series takes long for large arguments, and for very many digits.
    given = [values[arg] for args in graph.args for arg in args]
    return all([abs(value) <= _LARGEST for value in given]) and _between(values) <= _MOST_BETWEEN


@lru_cache(maxsize=64)
def _has_slow(graph: Graph) -> bool:
    """Whether a graph holds functions of the gamma and Bessel families, or what needs them to be differentiated."""
    for row, arity in graph.calls:
        if row.floats is not None and row.floats.__module__.endswith(".special"):
            return True
        if any([_SLOW.search(partial_text(row, k)) for k in range(arity) if hands_on(row, k)]):
            return True
    return False


def _between(numbers: Sequence[float]) -> int:
    """How many digits lie between the largest and the smallest of some numbers and 1."""
    sizes = [math.frexp(number)[1] for number in numbers if number and math.isfinite(number)]
    return int((max([1, *sizes]) - min([1, *sizes])) * math.log10(2))


def rounded(compute: Callable[[], Sequence[Any]], graph: Graph, numbers: Sequence[float]) -> list[float | None]:
    """What `compute` finds at mpmath's precision, as doubles; None for no number, and where no two precisions agree.

    It computes with the operations of `graph`. `numbers` are those that meet on the way, as doubles: they say how many
    digits the first attempt needs.
    """
    import mpmath

    between = _between(numbers)
    found: list[float | None] = []
    before: Sequence[Any] | None = None
    for k, digits in enumerate(_DIGITS[:2] if _has_slow(graph) else _DIGITS):
        # Squares lie twice as far apart, and where they cancel two precisions that are too low both find 0.
        with mpmath.workdps(digits + between * (k + 1)):
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
