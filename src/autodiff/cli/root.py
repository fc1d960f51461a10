"""The command `autodiff`: its subcommands, each imported when it is called, and the way errors leave the process."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from autodiff.cli.help import HelpfulCommand
from autodiff.cli.status import Exit
from autodiff.errors import AutodiffError, nearest

#: Subcommand -> one line of help. The module `autodiff.cli.<name>` holds the command of the same name.
COMMANDS = {
    "eval": "Evaluate a formula.",
    "grad": "Differentiate a formula: the value and the gradient of every node.",
    "functions": "List the operations, or show the rules of one.",
}


class Root(HelpfulCommand, click.Group):
    """A group that imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"autodiff.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            close = nearest(name, list(COMMANDS))
            hint = f"did you mean {close!r}?" if close else f"to differentiate it, write: autodiff grad {name!r}"
            raise AutodiffError("unknown-command", f"there is no command {name!r}", hint=hint)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"autodiff {version('autodiff-cli')}")
        ctx.exit()


@click.group(
    cls=Root,
    context_settings={"max_content_width": 100},
    epilog="'autodiff COMMAND --help' explains a command. Exit codes: 0 done, 1 the check disagrees, 2 wrong request, "
    "3 undefined at this point, 4 undecided.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def root() -> None:
    """Differentiate formulas, and show the value and the gradient of every node.

    \b
    autodiff grad "(x + y) * max(y, z)" --x 1 --y 2 --z 0
    """


def run(args: Sequence[str]) -> int:
    """Run a command line; the exit code. Errors are printed to standard error."""
    try:
        if "_AUTODIFF_COMPLETE" in os.environ:
            root.main(list(args), prog_name="autodiff")
        # Not root.main: it would turn a closed pipe and Ctrl-C into exit codes of its own.
        with root.make_context("autodiff", list(args)) as ctx:
            return int(root.invoke(ctx) or Exit.DONE)
    except click.exceptions.Exit as end:
        return end.exit_code
    except AutodiffError as error:
        _complain(error)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
    except click.UsageError as error:
        _complain(AutodiffError("usage", _sentence(error), hint=_usage_hint(error)))
    except MemoryError:
        _complain(AutodiffError("too-large", "this needs more memory than there is"))
    return Exit.WRONG_REQUEST


def _complain(error: AutodiffError) -> None:
    from autodiff.report.errors import render

    print(render(error, color=sys.stderr.isatty() and not _no_color()), file=sys.stderr)


def _no_color() -> bool:
    return bool(os.environ.get("NO_COLOR"))


def _sentence(error: click.UsageError) -> str:
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _usage_hint(error: click.UsageError) -> str:
    return f"see {error.ctx.command_path} --help" if error.ctx else ""
