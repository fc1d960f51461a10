"""The one place that turns numbers into text."""

import math

#: Significant digits in what people read.
DIGITS = 6


def for_people(value: float | None, digits: int | None = None) -> str:
    """A number with so many significant digits (6 unless given); "" for none."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return for_machines(value)
    text = f"{value:.{digits or DIGITS}g}"
    return text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def in_words(value: float) -> str:
    """A number as a sentence about it reads: `x is infinite`, `x is 2.5`."""
    if math.isfinite(value):
        # A reason must not round its evidence away: "defined for x <= 1; here x = 1".
        short, long = for_people(value), for_people(value, 12)
        return long if float(short) != value and float(long) == value else short
    return "NaN" if math.isnan(value) else "infinite" if value > 0 else "minus infinity"


def for_machines(value: float, digits: int | None = None) -> str:
    """A number that reads back as the same double, or rounded to so many significant digits."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value if digits is None else float(f"{value:.{digits}g}"))


def for_json(value: float | None) -> float | str | None:
    """A number as strict JSON carries it: a string where it is not finite."""
    return value if value is None or math.isfinite(value) else for_machines(value)
