"""Rust: a function of an array that returns arrays, with nothing but the standard library."""

import math
import re

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import CHOICE, PRODUCT, Language
from autodiff.codegen.plan import CHUNK, Plan, header, shapes_of
from autodiff.codegen.targets.rust_library import FROM_C, HELPERS, RESERVED


def number(value: float) -> str:
    if value != value:
        return "f64::NAN"
    if math.isinf(value):
        return "f64::INFINITY" if value > 0 else "-f64::INFINITY"
    return f"{value!r}_f64"


_METHODS = {
    **{name: name for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "exp2",
                               "log2", "log10", "sqrt", "cbrt", "abs", "floor", "ceil", "trunc")},
    "expm1": "exp_m1", "log1p": "ln_1p", "log": "ln", "round": "round_ties_even",
}  # fmt: skip
LANGUAGE = Language(
    name="rust",
    title="Rust",
    comment="//",
    functions={
        **{name: f"f64::{method}({{0}})" for name, method in _METHODS.items()},
        **{name: f"ad_c::{name}({{0}})" for name in ("asinh", "acosh", "atanh", "erf", "erfc", "lgamma")},
        "gamma": "ad_c::tgamma({0})", "remainder": "ad_c::remainder({0}, {1})",
        "pow": "f64::powf({0}, {1})", "atan2": "f64::atan2({0}, {1})", "hypot": "f64::hypot({0}, {1})",
        "fma": "f64::mul_add({0}, {1}, {2})", "fmod": ("{0} % {1}", PRODUCT),
        "max": "ad_max({0}, {1})", "min": "ad_min({0}, {1})", "mod": "ad_mod({0}, {1})",
        "copysign": "ad_copysign({0}, {1})", "chain": "ad_chain({0}, {1})", "ldexp": "ad_ldexp({0}, {1})",
        "digamma": "ad_digamma({0})", "polygamma": "ad_polygamma({0}, {1})",
        "sphericalbessel": "ad_spherical_bessel({0}, {1})",
    },
    number=number,
    choice=("if {0} {{ {1} }} else {{ {2} }}", CHOICE),
    as_number=("if {0} {{ 1.0_f64 }} else {{ 0.0_f64 }}", CHOICE),
    chosen=("if {0} != {0} {{ {0} }} else if {0} != 0.0 {{ {1} }} else {{ {2} }}", CHOICE),
    declaration=("let {0}: f64 = {1};", "let {0}: bool = {1};"),
    helpers=HELPERS,
    reserved=RESERVED | {"ad_c"},
)  # fmt: skip
#: What rustc says of code that nobody wrote by hand.
_ALLOWED = "#[allow(unused_parens, non_snake_case, dead_code, clippy::all)]"


def program(plan: Plan) -> str:
    """The text of a module."""
    used: set[str] = set()
    body = _large(plan, used) if plan.is_large else _function(plan, used)
    shapes = {f"{_parameter(plan)}": f"{len(plan.inputs)} numbers", **shapes_of(plan), "it returns": _names(plan)}
    lines = [*header(plan, shapes), "// It needs Rust 1.82 or newer.", "", *_helpers(used), *body]
    return "\n".join([*lines, *(["", *_test(plan)] if plan.examples else [])]) + "\n"


def _names(plan: Plan) -> str:
    first = "values, jacobian" if plan.matrix else "value, gradient"
    return f"({first}, hessian)" if plan.routine.hessian else f"({first})"


def _helpers(used: set[str]) -> list[str]:
    """The functions that the patterns in use call, and those that these call."""
    needed: set[str] = set()
    foreign: set[str] = set()
    pending = sorted(used)
    while pending:
        text = pending.pop()
        foreign |= set(re.findall(r"\bad_c::(\w+)", text))
        for name in re.findall(r"\bad_\w+", text):
            if name in HELPERS and name not in needed:
                needed.add(name)
                pending.append(HELPERS[name])
    lines = []
    if foreign:
        given = {1: "x: f64", 2: "x: f64, y: f64"}
        functions = [f"        pub safe fn {name}({given[FROM_C[name]]}) -> f64;" for name in sorted(foreign)]
        lines += ["mod ad_c {", '    unsafe extern "C" {', *functions, "    }", "}", ""]
    return lines + [line for name, text in HELPERS.items() if name in needed for line in (_ALLOWED, text.strip(), "")]


def _parameter(plan: Plan) -> str:
    """The array of inputs, by a name that none of them has."""
    return next(name for name in ("at", "input", "inputs", "at_") if name not in plan.inputs)


