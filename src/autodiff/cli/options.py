"""The options that commands share, and what every command does with `--help`."""

import sys
from collections.abc import Callable
from typing import Any

import click

from autodiff.report.formats import NUMBERS
from autodiff.report.sheet import Options, narrow_encoding

Command = Callable[..., Any]


class HelpfulCommand(click.Command):
    """A command with a `-h` and `--help` of ours: click's own looks up translations, which costs a millisecond."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            # click leaves this out of errors about an option without its value.
            error.ctx = error.ctx or ctx
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return click.Option(
            ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=_show_help,
            help="Show this message and exit.",
        )  # fmt: skip


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


#: What people call the formats.
_FORMATS = {"md": "markdown", "tex": "latex", "txt": "text", "values": "value", "raw": "value"}


def format_meant(command: click.Command, option: str) -> str:
    """The format of a command that an option such as `--json` means; empty for none."""
    name = option.lstrip("-").lower()
    for param in command.params:
        if "--format" in param.opts and isinstance(param.type, click.Choice):
            return next((form for form in (name, _FORMATS.get(name, "")) if form in param.type.choices), "")
    return ""


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


def _keep_safe(ctx: click.Context, _: click.Parameter, safe: bool) -> None:
    ctx.meta[_SAFE] = safe


#: Where the command keeps what `--safe-csv` says.
_SAFE = "autodiff.safe_csv"
safe_csv_option = click.option(
    "--safe-csv", is_flag=True, expose_value=False, callback=_keep_safe,
    help="In CSV, put an apostrophe before what a spreadsheet would run as a formula.",
)  # fmt: skip


def shared_options(command: Command) -> Command:
    """The options of every command that evaluates a formula."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


_SHARED = (
    let_option("format"),
    click.option(
        "--format", "form", type=click.Choice(NUMBERS), default="table", show_default=True,
        help="How to print the result; 'plain' is NAME<TAB>NUMBER a line, 'value' only numbers.",
    ),
    digits_option("tables show 6, other formats all; JSON always has all"),
    safe_csv_option,
    click.option("--all", "all_nodes", is_flag=True, help="Leave nothing out of a big table."),
    color_option("When to colour" + UNLESS_NO_COLOR),
)  # fmt: skip


def report_options(digits: int | None, all_nodes: bool, color: str) -> Options:
    choice = None if color == "auto" else color == "always"
    safe = bool(click.get_current_context().meta.get(_SAFE))
    return Options(digits, all_nodes, choice, encoding=narrow_encoding(sys.stdout.encoding), safe_csv=safe)
