"""`autodiff map`: the value and the partials of a formula for every row of files."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from autodiff import api
from autodiff.cli.formula import FormulaCommand, Request, read_bindings
from autodiff.cli.name_lists import read_names
from autodiff.cli.options import color_option, let_option, report_options, wrt_option
from autodiff.cli.printing import finish, print_sheet
from autodiff.cli.status import Exit
from autodiff.cli.stderr import say
from autodiff.data.row_sources import FORMATS, Source, form_of, sources
from autodiff.errors import AutodiffError, BindingError
from autodiff.syntax.tokens import canonical_name

if TYPE_CHECKING:
    from autodiff.data.mapping import Job, Report

#: So many rows of a check are told one by one.
_SAID = 5


class MapCommand(FormulaCommand):
    """A command whose first argument is a formula, and the others are files."""

    takes_files = True

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "FORMULA FILE... [--VARIABLE VALUE]... [OPTIONS]")


@click.command("map", cls=MapCommand)
@click.option("-o", "--output", "path", metavar="FILE", help="Where to write; its name says the format.")
@click.option(
    "--col",
    "columns",
    multiple=True,
    metavar="NAME=COLUMN",
    help="The column of a variable, where it has another name.",
)
@click.option(
    "--keep", "kept", multiple=True, metavar="COLUMNS", help="Columns to write too, such as id,name; * for all."
)
@wrt_option
@click.option("--hessian", is_flag=True, help="The second derivatives too.")
@click.option("--hessian-diagonal", "diagonal", is_flag=True, help="Those by one variable twice.")
@click.option(
    "--on-undefined",
    "undefined",
    type=click.Choice(["keep", "drop", "fail"]),
    default="keep",
    show_default=True,
    help="What becomes of rows whose value or gradient is not finite; 'fail' stops at the first, with exit code 3.",
)
@click.option("--input-format", "read_as", type=click.Choice(FORMATS), help="The format of what is read.")
@click.option("--output-format", "write_as", type=click.Choice(FORMATS), help="The format of what is written.")
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="How many compute.",
)
@click.option(
    "--explain-row", "explained", type=click.IntRange(1), metavar="N", help="Show the nodes of row N instead."
)
@click.option(
    "--check-rows", "checked", type=click.IntRange(1), metavar="N", help="Also check N rows, drawn at random."
)
@let_option("output")
@color_option("When to colour errors.")
@click.pass_context
def command(
    ctx: click.Context, request: Request, path: str | None, columns: tuple[str, ...], kept: tuple[str, ...],
    wrt: tuple[str, ...], hessian: bool, diagonal: bool, undefined: str, read_as: str | None, write_as: str | None,
    threads: int, explained: int | None, checked: int | None, lets: tuple[str, ...], color: str,
) -> int:  # fmt: skip
    """Write the value and the gradient of FORMULA for every row of files: CSV, TSV, JSON lines, Parquet or Arrow.

    A variable is a column of its name, or a number for all rows, as in --k 2. The results are columns such as f and
    df_dx. FILE may be a pattern or a folder, - is standard input, and .gz or .zst is decompressed.

    \b
    autodiff map "k*sin(theta)" angles.csv --k 2 --keep id -o out.parquet
    autodiff map "sqrt(x^2 + y^2)" points.csv | head
    autodiff map "exp(-z^2/2)" 'logs/*.jsonl.gz' --col z=score --on-undefined drop
    """
    from autodiff.data.mapping import Job, UndefinedRow, no_files
    from autodiff.differentiate.results.mapped import wish_of

    if not request.files and request.source and (sys.stdin is None or sys.stdin.isatty()):
        raise no_files()
    if request.source == "-" and ("-" in request.files or not request.files):
        raise AutodiffError(
            "usage", "formula and rows both come from standard input", hint="name a file for one of them"
        )
    formula, fixed = read_bindings(ctx, request, lets)
    # A column that is given by name is a variable, even where its name is that of a constant.
    graph = formula.graph([*fixed, *(canonical_name(text.partition("=")[0].strip()) for text in columns)])
    free = [name for name in graph.inputs if name not in fixed]
    wanted = read_names(wrt, graph)
    wish = wish_of(free if wanted is None else wanted, "diagonal" if diagonal else hessian)
    renamed = _renamed(columns, graph)
    keeps = [name.strip() for name in ",".join(kept).split(",") if name.strip()]
    job = Job(graph, wish, fixed, renamed, keeps, undefined, threads, checked or 0)
    given = sources(request.files or ["-"], read_as or "")
    if explained is not None:
        return _explain(formula, job, given, explained, color)
    form, compression = _output_format(path, write_as, given)
    as_text = form in ("csv", "tsv", "jsonl")
    try:
        with _sink(path, form) as file:
            report = _run(job, given, file, form, compression, as_text=as_text)
    except UndefinedRow as wrong:
        say(f"undefined: {wrong}")
        return Exit.UNDEFINED
    _tell(report, undefined)
    return _check(job, report) if checked else Exit.DONE


def _renamed(texts: Sequence[str], graph: Any) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, column = text.partition("=")
        variable = api.known_as(canonical_name(name.strip()), graph)
        if not equals or not column:
            raise BindingError("bad-column", f"--col {text} names no column", hint="write --col NAME=COLUMN")
        if variable not in graph.input_numbers:
            raise api.unknown_variable(graph, variable, "--col names")
        found[variable] = column
    return found


def _output_format(path: str | None, asked: str | None, given: Sequence[Source]) -> tuple[str, str]:
    """The format and the compression of the output: as asked for, as its name says, or as the first file's text."""
    own, compression = ("", "") if path in (None, "-") else form_of(path or "")
    if path not in (None, "-") and not (asked or own):
        raise AutodiffError(
            "usage", f"the name {path!r} does not say in what format to write",
            hint="let it end in .csv, .tsv, .jsonl, .parquet or .arrow, or name it with --output-format",
        )  # fmt: skip
    first = given[0].form if given else "csv"
    return asked or own or (first if first in ("csv", "tsv", "jsonl") else "csv"), compression


