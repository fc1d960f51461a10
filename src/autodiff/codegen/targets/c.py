"""C99: a function of an array of inputs that fills arrays of derivatives.

It is compiled without warnings under `-std=c99 -Wall -Wextra -pedantic`. A routine whose products of the chain rule may
be plain ones has two bodies: the plain one, and the exact one that follows where a result is not finite.
"""

import math
import re
from collections.abc import Sequence

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import Language
from autodiff.codegen.plan import CHUNK, Plan, header, shapes_of
from autodiff.codegen.targets.c_library import HELPERS, RESERVED
from autodiff.differentiate.derive.routine import lowered, plain_products
from autodiff.graph.graph import Graph

#: So many results are looked at one by one, and more in a loop.
_FEW = 16


def _number(value: float) -> str:
    if value != value:
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(value)


def _calls(*names: str) -> dict[str, str]:
    return {name: f"{name}({{0}})" for name in names}


LANGUAGE = Language(
    name="c",
    title="C99",
    comment="//",
    functions={
        **_calls(
            "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp",
            "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "floor", "ceil", "trunc", "erf", "erfc",
            "lgamma",
        ),
        **{name: f"{name}({{0}}, {{1}})" for name in ("pow", "atan2", "hypot", "fmod", "remainder")},
        "abs": "fabs({0})", "round": "rint({0})", "gamma": "tgamma({0})", "fma": "fma({0}, {1}, {2})",
        "max": "ad_max({0}, {1})", "min": "ad_min({0}, {1})", "mod": "ad_mod({0}, {1})",
        "copysign": "ad_copysign({0}, {1})", "chain": "ad_chain({0}, {1})", "ldexp": "ad_ldexp({0}, {1})",
        "digamma": "ad_digamma({0})", "polygamma": "ad_polygamma({0}, {1})",
        "sphericalbessel": "ad_spherical_bessel({0}, {1})",
    },
    number=_number,
    helpers=HELPERS,
    reserved=RESERVED,
)  # fmt: skip


def program(plan: Plan) -> str:
    """The text of a translation unit."""
    bodies: list[str] = []
    used: set[str] = set()
    if plan.is_large:
        bodies += _large(plan, used)
    else:
        products = plain_products(plan.graph)
        if products:
            exact = f"{plan.name}_exact"
            bodies += [_function(plan, plan.graph, exact, used, static=True), ""]
            bodies.append(_function(plan, lowered(plan.graph, products), plan.name, used, otherwise=exact))
        else:
            bodies.append(_function(plan, plan.graph, plan.name, used))
    test = ["", *_test(plan)] if plan.examples else []
    lines = [
        *header(plan, {_parameter(plan): f"{len(plan.inputs)} numbers", **_results(plan)}),
        "// Compile it without -ffast-math, as it has to know what is not finite, and link it with -lm.",
        "",
        *(["#include <stdio.h>"] if test else []),
        *(["#include <stdlib.h>"] if plan.is_large else []),
        "#include <math.h>",
        "",
        *_helpers(used),
        *bodies,
        *test,
    ]
    return "\n".join(lines) + "\n"


def _results(plan: Plan) -> dict[str, str]:
    return {("it returns" if name == "value" else name): what for name, what in shapes_of(plan).items()}


def _helpers(used: set[str]) -> list[str]:
    """The functions that the patterns in use call, and those that these call, each before who calls it."""
    needed: set[str] = set()
    pending = sorted(used)
    while pending:
        text = pending.pop()
        for name in re.findall(r"\bad_\w+", text):
            if name not in needed:
                needed.add(name)
                pending.append(HELPERS[name])
    return [line for name, text in HELPERS.items() if name in needed for line in (text.strip(), "")]


def _parameter(plan: Plan) -> str:
    """The array of inputs, by a name that none of them has."""
    return next(name for name in ("in", "input", "point", "point_") if name not in plan.inputs)


