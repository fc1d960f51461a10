"""A formula parsed once, to be evaluated and differentiated many times; and what may be wrong with a request for it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autodiff.differentiate.results.gradient import Gradient, Value, Values
from autodiff.errors import BindingError, FormulaError, Span, Way, nearest
from autodiff.evaluate.inputs import finite_value, to_value
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.graph.text import output_names
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.shapes import text_of
from autodiff.ops.table import CONSTANTS
from autodiff.syntax.tokens import canonical_name

if TYPE_CHECKING:
    from autodiff.differentiate.results.compiled import CompiledFormula
    from autodiff.differentiate.results.explanation import Explanation
    from autodiff.differentiate.results.hessian import Hessian, HessianVector
    from autodiff.differentiate.results.higher import Derivatives
    from autodiff.differentiate.results.jacobian import Jacobian, Mode
    from autodiff.differentiate.results.tangents import Directional, Tangents

#: A number or an array-like for each variable; results are floats and NumPy arrays.
Bindings = Mapping[str, Value]


class Formula:
    """A formula of the language.

        f = Formula("(x + y) * max(y, z)")
        f.variables                          # ("x", "y", "z")
        f.gradient(x=1, y=2, z=0).partials   # {"x": 2.0, "y": 5.0, "z": 0.0}

    It may call the operations in `ops` (see `autodiff.load_ops`) as it calls those of the table.
    The names in `bound` are variables wherever the text uses them, even if they are constants such as `e`.

    Raises:
        FormulaError: the text is no formula.
        LimitError: its functions unfold to too many operations.
    """

    def __init__(self, text: str, *, bound: Sequence[str] = (), ops: Operations | None = None) -> None:
        if not isinstance(text, str):
            raise FormulaError("no-text", f"a formula is a text, and this is a {type(text).__name__}")
        if ops is not None and not isinstance(ops, Operations):
            raise FormulaError(
                "no-operations", f"ops are operations, and this is a {type(ops).__name__}",
                hint="read a file or a text of definitions: ops=autodiff.load_ops(...)",
            )  # fmt: skip
        self.text = text
        self.ops = NO_OPERATIONS if ops is None else ops
        self._bound = frozenset(bound)
        self._graphs: dict[frozenset[str], Graph] = {}
        self.graph()

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def _repr_latex_(self) -> str | None:
        from autodiff.graph.notebook import view

        return view("latex", self.graph())

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that need a value, in the order in which the text first uses them."""
        return self.graph().inputs

    def graph(self, bound: Sequence[str] | Mapping[str, float] = ()) -> Graph:
        """The graph in which the names in `bound` are variables, even where they are constants of the language."""
        shadowed = frozenset(name for name in (*self._bound, *bound) if name in CONSTANTS)
        if shadowed not in self._graphs:
            self._graphs[shadowed] = build(self.text, shadowed, ops=self.ops)
        return self._graphs[shadowed]

    def value(self, bindings: Bindings | None = None, /, **named: Value) -> Value | tuple[Value, ...]:
        """The value at a point; a tuple where the formula has several outputs.

        Raises:
            BindingError: a variable is missing or unknown, or a value is no number.
        """
        values = tuple(value for _, value in self.evaluate(bindings, **named).outputs)
        return values[0] if len(values) == 1 else values

    def evaluate(self, bindings: Bindings | None = None, /, **named: Value) -> Values:
        """The value of every node at a point. Raises like `value`."""
        graph, inputs = self._bind(bindings, named)
        return Values(graph, inputs)

    def gradient(
        self, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | None = None,
        seed: Sequence[Value] | None = None, **named: Value,
    ) -> Gradient:  # fmt: skip
        """The value and the gradient of every node at a point, by the variables in `wrt` (all unless given).

        `seed` gives a weight for each output: the gradient is that of their weighted sum, by one reverse sweep, which
        is a product of the weights with the Jacobian. A variable that is called `wrt` or `seed` is bound through the
        mapping.

        Raises:
            BindingError: a variable is missing or unknown, or a value or a weight is no number.
            FormulaError: the formula has several outputs and there are not as many weights.
        """
        graph, inputs = self._bind(bindings, named)
        if seed is not None:
            return Gradient(graph, inputs, _wanted(graph, wrt), _seeds(graph, seed))
        if len(graph.outputs) > 1:
            first = graph.output_spans()
            seeds = "1," + "1" * (len(first) == 2) + "1,..." * (len(first) > 2)
            raise FormulaError(
                "several-outputs", f"a gradient needs one output, and this formula has {len(first)}", text=graph.text,
                spans=first, hint=Way("weigh-outputs", {"weights": seeds}),
            )  # fmt: skip
        return Gradient(graph, inputs, _wanted(graph, wrt))

    def explain(
        self, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | None = None,
        seed: Sequence[Value] | None = None, **named: Value,
    ) -> "Explanation":  # fmt: skip
        """The chain rule at a point, step by step: what every node computes, hands on and receives.

        Arguments and errors are those of `gradient`.
        """
        from autodiff.differentiate.results.explanation import Explanation

        return Explanation(self.gradient(bindings, wrt=wrt, seed=seed, **named))

    def tangent(
        self, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | None = None, **named: Value
    ) -> "Tangents":
        """The derivative of every node by each variable in `wrt` (all unless given), by a forward sweep for each.

        The formula may have several outputs. Raises like `evaluate`.
        """
        from autodiff.differentiate.results.tangents import Tangents

        graph, inputs = self._bind(bindings, named)
        return Tangents(graph, inputs, _wanted(graph, wrt))

    def directional(self, bindings: Bindings | None = None, /, *, direction: Bindings, **named: Value) -> "Directional":
        """The derivative of every node along `direction`, the rate at which each variable that it names moves.

        One forward sweep. For several outputs the derivatives are the product of the Jacobian with the direction.

        Raises:
            BindingError: a variable is missing or unknown, or a value or a rate is no number.
        """
        from autodiff.differentiate.results.tangents import Directional

        graph, inputs = self._bind(bindings, named)
        return Directional(graph, inputs, _rates(graph, inputs, direction))

    def jacobian(
        self, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | None = None, mode: "Mode | None" = None,
        **named: Value,
    ) -> "Jacobian":  # fmt: skip
        """The derivative of every output by each variable in `wrt` (all unless given), by the mode with fewer passes.

        `mode`, "forward" or "reverse", overrides the choice. Raises like `evaluate`.
        """
        from autodiff.differentiate.results.jacobian import Jacobian

        graph, inputs = self._bind(bindings, named)
        if mode not in (None, "forward", "reverse"):
            raise BindingError("no-mode", f"{mode!r} is no mode", hint="the modes are 'forward' and 'reverse'")
        return Jacobian(graph, inputs, _wanted(graph, wrt), mode)

    def hessian(
        self, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | None = None, **named: Value
    ) -> "Hessian":
        """The second derivatives by the variables in `wrt` (all unless given), and by the elements of arrays.

        Raises:
            BindingError: a variable is missing or unknown, or a value is no number.
            FormulaError: the formula has several outputs, or an array as output.
            LimitError: there are too many variables for a matrix.
        """
        from autodiff.differentiate.results.hessian import Hessian

        graph, inputs = self._bind(bindings, named)
        _refuse_outputs(graph, "a Hessian")
        return Hessian(graph, inputs, _wanted(graph, wrt))

    def hessian_vector(
        self, bindings: Bindings | None = None, /, *, direction: Bindings, wrt: Sequence[str] | None = None,
        **named: Value,
    ) -> "HessianVector":  # fmt: skip
        """The Hessian times `direction`, the rate at which each variable that it names moves, by one forward sweep.

        That is how the gradient by the variables in `wrt` (all unless given) changes along the direction. Raises like
        `hessian`, and BindingError for a rate that is no number or does not have the shape of its variable.
        """
        from autodiff.differentiate.results.hessian import HessianVector

        graph, inputs = self._bind(bindings, named)
        _refuse_outputs(graph, "a Hessian")
        rates = _rates(graph, inputs, direction)
        return HessianVector(graph, inputs, rates, _wanted(graph, wrt))

    def derivative(
        self, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | str | None = None, order: int | None = None,
        **named: Value,
    ) -> "Derivatives":  # fmt: skip
        """The derivative of higher order by one variable of `wrt` after the other, and all orders below it.

        A variable that is named twice counts twice: `wrt=["x", "x", "y"]` asks for d3f/dx2dy. With one variable, which
        may be left out where the formula has no other, `order` says how often.

        Raises:
            BindingError: a variable is missing or unknown, a value is no number, or `wrt` and `order` do not fit.
            FormulaError: the formula has several outputs, or arrays.
            LimitError: the order is too high.
        """
        from autodiff.differentiate.results.higher import Derivatives, sequence

        graph, inputs = self._bind(bindings, named)
        _refuse_outputs(graph, "a derivative of higher order")
        names = _wanted(graph, [wrt] if isinstance(wrt, str) else wrt)
        return Derivatives(graph, inputs, sequence(graph, names, order))

    def compile(self, *, wrt: Sequence[str] | None = None, jac: bool = False) -> "CompiledFormula":
        """The formula as a fast function of numbers, in the order of `variables`.

            f = Formula("x*sin(y)").compile(jac=True)
            f(2.0, 0.0)                        # (0.0, (0.0, 2.0))

        With `jac` it gives a pair, the value and the partials by the variables in `wrt` (all unless given); without,
        the value alone. They are those of `gradient`, bit for bit, at every point: where the local rules are not
        enough, the function asks `gradient` itself.

        Raises:
            BindingError: a name is no variable.
            FormulaError: the formula has several outputs, or arrays.
        """
        from autodiff.differentiate.derive.routine import refuse_arrays
        from autodiff.differentiate.results.compiled import CompiledFormula

        graph = self.graph([canonical_name(name) for name in wrt or ()])
        refuse_arrays(graph)
        _refuse_outputs(graph, "a compiled formula")
        wanted = _wanted(graph, wrt)
        return CompiledFormula(graph, graph.inputs if wanted is None else wanted, jac=jac)

    def _bind(self, bindings: Bindings | None, named: Mapping[str, Value]) -> tuple[Graph, list[Value]]:
        given = {canonical_name(name): value for name, value in {**(bindings or {}), **named}.items()}
        graph = self.graph(given)
        given = {known_as(name, graph): value for name, value in given.items()}
        for name in given:
            if name not in graph.input_numbers:
                raise unknown_variable(graph, name, "this binds")
        missing = [name for name in graph.inputs if name not in given]
        if missing:
            raise missing_bindings(graph, missing, given, [", ".join(f"{name}=1" for name in missing[:_SHOWN])])
        return graph, [to_value(f"the value of {name!r}", given[name]) for name in graph.inputs]