def _type(plan: Plan) -> str:
    columns, outputs = len(plan.routine.wanted), len(plan.routine.values)
    first = f"[f64; {outputs}], [[f64; {columns}]; {outputs}]" if plan.matrix else f"f64, [f64; {columns}]"
    return f"({first}, [[f64; {columns}]; {columns}])" if plan.routine.hessian else f"({first})"


def _result(plan: Plan, emitter: Emitter) -> str:
    def listed(nodes: tuple[int, ...]) -> str:
        return f"[{', '.join(emitter.result(node) for node in nodes)}]"

    def rows(matrix: tuple[tuple[int, ...], ...]) -> str:
        return f"[{', '.join(map(listed, matrix))}]"

    routine = plan.routine
    parts = [emitter.result(routine.values[0]), listed(routine.jacobian[0])]
    if plan.matrix:
        parts = [listed(routine.values), rows(routine.jacobian)]
    if routine.hessian:
        parts.append(rows(routine.hessian))
    return f"({', '.join(parts)})"


def _head(plan: Plan, *, unused: bool = False) -> str:
    given = ("_" if unused else "") + _parameter(plan)
    return f"pub fn {plan.name}({given}: &[f64; {len(plan.inputs)}]) -> {_type(plan)} {{"


def _function(plan: Plan, used: set[str]) -> list[str]:
    emitter = Emitter(
        plan.language, plan.graph, plan.input_names(), plan.results, temporary=lambda node: f"{plan.prefix}{node}"
    )
    emitter.run()
    used |= emitter.used
    needed = {arg for args in plan.graph.args for arg in args} | set(plan.results)
    given = _parameter(plan)
    lines = [f"let {name}: f64 = {given}[{k}];" for k, name in enumerate(plan.inputs) if k in needed]
    head = _head(plan, unused=not lines)
    lines += [plan.language.declaration[truth].format(left, right) for left, right, truth, _ in emitter.statements]
    return [_ALLOWED, head, *(f"    {line}" for line in lines), f"    {_result(plan, emitter)}", "}"]


def _large(plan: Plan, used: set[str]) -> list[str]:
    """A routine in functions that share an array of parts, as compilers take very long for one of many thousands."""
    given, parts = _parameter(plan), plan.prefix
    place: dict[int, int] = {}

    def temporary(node: int) -> str:
        return f"{parts}[{place.setdefault(node, len(place))}]"

    inputs = {k: f"{given}[{k}]" for k in range(len(plan.inputs))}
    emitter = Emitter(plan.language, plan.graph, inputs, plan.results, temporary=temporary, only_named=True)
    emitter.run()
    used |= emitter.used
    steps = [f"    {left} = {right};" for left, right, _, _ in emitter.statements]
    lines, calls = [], []
    for start in range(0, len(steps), CHUNK):
        part = f"{plan.name}_{start // CHUNK + 1}"
        head = f"fn {part}({given}: &[f64; {len(plan.inputs)}], {parts}: &mut [f64; {len(place)}]) {{"
        lines += ["#[allow(unused_variables)]", _ALLOWED, head, *steps[start : start + CHUNK], "}", ""]
        calls.append(f"    {part}({given}, &mut {parts});")
    made = f"    let mut {parts}: Box<[f64; {len(place)}]> = vec![0.0; {len(place)}].try_into().unwrap();"
    return [*lines, _ALLOWED, _head(plan), made, *calls, f"    {_result(plan, emitter)}", "}"]


def _test(plan: Plan) -> list[str]:
    """A test for `cargo test`, or `rustc --test`."""
    lines = [
        "#[cfg(test)]", "#[test]", f"fn {plan.name}_gives_the_numbers_of_autodiff() {{",
        "    let near = |found: f64, wanted: f64| {",
        "        let same = found == wanted || (found - wanted).abs() <= 1e-9*(wanted.abs() + 1e-30);",
        '        assert!(same, "{found} instead of {wanted}");',
        "    };",
    ]  # fmt: skip
    for example in plan.examples:
        listed = ", ".join(map(number, example.point))
        lines.append(f"    let found = {plan.name}(&[{listed}]);")
        firsts = {f"found.0[{k}]": x for k, x in enumerate(example.values)} if plan.matrix else {
            "found.0": example.values[0]}  # fmt: skip
        if plan.matrix:
            firsts |= {f"found.1[{i}][{j}]": x for i, row in enumerate(example.jacobian) for j, x in enumerate(row)}
        else:
            firsts |= {f"found.1[{j}]": x for j, x in enumerate(example.jacobian[0])}
        firsts |= {f"found.2[{i}][{j}]": x for i, row in enumerate(example.hessian) for j, x in enumerate(row)}
        lines += [f"    near({entry}, {number(x)});" for entry, x in firsts.items()]
    return [*lines, "}"]
