"""Rows as Python functions on floats. A formula of the table becomes a syntax tree and then a code object.

The text of a user never comes here: trees are built from the graphs of the table's own formulas.
"""

import ast
import math
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, partial_text, rule, rule_parameters, value_rule
from autodiff.ops.row import Row

Function = Callable[..., float]

#: What Python's own syntax spells. Everything else is a call.
_BINARY = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}
_COMPARE = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE, "==": ast.Eq, "!=": ast.NotEq}
_LOGIC = {"and": ast.And, "or": ast.Or}


@lru_cache(maxsize=4096)
def value_function(row: Row, arity: int) -> Function:
    """The function that `row` computes, of `arity` floats. It may raise where Python's `math` does."""
    text = float_formula(row)
    if text:
        return compile_rule(value_rule(row, text, arity), parameters(row, arity), None)
    return row.floats or getattr(math, row.name)


def float_formula(row: Row) -> str:
    """The formula that computes `row` on floats; empty where a Python function does."""
    return "" if row.floats else row.stable or row.value


@lru_cache(maxsize=4096)
def partial_function(row: Row, arity: int, argument: int) -> Function:
    """The partial derivative of `row` by `argument`, of its `arity` arguments and its value. It may raise."""
    text = partial_text(row, argument)
    return _simple(row, arity, argument) or _of_argument(row, text, arity, argument)


def _of_argument(row: Row, text: str, arity: int, argument: int) -> Function:
    """A formula of a partial as a function of the arguments and the value."""
    function = _partial_rule(row, text, arity)
    if not row.variadic:
        return function
    return lambda *args: function(args[argument], *args)


@lru_cache(maxsize=4096)
def _partial_rule(row: Row, text: str, arity: int) -> Function:
    """A formula of a partial as a function of `rule_parameters` and the value: one for all arguments."""
    return compile_rule(rule(row, text, arity), rule_parameters(row, arity), row)


#: The partials that are one of the arguments, by the number of arguments and the position.
_ARGUMENT: dict[tuple[int, int], Function] = {
    (1, 0): lambda x, value: x,
    (2, 0): lambda x, y, value: x,
    (2, 1): lambda x, y, value: y,
}


def simple_partial(row: Row, argument: int) -> float | int | None:
    """A partial that is a number, as a float, or one of the arguments, as its position; None for any other.

    Most partials are, and need neither a parser nor a compiler.
    """
    text = partial_text(row, argument)
    if text in row.params and not row.variadic:
        return row.params.index(text)
    return float(text) if text.removeprefix("-").isdigit() else None


def _simple(row: Row, arity: int, argument: int) -> Function | None:
    """A simple partial as a function."""
    found = simple_partial(row, argument)
    if isinstance(found, float) and arity <= 2:
        number = found
        return (lambda x, value: number) if arity == 1 else (lambda x, y, value: number)
    return _ARGUMENT.get((arity, found)) if isinstance(found, int) else None


def derived_function(row: Row) -> Function | None:
    """The partial of an operation of one argument where it is another operation of that argument, such as cos(x)."""
    text = partial_text(row, 0)
    if simple_partial(row, 0) is not None:
        return None
    graph = rule(row, text, 1)
    if len(graph.calls) != 1 or list(graph.args) != [(0,)] or not graph.inputs or graph.calls[0].row is row:
        return None
    return value_function(graph.calls[0].row, 1)


@lru_cache(maxsize=4096)
def side_functions(row: Row, arity: int, argument: int) -> tuple[Function, Function] | None:
    """The derivatives from below and from above, of the arguments and the value; None where they never differ."""
    partial = row.partials[0 if row.variadic else argument]
    if isinstance(partial, str):
        return None
    left, right = (_of_argument(row, text, arity, argument) for text in partial[:2])
    return left, right


@lru_cache(maxsize=1024)
def condition_function(row: Row, text: str, arity: int) -> Function:
    """A condition of `row`, such as its domain, of its arguments and its value."""
    return compile_rule(rule(row, text, arity), parameters(row, arity), row)


#: A rule of more operations than this gets a variable for each.
_DEEP = 100


