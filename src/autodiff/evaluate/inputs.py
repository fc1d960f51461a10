"""What a caller gives as the value of a variable, turned into a float or an array of doubles."""

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from autodiff.errors import AutodiffError, BindingError
from autodiff.numerals import in_words

_HINT = "give an int, a float, or an array of them"


def to_value(what: str, value: object) -> Any:
    """A number as a float, and anything with axes (lists, NumPy arrays) as an array of doubles. `what` names it.

    Raises:
        BindingError: it is neither, or a ragged or empty array.
    """
    if getattr(value, "requires_grad", False) is True:
        raise BindingError(
            "no-number", f"{what} is a {_kind(value)} that records a gradient of its own, which would be lost",
            hint="give its numbers: t.detach().numpy()",
        )  # fmt: skip
    if isinstance(value, str | bytes | Mapping | Set):
        raise BindingError("no-number", f"{what} is no number: {value!r}", hint=_HINT)
    if getattr(getattr(value, "dtype", None), "kind", "") == "c":
        # float() of one would cut off the imaginary part, with no more than a warning.
        hint = "give the real and the imaginary part as two variables"
        raise BindingError("no-number", f"{what} is complex", hint=hint)
    if getattr(value, "mask", None) is not None and _is_masked(value):
        hint = "fill in what is masked with .filled(...), or leave it out with .compressed()"
        raise BindingError("no-number", f"{what} is masked in part", hint=hint)
    try:
        if not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0:
            return float(value)  # type: ignore[arg-type]
    except OverflowError:
        hint = "the largest double is about 1.8e308"
        raise BindingError("no-number", f"{what} is too large for a double", hint=hint) from None
    except (TypeError, ValueError, RuntimeError):
        if hasattr(value, "dtype") or hasattr(value, "__array__"):
            raise _foreign(what, value) from None
        raise BindingError("no-number", f"{what} is no number: {value!r}", hint=_HINT) from None
    except AutodiffError:
        raise
    except Exception as error:
        raise _foreign(what, value) from error
    return _to_array(what, value)


def _kind(value: object) -> str:
    """The type of a value of another library, as in torch.Tensor."""
    return f"{type(value).__module__.partition('.')[0]}.{type(value).__qualname__}"


def _foreign(what: str, value: object) -> BindingError:
    hint = "give its numbers as a NumPy array, such as t.detach().cpu().numpy()"
    return BindingError("no-number", f"{what} is a {_kind(value)}, which gives no numbers", hint=hint)


def _is_masked(value: object) -> bool:
    import numpy as np

    return bool(np.ma.is_masked(value))


def units(value: Any) -> Iterator[Any]:
    """For each element of a value, what is 1 there and 0 elsewhere; for a number 1."""
    if type(value) is float:
        yield 1.0
        return
    from autodiff.evaluate import arrays

    yield from arrays.units(value.shape)


def fitted(value: Any, like: Any) -> Any:
    """A value in the shape of another: one number stands for all elements."""
    if type(like) is float:
        return value
    import numpy as np

    return np.broadcast_to(value, like.shape)


def shaped(numbers: Sequence[float], like: Any) -> Any:
    """Numbers in the shape of a value: an array of them, or the one number."""
    if type(like) is float:
        return numbers[0]
    import numpy as np

    return np.array(numbers).reshape(like.shape)


def _to_array(what: str, value: object) -> Any:
    import numpy as np

    try:
        array = np.asarray(value)
        if array.dtype.kind == "V":
            raise TypeError  # a table with named columns
        if array.dtype.kind not in "biuf":
            array = _unpacked(value)
    except ValueError:
        hint = "all rows of an array have the same length"
        raise BindingError("ragged-array", f"{what} is a ragged array", hint=hint) from None
    except (TypeError, OverflowError, RuntimeError):
        if not isinstance(value, list | tuple | np.ndarray) and (
            hasattr(value, "dtype") or hasattr(value, "__array__")
        ):
            raise _foreign(what, value) from None
        raise BindingError("no-number", f"{what} is no array of numbers", hint=_HINT) from None
    except (AutodiffError, MemoryError):
        raise
    except Exception as error:
        raise _foreign(what, value) from error
    if array.size == 0:
        raise BindingError("empty-array", f"{what} is an empty array", hint="an array needs an element")
    # A copy: what the caller does with theirs afterwards is nothing to us.
    return np.array(array, dtype=np.float64)


def _unpacked(value: object) -> Any:
    """Nested lists with other numbers in them, such as large ints or fractions."""
    import numpy as np

    array = np.asarray(value, dtype=object)
    if not array.ndim:
        return np.array(float(value))  # type: ignore[arg-type]
    flat = array.ravel()
    if any(isinstance(item, Mapping | Set) for item in flat):
        raise TypeError
    if any(hasattr(item, "__len__") and not isinstance(item, str) for item in flat):
        raise ValueError
    if any(isinstance(item, str | bytes | complex) for item in flat):
        raise TypeError
    return np.array([float(item) for item in flat]).reshape(array.shape)


def finite_value(what: str, value: object) -> Any:
    """As `to_value`, for a rate or a weight: an infinite one has no meaning, as it only multiplies derivatives.

    Raises:
        BindingError: as `to_value`, and where a number is not finite.
    """
    result = to_value(what, value)
    numbers = [result] if type(result) is float else result.ravel().tolist()
    for number in numbers:
        if not math.isfinite(number):
            raise BindingError("no-number", f"{what} is {in_words(number)}", hint="give a finite number")
    return result
