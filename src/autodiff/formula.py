"""A formula parsed once, to be evaluated and differentiated many times; and what may be wrong with a request for it."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autodiff.differentiate.results.constants import evaluate_constant as evaluate_constant
from autodiff.differentiate.results.constants import given_value
from autodiff.differentiate.results.gradient import Gradient, Value, Values
from autodiff.errors import BindingError, FormulaError, Way
from autodiff.evaluate.asked import by_name, names_of, weights_of, whole_order
from autodiff.evaluate.inputs import finite_value, to_value
from autodiff.graph.build import build
from autodiff.graph.graph import Graph, meaning
from autodiff.graph.text import output_names
from autodiff.graph.unbound import MOST_NAMES
from autodiff.graph.unbound import known_as as known_as
from autodiff.graph.unbound import missing_bindings as missing_bindings
from autodiff.graph.unbound import unknown_variable as unknown_variable
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.shapes import text_of
from autodiff.ops.table import CONSTANTS
from autodiff.syntax.tokens import canonical_name

if TYPE_CHECKING:
    from autodiff.differentiate.results.compiled import CompiledFormula
    from autodiff.differentiate.results.enclosure import Enclosure
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
        f(x=1, y=2, z=0)                     # 6.0
        f.gradient(x=1, y=2, z=0).partials   # {"x": 2.0, "y": 5.0, "z": 0.0}
        f.diff("y")                          # a Formula

    It may call the operations in `ops` (see `autodiff.load_ops`) as it calls those of the table.
    The names in `bound` are variables wherever the text uses them, even if they are constants such as `e`. Formulas are
    equal where they do the same operations on the same variables in the same order, however their texts space them.

    Raises:
        FormulaError: the text is no formula.
        LimitError: its functions unfold to too many operations.
    """

    def __init__(self, text: str, *, bound: Sequence[str] = (), ops: Operations | None = None) -> None:
        if not isinstance(text, str):
            raise FormulaError(
                "no-text", f"a formula is a text, and this is a {type(text).__name__}",
                hint='write it in quotes: Formula("x*y"); of a Python function: autodiff.trace(function)',
            )  # fmt: skip
        if ops is not None and not isinstance(ops, Operations):
            raise FormulaError(
                "no-operations", f"ops are operations, and this is a {type(ops).__name__}",
                hint="read a file or a text of definitions: ops=autodiff.load_ops(...)",
            )  # fmt: skip
        self.text = text
        self.ops = NO_OPERATIONS if ops is None else ops
        self._bound = frozenset(names_of("bound variables", bound))
        self._graphs: dict[frozenset[str], Graph] = {}
        self.graph()

    def __reduce__(self) -> tuple[object, ...]:
        """Only the text and what it is read with: another process reads it again."""
        return _again, (self.text, sorted(self._bound), self.ops if self.ops.rows else None)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return self._meaning == other._meaning if isinstance(other, Formula) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._meaning)

    @cached_property
    def _meaning(self) -> Hashable:
        return meaning(self.graph())

    def _repr_latex_(self) -> str | None:
        from autodiff.graph.notebook import view

        return view("latex", self.graph())

    def __call__(self, bindings: Bindings | None = None, /, **named: Value) -> Value | tuple[Value, ...]:
        """The value at a point, as `value` gives it."""
        return self.value(bindings, **named)

    def diff(self, *by: str | int, exact: bool = False, like: Bindings | None = None) -> "Formula":
        """The derivative as a formula, by one variable after the other; a number repeats the one before it.

            f.diff("x")            # df/dx
            f.diff("x", 2)         # d2f/dx2
            f.diff("x", "y")       # d2f/dxdy

        A formula of one variable needs no name. Of a formula with arrays `like` gives an array for each variable, whose
        shape counts. With `exact` it has the values of the gradient to the last bit.

        Raises:
            BindingError: a variable is unknown, or the request names none.
            FormulaError: the formula has several outputs, or an array as output.
        """
        from autodiff.differentiate.derive.derivatives import chain_of, derivatives

        names = chain_of(by) or list(self.variables if len(self.variables) == 1 else ())
        given = by_name("arrays", {} if like is None else like, "like={'x': [1, 2]}")
        graph = self.graph([*map(canonical_name, names), *given])
        if not names:
            hint = "name one: " + " or ".join(f'f.diff("{name}")' for name in graph.inputs[:3])
            raise BindingError(
                "no-names", f"the formula has {len(graph.inputs) or 'no'} variables to differentiate by",
                hint=hint if graph.inputs else "",
            )  # fmt: skip
        _refuse_outputs(graph, "a derivative as a formula")
        shapes = {
            known_as(name, graph): getattr(to_value(f"the value of {name!r}", value), "shape", ())
            for name, value in given.items()
        }
        (found,) = derivatives(graph, [_wanted(graph, names) or []], exact=exact, shapes=shapes if like else None)
        return Formula(found.text, bound=graph.inputs, ops=self.ops)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that need a value, in the order in which the text first uses them."""
        return self.graph().inputs

    def graph(self, bound: Sequence[str] | Mapping[str, float] = ()) -> Graph:
        """The graph in which the names in `bound` are variables, even where they are constants of the language."""
        shadowed = frozenset(name for name in (*self._bound, *names_of("bound variables", bound)) if name in CONSTANTS)
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

        Raises like `gradient`, and LimitError where there are too many variables for a matrix.
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

        Raises like `hessian`, BindingError where `wrt` and `order` do not fit, and FormulaError for arrays.
        """
        from autodiff.differentiate.results.higher import Derivatives, sequence

        graph, inputs = self._bind(bindings, named)
        _refuse_outputs(graph, "a derivative of higher order")
        names = _wanted(graph, wrt)
        return Derivatives(graph, inputs, sequence(graph, names, whole_order(order)))

    def compile(self, *, wrt: Sequence[str] | None = None, jac: bool = False) -> "CompiledFormula":
        """The formula as a fast function of numbers, in the order of `variables`.

            f = Formula("x*sin(y)").compile(jac=True)
            f(2.0, 0.0)                        # (0.0, (0.0, 2.0))

        With `jac` it gives a pair, the value and the partials by the variables in `wrt` (all unless given); without,
        the value alone. They are those of `gradient`, bit for bit, at every point: where the local rules are not
        enough, the function asks `gradient` itself.

        Raises BindingError for a name that is no variable, and FormulaError for several outputs, or arrays.
        """
        from autodiff.differentiate.derive.routine import refuse_arrays
        from autodiff.differentiate.results.compiled import CompiledFormula

        graph = self.graph(names_of("variables", () if wrt is None else wrt))
        refuse_arrays(graph)
        _refuse_outputs(graph, "a compiled formula")
        wanted = _wanted(graph, wrt)
        return CompiledFormula(graph, graph.inputs if wanted is None else wanted, jac=jac)

    def map(
        self, data: Any, /, *, wrt: Sequence[str] | None = None, hessian: bool | str = False, threads: int = 1,
        **fixed: Value,
    ) -> Any:  # fmt: skip
        """The values and the partials for many rows: `data` has a column for each variable, `fixed` one value for all.

            f = Formula("k*sin(theta)")
            f.map({"theta": np.linspace(0, 1, 1_000_000)}, k=2)     # {"f": ..., "df_dtheta": ...}

        A dict of arrays gives such a dict, a table of Arrow, pandas, polars or whoever offers the Arrow interface one
        of its kind. Each row holds what `gradient` gives there, or `jacobian`; with `hessian` second derivatives
        follow, all of them or the "diagonal". Raises BindingError for a variable without a column, or no numbers.
        """
        from autodiff.differentiate.results.mapped import map_rows

        given = by_name("values", fixed, "k=2")
        graph = self.graph([*given, *names_of("variables", () if wrt is None else wrt)])
        return map_rows(graph, data, _wanted(graph, wrt), given, hessian, threads)

    def enclose(self, bindings: Bindings | None = None, /, **asked: Any) -> "Enclosure":
        """Bounds of the value and the partials that are proved: see `Enclosure.asked`. Needs python-flint."""
        from autodiff.differentiate.results.enclosure import Enclosure

        return Enclosure.asked(self._bind, {} if bindings is None else bindings, **asked)

    def _bind(self, bindings: Bindings | None, named: Mapping[str, Value]) -> tuple[Graph, list[Value]]:
        example = "{'x': 1, 'y': 2}, or x=1, y=2"
        given = {
            **by_name("values", {} if bindings is None else bindings, example),
            **by_name("values", named, example),
        }
        graph = self.graph(given)
        given = {known_as(name, graph): value for name, value in given.items()}
        for name in given:
            if name not in graph.input_numbers:
                raise unknown_variable(graph, name, "this binds")
        missing = [name for name in graph.inputs if name not in given]
        if missing:
            raise missing_bindings(graph, missing, given, [", ".join(f"{name}=1" for name in missing[:MOST_NAMES])])
        return graph, [given_value(name, given[name]) for name in graph.inputs]


def _again(text: str, bound: Sequence[str], ops: Operations | None) -> Formula:
    return Formula(text, bound=bound, ops=ops)


def _wanted(graph: Graph, wrt: Sequence[str] | None) -> list[str] | None:
    wanted = None if wrt is None else [known_as(name, graph) for name in names_of("variables", wrt)]
    for name in wanted or ():
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "this differentiates by")
    return wanted


def _rates(graph: Graph, inputs: Sequence[Value], direction: Bindings) -> dict[str, Value]:
    given_rates = by_name("rates", direction, "direction={'x': 1, 'y': -2}")
    rates = {name: finite_value(f"the rate of {name!r}", rate) for name, rate in given_rates.items()}
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
    spans, seed = graph.output_spans(), weights_of(seed)
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
