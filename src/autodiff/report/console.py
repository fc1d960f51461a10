"""The terminal, as rich sees it: what it can show, and the text that it is given."""

import sys
from collections.abc import Iterator

from rich.console import Capture, Console

from autodiff.report.style import Options, wants_color

#: In a pipe nothing is wrapped or cut.
_PIPE_WIDTH = 100_000


def new_console(options: Options) -> Console:
    """A console for standard output that never reads markup or emoji in a user's text."""
    terminal = sys.stdout.isatty()
    width = options.width or (None if terminal else _PIPE_WIDTH)
    colored = wants_color(options.color, terminal)
    return Console(
        markup=False, highlight=False, emoji=False, force_terminal=options.color, no_color=not colored,
        # "auto" asks the terminal; without a system not even bold and dim are written.
        color_system=("standard" if options.color else "auto") if colored else None,
        # Without a height rich takes a width for a proposal.
        width=width, height=None if width is None else 25,
    )  # fmt: skip


def taken(capture: Capture) -> Iterator[str]:
    """The lines that were drawn; nothing but the tables pads them, so blanks at their end go."""
    for line in capture.get().rstrip("\n").split("\n"):
        yield line.rstrip()


def print_line(console: Console, text: str) -> None:
    """A line that is never cut: a terminal wraps it."""
    console.print(text, soft_wrap=True)


def spell(text: str, options: Options) -> str:
    """The text as the stream will show it, so that the columns stay straight."""
    return text.encode(options.encoding, "backslashreplace").decode(options.encoding) if options.encoding else text
