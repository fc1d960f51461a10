"""`autodiff grad`: the value and the gradient of every node of a formula."""

import click

from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.options import print_diagnosis, print_result, report_options, shared_options
from autodiff.cli.status import Exit


@click.command("grad", cls=FormulaCommand)
@click.option("--wrt", metavar="NAMES", help="Differentiate by these variables only, for example --wrt x,y.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: str | None, lets: tuple[str, ...], form: str, digits: int | None,
    all_nodes: bool, color: str,
) -> int:  # fmt: skip
    """Differentiate FORMULA: show the value and the gradient of every node.

    FORMULA is the formula itself, @FILE, or - for standard input. Each of its variables is an option; a value may be an
    expression such as pi/4.

    \b
    autodiff grad "(x + y) * max(y, z)" --x 1 --y 2 --z 0
    autodiff grad "b = 5 - 3a; c = 2b + 3; c^2" --a 2 --format plain
    """
    formula, bindings = resolve(ctx, request, lets)
    names = None if wrt is None else [name.strip() for name in wrt.split(",") if name.strip()]
    result = formula.gradient(bindings, wrt=names)
    print_result(result, form, report_options(digits, all_nodes, color))
    print_diagnosis(result)
    return Exit.UNDEFINED if result.diagnosis else Exit.DONE
