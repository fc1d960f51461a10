"""`autodiff compile`: a formula and its derivatives as code of another language."""

import os

import click

from autodiff import api
from autodiff.cli.formula import FormulaCommand, Request, read_bindings
from autodiff.cli.name_lists import read_names
from autodiff.cli.options import color_option, wrt_option
from autodiff.cli.printing import print_lines
from autodiff.cli.remarks import remark
from autodiff.cli.status import Exit
from autodiff.errors import BindingError, SourceError


class CompileCommand(FormulaCommand):
    """A command whose first argument is a formula, and which gives its variables no values."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "FORMULA --target TARGET [OPTIONS]")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Command.format_options(self, ctx, formatter)


@click.command("compile", cls=CompileCommand)
@click.option("--target", type=click.Choice(list(api.TARGETS)), required=True, help="The language of the code.")
@wrt_option
@click.option("--jacobian", is_flag=True, help="The derivatives of every output, a row for each.")
@click.option("--hessian", is_flag=True, help="The second derivatives too.")
@click.option("--name", default="f", show_default=True, metavar="NAME", help="What the routine is called.")
@click.option("-o", "--output", "path", metavar="FILE", help="Where to write the code, rather than to the terminal.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@click.option("--test", is_flag=True, help="Add a self-check against numbers that are computed here.")
@click.option("--dialect", metavar="NAME", help="The database that SQL is for: duckdb, postgres, sqlite, ...")
@click.option("--table", metavar="NAME", help="The table whose columns are the inputs, in SQL.  [default: points]")
@click.option("--keep", metavar="NAMES", help="Other columns of the table that the result has too, in SQL.")
@color_option("When to colour errors.")
@click.pass_context
def command(
    ctx: click.Context, request: Request, target: str, wrt: tuple[str, ...], jacobian: bool, hessian: bool, name: str,
    path: str | None, force: bool, test: bool, dialect: str | None, table: str | None, keep: str | None, color: str,
) -> int:  # fmt: skip
    """Write FORMULA as a routine of another language: its value and all its partial derivatives, in one pass.

    FORMULA is the formula itself, @FILE, or - for standard input. The code needs nothing but the language and its
    library, and its header says what goes in, what comes out, and which conventions hold.

    \b
    autodiff compile "exp(-(x - mu)^2/2)" --target c
    autodiff compile "r*cos(θ), r*sin(θ)" --target python --jacobian -o polar.py
    autodiff compile "x^2*y" --target c --hessian --name energy --test
    autodiff compile "log(x)*y" --target sql --dialect sqlite --table shots --keep id
    """
    if request.bindings:
        bound, _, option = request.bindings[0]
        raise BindingError(
            "no-values", f"{option} gives {bound!r} a value, and a routine is made for all of them",
            hint="leave it out; a number that stays belongs into the formula",
        )  # fmt: skip
    if path is not None and os.path.lexists(path) and not force:
        raise SourceError("exists", f"{path!r} exists", hint="write over it with --force, or choose another name")
    formula, _ = read_bindings(ctx, request, ())
    graph = formula.graph(_named(wrt))
    remark(graph, lambda variable: f"--wrt {variable}", unbound=True)
    text = api.generate(
        formula, target, read_names(wrt, graph), jacobian=jacobian, hessian=hessian, name=name, test=test,
        dialect=dialect, table=table, keep=[column.strip() for column in (keep or "").split(",") if column.strip()],
    )  # fmt: skip
    if path is None:
        print_lines([text.rstrip("\n")])
    else:
        _write(path, text, force=force)
    return Exit.DONE


def _named(wrt: tuple[str, ...]) -> list[str]:
    """The names after `--wrt`: one that is also a constant, such as e, is a variable then."""
    return [name.strip() for name in ",".join(wrt).split(",") if name.strip()]


def _write(path: str, text: str, *, force: bool) -> None:
    try:
        # Between the look and the writing somebody else may have made the file.
        with open(path, "w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        hint = "-o takes a path in a folder that exists" if missing else "write it in another place"
        raise SourceError("file", f"{path!r} cannot be written: {reason}", hint=hint) from error
