"""`autodiff hessian`: the second derivatives of a formula, or their product with a direction."""

import click

from autodiff import api
from autodiff.cli.checking import matrix_check_options, watched
from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.name_lists import read_direction, read_names
from autodiff.cli.options import report_options, shared_options, wrt_option
from autodiff.cli.printing import finish, print_sheet
from autodiff.differentiate.results.hessian import SecondOrder
from autodiff.errors import AutodiffError
from autodiff.report.say.hessian import HessianSheet, ProductSheet


@click.command("hessian", cls=FormulaCommand)
@wrt_option
@click.option(
    "--direction",
    multiple=True,
    metavar="NAME=RATE,...",
    help="Multiply the matrix with a direction, by one pass and without the matrix, for example --direction x=1,y=-2.",
)
@matrix_check_options
@shared_options
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], direction: tuple[str, ...], lets: tuple[str, ...],
    form: str, digits: int | None, all_nodes: bool, color: str, checked: bool, timeout: float,
) -> int:  # fmt: skip
    """Show the second derivatives of FORMULA by every pair of variables, and its gradient.

    FORMULA is the formula itself, @FILE, or - for standard input. Forward passes run over the graph of the gradient;
    variables that never meet share one. Every element of an array is a variable. As 'plain', an entry is
    VARIABLE<TAB>VARIABLE<TAB>NUMBER; as 'value', a row is a line.

    \b
    autodiff hessian "x^2*y + sin(y)" --x 1 --y 2
    autodiff hessian "(1 - x)^2 + 100(y - x^2)^2" --x 1 --y 1 --format csv
    autodiff hessian "x^2*y + sin(y)" --x 1 --y 2 --direction x=1,y=-2
    """
    formula, bindings = resolve(ctx, request, lets)
    graph = formula.graph(bindings)
    names = read_names(wrt, graph)
    options = report_options(digits, all_nodes, color)
    result: SecondOrder
    sheet: HessianSheet
    found = None
    if direction and checked:
        raise AutodiffError("usage", "--check checks the matrix, entry by entry", hint="leave out --direction")
    if direction:
        result = product = formula.hessian_vector(bindings, direction=read_direction(direction, graph), wrt=names)
        sheet = ProductSheet(product, options)
    else:
        result = whole = formula.hessian(bindings, wrt=names)
        if checked:
            found = watched(lambda say: api.check_hessian(whole, timeout=timeout, progress=say))
        sheet = HessianSheet(whole, options, found)
    print_sheet(sheet, form)
    return finish(result, options, found)