def known_as(name: str, graph: Graph) -> str:
    """What a variable is called in a formula: `x₁` may be bound as x1, and `α` as alpha."""
    if name in graph.input_numbers or name in graph.program.assigned:
        return name
    from autodiff.syntax.tokens import look_alike

    return look_alike(name, graph.inputs) or name


def _wanted(graph: Graph, wrt: Sequence[str] | None) -> list[str] | None:
    wanted = None if wrt is None else [known_as(canonical_name(name), graph) for name in wrt]
    for name in wanted or ():
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "this differentiates by")
    return wanted


def _rates(graph: Graph, inputs: Sequence[Value], direction: Bindings) -> dict[str, Value]:
    rates = {canonical_name(name): finite_value(f"the rate of {name!r}", rate) for name, rate in direction.items()}
    for name, rate in rates.items():
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "the direction moves")
        given, shape = (getattr(value, "shape", ()) for value in (rate, inputs[graph.input_numbers[name]]))
        if given not in ((), shape):
            raise BindingError(
                "direction-shape", f"the rate of {name!r} is {text_of(given)}, and {name!r} is {text_of(shape)}",
                hint="give a rate for each element, or one number for all",
            )  # fmt: skip
    return rates


def _refuse_outputs(graph: Graph, what: str) -> None:
    """Raise FormulaError for several outputs, of which `what` has only one."""
    if len(graph.outputs) > 1:
        spans = graph.output_spans()
        raise FormulaError(
            "several-outputs", f"{what} needs one output, and this formula has {len(spans)}", text=graph.text,
            spans=spans, hint="take one output after the other, or write their sum, each with its weight: 2*f1 - f2",
        )  # fmt: skip