@contextlib.contextmanager
def _sink(path: str | None, form: str) -> Iterator[BinaryIO]:
    """Where the rows go: a file that appears when it is complete, or standard output."""
    if path is not None and path != "-":
        from autodiff.cli.output_files import writing

        with writing(path) as file:
            yield file
        return
    sys.stdout.flush()
    raw = None if sys.stdout.isatty() else getattr(sys.stdout, "buffer", None)
    if raw is not None:
        yield raw
        raw.flush()
        return
    if form in ("parquet", "arrow"):
        raise AutodiffError("usage", f"a terminal shows no {form}", hint="write it to a file: -o out." + form)
    yield _Shown()  # type: ignore[misc]


class _Shown:
    """Text for a terminal, which obeys none of it."""

    def write(self, data: Any) -> int:
        from autodiff.printable import printable

        text = bytes(data).decode("utf-8", "backslashreplace")
        sys.stdout.write("".join(printable(line) + "\n" for line in text.splitlines()))
        return len(data)


def _run(
    job: "Job", given: Sequence[Source], file: BinaryIO, form: str, compression: str, *, as_text: bool
) -> "Report":
    from autodiff.data.mapping import run
    from autodiff.data.row_writers import writer_to
    from autodiff.report.progress import row_progress

    writer = writer_to(file, form, compression)
    with row_progress() as told:
        report = run(job, given, writer, told, as_text=as_text)
    writer.close()
    return report


def _tell(report: "Report", undefined: str) -> None:
    if report.undefined:
        what = "left out, as they have no finite result" if undefined == "drop" else "without a finite result"
        say(f"note: {_of(report.undefined, report)} {what}; {report.first_undefined}: {report.reason}")
    if report.kinks:
        say(f"note: {_of(report.kinks, report)} on a kink, where the midpoint is used; the first: {report.first_kink}")


def _of(count: int, report: "Report") -> str:
    return f"{count:,} of {report.rows:,} rows"


def _explain(formula: api.Formula, job: "Job", given: Sequence[Source], number: int, color: str) -> int:
    """Show the nodes of one row as `grad` does."""
    from autodiff.data.mapping import row_at
    from autodiff.report.say.values import GradientSheet

    place, point = row_at(job, given, number)
    say(f"note: {place}")
    options = report_options(None, False, color)
    result = formula.gradient(dict(zip(job.graph.inputs, point, strict=True)), wrt=list(job.wish.wanted))
    print_sheet(GradientSheet(result, options, None), "table")
    return finish(result, options, None)


def _check(job: "Job", report: "Report") -> int:
    """Check the rows that were drawn: what was computed is what `grad` gives, and that is right. The exit code."""
    from autodiff.cli.row_checks import check_rows
    from autodiff.report.progress import row_progress

    with row_progress() as told:
        found = check_rows(job, report.sample, told)
    for place, sentence in found.wrong[:_SAID]:
        say(f"check: {place}: {sentence}")
    say(f"check: {found.headline}")
    return Exit.of(found.verdict)
