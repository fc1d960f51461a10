"""JavaScript: a function of numbers, with the same library as the pages that `autodiff graph` makes."""

import math
import re
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import C_LIKE, COMPARISON, Language
from autodiff.codegen.plan import Plan, header, shapes_of
from autodiff.numerals import for_machines


@lru_cache(maxsize=1)
def _library() -> dict[str, str]:
    """The functions and tables of `runtime.js` by name, each with the comment above it."""
    text = Path(__file__).parent.with_name("runtime.js").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=(?:// |function |const ))", text):
        named = re.match(r"(?:function|const) (\w+)", block)
        comment = block.startswith("//")
        if named:
            found[named[1]] = block.rstrip()
        elif not comment:
            raise AssertionError(f"no function: {block[:40]}")
    return found


def _calls(prefix: str, *names: str) -> dict[str, str]:
    return {name: f"{prefix}{name}({{0}})" for name in names}


def number(value: float) -> str:
    return (
        for_machines(value)
        if value == value and not math.isinf(value)
        else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    )


_WORDS = """
break case catch class const continue debugger default delete do else enum export extends false finally for function
if import in instanceof new null return super switch this throw true try typeof var void while with yield let static
await async implements interface package private protected public arguments eval undefined NaN Infinity Math Number
Object BigInt DataView ArrayBuffer Float64Array module exports require console globalThis window value gradient values
jacobian hessian
"""

LANGUAGE = Language(
    name="javascript",
    title="JavaScript",
    comment="//",
    functions={
        **_calls(
            "Math.", "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "ceil", "cos", "cosh", "exp",
            "expm1", "floor", "log", "log10", "log1p", "log2", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
        ),
        **_calls("", "round", "erf", "erfc", "gamma", "lgamma", "digamma"),
        **{name: f"{name}({{0}}, {{1}})" for name in (
            "pow", "mod", "fmod", "remainder", "copysign", "chain", "ldexp", "polygamma", "sphericalbessel",
        )},
        "atan2": "Math.atan2({0}, {1})", "hypot": "Math.hypot({*})", "max": "Math.max({*})", "min": "Math.min({*})",
        "logsumexp": "logsumexp({*})", "fma": "fma({0}, {1}, {2})",
    },
    number=number,
    infix={
        **C_LIKE, "==": ("{0} === {1}", COMPARISON), "!=": ("{0} !== {1}", COMPARISON),
    },
    as_number=("{0} ? 1 : 0", 0),
    as_truth=("{0} !== 0", COMPARISON),
    chosen=("{0} !== {0} ? {0} : {0} !== 0 ? {1} : {2}", 0),
    declaration=("const {0} = {1};", "const {0} = {1};"),
    helpers=MappingProxyType(_library()),
    reserved=frozenset(_WORDS.split()),
    unicode=True,
)  # fmt: skip


def program(plan: Plan) -> str:
    """The text of a script."""
    emitter = Emitter(
        plan.language, plan.graph, plan.input_names(), plan.results, temporary=lambda node: f"{plan.prefix}{node}"
    )
    emitter.run()
    library, needed = _library(), set()
    pending = sorted(emitter.used)
    while pending:
        for name in re.findall(r"(?<![\w.])[A-Za-z]\w*", pending.pop()):
            if name in library and name not in needed:
                needed.add(name)
                pending.append(library[name])
    routine = plan.routine

    def listed(nodes: tuple[int, ...]) -> str:
        return f"[{', '.join(emitter.result(node) for node in nodes)}]"

    def rows(matrix: tuple[tuple[int, ...], ...]) -> str:
        return f"[{', '.join(map(listed, matrix))}]"

    parts = [f"value: {emitter.result(routine.values[0])}", f"gradient: {listed(routine.jacobian[0])}"]
    if plan.matrix:
        parts = [f"values: {listed(routine.values)}", f"jacobian: {rows(routine.jacobian)}"]
    if routine.hessian:
        parts.append(f"hessian: {rows(routine.hessian)}")
    lines = [
        *header(plan, {"it returns an object with": ", ".join(shapes_of(plan)), **shapes_of(plan)}),
        '"use strict";', "",
        *(line for name, text in library.items() if name in needed for line in (text, "")),
        f"function {plan.name}({', '.join(plan.inputs)}) {{",
        *(f"  {plan.language.declaration[0].format(left, right)}" for left, right, _, _ in emitter.statements),
        f"  return {{ {', '.join(parts)} }};",
        "}",
        "",
        f'if (typeof module !== "undefined") module.exports = {{ {plan.name} }};',
        *_test(plan),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _test(plan: Plan) -> list[str]:
    """What the script does as a program: compare the routine with numbers."""
    if not plan.examples:
        return []
    lines = [
        "", "if (typeof module !== \"undefined\" && require.main === module) {",
        "  const flat = (x) => (typeof x === \"object\" ? Object.values(x).flatMap(flat) : [x]);",
        "  const same = (x, y) => Object.is(x, y) || x === y || Math.abs(x - y) <= 1e-9 * (Math.abs(y) + 1e-30);",
    ]  # fmt: skip
    for example in plan.examples:
        wanted = [*example.values, *(x for row in example.jacobian for x in row)]
        wanted += [x for row in example.hessian for x in row]
        call = f"{plan.name}({', '.join(map(number, example.point))})"
        lines += [
            f"  [{', '.join(map(number, wanted))}].forEach((x, k, all) => {{",
            f"    const found = flat({call});",
            "    if (found.length !== all.length || !same(found[k], x)) throw new Error(found[k]);",
            "  });",
        ]
    return [*lines, '  console.log("ok");', "}"]