def _seeds(graph: Graph, seed: Sequence[Value]) -> list[Value]:
    spans = graph.output_spans()
    if len(spans) == 1 and len(seed) != 1:
        # The weights of the elements of an array.
        return [finite_value("the seed", seed)]
    if len(seed) != len(spans):
        counts = f"{len(seed)} weight{'s' * (len(seed) != 1)} for {len(spans)} output{'s' * (len(spans) != 1)}"
        raise FormulaError(
            "seed-length", f"the seed gives {counts}", text=graph.text, spans=spans,
            hint="a weight for each output, in their order",
        )  # fmt: skip
    return [finite_value(f"weight {k} of the seed", weight) for k, weight in enumerate(seed, 1)]


def output_name(formula: Formula) -> str:
    """What the output of a formula is called: its name in the text, or a free letter."""
    return output_names(formula.graph())[0]


def evaluate_constant(text: str, ops: Operations = NO_OPERATIONS) -> Value:
    """The value of an expression without variables, such as `pi/4` or `[[1, 2], [3, 4]]`; it may call `ops`.

    Raises:
        FormulaError: the text is no formula.
        BindingError: it has variables, or several outputs.
    """
    if _is_number(text):
        return float(text)
    graph = build(text, ops=ops)
    if graph.inputs or len(graph.outputs) > 1:
        hint = f"write [{text.strip()}] for an array"
        if graph.inputs:
            hint = f"{graph.inputs[0]!r} has no value here; write a number or an expression such as pi/4"
        raise BindingError(
            "no-number", f"{text!r} is no number", text=text, spans=[graph.span(0)] if graph.inputs else [], hint=hint
        )
    return Values(graph, []).value


