"""The options that commands share, and the way a result is printed."""

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from autodiff.cli.sources import file_of
from autodiff.cli.stderr import say
from autodiff.differentiate.results.gradient import Values
from autodiff.report.options import Options, narrow_encoding, wants_color

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: Format -> the module of `autodiff.report`, and its function.
FORMATS = {
    "table": ("table", "lines"),
    "json": ("json", "lines"),
    "csv": ("csv", "lines"),
    "markdown": ("markdown", "lines"),
    "plain": ("plain", "lines"),
    "value": ("plain", "value_lines"),
}
#: Formats that have no place for the verdict of a check, and how much is said of it beside them.
_SILENT, _SENTENCES = frozenset({"plain", "value", "csv"}), 5
#: Formats that have no place for a remark.
_BARE = frozenset({"plain", "value"})

Command = Callable[..., Any]


#: Which variables to differentiate by, and how much each output counts.
wrt_option = click.option(
    "--wrt", multiple=True, metavar="NAMES", help="Differentiate by these variables only, for example --wrt x,y."
)
seed_option = click.option(
    "--seed", metavar="WEIGHT,...",
    help="Differentiate the sum of several outputs, each with its weight, for example --seed 1,-2.",
)  # fmt: skip
#: How a help text about colours ends.
UNLESS_NO_COLOR = "; 'auto' colours on a terminal unless NO_COLOR is set."


def let_option(example: str) -> Command:
    """`--let`, for a command that has an option called as the `example`."""
    return click.option(
        "--let", "lets", multiple=True, metavar="NAME=VALUE",
        help=f"Bind a variable whose name is also an option, for example --let {example}=2.",
    )  # fmt: skip


def digits_option(unless: str) -> Command:
    """`--digits`; `unless` says how many there are without it."""
    return click.option("--digits", type=click.IntRange(1, 17), metavar="N", help=f"Significant digits ({unless}).")


def color_option(text: str) -> Command:
    """`--color`, with its help text."""
    return click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help=text
    )


def shared_options(command: Command) -> Command:
    """The options of every command that evaluates a formula."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


_SHARED = (
    let_option("format"),
    click.option(
        "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True,
        help="How to print the result; 'plain' is NAME<TAB>NUMBER a line, 'value' only numbers.",
    ),
    digits_option("tables show 6, other formats all; JSON always has all"),
    click.option("--all", "all_nodes", is_flag=True, help="Leave nothing out of a big table."),
    color_option("When to colour" + UNLESS_NO_COLOR),
)  # fmt: skip


def report_options(digits: int | None, all_nodes: bool, color: str) -> Options:
    choice = None if color == "auto" else color == "always"
    return Options(digits, all_nodes, choice, encoding=narrow_encoding(sys.stdout.encoding))


def print_result(
    result: Values, form: str, options: Options, check: "Check | None" = None,
    formats: Mapping[str, tuple[str, str]] = FORMATS,
) -> None:  # fmt: skip
    """Print a result to standard output, and what its format cannot carry to standard error."""
    module, function = formats[form]
    render: Callable[..., Iterator[str]] = getattr(import_module(f"autodiff.report.{module}"), function)
    write = sys.stdout.write
    for line in render(result, options, check):
        write(line + "\n")
    sys.stdout.flush()
    if form in _BARE:
        from autodiff.report.words import kink_notes

        for note in kink_notes(result):
            say(f"note: {note}")
    if check is not None and check.verdict.value != "PASS" and form in _SILENT:
        # An exit code should not come without a word.
        from autodiff.report.check import headline, sentences

        for sentence in (headline(check), *islice(sentences(check, culprit=False), _SENTENCES)):
            say(sentence)


def print_diagnosis(result: Values, options: Options) -> None:
    """Say on standard error where the result stopped being finite."""
    found = result.diagnosis
    if found is not None:
        from autodiff.report.errors import describe

        label = "undefined" if found.about == "value" else f"undefined {found.about}"
        color = wants_color(options.color, sys.stderr.isatty())
        file = file_of(result.formula)
        say(describe(label, found.message, result.formula, [found.span], color=color, file=file))
