"""Graph to JavaScript: the value of every node, its local partials and its kinks, and a sweep that makes gradients.

Everything comes from the rows. What JavaScript has under another name, or not at all, is written in `runtime.js` under
the name of the row; a row that this target cannot spell says so itself, by an empty spelling.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from autodiff.differentiate.sweep.boundary import may_move, outcomes, parts_of_condition
from autodiff.errors import FormulaError
from autodiff.graph.graph import Graph
from autodiff.graph.rules import parameters, partial_of, partial_text, rule, rule_parameters, value_rule
from autodiff.graph.shapes import holds_arrays
from autodiff.numerals import for_machines, json_encoder
from autodiff.ops.row import Kinked, Row

TARGET = "javascript"
#: What JavaScript's `Math` has with the meaning that C gives it.
_MATH = frozenset({
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh", "exp", "expm1",
    "floor", "hypot", "log", "log10", "log1p", "log2", "max", "min", "sign", "sin", "sinh", "sqrt", "tan", "tanh",
    "trunc",
})  # fmt: skip
#: Operators; a comparison and logic give 1 or 0. A NaN is true, as in Python.
_OPERATORS = {
    **{symbol: f"({{0}} {symbol} {{1}})" for symbol in "+-*/"},
    **{symbol: f"+({{0}} {symbol} {{1}})" for symbol in ("<", "<=", ">", ">=")},
    "==": "+({0} === {1})",
    "!=": "+({0} !== {1})",
    "and": "+({0} !== 0 && {1} !== 0)",
    "or": "+({0} !== 0 || {1} !== 0)",
}
_PREFIXES = {"-": "(-{0})", "not": "+({0} === 0)"}


def _script(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _runtime_functions() -> frozenset[str]:
    return frozenset(re.findall(r"^function (\w+)\(", _script("runtime.js"), re.M))


def is_spellable(row: Row, arity: int) -> bool:
    """Whether an operation of numbers, its partials included, can be written in JavaScript."""
    try:
        functions = _Functions()
        functions.call(row, arity)
    except FormulaError:
        return False
    return True


def unspellable(graph: Graph) -> list[str]:
    """The operations of a graph that JavaScript cannot spell, by their names."""
    return list(dict.fromkeys(row.name for row, arity in graph.calls if not is_spellable(row, arity)))


def runtime() -> str:
    """What every program needs: the functions that JavaScript lacks, and the sweeps."""
    return _script("runtime.js") + "\n" + _script("sweep.js")


def program(graph: Graph, wanted: Sequence[int], weights: Sequence[float] | None, active: Sequence[int]) -> str:
    """A JavaScript expression for a graph: an object whose parts `sweep.js` describes, in the scope of `runtime()`.

    `weights` holds one for each output; None for no gradient. `active` flags the nodes that depend on a `wanted` one.

    Raises:
        FormulaError: an operation cannot be spelled.
    """
    if holds_arrays(graph):
        raise _cannot(next(call.row for call in graph.calls if call.row.is_array), graph)
    functions = _Functions()
    calls = [functions.call(row, arity) for row, arity in graph.calls]
    choices = [node for node, row, _ in graph.operations() if row.selects]
    shares = _shares(functions, graph, choices)
    values = [
        f"    v[{graph.base + k}] = {functions.value_of(graph, graph.base + k)};" for k in range(len(graph.codes))
    ]
    partials = [f"      {_partials(functions, graph, node, choices, active)}," for node, _, _ in graph.operations()]
    constants = [f"    v[{len(graph.inputs) + k}] = {_number(value)};" for k, value in enumerate(graph.constants)]
    lines = [
        "(() => {",
        *functions.sources.values(),
        "  function values(inputs) {",
        f"    const v = new Float64Array({len(graph)});",
        "    v.set(inputs);",
        *constants,
        *values,
        "    return v;",
        "  }",
        "  // The share of the first branch of each conditional on its boundary, null off it.",
        "  function shares(v) {",
        *shares,
        "  }",
        "  function partials(v, s) {",
        "    return [",
        *partials,
        "    ];",
        "  }",
        "  return {",
        "    values, shares, partials,",
        f"    base: {graph.base},",
        f"    args: {_data(graph.args)},",
        f"    codes: {_data(graph.codes)},",
        f"    calls: [{', '.join(calls)}],",
        f"    outputs: {_data(graph.outputs)},",
        f"    weights: {'null' if weights is None else '[' + ', '.join(map(_number, weights)) + ']'},",
        f"    wanted: {_data(list(wanted))},",
        f"    active: {_data(list(active))},",
        f"    selects: {_data(choices)},",
        f"    conditions: {_data([parts_of_condition(graph, graph.args[node - graph.base][0]) for node in choices])},",
        "  };",
        "})()",
    ]
    return "\n".join(filter(None, lines))


def _data(value: object) -> str:
    return json_encoder(ascii_only=True, compact=True)(value)


def _number(value: float) -> str:
    text = for_machines(value)
    return f"({text})" if text.startswith("-") else text


def _cannot(row: Row, graph: Graph | None = None) -> FormulaError:
    return FormulaError(
        "no-javascript",
        f"{row.name} has no counterpart in JavaScript",
        text=graph.text if graph else "",
        hint="draw it as .svg, which computes nothing",
    )


def _partials(functions: "_Functions", graph: Graph, node: int, choices: Sequence[int], active: Sequence[int]) -> str:
    """The list of the partials of one operation; null by an argument that no wanted input is behind."""
    row, args = graph.row(node), graph.args[node - graph.base]
    parts = [
        functions.partial_of(row, k, [f"v[{a}]" for a in args], f"v[{node}]") if active[arg] else "null"
        for k, arg in enumerate(args)
    ]
    if not row.selects:
        return f"[{', '.join(parts)}]"
    share = f"s[{choices.index(node)}]"
    at = zip(parts, ["0", share, f"1 - {share}"], strict=True)
    both = [part if part == "null" else f"{share} === null ? {part} : {shared}" for part, shared in at]
    return f"[{', '.join(both)}]"


def _shares(functions: "_Functions", graph: Graph, choices: Sequence[int]) -> list[str]:
    """The body of a function that gives `differentiate.sweep.boundary.chosen_share` of each conditional."""
    average: dict[int, str] = {}
    lines, found = [], []
    for node in choices:
        condition, first, second = graph.args[node - graph.base]
        for part in parts_of_condition(graph, condition):
            if part not in average and graph.row(part).share:
                lines.append(f"    const a{part} = {_average(functions, graph, part, average)};")
                average[part] = f"a{part}"
        truth = f"+(v[{condition}] !== 0)"
        share = average.get(condition, truth)
        found.append(f"v[{first}] === v[{second}] && {share} !== {truth} ? {share} : null")
    return [*lines, f"    return [{', '.join(found)}];"]


def _average(functions: "_Functions", graph: Graph, part: int, average: Mapping[int, str]) -> str:
    """The average of a condition over the two sides of the point; those of its own parts are known."""
    row, args = graph.row(part), graph.args[part - graph.base]
    if not any(arg in average for arg in args):
        if not any(may_move(graph, arg) for arg in args):
            return f"+(v[{part}] !== 0)"
        name = functions.rule(row, row.share, parameters(row, len(args)), "share")
        return f"{name}({', '.join(f'v[{node}]' for node in (*args, part))})"
    terms = []
    for truths, holds in outcomes(row, [arg in average for arg in args]):
        pairs = list(zip(args, truths, strict=True))
        weights = [average[arg] if truth else f"(1 - {average[arg]})" for arg, truth in pairs if truth is not None]
        given = [f"v[{arg}]" if truth is None else _number(truth) for arg, truth in pairs]
        terms.append(" * ".join([*weights, functions.spell(row, given) if holds is None else _number(holds)]))
    return " + ".join(terms) or "0"


class _Functions:
    """The functions of rows that a program uses, by the names that it gives them."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        #: The rows of users, each with the name that stands for its own: that one may be taken, or mean nothing here.
        self._owned: dict[Row, str] = {}

    def call(self, row: Row, arity: int) -> str:
        """What the sweeps need to know about an operation beside its value: a JavaScript object."""
        self.spell(row, parameters(row, arity))
        varies, sides = [], []
        for k in range(arity):
            self.partial_of(row, k, parameters(row, arity), "value")
            varies.append(partial_text(row, k) != "0")
            sides.append(self.sides(row, k, arity))
        jump = self.rule(row, row.jump, parameters(row, arity), "jump") if row.jump else "null"
        return f"{{varies: {_data(varies)}, sides: [{', '.join(sides)}], jump: {jump}}}"

    def sides(self, row: Row, argument: int, arity: int) -> str:
        """The derivatives from below and from above as functions of the arguments and the value."""
        partial = partial_of(row, argument)
        if not isinstance(partial, Kinked):
            return "null"
        given = rule_parameters(row, arity)
        place = 0 if row.variadic else argument
        pair = [
            self.rule(row, text, given, f"{side}_{place}")
            for text, side in ((partial.left, "below"), (partial.right, "above"))
        ]
        if row.variadic:
            pair = [f"(...xs) => {name}(xs[{argument}], ...xs)" for name in pair]
        return f"[{', '.join(pair)}]"

    def value_of(self, graph: Graph, node: int) -> str:
        return self.spell(graph.row(node), [f"v[{arg}]" for arg in graph.args[node - graph.base]])

    def partial_of(self, row: Row, argument: int, args: Sequence[str], value: str) -> str:
        """The partial of an operation at the values that `args` and `value` name."""
        text = partial_text(row, argument)
        if text.removeprefix("-").isdigit():
            return text
        if text in row.params and not row.variadic:
            return args[row.params.index(text)]
        name = self.rule(row, text, rule_parameters(row, len(args)), f"by_{0 if row.variadic else argument}")
        return f"{name}({', '.join([*args[argument : argument + 1][: row.variadic], *args, value])})"

    def spell(self, row: Row, args: Sequence[str]) -> str:
        """The operation on expressions."""
        spelling = row.targets.get(TARGET)
        if row.is_array or spelling == "":
            raise _cannot(row)
        pattern = _OPERATORS.get(row.infix) or _PREFIXES.get(row.prefix)
        if pattern:
            return pattern.format(*args)
        return f"{spelling or self._function(row, len(args))}({', '.join(args)})"

    def _function(self, row: Row, arity: int) -> str:
        """The function that computes a row: of the runtime, of JavaScript, or one made from its definition."""
        if row.library is not None:
            return self.rule(row, row.value, parameters(row, arity), "", own=False)
        taken = "variadic" if row.variadic else arity
        if row.name in _runtime_functions() and taken in _arities(row.name):
            return row.name
        if row.name in _MATH and taken in _arities(row.name):
            return f"Math.{row.name}"
        text = row.stable or row.value
        if not text:
            raise _cannot(row)
        return self.rule(row, text, parameters(row, arity), "", own=False)

    def rule(self, row: Row, text: str, params: Sequence[str], kind: str, *, own: bool = True) -> str:
        """The name of a function for a formula of a row: of `params` and, unless `own` is false, of the value."""
        arity = len(params) - (row.variadic and params[0] == "x")
        known = row.name if row.library is None else self._owned.setdefault(row, f"own{len(self._owned)}")
        name = f"{known}_{arity}" + (f"_{kind}" if kind else "")
        if name not in self.sources:
            self.sources[name] = ""  # a rule may call another that calls this one
            graph = rule(row, text, arity) if own else value_rule(row, text, arity)
            self.sources[name] = self._source(row, graph, params, name, own, arity)
        return name

    def _source(self, row: Row, graph: Graph, params: Sequence[str], name: str, own: bool, arity: int) -> str:
        # Python allows characters in names that JavaScript does not, so those of users do not get here.
        spelled = {param: f"_{param if row.library is None else k}" for k, param in enumerate(params)}
        names = [spelled[text] for text in graph.inputs] + [_number(value) for value in graph.constants]
        positions = tuple(graph.input_numbers.get(param, -1) for param in parameters(row, arity))
        lines = []
        for node, called, args in graph.operations():
            if own and called is row and args == positions:
                names.append("value")
                continue
            lines.append(f"    const t{node} = {self.spell(called, [names[arg] for arg in args])};")
            names.append(f"t{node}")
        given = ", ".join([*spelled.values(), *["value"] * own])
        return "\n".join([f"  function {name}({given}) {{", *lines, f"    return {names[graph.outputs[0]]};", "  }"])


@lru_cache(maxsize=256)
def _arities(name: str) -> frozenset[int | str]:
    """With how many arguments JavaScript's function of this name may be called: `log` also has a base in our table."""
    found = re.search(rf"^function {name}\((.*?)\)", _script("runtime.js"), re.M)
    if found:
        return frozenset({"variadic"} if "..." in found[1] else {found[1].count(",") + 1})
    return frozenset({"variadic"} if name in ("hypot", "max", "min") else {2 if name == "atan2" else 1})
