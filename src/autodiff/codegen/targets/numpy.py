"""NumPy: a function of arrays, element by element; special functions come from SciPy."""

import keyword
import math
import re

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import AND, ATOM, COMPARISON, OR, PRODUCT, SIGN, SUM, Language
from autodiff.codegen.plan import Plan, header, shapes_of
from autodiff.codegen.targets.python import helpers

#: What NumPy lacks.
_HELPERS = {
    "_chain": """
def _chain(x, y):
    # The product of the chain rule: a zero contributes nothing.
    return np.where((np.equal(x, 0.0)) | (np.equal(y, 0.0)), 0.0, np.multiply(x, y))
""",
    "_copysign": """
def _copysign(x, y):
    return np.where(np.isnan(y), y, np.copysign(x, y))
""",
    "_max": """
def _max(a, b):
    return np.where(np.equal(a, b) & np.equal(a, 0.0), np.add(a, b), np.maximum(a, b))
""",
    "_min": """
def _min(a, b):
    return -_max(np.negative(a), np.negative(b))
""",
    "_mod": """
def _mod(x, y):
    rest = np.fmod(x, y)
    moved = np.where(np.less(rest, 0.0) != np.less(y, 0.0), rest + y, rest)
    return np.where(rest == 0.0, np.copysign(0.0, y), moved)
""",
}


def number(value: float) -> str:
    if value != value:
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def _calls(module: str, **names: str) -> dict[str, str]:
    return {name: f"{module}.{call}({{0}})" for name, call in names.items()}


_SAME = (
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt",
    "cbrt", "abs", "floor", "ceil", "trunc", "sign",
)  # fmt: skip
LANGUAGE = Language(
    name="numpy",
    title="NumPy",
    comment="#",
    functions={
        **_calls("np", **{name: name for name in _SAME}),
        **_calls(
            "np", asin="arcsin", acos="arccos", atan="arctan", asinh="arcsinh", acosh="arccosh", atanh="arctanh",
            round="rint",
        ),
        **_calls("special", erf="erf", erfc="erfc", gamma="gamma", lgamma="gammaln", digamma="psi"),
        "pow": "np.power({0}, {1})", "atan2": "np.arctan2({0}, {1})", "hypot": "np.hypot({0}, {1})",
        "fmod": "np.fmod({0}, {1})", "mod": "_mod({0}, {1})", "div": "np.divide({0}, {1})",
        "copysign": "_copysign({0}, {1})", "max": "_max({0}, {1})", "min": "_min({0}, {1})",
        "chain": "_chain({0}, {1})", "polygamma": "special.polygamma({0}, {1})", "besselj": "special.jv({0}, {1})",
    },
    number=number,
    infix={
        "+": ("{0} + {1}", SUM), "-": ("{0} - {1}", SUM), "*": ("{0}*{1}", PRODUCT),
        **{symbol: (f"{{0}} {symbol} {{1}}", COMPARISON) for symbol in ("<", "<=", ">", ">=", "==", "!=")},
        "and": ("{0} & {1}", AND), "or": ("{0} | {1}", OR),
    },
    negative=("-{0}", SIGN),
    negation=("np.logical_not({0})", ATOM),
    choice=("np.where({0}, {1}, {2})", ATOM),
    as_number=("np.where({0}, 1.0, 0.0)", ATOM),
    as_truth=("np.not_equal({0}, 0.0)", ATOM),
    chosen=("np.where(np.isnan({0}), {0}, np.where(np.not_equal({0}, 0.0), {1}, {2}))", ATOM),
    declaration=("{0} = {1}", "{0} = {1}"),
    helpers=_HELPERS,
    reserved=frozenset({*keyword.kwlist, "np", "special", "float", "print", "value", "gradient", "values", "jacobian",
                        "hessian", "zip"}),
    unicode=True,
)  # fmt: skip


def program(plan: Plan) -> str:
    """The text of a module."""
    emitter = Emitter(
        plan.language, plan.graph, plan.input_names(), plan.results, temporary=lambda node: f"{plan.prefix}{node}"
    )
    emitter.run()
    used, routine = emitter.used, plan.routine

    def listed(nodes: tuple[int, ...]) -> str:
        texts = [emitter.result(node) for node in nodes]
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def rows(matrix: tuple[tuple[int, ...], ...]) -> str:
        return f"({', '.join(map(listed, matrix))}{',' if len(matrix) == 1 else ''})"

    parts = [emitter.result(routine.values[0]), listed(routine.jacobian[0])]
    if plan.matrix:
        parts = [listed(routine.values), rows(routine.jacobian)]
    parts += [rows(routine.hessian)] if routine.hessian else []
    needed = {arg for args in plan.graph.args for arg in args} | set(plan.results)
    given = [f"        {name} = np.asarray({name}, dtype=float)" for k, name in enumerate(plan.inputs) if k in needed]
    steps = [f"        {left} = {right}" for left, right, _, _ in emitter.statements]
    shapes = {**shapes_of(plan), "each number": "an array where an input is one; what no input changes stays a number"}
    special = any(re.search(r"\bspecial\.", text) for text in used)
    lines = [
        *header(plan, shapes), "",
        "import numpy as np", *(["from scipy import special"] if special else []), "", "",
        *helpers(_HELPERS, used),
        f"def {plan.name}({', '.join(plan.inputs)}):",
        '    with np.errstate(all="ignore"):', *given, *steps, f"        return {', '.join(parts)}",
        *_test(plan),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _test(plan: Plan) -> list[str]:
    """What the module does as a program: compare the routine with numbers."""
    if not plan.examples:
        return []
    lines = [
        "", "", 'if __name__ == "__main__":', "",
        "    def _flat(result):",
        "        return [x for part in result for x in _flat(part)] if isinstance(result, tuple) else [float(result)]",
        "",
    ]  # fmt: skip
    for example in plan.examples:
        wanted = [*example.values, *(x for row in example.jacobian for x in row)]
        wanted += [x for row in example.hessian for x in row]
        call = f"{plan.name}({', '.join(map(number, example.point))})"
        lines.append(f"    np.testing.assert_allclose(_flat({call}), [{', '.join(map(number, wanted))}], rtol=1e-9)")
    return [*lines, '    print("ok")']