def _is_number(text: str) -> bool:
    """Whether Python reads in a text the number that the language does: it also takes nan, 1_000 and other digits."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) < 16


def unknown_variable(graph: Graph, name: str, verb: str) -> BindingError:
    """The error for a request that names a variable which the formula does not have."""
    if name in graph.program.assigned:
        hint: str | Way = Way("assigned", {"name": name})
    elif not graph.inputs:
        hint = "the formula has no variables"
    else:
        from autodiff.graph.misread import meant_with

        close = nearest(name, graph.inputs)
        listed = ", ".join(graph.inputs[:12]) + (", ..." if len(graph.inputs) > 12 else "")
        hint = f"did you mean {close!r}?" if close else f"its variables are {listed}"
        hint = meant_with(name, graph) or hint
    return BindingError(
        "unknown-variable", f"{verb} {name!r}, which is no variable of the formula", text=graph.text, hint=hint
    )


#: How many names an error lists.
_SHOWN = 8


def missing_bindings(
    graph: Graph, missing: Sequence[str], given: Mapping[str, float], spell: Sequence[str]
) -> BindingError:
    """The error for variables without a value: all of them at once. `spell` says how to give each a value."""
    spans: list[Span] = [graph.span(graph.input_numbers[name]) for name in missing[:_SHOWN]]
    unused = [name for name in graph.inputs if name in given]
    shown = missing[:_SHOWN]
    listed = " and ".join(filter(None, [", ".join(map(repr, shown[:-1])), repr(shown[-1])]))
    more = f" and {len(missing) - len(shown)} more" if len(missing) > len(shown) else ""
    close = nearest(missing[0], unused) if len(missing) == 1 else None
    options = " ".join(spell[: len(shown)])
    hint = f"did you mean {close!r}? Otherwise give it a value: {options}" if close else f"give a value: {options}"
    if not close:
        from autodiff.graph.misread import one_name

        hint = "; ".join(filter(None, [hint, *(one_name(name, graph) for name in shown)]))
    return BindingError(
        "missing-binding", f"nothing is bound to {listed}{more}", text=graph.text, spans=spans, hint=hint
    )
