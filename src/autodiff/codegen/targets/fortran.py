"""Fortran 2008: a module with a subroutine of arrays, which calls C's library for what Fortran lacks."""

import math
import re
from collections.abc import Iterable, Sequence

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import AND, ATOM, C_LIKE, COMPARISON, OR, Language
from autodiff.codegen.plan import CHUNK, Plan, header, shapes_of
from autodiff.codegen.targets.fortran_library import FROM_C, HELPERS, RESERVED

#: Fortran takes 132 characters in a line.
_WIDTH = 110


def number(value: float) -> str:
    if value != value:
        return "ad_nan"
    if math.isinf(value):
        return "ad_inf" if value > 0 else "(-ad_inf)"
    return f"({value!r}_dp)" if math.copysign(1.0, value) < 0 else f"{value!r}_dp"


def _calls(prefix: str, *names: str) -> dict[str, str]:
    return {name: f"{prefix}{name}({{0}})" for name in names}


LANGUAGE = Language(
    name="fortran",
    title="Fortran",
    comment="!",
    functions={
        **_calls(
            "", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp",
            "log", "log10", "sqrt", "abs", "erf", "erfc",
        ),
        **_calls(
            "ad_", "expm1", "log1p", "cbrt", "exp2", "log2", "floor", "ceil", "trunc", "lgamma", "digamma"
        ),
        **{name: f"ad_{name}({{0}}, {{1}})" for name in (
            "pow", "fmod", "remainder", "hypot", "atan2", "max", "min", "mod", "copysign", "chain", "ldexp",
            "polygamma",
        )},
        "gamma": "ad_tgamma({0})", "round": "ad_rint({0})", "sphericalbessel": "ad_spherical_bessel({0}, {1})",
    },
    number=number,
    infix={
        **C_LIKE, "!=": ("{0} /= {1}", COMPARISON), "and": ("{0} .and. {1}", AND), "or": ("{0} .or. {1}", OR),
    },
    # Two operators may not stand side by side.
    negative=("(-({0}))", ATOM),
    negation=("(.not. ({0}))", ATOM),
    choice=("merge({1}, {2}, {0})", ATOM),
    as_number=("merge(1.0_dp, 0.0_dp, {0})", ATOM),
    as_truth=("{0} /= 0.0_dp", COMPARISON),
    chosen=("merge({0}, merge({1}, {2}, {0} /= 0.0_dp), {0} /= {0})", ATOM),
    declaration=("{0} = {1}", "{0} = {1}"),
    helpers=HELPERS,
    reserved=RESERVED | {name.removeprefix("ad_") for name in FROM_C} | set(FROM_C),
    folds_case=True,
)  # fmt: skip


def program(plan: Plan) -> str:
    """The text of a module."""
    used: set[str] = set()
    body = _large(plan, used) if plan.is_large else _function(plan, used)
    shapes = {"point": f"{len(plan.inputs)} numbers", **shapes_of(plan)}
    if plan.matrix:
        shapes["jacobian"] = shapes["jacobian"].replace(", row by row", "")
    foreign, helpers = _library(used)
    module = f"{plan.name}_module"
    lines = [
        *header(plan, shapes), "! Compile it without -ffast-math, as it has to know what is not finite.",
        f"module {module}", "    use, intrinsic :: iso_c_binding, only: dp => c_double, int64 => c_int64_t",
        "    implicit none", "    private", f"    public :: {plan.name}",
        *_constants([*body, *helpers]),
        *foreign, "contains", *body, *helpers, f"end module {module}",
    ]  # fmt: skip
    if plan.examples:
        lines += ["", *_test(plan, module)]
    return "\n".join(text for line in lines for text in _wrapped(line)) + "\n"


def _constants(lines: Sequence[str]) -> list[str]:
    """What is not finite and used: no parameters, as compilers refuse to compute with those."""
    bits = {"ad_inf": 9218868437227405312, "ad_nan": 9221120237041090560}
    return [
        f"    real(dp), protected :: {name} = transfer({value}_int64, 1.0_dp)" for name, value in bits.items()
        if any(name in line for line in lines)
    ]  # fmt: skip


def _wrapped(line: str) -> list[str]:
    """A line in pieces: one that begins with an ampersand goes on where the last one ended."""
    if len(line) <= _WIDTH or line.lstrip().startswith("!"):
        return [line]
    pieces = [line[k : k + _WIDTH] for k in range(0, len(line), _WIDTH)]
    return [f"{'&' if k else ''}{piece}{'&' if k < len(pieces) - 1 else ''}" for k, piece in enumerate(pieces)]


def _library(used: Iterable[str]) -> tuple[list[str], list[str]]:
    """The interfaces and the functions that the patterns in use call, and those that these call."""
    needed: set[str] = set()
    pending = sorted(used)
    while pending:
        for name in re.findall(r"\bad_\w+", pending.pop()):
            if name not in needed:
                needed.add(name)
                pending.append(HELPERS.get(name, ""))
    foreign = []
    for name in sorted(needed & set(FROM_C)):
        given = "x, y" if FROM_C[name] == 2 else "x"
        foreign += [
            f'        pure function {name}({given}) bind(c, name="{name.removeprefix("ad_")}") result(found)',
            "            import :: dp", f"            real(dp), value :: {given}", "            real(dp) :: found",
            "        end function",
        ]  # fmt: skip
    texts = [line for name, text in HELPERS.items() if name in needed for line in ("", *text.strip().splitlines())]
    return (["    interface", *foreign, "    end interface"] if foreign else []), texts


def _results(plan: Plan) -> list[str]:
    """The arguments that are filled, and their shapes."""
    columns, outputs = len(plan.routine.wanted), len(plan.routine.values)
    found = [f"values({outputs})", f"jacobian({outputs}, {columns})"] if plan.matrix else [
        "value", f"gradient({columns})"]  # fmt: skip
    return [*found, *([f"hessian({columns}, {columns})"] if plan.routine.hessian else [])]


