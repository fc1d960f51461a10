"""Derivatives of higher order, of one variable or mixed: what power series at a point give, as plain data."""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property

from autodiff.differentiate.results.gradient import Gradient, Value
from autodiff.differentiate.sweep.diagnosis import Diagnosis, diagnose_gradient, diagnose_value, why_derivative
from autodiff.differentiate.sweep.exactly import is_affordable, rounded
from autodiff.differentiate.sweep.shares import NO_SHARES, Shares
from autodiff.differentiate.sweep.taylor import MOST_ORDER, Series
from autodiff.errors import BindingError, FormulaError, LimitError, Way
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.walk import used_nodes

#: So many products of coefficients may be computed with more digits than doubles have: a fifth of a second.
_AFFORDABLE = 20_000
_ORDINALS = {1: "first", 2: "second", 3: "third"}


class Derivatives(Gradient):
    """The derivatives of a graph's one output by one variable of `wrt` after the other, at a point.

    `derivatives` holds the value, then the derivative by the first of `wrt`, then that by the first two, up to all of
    them; `symbols` names them, as in `d3f/dx2dy`.

    Raises:
        FormulaError: something in the formula is an array.
        LimitError: the order is too high.
    """

    def __init__(self, graph: Graph, inputs: Sequence[Value], wrt: Sequence[str]) -> None:
        _refuse(graph, inputs, wrt)
        super().__init__(graph, inputs, list(dict.fromkeys(wrt)))
        self.wrt = tuple(wrt)
        self._prefixes = [tuple(wrt[:k].count(name) for name in self.wanted) for k in range(len(wrt) + 1)]
        self._series = self._run(self.shares)
        self.derivatives = self._numbers()
        self._round_once()
        if self.shares and not all(map(math.isfinite, self.derivatives)):
            # A branch that was not chosen never spoils a derivative, not even one of higher order on the boundary.
            self._series = self._run(NO_SHARES)
            self.derivatives = self._numbers()
        for order in range(2, len(self.derivatives) if len(self.wanted) == 1 else 0):
            value = self.beside(self.wanted_nodes[0], order)
            if value is not None:
                self.derivatives[order] = value

    def _answer(self) -> Iterable[tuple[str, Value]]:
        return list(zip(self.symbols, self.derivatives, strict=True))

    def _run(self, shares: Shares) -> Series:
        orders = dict(zip(self.wanted_nodes, self._prefixes[-1], strict=True))
        return Series(self.field, self.graph, self.values, self.graph.outputs[0], orders, shares)

    def _round_once(self) -> None:
        """Replace what doubles lost on the way; on a kink, where derivatives are conventions, all stays as it is."""
        series, graph = self._series, self.graph
        operations = len(series.values) * (self.order + 1) ** 2
        if self.kinks or math.isnan(self.value) or not is_affordable(graph, self.values, operations, _AFFORDABLE):
            return
        from autodiff.differentiate.sweep import extended as field
        from autodiff.evaluate import extended

        orders = dict(zip(self.wanted_nodes, self._prefixes[-1], strict=True))

        def compute() -> list[Value]:
            values = extended.forward(graph, [extended.exact(value) for value in self.values[: len(graph.inputs)]])
            found = Series(field, graph, values, graph.outputs[0], orders)
            return [extended.exact(found.derivative(prefix)) for prefix in self._prefixes[2:]]

        exact = rounded(compute, graph, series.values)
        pairs = zip(self.derivatives[2:], exact, strict=False)
        self.derivatives[2:] = [number if better is None else better for number, better in pairs]

    def _numbers(self) -> list[float]:
        if math.isnan(self.value):
            # Where there is no value there is no derivative either, whatever the rules would give.
            used = used_nodes(self.graph, self.values, self.graph.outputs, self.shares)
            lost = [any(used[self.graph.input_numbers[name]] for name in self.wrt[:k]) for k in range(self.order + 1)]
            return [self.value, *(math.nan if flag else 0.0 for flag in lost[1:])]
        higher = [self._series.derivative(orders) for orders in self._prefixes[2:]]
        # The first derivative is that of every other command, to the last bit.
        first = self.partials[self.wrt[0]]
        return [self.value, first, *(math.nan if math.isnan(first) else number for number in higher)]

    @property
    def order(self) -> int:
        return len(self.wrt)

    @property
    def derivative(self) -> float:
        """The derivative that was asked for, of the highest order."""
        return self.derivatives[-1]

    @property
    def symbols(self) -> list[str]:
        """What each of `derivatives` is called."""
        ((name, _),) = self.outputs
        return [symbol(name, self.wrt[:k]) for k in range(self.order + 1)]

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        graph, values = self.graph, self.values
        order = next((k for k, number in enumerate(self.derivatives) if not math.isfinite(number)), None)
        if order is None:
            return None
        if order == 0:
            return diagnose_value(self.field, graph, values, graph.outputs)
        if order == 1:
            first = graph.input_numbers[self.wrt[0]]
            return diagnose_gradient(self.field, graph, values, self.adjoints, self.active, [first], self.shares)
        node = self._series.first_undefined(self._prefixes[order])
        which = f"{_ORDINALS.get(order) or _ordinal(order)} derivative"
        message = why_derivative(graph, values, node, which, self.derivatives[order])
        return Diagnosis("derivative", node, graph.span(node), message)


