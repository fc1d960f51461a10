"""A graph and the values of its inputs to the value of every node, in double precision. Nothing raises on the way."""

from collections.abc import Sequence

from autodiff.evaluate.compiled import Function, condition_function, float_formula, value_function
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, rule
from autodiff.ops.row import Row

#: What Python's float functions raise where IEEE 754 has an answer.
ARITHMETIC = (ValueError, OverflowError, ZeroDivisionError)


def forward(graph: Graph, inputs: Sequence[float]) -> list[float]:
    """The value of every node, for the values of `graph.inputs` in their order."""
    values = [*map(float, inputs), *graph.constants]
    append = values.append
    steps = zip(_functions(graph), graph.args, strict=True)
    while True:
        try:
            for function, args in steps:
                if len(args) == 2:
                    a, b = args
                    append(function(values[a], values[b]))
                elif len(args) == 1:
                    append(function(values[args[0]]))
                else:
                    append(function(*[values[arg] for arg in args]))
            return values
        except ARITHMETIC:
            # The step that raised is used up: its value is what IEEE 754 says, and the loop goes on after it.
            k = len(values) - graph.base
            append(total_value(graph.rows[k], [values[arg] for arg in graph.args[k]]))


def _functions(graph: Graph) -> list[Function]:
    """The value function of each operation."""
    known: dict[Row, Function] = {}
    functions = []
    for row, args in zip(graph.rows, graph.args, strict=True):
        function = known.get(row)
        if function is None:
            function = value_function(row, len(args))
            if not row.variadic or row.floats:
                known[row] = function
        functions.append(function)
    return functions


def total_value(row: Row, args: Sequence[float]) -> float:
    """The value of `row` where its float function raises."""
    text = float_formula(row)
    if text:
        return evaluate_rule(rule(row, text, len(args)), parameters(row, len(args)), args)
    return float(condition_function(row, row.raised, len(args))(*args, float("nan")))


def evaluate_rule(graph: Graph, params: Sequence[str], args: Sequence[float]) -> float:
    """The value of a rule's graph, one operation after the other, so that nothing raises."""
    given = dict(zip(params, args, strict=True))
    return forward(graph, [given[name] for name in graph.inputs])[graph.outputs[0]]
