"""`autodiff functions`: the table of operations."""

import sys

import click

from autodiff import api
from autodiff.cli.help import HelpfulCommand
from autodiff.errors import FormulaError, nearest
from autodiff.ops.row import Row
from autodiff.ops.table import BY_NAME, CONSTANTS, INFIX, PREFIX, ROWS
from autodiff.report import functions as report
from autodiff.report.options import narrow_encoding
from autodiff.syntax.numbers import for_people
from autodiff.syntax.tokens import CANONICAL

#: Symbols of a row that has another one, or several.
_SYMBOLS = {**CANONICAL, "if": "where", "else": "where"}


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return sorted(name for name in BY_NAME if name.startswith(incomplete))


@click.command("functions", cls=HelpfulCommand)
@click.argument("name", required=False, shell_complete=_complete)
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True,
    help="How to print the list; 'markdown' and 'json' hold every rule.",
)  # fmt: skip
def command(name: str | None, form: str) -> None:
    """List the operations, or show signature, derivative rules, domain and kinks of NAME.

    NAME is a function, an alias or an operator.

    \b
    autodiff functions tanh
    autodiff functions "^"
    """
    rows = ROWS if name is None else _rows(name)
    if form == "json":
        lines = report.as_json(rows, ascii_only=narrow_encoding(sys.stdout.encoding) is not None)
    elif form == "markdown":
        lines = report.markdown(rows)
    elif name is None:
        lines = report.listing()
    else:
        lines = report.detail(
            rows, [f"{row.example} = {for_people(api.evaluate_constant(row.example), 12)}" for row in rows]
        )
    for line in lines:
        click.echo(line)


def _rows(name: str) -> tuple[Row, ...]:
    """The rows of a function, an alias or an operator."""
    symbol = _SYMBOLS.get(name, name)
    by_symbol = tuple(row for table in (INFIX, PREFIX) if (row := table.get(symbol)) is not None)
    rows = BY_NAME.get(symbol.partition("(")[0], by_symbol)
    if not rows and symbol in CONSTANTS:
        value = for_people(CONSTANTS[symbol], 12)
        raise FormulaError("unknown-function", f"{name!r} is a constant, no function", hint=f"its value is {value}")
    if not rows:
        close = nearest(name, list(BY_NAME))
        hint = f"did you mean {close!r}?" if close else "'autodiff functions' lists what there is"
        raise FormulaError("unknown-function", f"there is no function {name!r}", hint=hint)
    return rows