def compile_rule(graph: Graph, params: tuple[str, ...], row: Row | None) -> Function:
    """The first output of `graph` as a function of `params` and, given a `row`, of its value, which is then reused."""
    names: dict[str, Any] = {}
    trees: list[ast.expr] = [ast.Name(f"_{name}", ast.Load()) for name in graph.inputs]
    trees += [constant(value) for value in graph.constants]
    truth: set[int] = set()
    own = params[1:] if row is not None and row.variadic and params[0] == "x" else params
    positions = tuple(graph.inputs.index(name) if name in graph.inputs else -1 for name in own)
    statements: list[ast.stmt] = []
    # A tree must not grow too deep for the compiler; a step that raises for an unchosen branch is done again elsewhere.
    hoisted = _shared(graph) if len(graph.codes) <= _DEEP else set(range(graph.base, len(graph)))
    for node, called, args in graph.operations():
        if row is not None and called is row and args == positions:
            tree: ast.expr = ast.Name("value", ast.Load())
        else:
            tree = spell(called, args, trees, truth, names)
            if called.infix in _COMPARE or called.infix in _LOGIC or called.prefix == "not":
                truth.add(node)
        if node in hoisted:
            statements.append(ast.Assign([ast.Name(f"{node}", ast.Store())], number(tree, node in truth)))
            truth.discard(node)
            tree = ast.Name(f"{node}", ast.Load())
        trees.append(tree)
    result = graph.outputs[0]
    statements.append(ast.Return(number(trees[result], result in truth)))
    arguments = [ast.arg(f"_{name}") for name in params] + ([ast.arg("value")] if row is not None else [])
    signature = ast.arguments(posonlyargs=[], args=arguments, kwonlyargs=[], kw_defaults=[], defaults=[])
    definition = ast.FunctionDef("rule", signature, statements, [])
    module = ast.fix_missing_locations(ast.Module([definition], []))
    code = compile(module, "<rule>", "exec")
    body = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return FunctionType(body, names)


def constant(value: float) -> ast.expr:
    if value < 0 or math.copysign(1.0, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def number(tree: ast.expr, is_truth: bool) -> ast.expr:
    """A tree that gives a float; a Python truth value becomes 1.0 or 0.0."""
    return ast.IfExp(tree, ast.Constant(1.0), ast.Constant(0.0)) if is_truth else tree


def _truth(tree: ast.expr, is_truth: bool) -> ast.expr:
    return tree if is_truth else ast.Compare(tree, [ast.NotEq()], [ast.Constant(0.0)])


def spell(row: Row, args: tuple[int, ...], trees: list[ast.expr], truth: set[int], names: dict[str, Any]) -> ast.expr:
    """The tree for one operation of a rule."""
    if row.selects and args[0] in truth:
        chosen, otherwise = (number(trees[arg], arg in truth) for arg in args[1:])
        return ast.IfExp(trees[args[0]], chosen, otherwise)
    if row.infix in _LOGIC:
        return ast.BoolOp(_LOGIC[row.infix](), [_truth(trees[arg], arg in truth) for arg in args])
    if row.prefix == "not":
        return ast.UnaryOp(ast.Not(), _truth(trees[args[0]], args[0] in truth))
    numbers = [number(trees[arg], arg in truth) for arg in args]
    if row.infix in _BINARY:
        return ast.BinOp(numbers[0], _BINARY[row.infix](), numbers[1])
    if row.infix in _COMPARE:
        return ast.Compare(numbers[0], [_COMPARE[row.infix]()], [numbers[1]])
    if row.prefix == "-":
        return ast.UnaryOp(ast.USub(), numbers[0])
    # A name of its own, whatever users call their operations and parameters.
    name = f"{len(args)} {row.name}"
    names[name] = value_function(row, len(args))
    return ast.Call(ast.Name(name, ast.Load()), numbers, [])


def _shared(graph: Graph) -> set[int]:
    """Operations that are needed more than once, and whatever the conditions say: worth a variable of their own."""
    uses = dict.fromkeys(range(len(graph)), 0)
    certain = {graph.outputs[0]}
    for node in range(len(graph) - 1, graph.base - 1, -1):
        row, args = graph.row(node), graph.args[node - graph.base]
        for arg in args:
            uses[arg] += 1
        if node in certain:
            lazy = row.selects or row.infix in _LOGIC
            certain.update(args[:1] if lazy else args)
    return {node for node in certain if uses[node] > 1 and node >= graph.base}
