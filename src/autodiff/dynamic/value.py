"""Numbers that remember what they were computed from: the graph is made by running Python, one operation at a time.

Values, derivatives and kinks are those of the rows, and the sweep is that of a formula: there are no rules here.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from autodiff.dynamic.operations import by_ufunc, called_row, compute, place_text, shape_of
from autodiff.errors import BindingError
from autodiff.evaluate.compiled import value_function
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.evaluate.inputs import to_value
from autodiff.ops.row import Row, Shape, with_options
from autodiff.ops.shapes import text_of
from autodiff.ops.table import BY_NAME, INFIX, PREFIX

#: A number, or what NumPy would make an array of: an int, a float, nested lists, an array, a Value, lists of Values.
Operand = Any

#: Later values have higher numbers than those that they were computed from.
_AGE = count()
_new = object.__new__
#: Arrays of more elements are shown by their shape.
_SHOWN = 12


def _node(row: Row, args: tuple[Any, ...], data: Any) -> "Value":
    node = _new(Value)
    node._data = data
    node._grad = None
    node._row = row
    node._args = args
    node._age = next(_AGE)
    return node


def _shown(number: Any) -> str:
    if type(number) is float or not hasattr(number, "size"):
        return repr(number)
    return repr(number.tolist()) if number.size <= _SHOWN else f"<{text_of(number.shape)}>"


def perform(row: Row, args: Sequence[Operand]) -> Any:
    """One operation: recorded if an operand is a Value, and just a number otherwise."""
    operands = [arg if type(arg) is Value or type(arg) is float else as_operand(arg) for arg in args]
    kinds = [type(operand) for operand in operands if isinstance(operand, Value)]
    if not kinds:
        return compute(row, operands)
    # One that is only traced makes the result so.
    kind = next((kind for kind in kinds if kind is not Value), Value)
    return kind._record(row, tuple(operands))


def as_operand(operand: Operand) -> Any:
    """A Value as it is, a list in which there are Values as one, and anything else as a float or an array.

    Raises:
        BindingError: it is no number.
    """
    if isinstance(operand, Value):
        return operand
    if getattr(getattr(operand, "dtype", None), "kind", "") == "O":
        operand = operand.tolist()
    if isinstance(operand, list | tuple) and _holds_values(operand):
        return perform(INFIX["[,]"], operand)
    return to_value("an operand", operand)


def _holds_values(items: Sequence[Any]) -> bool:
    stack = list(items)
    while stack:
        item = stack.pop()
        if isinstance(item, Value):
            return True
        if isinstance(item, list | tuple):
            stack.extend(item)
    return False


def call(name: str, *args: Operand, **options: Any) -> Any:
    """The operation `name`, or the one that it is an alias of."""
    return perform(called_row(name, len(args), options), args)


def _is_operand(other: Any) -> bool:
    """Whether an operator may take it; Python asks the other side about anything else."""
    if isinstance(other, int | float | Value | list | tuple):
        return True
    return hasattr(other, "__array__") or (hasattr(other, "__float__") and not isinstance(other, str))


def _infix(symbol: str, *, reflected: bool = False) -> Callable[["Value", Operand], "Value"]:
    row = INFIX[symbol]
    # What most programs consist of takes a short way.
    on_floats = None if row.is_array else value_function(row, 2)

    def operator(self: "Value", other: Operand) -> Any:
        operand: Any = None
        number: Any = None
        if type(other) is Value:
            operand, number = other, other._data
        elif type(other) is float:
            operand = number = other
        elif type(other) is int:
            operand = number = as_operand(other)
        if type(number) is float and type(self._data) is float and on_floats is not None:
            args = (operand, self) if reflected else (self, operand)
            numbers = (number, self._data) if reflected else (self._data, number)
            try:
                return _node(row, args, on_floats(*numbers))
            except ARITHMETIC:
                return _node(row, args, compute(row, numbers))
        if not _is_operand(other):
            return NotImplemented
        return perform(row, (other, self) if reflected else (self, other))

    operator.__doc__ = row.doc
    return operator


def _reflected(symbol: str) -> Callable[["Value", Operand], "Value"]:
    return _infix(symbol, reflected=True)


def _prefix(symbol: str) -> Callable[["Value"], "Value"]:
    row = PREFIX[symbol]
    return lambda self: perform(row, [self])


def _method(name: str) -> Callable[..., Any]:
    def method(self: "Value", *args: Operand, **options: Any) -> Any:
        return call(name, self, *args, **options)

    method.__name__ = name
    method.__doc__ = BY_NAME[name][0].doc
    return method


class Value:
    """A number or an array whose operations are recorded, so that `backward` can differentiate what came of it.

        x = Value(-4.0)
        y = (2*x + 2).relu() + x**2
        y.backward()
        x.grad                               # -8.0

    Every function of the language is a method (`x.tanh()`, `x.sum(axis=0)`) and a function of the package
    (`autodiff.tanh(x)`). Comparisons give Values of 1 or 0, and `&`, `|` and `~` join them.

    Raises:
        BindingError: `data` is no number and no array of numbers.
    """

    __slots__ = ("__weakref__", "_age", "_args", "_data", "_grad", "_row")

    _data: Any
    _grad: Any
    _row: Row | None
    #: Values, and floats and arrays that are constants.
    _args: tuple[Any, ...]
    _age: int

    def __init__(self, data: Any) -> None:
        if isinstance(data, Value):
            raise BindingError("no-number", "this is a Value already", hint="take its number: Value(v.data)")
        self._data = to_value("the data of a Value", data)
        self._grad = None
        self._row = None
        self._args = ()
        self._age = next(_AGE)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        from autodiff.dynamic.copies import deeply

        return deeply(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from autodiff.dynamic.copies import reduced

        return reduced(self)

    def __copy__(self) -> "Value":
        """The same operation on the same arguments, with a gradient of its own."""
        from autodiff.dynamic.copies import shallowly

        return shallowly(self)

    @classmethod
    def _record(cls, row: Row, args: tuple[Any, ...]) -> "Value":
        return _node(row, args, compute(row, [arg._data if isinstance(arg, Value) else arg for arg in args]))

    @property
    def data(self) -> Any:
        """The number: a float, or an array of doubles. That of an input may be set; an array keeps its shape."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if self._row is not None:
            raise BindingError(
                "computed", "only the data of an input can be set, and this Value was computed",
                hint="set that of what it was computed from, and compute it again; or make a new one: Value(v.data)",
            )  # fmt: skip
        number = to_value("the data of a Value", data)
        if shape_of(number) != shape_of(self._data):
            raise BindingError(
                "shape", f"the data is {text_of(shape_of(self._data))}, not {text_of(shape_of(number))}",
                hint="give data of the same shape, or make a new Value",
            )  # fmt: skip
        self._data = number
        # What was computed from the old data is older than this now, by which `backward` knows that it is stale.
        self._age = next(_AGE)

    @property
    def grad(self) -> Any:
        """The sum of the gradients that the calls of `backward` found, in the shape of the data; 0 before the first."""
        if self._grad is None and shape_of(self._data):
            import numpy as np

            self._grad = np.zeros(self._data.shape)
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        number = to_value("the gradient of a Value", grad)
        if shape_of(number) != shape_of(self._data):
            import numpy as np

            try:
                number = np.broadcast_to(number, shape_of(self._data)).copy()
            except ValueError:
                message = f"the gradient is {text_of(shape_of(self._data))}, not {text_of(shape_of(number))}"
                raise BindingError("shape", message, hint="give it the shape of the data, or one number") from None
        self._grad = number

    def backward(self, gradient: Any = None) -> None:
        """Add the derivative of this Value by each Value that it was computed from to the `grad` of that one.

        Each call adds, as in PyTorch: set `grad` to 0 between steps. For an array, `gradient` weighs its elements.

        Raises:
            BindingError: this is an array and has no weights, or the data of an input was set after it was used.
        """
        from autodiff.dynamic.sweep import backward

        backward(self, gradient)

    def item(self) -> float:
        """The plain number, of an array with one element too; its gradient is lost. Raises BindingError."""
        if type(self._data) is float:
            return self._data
        if self._data.size != 1:
            message = f"item() is one number, and this is {text_of(self.shape)}"
            raise BindingError("no-number", message, hint="v.data.tolist() gives all of them")
        return float(self._data.item())

    def detach(self) -> "Value":
        """A new input with the same data: no gradient flows through it."""
        return Value(self._data)

    def zero_grad(self) -> None:
        """Forget the gradient that calls of `backward` have added up."""
        self._grad = None

    @property
    def shape(self) -> Shape:
        """The lengths of the axes, () for a number."""
        return shape_of(self._data)

    @property
    def T(self) -> "Value":
        """The axes in the opposite order."""
        found: Value = perform(INFIX[".T"], [self])
        return found

    def __repr__(self) -> str:
        return f"Value(data={_shown(self._data)}, grad={_shown(self.grad)})"

    def __bool__(self) -> bool:
        if shape_of(self._data):
            raise BindingError("truth", f"{text_of(self.shape)} is neither true nor false", hint="compare its elements")
        return bool(self._data)

    def __float__(self) -> float:
        raise BindingError(
            "no-number", "a Value is no plain number: the gradient would be lost",
            hint="write autodiff.sin(v) rather than math.sin(v), and v.data for the number itself",
        )  # fmt: skip

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        if self.shape:
            hint = "write f'{v.data}', or one element: f'{v.data[0]:" + spec + "}'"
            raise BindingError("no-number", f"{text_of(self.shape)} takes no format {spec!r}", hint=hint)
        return format(self._data, spec)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """An array of Values, element by element, so that `np.array([v, w])` keeps what was recorded."""
        import numpy as np

        if dtype is not None and np.dtype(dtype).kind != "O":
            raise BindingError(
                "no-number",
                "a Value is no plain array: the gradient would be lost",
                hint="write v.data for the numbers",
            )
        found = np.empty(self.shape, dtype=object)
        for place in np.ndindex(self.shape):
            found[place] = self[place] if place else self
        return found

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a Value that is a number has no len()")
        return self.shape[0]

    def __iter__(self) -> Iterator["Value"]:
        if not self.shape:
            raise TypeError("a Value that is a number is not iterable")
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> "Value":
        found: Value = perform(with_options(INFIX["[]"], f"at={place_text(key)}"), [self])
        return found

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's functions and the operators of its arrays: `np.exp(v)`, `array * v`."""
        name = by_ufunc().get(ufunc)
        if name is None or method != "__call__" or options:
            return NotImplemented
        return call(name, *inputs)

    __add__, __radd__ = _infix("+"), _reflected("+")
    __sub__, __rsub__ = _infix("-"), _reflected("-")
    __mul__, __rmul__ = _infix("*"), _reflected("*")
    __truediv__, __rtruediv__ = _infix("/"), _reflected("/")
    __mod__, __rmod__ = _infix("%"), _reflected("%")
    __pow__, __rpow__ = _infix("^"), _reflected("^")
    __matmul__, __rmatmul__ = _infix("@"), _reflected("@")
    # Python's own `and`, `or` and `not` cannot be recorded.
    __and__, __rand__ = _infix("and"), _reflected("and")
    __or__, __ror__ = _infix("or"), _reflected("or")
    __invert__ = _prefix("not")
    __lt__, __le__, __gt__, __ge__ = _infix("<"), _infix("<="), _infix(">"), _infix(">=")
    __eq__, __ne__ = _infix("=="), _infix("!=")  # type: ignore[assignment]
    # Each Value is a key of its own, whatever its number.
    __hash__ = object.__hash__
    __neg__ = _prefix("-")
    __abs__, __round__ = _method("abs"), _method("round")
    __floor__, __ceil__, __trunc__ = _method("floor"), _method("ceil"), _method("trunc")

    def __pos__(self) -> "Value":
        return self

    def __xor__(self, other: object) -> Any:
        raise TypeError("in Python a power of a Value is written v**2")

    if TYPE_CHECKING:
        # Every operation of the table that has a name is a method; see the end of this file.
        def __getattr__(self, name: str) -> Callable[..., "Value"]: ...


for _name in BY_NAME:
    if _name.isidentifier() and not iskeyword(_name) and not hasattr(Value, _name):
        setattr(Value, _name, _method(_name))
