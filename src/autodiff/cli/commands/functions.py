"""`autodiff functions`: the table of operations."""

from collections.abc import Sequence

import click

from autodiff import api
from autodiff.cli.ops_files import read_ops
from autodiff.cli.options import HelpfulCommand, report_options
from autodiff.cli.printing import print_sheet
from autodiff.errors import FormulaError, nearest
from autodiff.numerals import for_people
from autodiff.ops.added import NO_OPERATIONS, Operations
from autodiff.ops.row import Row
from autodiff.ops.table import BY_NAME, CONSTANTS, INFIX, PREFIX, ROWS
from autodiff.report.say.functions import FunctionsSheet
from autodiff.syntax.tokens import CANONICAL

#: Symbols of a row that has another one, or several.
_SYMBOLS = {**CANONICAL, "if": "where", "else": "where"}


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return sorted(name for name in BY_NAME if name.startswith(incomplete))


@click.command("functions", cls=HelpfulCommand)
@click.argument("name", required=False, shell_complete=_complete)
@click.option(
    "--ops",
    "paths",
    multiple=True,
    metavar="FILE",
    help="List operations of your own too, or show one of them. May be given several times.",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True,
    help="How to print the list; 'markdown' and 'json' hold every rule.",
)  # fmt: skip
def command(name: str | None, paths: tuple[str, ...], form: str) -> None:
    """List the operations, or show signature, derivative rules, domain and kinks of NAME.

    NAME is a function, an alias or an operator.

    \b
    autodiff functions tanh
    autodiff functions "^"
    autodiff functions --ops my.ops
    """
    ops = read_ops(paths) or NO_OPERATIONS
    rows = (*ROWS, *ops.rows) if name is None else _rows(name, ops)
    detail = name is not None
    examples = _examples(rows, ops) if detail or form == "markdown" else [""] * len(rows)
    sheet = FunctionsSheet(rows, examples, report_options(None, True, "auto"), detail=detail)
    print_sheet(sheet, "text" if form == "table" else form)


def _examples(rows: Sequence[Row], ops: Operations) -> list[str]:
    """The example of each row with its value; empty where there is none."""
    return [
        row.example and f"{row.example} = {for_people(api.evaluate_constant(row.example, ops), 12)}" for row in rows
    ]


def is_known(name: str) -> bool:
    """Whether there is an entry for a function, an alias, an operator or a constant."""
    symbol = _SYMBOLS.get(name, name)
    return symbol.partition("(")[0] in BY_NAME or symbol in INFIX or symbol in PREFIX or symbol in CONSTANTS


def _rows(name: str, ops: Operations) -> tuple[Row, ...]:
    """The rows of a function, an alias or an operator."""
    symbol = _SYMBOLS.get(name, name)
    by_symbol = tuple(row for table in (INFIX, PREFIX) if (row := table.get(symbol)) is not None)
    called = symbol.partition("(")[0]
    rows = ops.called(called) or BY_NAME.get(called, by_symbol)
    if not rows and symbol in CONSTANTS:
        value = for_people(CONSTANTS[symbol], 12)
        raise FormulaError("unknown-function", f"{name!r} is a constant, no function", hint=f"its value is {value}")
    if not rows:
        close = nearest(name, [*BY_NAME, *ops.names])
        hint = f"did you mean {close!r}?" if close else "'autodiff functions' lists what there is"
        raise FormulaError("unknown-function", f"there is no function {name!r}", hint=hint)
    return rows
