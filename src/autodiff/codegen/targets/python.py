"""Python: a function of numbers with nothing but the standard library, which raises nowhere."""

import keyword
import math
import re

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import AND, CHOICE, OR, PRODUCT, SIGN, SUM, Language
from autodiff.codegen.plan import CHUNK, Plan, header, shapes_of
from autodiff.codegen.targets.python_library import HELPERS


def number(value: float) -> str:
    if value != value:
        return "math.nan"
    if math.isinf(value):
        return "math.inf" if value > 0 else "-math.inf"
    return repr(value)


def _calls(*names: str) -> dict[str, str]:
    return {name: f"math.{name}({{0}})" for name in names}


LANGUAGE = Language(
    name="python",
    title="Python",
    comment="#",
    functions={
        **_calls("atan", "tanh", "asinh", "erf", "erfc", "cbrt"),
        **{name: f"_{name}({{0}})" for name in (
            "sin", "cos", "tan", "asin", "acos", "sinh", "cosh", "acosh", "atanh", "exp", "exp2", "expm1", "log",
            "log2", "log10", "log1p", "sqrt", "floor", "ceil", "trunc", "round", "gamma", "lgamma", "digamma",
        )},
        **{name: f"_{name}({{0}}, {{1}})" for name in (
            "pow", "fmod", "remainder", "mod", "copysign", "chain", "max", "min", "polygamma", "sphericalbessel",
        )},
        "abs": "abs({0})", "atan2": "math.atan2({0}, {1})", "hypot": "math.hypot({*})", "div": "_div({0}, {1})",
        "ldexp": "_ldexp({0}, {1})",
    },
    number=number,
    infix={
        "+": ("{0} + {1}", SUM), "-": ("{0} - {1}", SUM), "*": ("{0}*{1}", PRODUCT),
        **{symbol: (f"{{0}} {symbol} {{1}}", 3) for symbol in ("<", "<=", ">", ">=", "==", "!=")},
        "and": ("{0} and {1}", AND), "or": ("{0} or {1}", OR),
    },
    negative=("-{0}", SIGN),
    negation=("not {0}", 3),
    choice=("{1} if {0} else {2}", CHOICE),
    as_number=("1.0 if {0} else 0.0", CHOICE),
    as_truth=("{0} != 0.0", 3),
    chosen=("{0} if {0} != {0} else {1} if {0} != 0.0 else {2}", CHOICE),
    declaration=("{0} = {1}", "{0} = {1}"),
    helpers=HELPERS,
    reserved=frozenset({
        *keyword.kwlist, "math", "abs", "float", "print", "range", "list", "tuple", "value", "gradient", "jacobian",
        "hessian", "values", "inputs", "zip", "round", "min", "max",
    }),
    unicode=True,
)  # fmt: skip


def program(plan: Plan) -> str:
    """The text of a module."""
    used: set[str] = set()
    body = _large(plan, used) if plan.is_large else _function(plan, used)
    shapes = {**shapes_of(plan), "it returns": _result_names(plan)}
    lines = [
        *header(plan, shapes), "", "import math", "", "", *helpers(HELPERS, used), *body,
        *(["", "", *_test(plan)] if plan.examples else []),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def helpers(texts: dict[str, str], used: set[str]) -> list[str]:
    """The functions that the patterns in use call, and those that these call."""
    needed: set[str] = set()
    pending = sorted(used)
    while pending:
        text = pending.pop()
        for name in re.findall(r"(?<![\w.])_[a-z]\w*(?=\()", text):
            if name in texts and name not in needed:
                needed.add(name)
                pending.append(texts[name])
    return [line for name, text in texts.items() if name in needed for line in (text.strip(), "", "")]


def _result_names(plan: Plan) -> str:
    first = "values, jacobian" if plan.matrix else "value, gradient"
    return f"({first}, hessian)" if plan.routine.hessian else f"({first})"


def _results(plan: Plan, emitter: Emitter) -> str:
    """The tuple that is returned."""

    def listed(nodes: tuple[int, ...]) -> str:
        texts = [emitter.result(node) for node in nodes]
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def rows(matrix: tuple[tuple[int, ...], ...]) -> str:
        return f"({', '.join(map(listed, matrix))}{',' if len(matrix) == 1 else ''})"

    routine = plan.routine
    if plan.matrix:
        parts = [listed(routine.values), rows(routine.jacobian)]
    else:
        parts = [emitter.result(routine.values[0]), listed(routine.jacobian[0])]
    if routine.hessian:
        parts.append(rows(routine.hessian))
    return ", ".join(parts)


def _function(plan: Plan, used: set[str]) -> list[str]:
    emitter = Emitter(
        plan.language, plan.graph, plan.input_names(), plan.results, temporary=lambda node: f"{plan.prefix}{node}"
    )
    emitter.run()
    used |= emitter.used
    steps = [f"    {left} = {right}" for left, right, _, _ in emitter.statements]
    return [f"def {plan.name}({', '.join(plan.inputs)}):", *steps, f"    return {_results(plan, emitter)}"]


def _large(plan: Plan, used: set[str]) -> list[str]:
    """A routine in functions that share a list of parts, as one of many thousands of lines compiles slowly."""
    parts = plan.prefix
    place: dict[int, int] = {}

    def temporary(node: int) -> str:
        return f"{parts}[{place.setdefault(node, len(place))}]"

    inputs = {k: f"inputs[{k}]" for k in range(len(plan.inputs))}
    emitter = Emitter(plan.language, plan.graph, inputs, plan.results, temporary=temporary)
    emitter.run()
    used |= emitter.used
    steps = [f"    {left} = {right}" for left, right, _, _ in emitter.statements]
    result = _results(plan, emitter)
    lines, calls = [], []
    for start in range(0, len(steps), CHUNK):
        part = f"_{plan.name}_{start // CHUNK + 1}"
        lines += [f"def {part}(inputs, {parts}):", *steps[start : start + CHUNK], "", ""]
        calls.append(f"    {part}(inputs, {parts})")
    given = f"({', '.join(plan.inputs)}{',' if len(plan.inputs) == 1 else ''})"
    return [
        *lines, f"def {plan.name}({', '.join(plan.inputs)}):", f"    inputs = {given}",
        f"    {parts} = [0.0] * {len(place)}", *calls, f"    return {result}",
    ]  # fmt: skip


def _test(plan: Plan) -> list[str]:
    """What the module does as a program: compare the routine with numbers."""
    lines = [
        'if __name__ == "__main__":', "", "    def _flat(result):",
        "        return [x for part in result for x in _flat(part)] if isinstance(result, tuple) else [result]", "",
        "    def _same(found, wanted):",
        "        near = 1e-9 * (abs(wanted) + 1e-30)",
        "        return found == wanted or (found != found and wanted != wanted) or abs(found - wanted) <= near", "",
    ]  # fmt: skip
    for example in plan.examples:
        point = ", ".join(map(number, example.point))
        wanted = [*example.values, *(x for row in example.jacobian for x in row)]
        wanted += [x for row in example.hessian for x in row]
        lines += [
            f"    _found = _flat({plan.name}({point}))",
            f"    _wanted = [{', '.join(map(number, wanted))}]",
            "    for _pair in zip(_found, _wanted, strict=True):",
            '        assert _same(*_pair), "%r instead of %r" % _pair',
        ]
    return [*lines, '    print("ok")']
