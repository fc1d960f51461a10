"""What is done with formulas beyond evaluating them: checks, verified claims, derivatives as formulas."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from autodiff.codegen.registry import TARGETS
from autodiff.differentiate.results.gradient import Gradient, Value
from autodiff.errors import AutodiffError, BindingError, FormulaError, SourceError, Way, nearest
from autodiff.evaluate.inputs import to_value
from autodiff.formula import (
    Bindings,
    Formula,
    evaluate_constant,
    known_as,
    missing_bindings,
    output_name,
    unknown_variable,
)  # fmt: skip
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.ops.added import Operations
from autodiff.syntax.tokens import canonical_name

if TYPE_CHECKING:
    from autodiff.codegen.plan import Example
    from autodiff.differentiate.derive.derivation import Step
    from autodiff.differentiate.derive.derivatives import Derivative
    from autodiff.differentiate.results.hessian import Hessian
    from autodiff.differentiate.results.jacobian import Jacobian
    from autodiff.differentiate.results.tangents import Directional
    from autodiff.verify.claims import ClaimCheck
    from autodiff.verify.results import Check

#: What stands under a name.
Named = TypeVar("Named")

__all__ = [
    "TARGETS", "Bindings", "Formula", "check", "check_directional", "check_gradient", "check_hessian", "check_jacobian",
    "differentiate", "evaluate_constant", "generate", "known_as", "load_ops", "missing_bindings", "output_name",
    "simplify_derivatives", "unknown_variable", "verify_claims",
]  # fmt: skip


def load_ops(source: str | os.PathLike[str], before: Operations | None = None) -> Operations:
    """The operations that a file defines, or a text (a string with an '=' in it), for `Formula(text, ops=...)`.

        ops = load_ops("cube(x) = x*x*x\nd/dx = 3*x^2")
        Formula("cube(t)", ops=ops).gradient(t=2).partials   # {"t": 12.0}

    They may call the operations in `before`, which the result holds too.

    Raises:
        SourceError: the file cannot be read.
        FormulaError: a definition is wrong.
        LimitError: there is too much of it.
    """
    from autodiff.graph.read_definitions import read_operations

    if not isinstance(source, str) or "=" not in source:
        from autodiff.graph.definitions import MOST_CHARACTERS
        from autodiff.syntax.text_files import read_text

        if not isinstance(source, str | os.PathLike):
            raise SourceError(
                "no-path", f"operations come from a path or a text, and this is of type {type(source).__name__}",
                hint='write load_ops("operations.txt"), or the definitions themselves: load_ops("f(x) = x^2")',
            )  # fmt: skip
        source = read_text(source, "give a path, or the definitions themselves: f(x) = x^2", 4 * MOST_CHARACTERS)
    return read_operations(source, before)


def _say_nothing(stage: str) -> None:
    """What is told of a check in progress unless somebody asks."""


def check(
    formula: Formula | str, bindings: Bindings | None = None, /, *, wrt: Sequence[str] | None = None,
    timeout: float = 10.0, nodes: bool = False, step: float | None = None, min_digits: float = 6.0, **named: Value,
) -> "Check":  # fmt: skip
    """Check a gradient against SymPy, against differences in extended precision, and against the forward sweep.

    SymPy gets `timeout` seconds. With `nodes` the adjoint of every node is compared, and with a `step` the classic
    central difference in doubles is shown beside the rest. The result is `few` where fewer digits than `min_digits` are
    right.

    Raises:
        BindingError: a variable is missing or unknown, or a value is no number, or a time or step is not positive.
        FormulaError: the formula is wrong, or has several outputs.
    """
    from autodiff.evaluate.asked import positive

    formula = formula if isinstance(formula, Formula) else Formula(formula)
    least = positive("min_digits", min_digits, "min_digits=6") if min_digits != 0 else 0.0
    gradient = formula.gradient(bindings, wrt=wrt, seed=None, **named)
    return check_gradient(gradient, timeout=timeout, nodes=nodes, step=step)._replace(min_digits=least)


def check_gradient(
    gradient: Gradient, *, timeout: float = 10.0, nodes: bool = False, step: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> "Check":  # fmt: skip
    """Check a gradient that is already computed; `progress` is told what is being done."""
    from autodiff.verify import checks
    from autodiff.verify.settings import settings

    return checks.check_gradient(gradient, settings(timeout, every_node=nodes, step=step), progress or _say_nothing)


def check_directional(
    sweep: "Directional", *, timeout: float = 10.0, progress: Callable[[str], None] | None = None
) -> "Check":
    """Check a derivative along a direction that is already computed; the result is by output, as in `df`."""
    from autodiff.verify import checks
    from autodiff.verify.settings import settings

    return checks.check_directional(sweep, settings(timeout), progress or _say_nothing)


def check_jacobian(
    jacobian: "Jacobian", *, timeout: float = 10.0, progress: Callable[[str], None] | None = None
) -> "Check":
    """Check a Jacobian that is already computed; the result is by entry, as in `df1/dx`."""
    from autodiff.verify import checks
    from autodiff.verify.settings import settings

    return checks.check_jacobian(jacobian, settings(timeout), progress or _say_nothing)


def check_hessian(
    hessian: "Hessian", *, timeout: float = 10.0, progress: Callable[[str], None] | None = None
) -> "Check":
    """Check a Hessian that is already computed; the result is by entry, as in `d2f/dxdy`."""
    from autodiff.verify import checks
    from autodiff.verify.settings import settings

    return checks.check_hessian(hessian, settings(timeout), progress or _say_nothing)


def verify_claims(
    formula: Formula, claims: Mapping[str, str], bindings: Bindings, *, samples: int = 20, seed: int = 0,
    ranges: Mapping[str, tuple[float, float]] | None = None, timeout: float = 10.0,
) -> "list[ClaimCheck]":  # fmt: skip
    """Judge claimed derivatives, given as formulas by the name of the variable.

    Variables that `bindings` leaves out are drawn, from `ranges` where it names them; SymPy gets `timeout` seconds to
    prove the claims.

    Raises:
        BindingError: a name is no variable of the formula.
        FormulaError: a claim is no formula, or one of the formulas has several outputs.
    """
    from autodiff.verify.checks import judge_claims
    from autodiff.verify.claims import Sampling
    from autodiff.verify.node_claims import opened, zeros

    claims, bindings, ranges = _canonical(claims), _canonical(bindings), _canonical(ranges or {})
    assigned = formula.graph(bindings).program.assigned
    nodes = [name for name in claims if name in assigned]
    graph = formula.graph([*bindings, *(name for name in claims if name not in assigned)])
    for names, verb in ((claims, "a claim names"), (ranges, "a range names"), (bindings, "this binds")):
        for name in names:
            if name not in graph.input_numbers and (names is not claims or name not in nodes):
                raise unknown_variable(graph, name, verb, list(assigned) if names is claims else ())
    written = [(name, _claim(graph, name, text)) for name, text in claims.items()]
    values = {name: to_value(f"the value of {name!r}", value) for name, value in bindings.items()}
    whole = opened(graph, nodes)
    fixed = zeros(graph, whole.moved, values) if nodes else {}
    claimed = [(whole.variable(name), claim) for name, claim in written]
    moving = whole.graph if nodes else graph
    if formula.ops.rows:
        from autodiff.graph.replace import of_the_table

        # A claim is held against the value, not against what a user wrote as its derivative.
        moving = of_the_table(moving)
    sampling = Sampling(samples, seed, ranges, fixed=tuple(fixed))
    found = judge_claims(moving, claimed, {**values, **fixed}, sampling, timeout)
    return [whole.finished(one, claims) for one in found]


def _canonical(named: Mapping[str, Named]) -> dict[str, Named]:
    """The same by the one spelling of each name."""
    return {canonical_name(name): value for name, value in named.items()}


def _claim(graph: Graph, name: str, text: str) -> Graph:
    from autodiff.verify.node_claims import with_names

    assigned = graph.program.assigned
    claim = build(text, [*graph.inputs, *assigned], ops=graph.ops)
    for one in (graph, claim):
        if len(one.outputs) > 1:
            raise FormulaError(
                "several-outputs", "a derivative needs one output", text=one.text, spans=one.output_spans(),
                hint="verify one output after the other",
            )  # fmt: skip
    for used in claim.inputs:
        if used not in graph.input_numbers and used not in assigned:
            error = unknown_variable(graph, used, f"the claim for {name!r} uses", list(assigned))
            error.text, error.spans = claim.text, (claim.span(claim.input_numbers[used]),)
            raise error
    if any(used in assigned for used in claim.inputs):
        return build(with_names(graph, text), graph.inputs, ops=graph.ops)
    return claim


def differentiate(
    formula: Formula | str, wrt: Sequence[str] | None = None, *, order: int = 1, mixed: bool = False,
    exact: bool = False, like: Bindings | None = None,
) -> "list[Derivative]":  # fmt: skip
    """The derivatives of every output by each variable (or those in `wrt`), as formulas: output by output.

        differentiate("x^2*sin(x)")[0].text      # "2*x*sin(x) + x^2*cos(x)"

    With `order` each variable counts so many times. With `mixed` there is one derivative of each output, by one
    variable of `wrt` after the other. With `exact` the formulas give what `Formula.gradient` gives, to the last bit at
    every point; without they are written as people write them. A formula with arrays needs `like`: a value of the right
    shape for each variable.

    Raises:
        BindingError: a name is no variable of the formula.
        FormulaError: the formula is wrong, or shapes are missing or do not fit.
        ValueError: the order is less than 1.
    """
    from autodiff.differentiate.derive.derivatives import derivatives

    if order < 1:
        raise ValueError(f"the order of a derivative is at least 1, not {order}")
    formula = Formula(formula) if isinstance(formula, str) else formula
    names = None if wrt is None else [canonical_name(name) for name in wrt]
    like = _canonical(like or {})
    graph = formula.graph([*(names or ()), *like])
    for name in like:
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "this binds")
    for name in names or ():
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "this differentiates by")
    shapes = {name: getattr(to_value(f"the value of {name!r}", value), "shape", ()) for name, value in like.items()}
    chains = [[name] * order for name in (graph.inputs if names is None else names)]
    if mixed:
        chains = [[name for chain in chains for name in chain]]
    return derivatives(graph, chains, exact=exact, shapes=shapes)


def differentiate_implicitly(
    formula: Formula | str, dependent: str, wrt: Sequence[str] | None = None, *, order: int = 1, mixed: bool = False
) -> "list[Derivative]":  # fmt: skip
    """The derivatives of a variable that an equation determines, by each of the others (or those in `wrt`).

        differentiate_implicitly("x^2 + y^2 = 25", "y")[0].text     # "-x/y"

    The formula is an equation, or what is 0. They hold where the derivative of the equation by the variable is not 0.
    `order` and `mixed` are those of `differentiate`.

    Raises:
        BindingError: a name is no variable of the formula.
        FormulaError: the formula is wrong, or no equation of numbers.
    """
    from autodiff.differentiate.derive.implicit import implicit
    from autodiff.syntax.equations import as_zero

    if order < 1:
        raise ValueError(f"the order of a derivative is at least 1, not {order}")
    formula = Formula(as_zero(formula)) if isinstance(formula, str) else formula
    dependent, *names = (canonical_name(name) for name in (dependent, *(wrt or ())))
    graph = formula.graph([dependent, *names])
    dependent = known_as(dependent, graph)
    names = [known_as(name, graph) for name in names] or [name for name in graph.inputs if name != dependent]
    for name in (dependent, *names):
        if name not in graph.input_numbers:
            raise unknown_variable(graph, name, "this differentiates by")
    if dependent in names or not names:
        raise BindingError(
            "no-names", f"there is nothing beside {dependent!r} that it could depend on", text=graph.text,
            spans=graph.output_spans(), hint="name other variables to differentiate by",
        )  # fmt: skip
    chains = [[name for name in names for _ in range(order)]] if mixed else [[name] * order for name in names]
    return implicit(graph, dependent, chains)


def derivation(formula: Formula | str, variable: str) -> "list[Step]":
    """The steps that lead to the derivative by a variable, each with its rule. Raises like `differentiate`."""
    from autodiff.differentiate.derive import derivation as steps

    formula = Formula(formula) if isinstance(formula, str) else formula
    name = canonical_name(variable)
    graph = formula.graph([name])
    name = known_as(name, graph)
    if name not in graph.input_numbers:
        raise unknown_variable(graph, name, "this differentiates by")
    return steps.derivation(graph, name)


def simplify_derivatives(found: "Sequence[Derivative]", timeout: float = 10.0) -> "list[tuple[Derivative, str]]":
    """Each derivative as SymPy simplifies it, and an empty text; or as it is, and why. SymPy gets `timeout` seconds."""
    from autodiff.verify.oracles.sympy_simplify import simplified

    return simplified(found, timeout)


def generate(
    formula: Formula | str, target: str, wrt: Sequence[str] | None = None, *, jacobian: bool = False,
    hessian: bool = False, name: str = "f", test: bool = False, dialect: str | None = None, table: str | None = None,
    keep: Sequence[str] = (),
) -> str:  # fmt: skip
    """A formula as code of a target of `TARGETS`: a routine with its value and all partials, in one pass.

        generate("x*sin(y)", "c")      # "// f: made by autodiff ...

    With `jacobian` there is a row for each output, which a formula of several outputs needs; with `hessian` the second
    derivatives too. `test` adds a self-check against numbers that are computed here. For SQL there are a `dialect`,
    the `table` that has the inputs as columns, and the columns of it to `keep`.

    Raises:
        BindingError: a name is no variable of the formula.
        FormulaError: the formula is wrong, has arrays, or several outputs and no `jacobian`; or the target lacks an
            operation.
        AutodiffError: there is no such target, or the name is none there.
        LimitError: there are too many derivatives.
    """
    from autodiff.codegen.registry import write
    from autodiff.differentiate.derive.routine import routine

    if target not in TARGETS:
        close = nearest(target, list(TARGETS))
        hint = f"did you mean {close!r}?" if close else f"the targets are {', '.join(TARGETS)}"
        raise AutodiffError("no-target", f"there is no target {target!r}", hint=hint)
    given = {"dialect": dialect, "table": table, "keep": tuple(keep)}
    options = {option: value for option, value in given.items() if value}
    if options and target != "sql":
        raise AutodiffError("not-sql", f"{target} has no {next(iter(options))}", hint="leave it out, or write SQL")
    formula = Formula(formula) if isinstance(formula, str) else formula
    names = None if wrt is None else [canonical_name(name) for name in wrt]
    graph = formula.graph(names or ())
    wanted = list(graph.inputs) if names is None else [known_as(name, graph) for name in names]
    for k, wanted_name in enumerate(wanted):
        if wanted_name not in graph.input_numbers:
            raise unknown_variable(graph, wanted_name, "this differentiates by")
        if wanted_name in wanted[:k]:
            raise BindingError("named-twice", f"{wanted_name!r} is named twice", hint="for second derivatives: hessian")
    if len(graph.outputs) > 1 and not jacobian:
        raise FormulaError(
            "several-outputs", f"a gradient needs one output, and this formula has {len(graph.outputs)}",
            text=graph.text, spans=graph.output_spans(), hint=Way("rows-of-outputs"),
        )  # fmt: skip
    made = routine(graph, wanted, hessian=hessian)
    version = _version()
    examples = _examples(formula, graph, wanted, hessian=hessian) if test else ()
    return write(made, target, name=name, matrix=jacobian, version=version, examples=examples, **options)


def _version() -> str:
    from importlib.metadata import version

    return version("autodiff-cli")


#: How many points a self-check compares, and how many are tried for each.
_EXAMPLES, _TRIES = 3, 200


def _examples(formula: Formula, graph: Graph, wanted: Sequence[str], *, hessian: bool) -> "list[Example]":
    """Points at which everything is finite, and the numbers there.

    Raises:
        AutodiffError: there seem to be none.
    """
    import math
    import random

    from autodiff.codegen.plan import Example

    draw, found = random.Random(0), []
    for attempt in range(_EXAMPLES * _TRIES):
        scale = (1.0, 3.0, 0.3, 10.0, 0.05)[attempt // 40 % 5]
        point = [round(draw.uniform(-scale if attempt % 2 else 0.0, scale), 4) for _ in graph.inputs]
        bindings = dict(zip(graph.inputs, point, strict=True))
        rows = formula.jacobian(bindings, wrt=wanted)
        matrix = formula.hessian(bindings, wrt=wanted).entries if hessian and wanted else ()
        values = [value for _, value in rows.outputs]
        entries = rows.entries if wanted else [[] for _ in values]
        numbers = [*values, *(x for row in entries for x in row), *(x for row in matrix for x in row)]
        if all(map(math.isfinite, numbers)):
            found.append(Example(tuple(point), tuple(values), tuple(map(tuple, entries)), tuple(map(tuple, matrix))))
        if len(found) == (_EXAMPLES if graph.inputs else 1):
            return found
    raise AutodiffError(
        "no-example", "no point was found at which everything is finite, so there is nothing to test with",
        hint="leave out the self-check",
    )  # fmt: skip
