"""Derivatives as formulas: for each output and variable a graph that can be written down."""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.collect import Manner
from autodiff.differentiate.derive.simplify import simplify
from autodiff.errors import BindingError, FormulaError, LimitError, Way
from autodiff.graph.expression import write
from autodiff.graph.graph import Graph
from autodiff.graph.shapes import holds_arrays, infer_shapes
from autodiff.graph.text import output_names
from autodiff.ops.row import Shape
from autodiff.ops.shapes import text_of

#: A derivative of higher order with more operations than this is refused, unless the formula is itself that long.
_MOST_OPERATIONS, _MOST_GROWTH, _NO_LIMIT = 20_000, 40, 10**9


class Derivative(NamedTuple):
    """The derivative of an output by one variable after the other: a node of `graph`.

    `output` and the `variables` are names.
    """

    output: str
    variables: tuple[str, ...]
    graph: Graph
    node: int

    @property
    def variable(self) -> str:
        """The variable; of a mixed derivative all of them, as in `x,x,y`."""
        return self.variables[0] if len(set(self.variables)) == 1 else ",".join(self.variables)

    @property
    def order(self) -> int:
        return len(self.variables)

    @property
    def name(self) -> str:
        """A name for it that the language allows: `df_dx`, `d2f_dx2`; empty where the formula uses that itself."""
        times = str(self.order) if self.order > 1 else ""
        counts = {name: self.variables.count(name) for name in self.variables}
        below = "".join(f"d{name}{count if count > 1 else ''}" for name, count in counts.items())
        name = f"d{times}{self.output}_{below}"
        return "" if name in self.graph.inputs else name

    @property
    def text(self) -> str:
        """A program of the language, in one line."""
        return write(self.graph, self.node)

    @property
    def statement(self) -> str:
        """The same program, whose last statement assigns its name."""
        return write(self.graph, self.node, self.name)


def chain_of(by: Sequence[str | int]) -> list[str]:
    """The variables of `diff("x", 2, "y")`, each as often as it counts."""
    names: list[str] = []
    for part in by:
        if isinstance(part, str):
            names.append(part)
        elif isinstance(part, bool) or not isinstance(part, int) or part < 1 or not names:
            raise BindingError("no-names", f"{part!r} is no variable", hint='write f.diff("x"), or f.diff("x", 2)')
        else:
            names.extend(names[-1:] * (part - 1))
    return names


def derivatives(
    graph: Graph, chains: Sequence[Sequence[str]], *, exact: bool = False,
    shapes: Mapping[str, Shape] | None = None,
) -> list[Derivative]:  # fmt: skip
    """The derivatives of every output, output by output: for each chain by one of its variables after the other.

    They are written as people write them, which may round differently, and does not average over the two sides of a
    conditional on its boundary. With `exact` they have the values of the sweep to the last bit at every point. A
    formula with arrays needs the `shapes` of all its variables, for which its derivatives are made.

    Raises:
        FormulaError: shapes are missing or do not fit, or an output is an array.
    """
    arrays = holds_arrays(graph) or any((shapes or {}).values())
    if arrays:
        _refuse_unknown(graph, shapes or {})

    def derived(before: Graph, wanted: Sequence[int], output: int, order: int, highest: int) -> Graph:
        if arrays:
            given = [(shapes or {})[name] for name in graph.inputs]
            inferred = infer_shapes(before, given)
            _refuse_array(before, output, inferred[output])
            whole = adjoint(before, wanted, output, chosen=_chosen(before, exact), shapes=inferred)
            return simplify(whole, written=not exact, shapes=given)
        whole = adjoint(before, wanted, output, chosen=_chosen(before, exact), kept=() if exact else [output])
        most = max(_MOST_OPERATIONS, _MOST_GROWTH * len(graph)) if highest > 1 else _NO_LIMIT
        if len(whole) > most:
            raise _too_large(graph, order, highest)
        manner = Manner(domain=True, expands=highest > 1, factors=order == highest, most=most)
        try:
            return simplify(whole, written=not exact, manner=manner)
        except LimitError as error:
            raise _too_large(graph, order, highest) from error

    wanted = list(dict.fromkeys(graph.input_numbers[chain[0]] for chain in chains))
    result = []
    for name, output in zip(output_names(graph), graph.outputs, strict=True):
        gradient = derived(graph, wanted, output, 1, max(map(len, chains), default=1))
        first = dict(zip(wanted, gradient.outputs, strict=True))
        for chain in chains:
            if len(chain) > 1 and arrays:
                for variable in chain:
                    _refuse_order(graph, output, variable, (shapes or {})[variable])
            last, place = gradient, first[graph.input_numbers[chain[0]]]
            for order, variable in enumerate(chain[1:], 2):
                last = derived(last, [graph.input_numbers[variable]], place, order, len(chain))
                (place,) = last.outputs
            result.append(Derivative(name, tuple(chain), last, place))
    return result


def _too_large(graph: Graph, order: int, highest: int) -> LimitError:
    whole = "" if order == highest else f", on the way to that of order {highest}"
    return LimitError(
        "too-large", f"the derivative of order {order} is too long a formula{whole}", text=graph.text,
        hint=Way("long-derivative", {"lower": max(order - 1, 1), "order": highest}),
    )  # fmt: skip


def _chosen(graph: Graph, exact: bool) -> Container[int]:
    """Formulas for people say nothing of boundaries: there every conditional counts its chosen branch."""
    return () if exact else range(len(graph))


def _refuse_unknown(graph: Graph, shapes: Mapping[str, Shape]) -> None:
    missing = [name for name in graph.inputs if name not in shapes]
    if missing:
        raise FormulaError(
            "unknown-shape", f"the derivative depends on the shape of {missing[0]!r}", text=graph.text,
            spans=[graph.span(graph.input_numbers[missing[0]])],
            hint=Way("give-shape", {"name": missing[0]}),
        )  # fmt: skip


def _refuse_order(graph: Graph, output: int, variable: str, shape: Shape) -> None:
    if shape:
        raise FormulaError(
            "array-output", f"the derivative by {variable!r} is {text_of(shape)}, and has none of its own as a formula",
            text=graph.text, spans=[graph.span(output)],
            hint=Way("order-of-arrays"),
        )  # fmt: skip


def _refuse_array(graph: Graph, output: int, shape: Shape) -> None:
    if shape:
        raise FormulaError(
            "array-output", f"a derivative needs a number as output, and this is {text_of(shape)}", text=graph.text,
            spans=[graph.span(output)], hint="sum it with sum(...), or take an element",
        )  # fmt: skip
