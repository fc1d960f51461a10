"""The command `autodiff`: its subcommands, each imported when it is called, and the way errors leave the process."""

import importlib
import os
from collections.abc import Sequence
from typing import Any

import click

from autodiff.cli.options import HelpfulCommand, format_meant
from autodiff.cli.sources import file_of
from autodiff.cli.status import Exit
from autodiff.cli.stderr import color_choice, complain
from autodiff.errors import AutodiffError, nearest

#: Subcommand -> one line of help. The module `autodiff.cli.commands.<name>` holds the command of the same name.
COMMANDS = {
    "eval": "Evaluate a formula.",
    "grad": "Differentiate a formula: the value and the gradient of every node.",
    "jacobian": "The derivative of every output by every variable.",
    "hessian": "The second derivatives by every pair of variables.",
    "enclose": "Bounds of a value and its gradient that are proved, at a point or over a box.",
    "explain": "Explain a gradient by the chain rule, step by step.",
    "graph": "Draw the graph of a formula, or make a page with a slider for each variable.",
    "diff": "Differentiate a formula: the derivative as a formula.",
    "compile": "Write a formula and its derivatives as code of another language.",
    "map": "The value and the gradient for every row of a table.",
    "verify": "Verify a derivative that you derived by hand.",
    "functions": "List the operations, or show the rules of one.",
    "completion": "Complete command lines in your shell.",
}


_SMALLER = "try it with fewer variables or smaller arrays, or with --wrt for some of the variables"
#: What people call the commands.
_MEANT = {
    "plot": "graph", "draw": "graph", "show": "graph", "picture": "graph", "viz": "graph", "dot": "graph",
    "derivative": "diff", "differentiate": "diff", "derive": "diff", "symbolic": "diff", "d": "diff",
    "rows": "map", "table": "map", "csv": "map", "apply": "map", "batch": "map",
    "gradient": "grad", "backprop": "grad", "backward": "grad", "evaluate": "eval", "value": "eval", "calc": "eval",
    "code": "compile", "codegen": "compile", "generate": "compile",
    "check": "verify", "prove": "verify", "steps": "explain", "list": "functions", "ops": "functions",
    "jac": "jacobian", "hess": "hessian", "deriv": "diff", "derivate": "diff", "visualize": "graph", "svg": "graph",
    "page": "graph", "tree": "graph", "compute": "eval", "run": "eval", "why": "explain", "chain": "explain",
    "test": "verify", "rules": "functions", "function": "functions", "complete": "completion", "man": "help --man",
    "manual": "help --man", "version": "--version", "simplify": "diff --simplify", "latex": "diff --format latex",
    "tangent": "grad --mode forward", "forward": "grad --mode forward", "hvp": "hessian --direction",
    "interval": "enclose", "bounds": "enclose", "bound": "enclose", "certify": "enclose", "range": "enclose",
}  # fmt: skip


class Root(HelpfulCommand, click.Group):
    """A group that imports a command only to run it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] == ["help"]:
            args = self._help(ctx, [arg for arg in args[1:] if arg != "help"])
        return super().parse_args(ctx, args)

    def _help(self, ctx: click.Context, wanted: list[str]) -> list[str]:
        """What `autodiff help ...` asks for, as arguments: the help of a command, or the entry of a function."""
        if wanted == ["--man"]:
            from importlib.metadata import version

            from autodiff.cli.man import page

            click.echo(page(self, version("autodiff-cli")), nl=False)
            ctx.exit()
        if not wanted or wanted[0] in COMMANDS or wanted[0].lower() in _MEANT or wanted[0].startswith("--"):
            return [*wanted[:1], *["--help"] * (wanted[:1] != ["--help"])]
        from autodiff.cli.commands.functions import is_known
        from autodiff.ops.table import BY_NAME

        if is_known(wanted[0]):
            return ["functions", wanted[0]]
        close = nearest(wanted[0], [*COMMANDS, *BY_NAME])
        hint = (
            f"did you mean {close!r}?"
            if close
            else "'autodiff help' lists the commands, 'autodiff functions' the functions"
        )
        raise AutodiffError("unknown-command", f"there is no command and no function {wanted[0]!r}", hint=hint)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"autodiff.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            close = _MEANT.get(name.lower().lstrip("-")) or nearest(name, list(COMMANDS))
            if close and close not in COMMANDS:
                close = f"autodiff {close}"
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
    epilog="'autodiff help COMMAND' explains a command. Exit codes: 0 done, 1 the check disagrees, 2 wrong request, "
    "3 undefined at this point, 4 undecided, 70 a fault of autodiff itself.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def root() -> None:
    """Differentiate formulas, and show the value and the gradient of every node.

    \b
    autodiff grad "(x + y) * max(y, z)" --x 1 --y 2 --z 0
    """


def imported(words: Sequence[str]) -> None:
    """Import the command that a word names, if it names one."""
    for word in words:
        if word in COMMANDS:
            importlib.import_module(f"autodiff.cli.commands.{word}")


def run(args: Sequence[str]) -> int:
    """Run a command line; the exit code. Errors are printed to standard error."""
    try:
        if "_AUTODIFF_COMPLETE" in os.environ:
            try:
                root.main(list(args), prog_name="autodiff")
            except (KeyError, ValueError) as missing:
                raise AutodiffError(
                    "completion", f"the shell does not say what to complete: {missing}",
                    hint='write: eval "$(_AUTODIFF_COMPLETE=bash_source autodiff)", or unset _AUTODIFF_COMPLETE',
                ) from missing  # fmt: skip
        # Not root.main: it would turn a closed pipe and Ctrl-C into exit codes of its own.
        with root.make_context("autodiff", list(args)) as ctx:
            try:
                return int(root.invoke(ctx) or Exit.DONE)
            except AutodiffError as wrong:
                complain(wrong, color_choice(args), file_of(wrong.text))
                return Exit.WRONG_REQUEST
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as help_asked:
        print(help_asked.format_message())
        return Exit.DONE
    except AutodiffError as wrong:
        error = wrong
    except click.UsageError as wrong:
        error = AutodiffError("usage", _sentence(wrong), hint=_usage_hint(wrong))
    except MemoryError:
        error = AutodiffError("too-large", "this needs more memory than there is", hint=_SMALLER)
    complain(error, color_choice(args))
    return Exit.WRONG_REQUEST


def _sentence(error: click.UsageError) -> str:
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:]


def _usage_hint(error: click.UsageError) -> str:
    if error.ctx is None:
        return "see autodiff --help"
    see = f"see {error.ctx.command_path} --help"
    if isinstance(error, click.NoSuchOption) and (form := format_meant(error.ctx.command, error.option_name)):
        return f"write --format {form}"
    for param in error.ctx.command.params:
        named = isinstance(error, click.BadOptionUsage) and error.option_name in param.opts
        if named or (isinstance(error, click.BadParameter) and error.param is param):
            from autodiff.cli.formula import shadowed

            if hint := shadowed(error.ctx, param):
                return hint
            if named and isinstance(error, click.BadOptionUsage) and isinstance(param, click.Option):
                value = "" if param.is_flag else f" {param.make_metavar(error.ctx)}"
                return f"write {error.option_name}{value}; {see}"
    return see