def _arrays(plan: Plan) -> list[tuple[str, int]]:
    """The arrays that a routine fills, and how long each is."""
    columns = len(plan.routine.wanted)
    found = [("values", len(plan.routine.values)), ("jacobian", len(plan.routine.values) * columns)]
    if not plan.matrix:
        found = [("gradient", columns)]
    return [*found, *([("hessian", columns * columns)] if plan.routine.hessian else [])]


def _signature(plan: Plan, name: str) -> str:
    kind = "void" if plan.matrix else "double"
    given = [f"const double *restrict {_parameter(plan)}", *(f"double *restrict {array}" for array, _ in _arrays(plan))]
    return f"{kind} {name}({', '.join(given)})"


def _stores(plan: Plan, graph: Graph, emitter: Emitter) -> list[str]:
    """The assignments of the results."""
    result = emitter.result
    new = dict(zip(plan.graph.outputs, graph.outputs, strict=True))
    lines = []
    if plan.matrix:
        lines += [f"values[{k}] = {result(new[node])};" for k, node in enumerate(plan.routine.values)]
    flat = [node for row in plan.routine.jacobian for node in row]
    array = "jacobian" if plan.matrix else "gradient"
    lines += [f"{array}[{k}] = {result(new[node])};" for k, node in enumerate(flat)]
    second = [node for row in plan.routine.hessian for node in row]
    lines += [f"hessian[{k}] = {result(new[node])};" for k, node in enumerate(second)]
    return lines


def _function(plan: Plan, graph: Graph, name: str, used: set[str], *, static: bool = False, otherwise: str = "") -> str:
    new = dict(zip(plan.graph.outputs, graph.outputs, strict=True))
    emitter = Emitter(
        plan.language, graph, plan.input_names(), [new[node] for node in plan.results],
        temporary=lambda node: f"{plan.prefix}{node}",
    )  # fmt: skip
    emitter.run()
    used |= emitter.used
    needed = {arg for args in graph.args for arg in args} | set(graph.outputs)
    given = _parameter(plan)
    lines = [f"const double {text} = {given}[{k}];" for k, text in enumerate(plan.inputs) if k in needed]
    if not lines:
        lines.append(f"(void){given};")
    lines += [plan.language.declaration[truth].format(left, right) for left, right, truth, _ in emitter.statements]
    lines += _stores(plan, graph, emitter) or [f"(void){array};" for array, _ in _arrays(plan)]
    value = emitter.result(new[plan.routine.values[0]])
    if otherwise:
        arrays = _arrays(plan)
        lost, at = f"{plan.prefix}_lost", f"{plan.prefix}_at"
        entries = [f"{array}[{k}]" for array, length in arrays for k in range(length)]
        if len(entries) <= _FEW:
            terms = " + ".join(f"({entry} - {entry})" for entry in entries) or "0.0"
            lines.append(f"const double {lost} = {terms};")
        else:
            lines.append(f"double {lost} = 0.0;")
            for array, length in arrays:
                lines.append(f"for (int {at} = 0; {at} < {length}; {at}++) {lost} += {array}[{at}] - {array}[{at}];")
        call = f"{otherwise}({', '.join([given, *(array for array, _ in arrays)])})"
        if plan.matrix:
            lines.append(f"if (!({lost} == 0.0)) {call};")
        else:
            lines.append(f"if (!({lost} == 0.0)) return {call};")
    if not plan.matrix:
        lines.append(f"return {value};")
    head = ("static " if static else "") + _signature(plan, name)
    return "\n".join([head, "{", *(f"    {line}" for line in lines), "}"])


