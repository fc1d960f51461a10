"""A formula as a Python function: a code object made from the graph of its value and partials, never from a text.

It computes what `Gradient` computes, to the last bit, and only at regular points: where a result or a step is not
finite, where something sits on a kink or on the boundary of a condition, and where a number is so large or so small
that a product may leave the range of doubles on its way, the sweep is asked instead.
"""

import ast
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import Any

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.routine import lowered, plain_products
from autodiff.differentiate.derive.simplify import simplify
from autodiff.differentiate.results.gradient import Gradient
from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.kinks import has_kinks
from autodiff.evaluate.compiled import constant, number, spell
from autodiff.evaluate.floats import ARITHMETIC
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row

#: Beyond these the sweep looks whether a product left the range of doubles.
_TINY, _HUGE = 1e-100, 1e100
#: A tree of more layers is cut: Python's compiler is recursive.
_DEEPEST = 20

#: Larger formulas are swept: Python compiles a long function slowly, and runs it no faster than a sweep.
_MOST_NODES = 20_000

#: The value and the gradient; None where the sweep has to be asked.
Fast = Callable[..., "tuple[float, tuple[float, ...]] | None"]


class CompiledFormula:
    """The value and the gradient of a formula, as a function of its variables in their order.

    With `jac` a call gives a pair, the value and a tuple of partials by the variables in `wanted`; without, the value.
    """

    def __init__(self, graph: Graph, wanted: Sequence[str], *, jac: bool) -> None:
        self.graph, self.wanted, self.jac = graph, tuple(wanted), jac
        self._fast = fast_function(graph, [graph.input_numbers[name] for name in wanted] if jac else [])

    def __repr__(self) -> str:
        return f"<compiled {' '.join(self.graph.text.split())[:60]} of {', '.join(self.graph.inputs)}>"

    def __call__(self, *point: float) -> Any:
        """The value, or the pair. Raises TypeError for another number of arguments, or no numbers."""
        numbers = [*map(float, point)]
        try:
            found = self._fast(*numbers)
        except ARITHMETIC:
            found = None
        if found is None:
            found = self._swept(numbers)
        return found if self.jac else found[0]

    def _swept(self, numbers: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        result = Gradient(self.graph, numbers, self.wanted if self.jac else ())
        return result.value, tuple(result.partials[name] for name in self.wanted if self.jac)


def fast_function(graph: Graph, wanted: Sequence[int]) -> Fast:
    """The function at regular points. It may raise what Python's `math` raises."""
    if len(graph) > _MOST_NODES or any([not _is_moderate(value) for value in graph.constants]):
        return lambda *point: None
    nodes = list(range(len(graph)))
    whole = simplify(adjoint(graph, wanted, kept=nodes))
    places, partials = whole.outputs[: len(graph)], whole.outputs[len(graph) :]
    return _Coder(graph, whole, places, partials).function()


def _is_moderate(value: float) -> bool:
    return value == 0.0 or _TINY < abs(value) < _HUGE


class _Coder:
    """The code object of one formula: names for its parts, guards, and results."""

    def __init__(self, graph: Graph, whole: Graph, places: Sequence[int], partials: Sequence[int]) -> None:
        # A product that the formula itself calls keeps the sign of its zero.
        products = plain_products(whole) - set(places)
        self.source, self.graph = graph, lowered(whole, products) if products else whole
        new = dict(zip(whole.outputs, self.graph.outputs, strict=True))
        #: The node of each node of the formula, and of each partial.
        self.places, self.partials = [new[node] for node in places], [new[node] for node in partials]
        self.names: dict[str, Any] = {}
        self.trees: list[ast.expr] = []
        self.steps: list[ast.stmt] = []

    def function(self) -> Fast:
        graph = self.graph
        self.trees = [ast.Name(f"x{k}", ast.Load()) for k in range(len(graph.inputs))]
        self.trees += [constant(value) for value in graph.constants]
        uses = [0] * len(graph)
        for args in graph.args:
            for arg in args:
                uses[arg] += 1
        for node in (*self.places, *self.partials):
            uses[node] += 2
        depth = [0] * len(graph)
        for node, row, args in graph.operations():
            tree = spell(row, args, self.trees, set(), self.names)
            # A condition is a number here, as every node of the formula is looked at below.
            tree = number(tree, bool(row.share))
            depth[node] = 1 + max(depth[arg] for arg in args)
            if uses[node] > 1 or depth[node] > _DEEPEST:
                self.steps.append(ast.Assign([ast.Name(f"t{node}", ast.Store())], tree))
                tree, depth[node] = ast.Name(f"t{node}", ast.Load()), 0
            self.trees.append(tree)
        self.guard()
        value = self.trees[self.places[self.source.outputs[0]]]
        zero = ast.Constant(0.0)
        gradient = [ast.BinOp(self.trees[node], ast.Add(), zero) for node in self.partials]
        result = ast.Tuple([value, ast.Tuple(list(gradient), ast.Load())], ast.Load())
        self.steps.append(ast.Return(result))
        given = [ast.arg(f"x{k}") for k in range(len(graph.inputs))]
        signature = ast.arguments(posonlyargs=given, args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        definition = ast.FunctionDef("compiled", signature, self.steps, [])
        module = ast.fix_missing_locations(ast.Module([definition], []))
        code = compile(module, "<formula>", "exec")
        body = next(part for part in code.co_consts if isinstance(part, CodeType))
        return FunctionType(body, self.names)

    def guard(self) -> None:
        """Return None at a point where more than the local rules may be asked for."""
        for node in dict.fromkeys(self.places):
            if node < len(self.graph.inputs) or node >= self.graph.base:
                self.unless(self.is_moderate(node))
        for node, row, args in self.source.operations():
            given = [self.trees[self.places[arg]] for arg in args]
            if row.share and len(args) == 2:
                self.unless(ast.Compare(given[0], [ast.NotEq()], [given[1]]))
            elif (row.share or row.selects) and not self.is_condition(args[0]):
                self.unless(ast.Compare(given[0], [ast.NotEq()], [ast.Constant(0.0)]))
            if has_kinks(row):
                name = f"kink {len(args)} {row.name} {node}"
                self.names[name] = _kink(row, len(args))
                call = ast.Call(ast.Name(name, ast.Load()), [*given, self.trees[self.places[node]]], [])
                self.unless(ast.UnaryOp(ast.Not(), call))
        for node in dict.fromkeys(self.partials):
            tree = self.trees[node]
            lost = ast.BinOp(tree, ast.Sub(), tree)
            self.unless(ast.Compare(lost, [ast.Eq()], [ast.Constant(0.0)]))

    def is_condition(self, node: int) -> bool:
        return node >= self.source.base and bool(self.source.row(node).share)

    def is_moderate(self, node: int) -> ast.expr:
        """Whether a number is 0, or of a size that multiplies well."""
        tree = self.trees[node]
        ways: list[ast.expr] = [
            ast.Compare(constant(low), [ast.Lt(), ast.Lt()], [tree, constant(high)])
            for low, high in ((_TINY, _HUGE), (-_HUGE, -_TINY))
        ]
        return ast.BoolOp(ast.Or(), [*ways, ast.Compare(tree, [ast.Eq()], [ast.Constant(0.0)])])

    def unless(self, condition: ast.expr) -> None:
        nothing: list[ast.stmt] = [ast.Return(ast.Constant(None))]
        self.steps.append(ast.If(ast.UnaryOp(ast.Not(), condition), nothing, []))


def _kink(row: Row, arity: int) -> Callable[..., bool]:
    """Whether an operation sits on its kink or its jump: of its arguments and its value."""
    args, moving = tuple(range(arity)), b"\1" * (arity + 1)
    return lambda *numbers: floats.kink(row, args, numbers, moving, arity) is not None
