"""`autodiff diff`: the derivative of a formula as a formula."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from autodiff import api
from autodiff.cli.checking import Positive
from autodiff.cli.formula import FormulaCommand, Request, read_bindings
from autodiff.cli.name_lists import read_sequence
from autodiff.cli.options import color_option, report_options
from autodiff.cli.printing import print_sheet
from autodiff.cli.remarks import remark
from autodiff.cli.stderr import say
from autodiff.errors import BindingError
from autodiff.graph.shapes import holds_arrays
from autodiff.numerals import is_array
from autodiff.report.formats import FORMULAS
from autodiff.report.say.derivation import DerivationSheet
from autodiff.report.say.derivatives import DerivativesSheet
from autodiff.syntax.tokens import canonical_name

if TYPE_CHECKING:
    from autodiff.differentiate.derive.derivatives import Derivative


class DiffCommand(FormulaCommand):
    """A command whose first argument is a formula, and which gives its variables no values."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "FORMULA [OPTIONS]")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Command.format_options(self, ctx, formatter)


@click.command("diff", cls=DiffCommand)
@click.option(
    "--wrt",
    multiple=True,
    metavar="NAMES",
    help="Differentiate by these variables only, for example --wrt x,y. A name that comes twice counts twice: "
    "--wrt x,x,y is the mixed derivative d3f/dx2dy.",
)
@click.option(
    "--order",
    type=click.IntRange(1, 20),
    metavar="N",
    help="So many times by one variable; with --wrt x,y, --order 2 is the mixed derivative d2f/dxdy.",
)
@click.option(
    "--exact",
    is_flag=True,
    help="Keep every bit: a formula that gives the numbers of 'autodiff grad' at every point.",
)
@click.option(
    "--implicit",
    "dependent",
    metavar="NAME",
    help="FORMULA is an equation, such as x^2 + y^2 = 25: the derivatives of the variable NAME that it determines.",
)
@click.option("--steps", is_flag=True, help="Show the derivation, rule by rule, as text, markdown, latex or json.")
@click.option("--simplify", is_flag=True, help="Let SymPy simplify, and check the result numerically.")
@click.option(
    "--simplify-timeout",
    "timeout",
    type=Positive(),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long SymPy may take.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMULAS, "markdown"]),
    default="text",
    show_default=True,
    help="How to print the derivatives; 'text' can be fed back.",
)
@color_option("When to colour errors.")
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], order: int | None, exact: bool,
    dependent: str | None, steps: bool, simplify: bool, timeout: float, form: str, color: str,
) -> None:  # fmt: skip
    """Differentiate FORMULA symbolically, and print the derivative as a formula that can be fed back.

    FORMULA is the formula itself, @FILE, or - for standard input. By several variables each derivative has a line.
    Variables have no values here, but where there are arrays each gets one of its shape, and only that is used.

    \b
    autodiff diff "x^2*sin(x)"
    autodiff diff "x*y^2" --wrt y --order 2
    autodiff diff "exp(-(x - mu)^2/2)" --format latex
    autodiff diff "x^2 + y^2 = 25" --implicit y
    autodiff diff "sum((A @ x)^2)" --wrt x --A "[[1, 2], [3, 4]]" --x "[1, 2]"
    """
    written: list[str] = []
    if dependent is not None:
        from autodiff.syntax.equations import as_zero

        def reads(text: str) -> str:
            written.append(text)
            return as_zero(text)

        request.reads = reads
    formula, values = read_bindings(ctx, request, ())
    arrays = any(map(is_array, values.values())) or holds_arrays(formula.graph(values))
    if (request.bindings or request.values) and not arrays:
        gives = f"{request.bindings[0][2]} gives {request.bindings[0][0]!r}" if request.bindings else "--values gives"
        option = request.bindings[0][2] if request.bindings else "--values"
        raise BindingError(
            "no-values", f"{gives} a value, and a formula is differentiated for all of them",
            hint=f"to differentiate at a point write: autodiff grad FORMULA {option} ...",
        )  # fmt: skip
    if exact and dependent is not None:
        raise click.UsageError("--exact keeps the bits of 'autodiff grad', which knows no equations")
    if exact and simplify:
        raise click.UsageError("--exact keeps every bit, and --simplify does not")
    names = _variables(wrt, formula)
    if steps:
        several = order not in (None, 1) or len(set(names)) < len(names)
        if several or simplify or exact or dependent is not None:
            raise click.UsageError("--steps shows a first derivative as 'diff' writes it, and takes no other way")
        pairs = [(name, api.derivation(formula, name)) for name in names]
        print_sheet(DerivationSheet(formula.text, pairs, report_options(None, True, color)), form)
        return
    if form == "markdown":
        raise click.UsageError("--format markdown is for --steps")
    graph = formula.graph([*names, *values])
    remark(graph, lambda name: f"--wrt {name}", unbound=True)
    if dependent is not None:
        found = _implicit(formula, dependent, names if wrt else [], order)
    elif (order is not None and order > 1) or len(set(names)) < len(names):
        from autodiff.differentiate.results.higher import sequence

        chain = sequence(graph, names if wrt else None, order)
        found = api.differentiate(formula, chain, mixed=True, exact=exact, like=values)
    else:
        found = api.differentiate(formula, names, exact=exact, like=values)
    if simplify:
        simpler = api.simplify_derivatives(found, timeout)
        for derivative, reason in simpler:
            if reason:
                say(f"note: {derivative.name or 'the derivative'} is not simplified: {reason}")
        found = [derivative for derivative, _ in simpler]
    print_sheet(DerivativesSheet("".join(written) or formula.text, found, report_options(None, True, "auto")), form)


def _implicit(formula: api.Formula, dependent: str, names: list[str], order: int | None) -> "list[Derivative]":
    """The derivatives of a variable that an equation determines; a name that comes twice counts twice, as ever."""
    if order is None and len(set(names)) == len(names):
        return api.differentiate_implicitly(formula, dependent, names or None)
    if len(set(names)) < len(names) or len(names) > 1:
        from autodiff.differentiate.results.higher import sequence

        chain = sequence(formula.graph([dependent, *names]), names, order)
        return api.differentiate_implicitly(formula, dependent, chain, mixed=True)
    return api.differentiate_implicitly(formula, dependent, names or None, order=order or 1)


def _variables(wrt: Sequence[str], formula: api.Formula) -> list[str]:
    """The variables to differentiate by: those that `--wrt` names, or all."""
    if not wrt:
        if not formula.variables:
            raise BindingError(
                "no-names", "the formula has no variable to differentiate by", text=formula.text,
                hint="write one into it, as in x^2, or name a constant that is meant as one: --wrt e",
            )  # fmt: skip
        return list(formula.variables)
    # A name that is also a constant, such as e, is a variable where somebody differentiates by it.
    written = [canonical_name(name.strip()) for name in ",".join(wrt).split(",")]
    return read_sequence(wrt, formula.graph(written)) or []
