"""The one place that turns numbers, and arrays of them, into text."""

import math
from collections.abc import Callable, Iterator
from typing import Any

#: Significant digits in what people read.
DIGITS = 6
#: An array of more elements than this is described rather than written out.
MOST_SHOWN = 12

#: A float, or an array of doubles. Arrays are known by their shape: without arrays, NumPy is not imported.
Value = Any


def is_array(value: object) -> bool:
    return hasattr(value, "shape")


def for_people(value: Value | None, digits: int | None = None) -> str:
    """A number with so many significant digits (6 unless given); "" for none.

    A small array is written out, and of a large one the shape, the norm and the extremes are given.
    """
    if value is None:
        return ""
    if is_array(value):
        if value.size <= MOST_SHOWN:
            return _nested(value, lambda number: for_people(number, digits))
        shape = "x".join(map(str, value.shape)) if value.ndim > 1 else f"{value.size} elements"
        norm, low, high = (for_people(number, digits) for number in _summary(value))
        return f"{shape}, norm {norm}, {low} to {high}"
    if not math.isfinite(value):
        return for_machines(value)
    text = f"{value:.{digits or DIGITS}g}"
    return text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def in_words(value: float) -> str:
    """A number as a sentence about it reads: `x is infinite`, `x is 2.5`."""
    if math.isfinite(value):
        # A reason must not round its evidence away: "defined for x <= 1; here x = 1".
        short, long = for_people(value), for_people(value, 12)
        if float(short) != value and float(long) == value:
            return long
        # Nor beside a whole number, where most domains end: "here x = 1.0000000000000002".
        whole = float(short).is_integer() and abs(value) < 10**DIGITS
        return repr(value) if whole and float(short) != value else short
    return "NaN" if math.isnan(value) else "infinite" if value > 0 else "minus infinity"


def _nested(value: Value, spell: Any) -> str:
    """An array as the language writes it."""
    parts = (_nested(item, spell) if is_array(item) and item.shape else spell(float(item)) for item in value)
    return f"[{', '.join(parts)}]"


def _summary(value: Value) -> tuple[float, float, float]:
    """The norm of an array, its smallest and its largest element."""
    top = float(abs(value).max())
    scale = top if 0.0 < top < math.inf else 1.0
    norm = scale * math.sqrt(float(((value / scale) ** 2).sum()))
    return norm, float(value.min()), float(value.max())


def elements(name: str, value: Value) -> Iterator[tuple[str, float]]:
    """Each element of an array with its name, as in `W[0, 1]`; a number has its own name."""
    if not is_array(value):
        yield name, value
        return
    places = [""]
    for length in value.shape:
        places = [f"{place}, {k}" if place else str(k) for place in places for k in range(length)]
    for place, number in zip(places, value.ravel().tolist(), strict=True):
        yield f"{name}[{place}]", number


def flat(value: Value) -> list[float]:
    """The elements of an array in the order of their names; a number is its own."""
    return list(value.ravel().tolist()) if is_array(value) else [value]


def for_machines(value: Value, digits: int | None = None) -> str:
    """A number that reads back as the same double, or rounded to so many significant digits; an array of such."""
    if is_array(value):
        return _nested(value, lambda number: for_machines(number, digits))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value if digits is None else float(f"{value:.{digits}g}"))


def for_json(value: Value | None) -> Any:
    """A number as strict JSON carries it: a string where it is not finite. Arrays become nested lists."""
    if value is not None and is_array(value):
        return _listed(value.tolist())
    return value if value is None or math.isfinite(value) else for_machines(value)


def json_encoder(*, ascii_only: bool, indent: int | None = None, compact: bool = False) -> Callable[[object], str]:
    """What writes values as strict JSON: the one encoder. Numbers that may not be finite come through `for_json`.

    With `ascii_only` every other letter is escaped, as JSON escapes it: for streams that cannot carry it.
    """
    # Made once: `json.dumps` with options makes an encoder for every call.
    from json import JSONEncoder

    separators = (",", ":") if compact else (",", ": ") if indent else None
    return JSONEncoder(ensure_ascii=ascii_only, allow_nan=False, indent=indent, separators=separators).encode


def _listed(items: Any) -> Any:
    return [_listed(item) for item in items] if isinstance(items, list) else for_json(items)