def _entries(plan: Plan) -> list[tuple[str, int]]:
    """Each result and its node."""
    routine = plan.routine
    if plan.matrix:
        found = [(f"values({k + 1})", node) for k, node in enumerate(routine.values)]
        found += [
            (f"jacobian({i + 1}, {j + 1})", node)
            for i, row in enumerate(routine.jacobian)
            for j, node in enumerate(row)
        ]
    else:
        found = [("value", routine.values[0])]
        found += [(f"gradient({j + 1})", node) for j, node in enumerate(routine.jacobian[0])]
    found += [
        (f"hessian({i + 1}, {j + 1})", node) for i, row in enumerate(routine.hessian) for j, node in enumerate(row)
    ]
    return found


def _head(plan: Plan) -> list[str]:
    names = ", ".join(text.partition("(")[0] for text in _results(plan))
    return [
        f"pure subroutine {plan.name}(point, {names})", f"    real(dp), intent(in) :: point({len(plan.inputs)})",
        f"    real(dp), intent(out) :: {', '.join(_results(plan))}",
    ]  # fmt: skip


def _function(plan: Plan, used: set[str]) -> list[str]:
    emitter = Emitter(
        plan.language, plan.graph, plan.input_names(), plan.results, temporary=lambda node: f"{plan.prefix}{node}"
    )
    emitter.run()
    stores = [f"    {entry} = {emitter.result(node)}" for entry, node in _entries(plan)]
    used |= emitter.used | set(stores) | {right for _, right, _, _ in emitter.statements}
    needed = {arg for args in plan.graph.args for arg in args} | set(plan.results)
    given = [(name, k + 1) for k, name in enumerate(plan.inputs) if k in needed]
    lines = [f"    real(dp) :: {name}" for name, _ in given]
    lines += [f"    {('real(dp)', 'logical')[truth]} :: {left}" for left, _, truth, _ in emitter.statements]
    lines += [f"    {name} = point({k})" for name, k in given]
    lines += [f"    {left} = {right}" for left, right, _, _ in emitter.statements]
    return ["", *_head(plan), *lines, *stores, "end subroutine"]


def _large(plan: Plan, used: set[str]) -> list[str]:
    """A routine in subroutines that share an array of parts, as compilers take very long for one of many thousands."""
    parts = plan.prefix
    place: dict[int, int] = {}

    def temporary(node: int) -> str:
        return f"{parts}({place.setdefault(node, len(place)) + 1})"

    inputs = {k: f"point({k + 1})" for k in range(len(plan.inputs))}
    emitter = Emitter(plan.language, plan.graph, inputs, plan.results, temporary=temporary, only_named=True)
    emitter.run()
    steps = [f"    {left} = {right}" for left, right, _, _ in emitter.statements]
    stores = [f"    {entry} = {emitter.result(node)}" for entry, node in _entries(plan)]
    used |= emitter.used | set(stores) | set(steps)
    names = [text.partition("(")[0] for text in _results(plan)]
    lines, calls = [], []

    def part(name: str, given: Sequence[str], declared: Sequence[str], body: Sequence[str]) -> None:
        lines.extend(["", f"pure subroutine {name}({', '.join(given)})", *declared, *body, "end subroutine"])
        calls.append(f"    call {name}({', '.join(given)})")

    point = f"    real(dp), intent(in) :: point({len(plan.inputs)})"
    for start in range(0, len(steps), CHUNK):
        declared = [point, f"    real(dp), intent(inout) :: {parts}({len(place)})"]
        part(f"{plan.name}_{start // CHUNK + 1}", ["point", parts], declared, steps[start : start + CHUNK])
    for start in range(0, len(stores), CHUNK):
        declared = [
            point, f"    real(dp), intent(in) :: {parts}({len(place)})",
            f"    real(dp), intent(inout) :: {', '.join(_results(plan))}",
        ]  # fmt: skip
        body = stores[start : start + CHUNK]
        part(f"{plan.name}_out{start // CHUNK + 1}", ["point", parts, *names], declared, body)
    made = [f"    real(dp), allocatable :: {parts}(:)", f"    allocate({parts}({len(place)}))"]
    return [*lines, "", *_head(plan), *made, *calls, "end subroutine"]


def _test(plan: Plan, module: str) -> list[str]:
    """A program that compares the routine with numbers: it comes after the module, in the same file."""
    names = ", ".join(text.partition("(")[0] for text in _results(plan))
    lines = [
        f"program {plan.name}_test", f"    use {module}, only: {plan.name}",
        "    use, intrinsic :: iso_c_binding, only: dp => c_double", "    implicit none",
        f"    real(dp) :: {', '.join(_results(plan))}", "    logical :: wrong", "    wrong = .false.",
    ]  # fmt: skip
    for example in plan.examples:
        wanted = [*example.values, *(x for row in example.jacobian for x in row)]
        wanted += [x for row in example.hessian for x in row]
        lines.append(f"    call {plan.name}([real(dp) :: {', '.join(map(number, example.point))}], {names})")
        lines += [
            f"    call compare({entry}, {number(x)})" for (entry, _), x in zip(_entries(plan), wanted, strict=True)
        ]
    return [
        *lines, "    if (wrong) stop 1", '    print "(a)", "ok"', "contains",
        "    subroutine compare(found, known)", "        real(dp), intent(in) :: found, known",
        "        if (found == known .or. abs(found - known) <= 1.0e-9_dp*(abs(known) + 1.0e-30_dp)) return",
        '        print *, found, " instead of ", known', "        wrong = .true.", "    end subroutine", "end program",
    ]  # fmt: skip
