"""A graph and the values of its inputs to the value of every node, in double precision. Nothing raises on the way."""

from collections.abc import Sequence

from autodiff.evaluate.compiled import condition_function, float_formula, value_function
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, value_rule
from autodiff.ops.row import Row

#: What Python's float functions raise where IEEE 754 has an answer.
ARITHMETIC = (ValueError, OverflowError, ZeroDivisionError)


def forward(graph: Graph, inputs: Sequence[float]) -> list[float]:
    """The value of every node, for the values of `graph.inputs` in their order."""
    values = [*map(float, inputs), *graph.constants]
    append = values.append
    functions = [value_function(row, arity) for row, arity in graph.calls]
    steps = zip(graph.codes, graph.args, strict=True)
    while True:
        try:
            for code, args in steps:
                if len(args) == 2:
                    a, b = args
                    append(functions[code](values[a], values[b]))
                elif len(args) == 1:
                    append(functions[code](values[args[0]]))
                else:
                    append(functions[code](*[values[arg] for arg in args]))
            return values
        except ARITHMETIC:
            # The step that raised is used up: its value is what IEEE 754 says, and the loop goes on after it.
            node = len(values)
            append(total_value(graph.row(node), [values[arg] for arg in graph.args[node - graph.base]]))


def total_value(row: Row, args: Sequence[float]) -> float:
    """The value of `row` where its float function raises."""
    text = float_formula(row)
    if text:
        return evaluate_rule(value_rule(row, text, len(args)), parameters(row, len(args)), args)
    return float(condition_function(row, row.raised, len(args))(*args, float("nan")))


def evaluate_rule(graph: Graph, params: Sequence[str], args: Sequence[float]) -> float:
    """The value of a rule's graph, one operation after the other, so that nothing raises."""
    given = dict(zip(params, args, strict=True))
    return forward(graph, [given[name] for name in graph.inputs])[graph.outputs[0]]
