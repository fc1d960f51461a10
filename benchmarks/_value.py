"""The baseline of large_formula.py: reverse mode in the style of micrograd, one object and one closure per operation.

It is kept as lean as the style allows, so that the comparison flatters nobody: slots, tuples of parents, one node for
a difference or a quotient (micrograd composes them of several), no labels. The sort has its own stack, since a
recursive one ends at Python's recursion limit.
"""

import math
from collections.abc import Callable


def _nothing() -> None:
    pass


class Value:
    """A number that remembers what it was computed from."""

    __slots__ = ("data", "grad", "parents", "push")

    def __init__(self, data: float, parents: tuple["Value", ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.push: Callable[[], None] = _nothing

    def __add__(self, other: "Value | float") -> "Value":
        right = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + right.data, (self, right))

        def push() -> None:
            self.grad += out.grad
            right.grad += out.grad

        out.push = push
        return out

    def __sub__(self, other: "Value | float") -> "Value":
        right = other if isinstance(other, Value) else Value(other)
        out = Value(self.data - right.data, (self, right))

        def push() -> None:
            self.grad += out.grad
            right.grad -= out.grad

        out.push = push
        return out

    def __mul__(self, other: "Value | float") -> "Value":
        right = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * right.data, (self, right))

        def push() -> None:
            self.grad += right.data * out.grad
            right.grad += self.data * out.grad

        out.push = push
        return out

    def __truediv__(self, other: "Value | float") -> "Value":
        right = other if isinstance(other, Value) else Value(other)
        out = Value(self.data / right.data, (self, right))

        def push() -> None:
            self.grad += out.grad / right.data
            right.grad -= out.data / right.data * out.grad

        out.push = push
        return out

    def __pow__(self, power: float) -> "Value":
        out = Value(self.data**power, (self,))

        def push() -> None:
            self.grad += power * self.data ** (power - 1) * out.grad

        out.push = push
        return out

    def __neg__(self) -> "Value":
        out = Value(-self.data, (self,))

        def push() -> None:
            self.grad -= out.grad

        out.push = push
        return out

    def __radd__(self, other: float) -> "Value":
        return Value(other) + self

    def __rsub__(self, other: float) -> "Value":
        return Value(other) - self

    def __rmul__(self, other: float) -> "Value":
        return Value(other) * self

    def __rtruediv__(self, other: float) -> "Value":
        return Value(other) / self

    def backward(self) -> None:
        """Give every value that this one comes from its gradient."""
        self.grad = 1.0
        for value in reversed(self._sorted()):
            value.push()

    def _sorted(self) -> list["Value"]:
        """Every value that this one comes from, each after its parents."""
        order: list[Value] = []
        seen: set[Value] = set()
        stack: list[tuple[Value, bool]] = [(self, False)]
        while stack:
            value, ready = stack.pop()
            if ready:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                stack.append((value, True))
                stack.extend([(parent, False) for parent in value.parents if parent not in seen])
        return order


def _elementary(
    function: Callable[[float], float], partial: Callable[[float, float], float]
) -> Callable[[Value], Value]:
    """A function of values; `partial` is its derivative, of the argument and the result."""

    def call(value: Value) -> Value:
        out = Value(function(value.data), (value,))

        def push() -> None:
            value.grad += partial(value.data, out.data) * out.grad

        out.push = push
        return out

    return call


def _larger(left: Value, right: Value) -> Value:
    """The larger of two values that are never equal."""
    out = Value(max(left.data, right.data), (left, right))

    def push() -> None:
        (left if left.data > right.data else right).grad += out.grad

    out.push = push
    return out


#: The functions that a formula calls by name.
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "cos": _elementary(math.cos, lambda x, _: -math.sin(x)),
    "exp": _elementary(math.exp, lambda _, y: y),
    "log": _elementary(math.log, lambda x, _: 1 / x),
    "max": _larger,
    "sin": _elementary(math.sin, lambda x, _: math.cos(x)),
    "tanh": _elementary(math.tanh, lambda _, y: 1 - y * y),
}
