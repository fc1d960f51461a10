"""What a caller in Python asks with, values by name, names, weights, an order; and the error where it is none."""

import math
import operator
from collections.abc import Mapping
from typing import Any

from autodiff.errors import BindingError, LimitError
from autodiff.syntax.tokens import canonical_name

#: No order is higher than this, whatever it is by.
_MOST_ORDERS = 1_000_000


def by_name(what: str, given: object, example: str) -> dict[str, Any]:
    """A mapping by canonical names.

    Raises:
        BindingError: it is no mapping, or has other keys than texts.
    """
    # Tables of data, too, have keys and values.
    if not isinstance(given, Mapping) and not (hasattr(given, "keys") and hasattr(given, "__getitem__")):
        raise BindingError("no-mapping", f"{what} come by name, and this is {_a(given)}", hint=f"write {example}")
    return {name_of(name): given[name] for name in given.keys()}  # noqa: SIM118


def names_of(what: str, given: object) -> list[str]:
    """Names in the order in which they are given; a text is one name.

    Raises:
        BindingError: they are no names.
    """
    if isinstance(given, str):
        return [name_of(given)]
    try:
        names = list(given)  # type: ignore[call-overload]
    except TypeError:
        raise BindingError(
            "no-names", f"{what} are names, and this is {_a(given)}", hint="write them as texts: ['x', 'y']"
        ) from None
    return [name_of(name) for name in names]


def name_of(name: object) -> str:
    """A name as the formula has it. Raises BindingError for what is no text."""
    if not isinstance(name, str):
        raise BindingError("no-name", f"a name is a text, and {name!r} is {_a(name)}", hint="write it as 'x'")
    return canonical_name(name)


def whole_order(order: object) -> int | None:
    """An order, None for none.

    Raises:
        BindingError: it is no whole number.
        LimitError: it is larger than any that can be computed.
    """
    if order is None:
        return None
    try:
        number = operator.index(order)  # type: ignore[arg-type]
    except TypeError:
        raise BindingError("bad-order", f"an order is a whole number, not {order!r}", hint="write order=2") from None
    if number > _MOST_ORDERS:
        raise LimitError("too-large", f"the order is above {_MOST_ORDERS:,}", hint="write a smaller order, such as 2")
    return number


def positive(what: str, given: object, example: str) -> float:
    """A finite number above 0, such as a number of seconds. Raises BindingError."""
    if not isinstance(given, bool | str | bytes):
        try:
            number = float(given)  # type: ignore[arg-type]
        except Exception:  # what a foreign type raises is no matter of ours
            number = math.nan
        if 0 < number < math.inf:
            return number
    raise BindingError(
        "no-positive", f"{what} is a finite number above 0, and this is {given!r:.40}", hint=f"write {example}"
    )


def weights_of(seed: object) -> Any:
    """What gives a weight for each output, with a length. Raises BindingError."""
    try:
        len(seed), iter(seed)  # type: ignore[arg-type, call-overload]
    except Exception:
        hint = "write seed=[1], with a weight for each output or each element"
        raise BindingError("no-weights", f"a seed is a list of weights, and this is {_a(seed)}", hint=hint) from None
    return seed


def _a(given: object) -> str:
    kind = type(given).__name__
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"
