"""What a command says on standard error: errors, diagnoses and notes, coloured as the results are."""

import contextlib
import sys
from collections.abc import Sequence

from autodiff.errors import AutodiffError
from autodiff.printable import printable


def say(text: str, *, colored: bool = False) -> None:
    """Write a line, in which codes of colours are ours if it is `colored`, and nothing else is obeyed by a terminal.

    Where even that fails, the exit code alone has to tell.
    """
    with contextlib.suppress(OSError):
        print(printable(text, colored=colored), file=sys.stderr, flush=True)


def complain(error: AutodiffError, color: bool | None, file: str = "") -> None:
    """Say what went wrong, and in which file; `color` is None for "where a terminal shows it"."""
    from autodiff.cli.hints import worded
    from autodiff.report.errors import render
    from autodiff.report.sheet import wants_color

    if error.way is not None:
        error.hint = worded(error.way)
    colored = wants_color(color, sys.stderr.isatty())
    say(render(error, color=colored, file=file), colored=colored)


def color_choice(args: Sequence[str]) -> bool | None:
    """What `--color` says on a command line, which may be wrong elsewhere; None for nothing."""
    chosen = None
    for arg, after in zip(args, [*args, ""][1:], strict=True):
        if arg == "--":
            break
        if arg == "--color" or arg.startswith("--color="):
            chosen = {"always": True, "never": False}.get(arg[8:] or after)
    return chosen