def _large(plan: Plan, used: set[str]) -> list[str]:
    """A routine in functions that share an array of parts, as compilers take very long for one of many thousands."""
    given, parts, graph = _parameter(plan), plan.prefix, plan.graph
    place: dict[int, int] = {}

    def temporary(node: int) -> str:
        return f"{parts}[{place.setdefault(node, len(place))}]"

    inputs = {k: f"{given}[{k}]" for k in range(len(plan.inputs))}
    emitter = Emitter(plan.language, graph, inputs, plan.results, temporary=temporary, only_named=True)
    emitter.run()
    used |= emitter.used
    arrays = [array for array, _ in _arrays(plan)]
    steps = [f"{left} = {right};" for left, right, _, _ in emitter.statements]
    lines, calls = [], []
    for start in range(0, len(steps), CHUNK):
        part = f"{plan.name}_{start // CHUNK + 1}"
        lines += _part(part, [("const double", given), ("double", parts)], steps[start : start + CHUNK])
        calls.append(f"{part}({given}, {parts});")
    stores = _stores(plan, graph, emitter)
    for start in range(0, len(stores), CHUNK):
        part = f"{plan.name}_out{start // CHUNK + 1}"
        results = [("double", array) for array in arrays]
        lines += _part(
            part, [("const double", given), ("const double", parts), *results], stores[start : start + CHUNK]
        )
        calls.append(f"{part}({', '.join([given, parts, *arrays])});")
    value = emitter.result(plan.routine.values[0])
    lost = [
        f"    for (int at = 0; at < {length}; at++) {array}[at] = NAN;" for array, length in _arrays(plan) if length
    ]
    lines += [
        _signature(plan, plan.name), "{",
        f"    double *{parts} = malloc({max(1, len(place))} * sizeof *{parts});",
        f"    if ({parts} == NULL) {{", *(f"    {line}" for line in lost),
        "        return;" if plan.matrix else "        return NAN;", "    }",
        *(f"    {call}" for call in calls),
    ]  # fmt: skip
    if plan.matrix:
        return [*lines, f"    free({parts});", "}"]
    return [*lines, f"    const double value_ = {value};", f"    free({parts});", "    return value_;", "}"]


def _part(name: str, given: Sequence[tuple[str, str]], steps: Sequence[str]) -> list[str]:
    """A static function of some steps."""
    body = "\n".join(steps)
    unused = [f"    (void){array};" for _, array in given if not re.search(rf"\b{re.escape(array)}\[", body)]
    params = ", ".join(f"{kind} *restrict {array}" for kind, array in given)
    return [f"static void {name}({params})", "{", *unused, *(f"    {step}" for step in steps), "}", ""]


def _test(plan: Plan) -> list[str]:
    """A program that compares the routine with numbers: compiled where AUTODIFF_TEST is defined."""
    arrays = _arrays(plan)
    size = max(1, len(plan.inputs))
    lines = [
        "#ifdef AUTODIFF_TEST", "static int wrong = 0;", "",
        "static void compare(const char *what, int at, double found, double wanted)", "{",
        "    const double far = fabs(found - wanted), near = 1e-9*(fabs(wanted) + 1e-30);",
        "    if (far <= near || found == wanted || (found != found && wanted != wanted)) return;",
        '    printf("%s %d is %.17g instead of %.17g\\n", what, at, found, wanted);', "    wrong = 1;", "}", "",
        "int main(void)", "{",
        *(f"    double {array}[{max(1, length)}];" for array, length in arrays),
    ]  # fmt: skip
    for k, example in enumerate(plan.examples):
        point = ", ".join(map(_number, example.point)) or "0.0"
        lines.append(f"    static const double point{k}[{size}] = {{{point}}};")
        call = f"{plan.name}({', '.join([f'point{k}', *(array for array, _ in arrays)])})"
        wanted = {
            "values": example.values, "jacobian": [x for row in example.jacobian for x in row],
            "gradient": example.jacobian[0], "hessian": [x for row in example.hessian for x in row],
        }  # fmt: skip
        if plan.matrix:
            lines.append(f"    {call};")
        else:
            lines.append(f'    compare("value", 0, {call}, {_number(example.values[0])});')
        for array, length in arrays:
            if not length:
                continue
            listed = ", ".join(map(_number, wanted[array]))
            lines += [
                f"    static const double {array}{k}[{length}] = {{{listed}}};",
                f'    for (int k = 0; k < {length}; k++) compare("{array}", k, {array}[k], {array}{k}[k]);',
            ]
    lines += ['    if (!wrong) printf("ok\\n");', "    return wrong;", "}", "#endif"]
    return lines
