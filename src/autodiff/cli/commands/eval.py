"""`autodiff eval`: the value of a formula."""

import click

from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.options import report_options, shared_options
from autodiff.cli.printing import finish, print_sheet
from autodiff.report.say.values import ValuesSheet


@click.command("eval", cls=FormulaCommand)
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    request: Request,
    lets: tuple[str, ...],
    form: str,
    digits: int | None,
    all_nodes: bool,
    color: str,
) -> int:
    """Evaluate FORMULA, and show the value of every node.

    FORMULA is the formula itself, @FILE, or - for standard input. Each of its variables is an option; a value may be an
    expression such as pi/4.

    \b
    autodiff eval "2x^2 + 1" --x 3
    autodiff eval "r*cos(t), r*sin(t)" --r 2 --t pi/6 --format plain
    """
    formula, bindings = resolve(ctx, request, lets)
    result = formula.evaluate(bindings)
    options = report_options(digits, all_nodes, color)
    print_sheet(ValuesSheet(result, options), form)
    return finish(result, options)
