"""MATLAB, and GNU Octave: a file with a function of a vector, which gives complex numbers nowhere."""

import math
import re
from types import MappingProxyType

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import ATOM, C_LIKE, COMPARISON, SIGN, Language
from autodiff.codegen.plan import Plan, header, shapes_of
from autodiff.codegen.targets.matlab_library import HELPERS, RESERVED


def number(value: float) -> str:
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value)


LANGUAGE = Language(
    name="matlab",
    title="MATLAB",
    comment="%",
    functions={
        **{name: f"{name}({{0}})" for name in (
            "abs", "atan", "sinh", "cosh", "tanh", "asinh", "sin", "cos", "tan", "exp", "expm1", "floor", "ceil", "erf",
            "erfc",
        )},
        **{name: f"ad_{name}({{0}})" for name in (
            "log", "log2", "log10", "sqrt", "asin", "acos", "acosh", "atanh", "log1p", "digamma", "lgamma",
            "gamma",
        )},
        **{name: f"ad_{name}({{0}}, {{1}})" for name in ("pow", "max", "min", "chain", "fmod", "polygamma")},
        "trunc": "fix({0})", "exp2": "pow2({0})", "cbrt": "nthroot({0}, 3)", "hypot": "hypot({0}, {1})",
        "atan2": "atan2({0}, {1})", "besselj": "ad_besselj({0}, {1})",
        "sphericalbessel": "ad_spherical_bessel({0}, {1})",
    },
    number=number,
    infix={**C_LIKE, "!=": ("{0} ~= {1}", COMPARISON)},
    negation=("~{0}", SIGN),
    choice=("ad_where({0}, {1}, {2})", ATOM),
    as_number=("double({0})", ATOM),
    as_truth=("{0} ~= 0", COMPARISON),
    chosen=("ad_choose({0}, {1}, {2})", ATOM),
    declaration=("{0} = {1};", "{0} = {1};"),
    helpers=HELPERS,
    definitions=MappingProxyType({
        "mod": "r = fmod(x, y); where(r != 0 and (r < 0) != (y < 0), r + y, copysign(r, y))",
        "remainder": (
            "b = abs(y); r = fmod(abs(x), 2*b); s = where(2*r > b, r - b, r);"
            "t = where(2*r > b and 2*s >= b, s - b, s); where(x < 0, -t, t)"
        ),
        "copysign": "where(y != y, y, where(y < 0 or 1/y < 0, -abs(x), abs(x)))",
    }),
    reserved=RESERVED,
)  # fmt: skip


def program(plan: Plan) -> str:
    """The text of a file, which has to be called as the function is."""
    emitter = Emitter(
        plan.language, plan.graph, plan.input_names(), plan.results, temporary=lambda node: f"{plan.prefix}{node}"
    )
    emitter.run()
    routine, columns, outputs = plan.routine, len(plan.routine.wanted), len(plan.routine.values)
    needed = {arg for args in plan.graph.args for arg in args} | set(plan.results)
    names = ["values", "jacobian"] if plan.matrix else ["value", "gradient"]
    lines = [f"{name} = point({k + 1});" for k, name in enumerate(plan.inputs) if k in needed]
    lines += [f"{left} = {right};" for left, right, _, _ in emitter.statements]
    if plan.matrix:
        lines.append(f"values = zeros({outputs}, 1);")
        lines += [f"values({k + 1}) = {emitter.result(node)};" for k, node in enumerate(routine.values)]
        lines += _matrix("jacobian", routine.jacobian, f"{outputs}, {columns}", emitter)
    else:
        lines += [f"value = {emitter.result(routine.values[0])};", f"gradient = zeros({columns}, 1);"]
        lines += [f"gradient({k + 1}) = {emitter.result(node)};" for k, node in enumerate(routine.jacobian[0])]
    if routine.hessian:
        names.append("hessian")
        lines += _matrix("hessian", routine.hessian, f"{columns}, {columns}", emitter)
    shapes = {key: text.replace(", row by row", "") for key, text in shapes_of(plan).items()}
    made = [
        *header(plan, {"point": f"{len(plan.inputs)} numbers", **shapes}),
        f"% It belongs into a file {plan.name}.m, and Octave runs it too.",
        f"function [{', '.join(names)}] = {plan.name}(point)", *(_test(plan, names) if plan.examples else []),
        *(f"  {line}" for line in lines), "end", *_helpers(emitter.used),
    ]  # fmt: skip
    return "\n".join(made) + "\n"


def _matrix(name: str, rows: tuple[tuple[int, ...], ...], shape: str, emitter: Emitter) -> list[str]:
    stores = [
        f"{name}({i + 1}, {j + 1}) = {emitter.result(node)};"
        for i, row in enumerate(rows)
        for j, node in enumerate(row)
    ]
    return [f"{name} = zeros({shape});", *stores]


def _helpers(used: set[str]) -> list[str]:
    """The functions that the patterns in use call, and those that these call."""
    needed: set[str] = set()
    pending = sorted(used)
    while pending:
        for name in re.findall(r"\bad_\w+", pending.pop()):
            if name not in needed:
                needed.add(name)
                pending.append(HELPERS[name])
    return [line for name, text in HELPERS.items() if name in needed for line in ("", text.strip())]


def _test(plan: Plan, names: list[str]) -> list[str]:
    """What a call without arguments does: compare the routine with numbers."""
    lines = ["  if nargin == 0"]
    for example in plan.examples:
        wanted = [*example.values, *(x for row in zip(*example.jacobian, strict=True) for x in row)]
        wanted += [x for row in example.hessian for x in row]
        lines += [
            f"    [{', '.join(names)}] = {plan.name}([{', '.join(map(number, example.point))}]);",
            f"    found = [{'; '.join(f'{name}(:)' for name in names)}];",
            f"    wanted = [{'; '.join(map(number, wanted))}];",
            "    if ~all(abs(found - wanted) <= 1e-9*(abs(wanted) + 1e-30)), error('wrong numbers'); end",
        ]
    return [*lines, "    disp('ok');", "    return;", "  end"]