def symbol(output: str, wrt: Sequence[str]) -> str:
    """`d3f/dx2dy` for the derivative of f by x, x and y."""
    if not wrt:
        return output
    total = str(len(wrt)) if len(wrt) > 1 else ""
    counts = {name: wrt.count(name) for name in wrt}
    by = "".join(f"d{name}{count if count > 1 else ''}" for name, count in counts.items())
    return f"d{total}{output}/{by}"


def _ordinal(number: int) -> str:
    """`4th`, `21st`."""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _refuse(graph: Graph, inputs: Sequence[Value], wrt: Sequence[str]) -> None:
    if len(wrt) > MOST_ORDER:
        raise LimitError(
            "too-large", f"{len(wrt)} is too high an order", text=graph.text,
            hint=f"the highest is {MOST_ORDER}",
        )  # fmt: skip
    arrays = [node for node, value in enumerate(inputs) if type(value) is not float]
    if arrays or holds_arrays(graph):
        raise FormulaError(
            "array-order", "a derivative of higher order needs a formula of numbers, and this one has arrays",
            text=graph.text, spans=[graph.span(node) for node in arrays],
            hint=Way("second-order"),
        )  # fmt: skip


def sequence(graph: Graph, names: Sequence[str] | None, order: int | None) -> list[str]:
    """The variables that a derivative of an order is by, one after the other.

    Raises:
        BindingError: it is not clear which.
    """
    given = list(graph.inputs) if names is None else list(names)
    if order is not None and order < 1:
        raise BindingError("bad-order", f"there is no derivative of order {order}", hint="the lowest order is 1")
    if len(given) == 1 and order is not None:
        return given * order
    x, y = [*given, "x", "y"][:2] if len(given) > 1 else ("x", "y")
    if not given:
        raise BindingError(
            "bad-order", "the formula has no variables to differentiate by", text=graph.text,
            hint="write one into it, as in x^2",
        )  # fmt: skip
    if names is None and len(given) > 1:
        raise BindingError(
            "bad-order", f"the formula has {len(given)} variables, and which of them counts is not said",
            text=graph.text, spans=[graph.span(graph.input_numbers[name]) for name in given[:8]],
            hint=Way("name-variables", {"x": x, "y": y}),
        )  # fmt: skip
    if order is not None and order != len(given):
        counts = f"the order is {order}, and {len(given)} names say which variables count"
        names = [*given, *[given[-1]] * order][:order]
        raise BindingError(
            "bad-order", counts, text=graph.text,
            hint=Way("name-as-many", {"names": names, "spelled": ",".join(names)}),
        )  # fmt: skip
    return given
