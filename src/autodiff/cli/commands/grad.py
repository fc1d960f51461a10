"""`autodiff grad`: the value and the gradient of every node of a formula."""

import click

from autodiff.cli.checking import certifies, check_options, run_check
from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.options import report_options, seed_option, shared_options
from autodiff.cli.printing import finish, print_sheet
from autodiff.errors import AutodiffError
from autodiff.report.say.values import GradientSheet


@click.command("grad", cls=FormulaCommand)
@click.option(
    "--wrt",
    multiple=True,
    metavar="NAMES",
    help="Differentiate by these variables only, for example --wrt x,y. A name that comes twice counts twice: "
    "--wrt x,x,y is the mixed derivative d3f/dx2dy.",
)
@click.option(
    "--order",
    type=click.IntRange(min=1),
    metavar="N",
    help="The derivatives up to order N by one variable; with --wrt x,y, --order 2 is the mixed derivative d2f/dxdy.",
)
@click.option(
    "--mode",
    type=click.Choice(["reverse", "forward", "both"]),
    help="Sweep from the output to the inputs (the default), from each input to the outputs, or compare the two.",
)
@click.option(
    "--direction",
    multiple=True,
    metavar="NAME=RATE,...",
    help="Differentiate along a direction by one forward sweep, for example --direction x=1,y=-2.",
)
@seed_option
@check_options
@shared_options
@click.pass_context
def command(
    ctx: click.Context, request: Request, wrt: tuple[str, ...], order: int | None, mode: str | None,
    direction: tuple[str, ...], seed: str | None, lets: tuple[str, ...], form: str, digits: int | None,
    all_nodes: bool, color: str, checked: str | None, timeout: float, step: float | None,
) -> int:  # fmt: skip
    """Differentiate FORMULA: show the value and the gradient of every node.

    FORMULA is the formula itself, @FILE, or - for standard input. Each of its variables is an option; a value may be an
    expression such as pi/4.

    \b
    autodiff grad "(x + y) * max(y, z)" --x 1 --y 2 --z 0
    autodiff grad "b = 5 - 3a; c = 2b + 3; c^2" --a 2 --format plain
    autodiff grad "sin(x)^2 + y" --x 1 --y 2 --check
    autodiff grad "x*y, x + y" --x 1 --y 2 --direction x=1,y=-2
    autodiff grad "exp(sin(x))" --x 0.5 --order 4
    autodiff grad "x^2*y^3" --x 1 --y 2 --wrt x,x,y
    """
    checks = checked is not None or step is not None
    _refuse(mode, wrt, direction, seed, checked, checks)
    formula, bindings = resolve(ctx, request, lets)
    options = report_options(digits, all_nodes, color)
    names = weights = None
    if wrt:
        from autodiff.cli.name_lists import read_sequence

        names = read_sequence(wrt, formula.graph(bindings))
    if order is not None or (names is not None and len(set(names)) < len(names)):
        from autodiff.cli import higher

        higher.refuse(order, mode, direction, seed, checks)
        return higher.run(formula, bindings, names, order, form, options)
    if seed is not None:
        from autodiff.cli.name_lists import read_seed

        weights = read_seed(seed)
    if mode in ("forward", "both") or direction:
        from autodiff.cli import sweeps
        from autodiff.report.say.sweeps import SweepSheet

        sweep = sweeps.run(formula, bindings, names, direction, weights, both=mode == "both")
        found = sweeps.run_check(sweep, checked or "inputs", timeout, step) if checks else None
        print_sheet(SweepSheet(sweep, options, found), form)
        return finish(sweep, options, found)
    result = formula.gradient(bindings, wrt=names, seed=weights)
    found = run_check(result, checked or "inputs", timeout, step) if checks else None
    print_sheet(GradientSheet(result, options, found), form)
    return finish(result, options, found)


def _refuse(
    mode: str | None, wrt: tuple[str, ...], direction: tuple[str, ...], seed: str | None, checked: str | None,
    checks: bool,
) -> None:  # fmt: skip
    """Raise for options that contradict each other."""
    forward = mode == "forward" or (mode is None and bool(direction))
    rules = [
        (bool(direction) and mode == "reverse", "--direction needs the forward sweep",
         "leave out --mode reverse, or write --mode both"),
        (bool(direction) and bool(wrt), "--direction says already which variables move", "leave out --wrt"),
        (seed is not None and forward, "--seed is for the reverse sweep",
         "leave it out, or write --mode both" if direction or mode else "leave it out"),
        (checked == "nodes" and forward, "--check nodes compares adjoints, and the forward sweep has none",
         "write --check, or --mode both"),
        (certifies() and not checks, "--certify proves what a check finds", "write --check --certify"),
        (certifies() and bool(direction), "--certify is for the derivatives by inputs", "leave out --direction"),
    ]  # fmt: skip
    for wrong, message, hint in rules:
        if wrong:
            raise AutodiffError("usage", message, hint=hint)
