"""`autodiff jacobian`: the derivative of every output of a formula by every variable."""

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Literal

import click

from autodiff import api
from autodiff.cli.checking import exit_code, matrix_check_options, print_culprit, watched
from autodiff.cli.formula import FormulaCommand, Request, resolve
from autodiff.cli.names import read_names
from autodiff.cli.options import print_diagnosis, report_options, shared_options, wrt_option
from autodiff.cli.status import Exit
from autodiff.cli.stderr import say
from autodiff.report.jacobian import matrix_of
from autodiff.report.matrix import Matrix
from autodiff.report.options import Options, wants_color

Renderer = Callable[[Matrix, Options], Iterator[str]]

#: Format -> the module of `autodiff.report`, and its function.
FORMATS = {
    "table": ("matrix_table", "lines"),
    "json": ("matrix", "json_lines"),
    "csv": ("matrix", "csv_lines"),
    "markdown": ("matrix", "markdown_lines"),
    "plain": ("matrix", "plain_lines"),
    "value": ("matrix", "value_lines"),
}
#: Formats that have no place for a remark.
_BARE = frozenset({"csv", "plain", "value"})


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
    print_matrix(matrix_of(result)._replace(check=found), form, options)
    print_diagnosis(result, options)
    if found is not None:
        print_culprit(found, formula.text, wants_color(options.color, sys.stderr.isatty()))
        return exit_code(found.verdict)
    return Exit.UNDEFINED if result.diagnosis else Exit.DONE


def print_matrix(matrix: Matrix, form: str, options: Options, own: Mapping[str, Renderer] | None = None) -> None:
    """Print a matrix to standard output, and the sentences that its format cannot carry to standard error.

    `own` are the formats that this matrix writes in its own way.
    """
    module, function = FORMATS[form]
    render: Renderer = (own or {}).get(form) or getattr(import_module(f"autodiff.report.{module}"), function)
    write: Callable[[str], Any] = sys.stdout.write
    for line in render(matrix, options):
        write(line + "\n")
    sys.stdout.flush()
    for note in matrix.notes if form in _BARE else ():
        say(f"note: {note}")
    if matrix.check is not None and form in {*_BARE, "csv"}:
        from autodiff.report.check import headline

        say(headline(matrix.check))
