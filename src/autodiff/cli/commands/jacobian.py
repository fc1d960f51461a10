"""`autodiff jacobian`: the derivative of every output of a formula by every variable."""

from typing import Literal

import click

from autodiff import api
from autodiff.cli.checking import matrix_check_options, watched
from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.name_lists import read_names
from autodiff.cli.options import report_options, shared_options, wrt_option
from autodiff.cli.printing import finish, print_sheet
from autodiff.report.say.jacobian import JacobianSheet


@click.command("jacobian", cls=FormulaCommand)
@wrt_option
@click.option(
    "--mode",
    type=click.Choice(["forward", "reverse"]),
    help="Which sweep to use: a pass for each variable, or one for each output. Without it, the one with fewer passes.",
)
@matrix_check_options
@shared_options
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], mode: Literal["forward", "reverse"] | None,
    lets: tuple[str, ...], form: str, digits: int | None, all_nodes: bool, color: str, checked: bool, timeout: float,
) -> int:  # fmt: skip
    """Show the derivative of every output of FORMULA by every variable.

    A row for each output and a column for each variable. FORMULA is the formula itself, @FILE, or - for standard
    input; commas separate its outputs. As 'plain', an entry is OUTPUT<TAB>VARIABLE<TAB>NUMBER; as 'value', a row is a
    line. 'grad --direction' multiplies the matrix with a direction, and 'grad --seed' a weight for each output with it.

    \b
    autodiff jacobian "x*y, x + sin(y)" --x 1 --y 2
    autodiff jacobian "r*cos(t), r*sin(t)" --r 2 --t pi/6 --format csv
    """
    formula, bindings = resolve(ctx, request, lets)
    names = read_names(wrt, formula.graph(bindings))
    result = formula.jacobian(bindings, wrt=names, mode=mode)
    options = report_options(digits, all_nodes, color)
    found = None
    if checked:
        found = watched(lambda say: api.check_jacobian(result, timeout=timeout, progress=say))
    print_sheet(JacobianSheet(result, options, found), form)
    return finish(result, options, found)
