"""A Python function as a formula: it is run once on values without numbers, and what it does is written down."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from autodiff.dynamic.operations import result_shape, shape_of
from autodiff.dynamic.sweep import Recording
from autodiff.dynamic.value import Value, as_operand
from autodiff.errors import FormulaError
from autodiff.evaluate.inputs import to_value
from autodiff.formula import Formula
from autodiff.graph.expression import write
from autodiff.graph.graph import Graph
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.row import Row, Shape
from autodiff.ops.table import CONSTANTS, INFIX

_ARRAY = INFIX["[,]"]


class _Unknown(NamedTuple):
    """The data of a value that is only traced."""

    shape: Shape


class Traced(Value):
    """A Value without a number: it stands for every number that the formula may get."""

    __slots__ = ("_name",)

    def __init__(self, shape: Shape, name: str) -> None:
        super().__init__(0.0)
        self._data = _Unknown(shape)
        self._name = name

    @classmethod
    def _record(cls, row: Row, args: tuple[Any, ...]) -> "Traced":
        operands = [arg if isinstance(arg, Traced) else _constant(arg) for arg in args]
        node = Traced(result_shape(row, [() if type(arg) is float else arg.shape for arg in operands]), "")
        node._row, node._args = row, tuple(operands)
        return node

    @property
    def data(self) -> Any:
        raise FormulaError(
            "traced-data", "a traced value has no number: the formula is for every number",
            hint="compute with the value itself, and with autodiff.sin, autodiff.where, ...",
        )  # fmt: skip

    @data.setter
    def data(self, data: Any) -> None:
        raise FormulaError(
            "traced-data", "a traced value has no number to set", hint="give the formula that comes out another value"
        )

    @property
    def grad(self) -> Any:
        raise FormulaError(
            "traced-data", "a traced value has no gradient", hint="call gradient() of the formula that comes out"
        )

    @grad.setter
    def grad(self, grad: Any) -> None:
        raise FormulaError(
            "traced-data", "a traced value has no gradient to set", hint="call gradient() of the formula that comes out"
        )

    def backward(self, gradient: Any = None) -> None:
        raise FormulaError(
            "traced-data", "a traced value cannot go backward", hint="call gradient() of the formula that comes out"
        )

    def __bool__(self) -> bool:
        raise FormulaError(
            "traced-condition", "Python cannot decide by a traced value: a formula is the same for every number",
            hint="write autodiff.where(condition, a, b) rather than `a if condition else b`, autodiff.max(a, b) rather "
            "than max(a, b), and & | ~ rather than and, or, not",
        )  # fmt: skip

    def __float__(self) -> float:
        raise FormulaError(
            "traced-data", "a traced value is no plain number", hint="write autodiff.sin(x) rather than math.sin(x)"
        )

    def __repr__(self) -> str:
        return f"<traced {self._name or 'value'}>"


def _constant(operand: Any) -> Any:
    """A plain number, or a Value of it, as a formula writes it: an array is nested lists of numbers."""
    number = operand._data if isinstance(operand, Value) else operand
    if type(number) is float:
        return number
    items: list[Any] = number.ravel().tolist()
    for length in reversed(number.shape):
        items = [Traced._record(_ARRAY, tuple(items[k : k + length])) for k in range(0, len(items), length)]
    return items[0]


def trace(function: Any, /, *examples: Any, **named: Any) -> Any:
    """The formula that a Python function computes: a graph that is built once, for any number of evaluations.

        f = autodiff.trace(lambda x, y: autodiff.sin(x)*y + x**2)
        f.text                               # "sin(x)*y + x^2"
        f.gradient(x=1, y=2)

    The function is called once, with a value for each parameter that stands for every number. An example (`examples`
    and `named` are passed on as in a call) says what shape a parameter has; one without is a number, and one with a
    default keeps it. A Value from outside counts as the number that it is. A function that returns several values
    makes a formula of several outputs.

    Of an array (or a Value), it is the sum of the diagonal, as everywhere in the language.

    Raises:
        FormulaError: the function decides by a traced value, asks for its number, or returns something else.
    """
    if not callable(function):
        from autodiff.dynamic.value import call

        return call("trace", function, *examples, **named)
    return _formula(function, examples, named)


def _formula(function: Callable[..., Any], examples: Sequence[Any], named: dict[str, Any]) -> Formula:
    try:
        bound = inspect.signature(function).bind_partial(*examples, **named)
    except (TypeError, ValueError) as error:
        raise FormulaError(
            "no-signature", f"this cannot be traced: {error}", hint="wrap it: autodiff.trace(lambda x: function(x))"
        ) from None
    inputs: list[Traced] = []

    def stand_in(name: str, *example: Any) -> Traced:
        shape = shape_of(to_value(f"the example of {name!r}", example[0])) if example else ()
        if not math.isfinite(CONSTANTS.get(name, 0.0)):
            raise FormulaError(
                "bad-name", f"a parameter cannot be called {name!r}: that is a number here", hint="give it another name"
            )
        inputs.append(Traced(shape, name))
        return inputs[-1]

    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = bound.arguments.get(name, ())
            bound.arguments[name] = tuple(stand_in(f"{name}{k}", example) for k, example in enumerate(rest))
        elif parameter.kind is parameter.VAR_KEYWORD:
            more = bound.arguments.get(name, {})
            bound.arguments[name] = {key: stand_in(key, example) for key, example in more.items()}
        elif name in bound.arguments:
            bound.arguments[name] = stand_in(name, bound.arguments[name])
        elif parameter.default is parameter.empty:
            bound.arguments[name] = stand_in(name)
    if len({value._name for value in inputs}) < len(inputs):
        raise FormulaError(
            "bad-name", "two parameters would have the same name in the formula", hint="give one of them another name"
        )
    # What has no example comes after what has; a call needs the order of the signature.
    bound.arguments = {name: bound.arguments[name] for name in bound.signature.parameters if name in bound.arguments}
    returned = function(*bound.args, **bound.kwargs)
    text, ops = _text(returned, inputs)
    return Formula(text, bound=[value._name for value in inputs], ops=ops)


def _operations(graph: Graph) -> Operations:
    """Operations among which there are all those of users that a graph calls.

    Raises:
        FormulaError: they were read separately, so that one may be another than its name says.
    """
    own = [call.row for call in graph.calls if call.row.library is not None]
    libraries = [NO_OPERATIONS, *(row.library for row in own if row.library is not None)]
    for ops in libraries:
        if all(ops.called(row.name) == (row,) for row in own):
            return ops
    raise FormulaError(
        "several-operations", f"{own[0].name} and {own[-1].name} were not read together",
        hint="read all definitions into one: autodiff.load_ops(more, ops)",
    )  # fmt: skip


def _refuse_strangers(whole: Traced, names: Mapping[Value, str]) -> None:
    """Raise FormulaError for a traced value that is no parameter of this function, but of one around it."""
    stack, seen = [whole], set()
    while stack:
        value = stack.pop()
        for part in value._args:
            if isinstance(part, Traced) and part not in seen:
                seen.add(part)
                stack.append(part)
        if value._row is None and value not in names:
            raise FormulaError(
                "nested-trace", f"{value._name or 'a value'!r} belongs to another trace, around this one",
                hint="make it a parameter of the inner function too, or call the inner function itself",
            )  # fmt: skip


def _text(returned: Any, inputs: Sequence[Traced]) -> tuple[str, Operations]:
    several = isinstance(returned, tuple | list)
    outputs = list(returned) if several else [returned]
    if not outputs or any(output is None for output in outputs):
        raise FormulaError("no-output", "the traced function returns nothing", hint="return the value of the formula")
    parts = [part if isinstance(part, Traced) else _constant(part) for part in map(as_operand, outputs)]
    if not several and isinstance(parts[0], Traced):
        whole = parts[0]
    else:
        # Several outputs are written as the elements of an array, without its brackets: they share their parts.
        whole = Traced((), "")
        whole._row, whole._args = _ARRAY, tuple(parts)
    names: dict[Value, str] = {value: value._name for value in inputs}
    _refuse_strangers(whole, names)
    recording = Recording([whole], names)
    ops = _operations(recording.graph)
    text = write(recording.graph, recording.graph.outputs[0])
    if whole is parts[0]:
        return text, ops
    statements, separator, last = text.rpartition("; ")
    return f"{statements}{separator}{last[1:-1]}", ops
