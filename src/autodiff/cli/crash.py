"""A fault of our own: one line that asks for a report, and an exit code that nobody takes for a verdict."""

import contextlib
import os
import shlex
import sys
from collections.abc import Sequence

from autodiff.cli.status import Exit
from autodiff.cli.stderr import say
from autodiff.printable import one_line

#: More of the message or of the command line than this many characters is no line any more.
_MOST = 300


def report(crash: Exception, args: Sequence[str]) -> Exit:
    """Say what happened, and how to report it; with AUTODIFF_TRACEBACK=1 also where. Returns the exit code."""
    if os.environ.get("AUTODIFF_TRACEBACK") == "1":
        import traceback

        say("".join(traceback.format_exception(crash)).rstrip("\n"))
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    what = f"{type(crash).__name__}: {crash}" if str(crash) else type(crash).__name__
    say(
        f"error: a fault of autodiff itself ({_line(what)}); please report it with the command: "
        f"{_line(shlex.join(['autodiff', *args]))}; AUTODIFF_TRACEBACK=1 shows where it happened"
    )
    return Exit.CRASH


def _line(text: str) -> str:
    """The text as one line without control characters, and not too long."""
    shown = one_line(text)
    return shown if len(shown) <= _MOST else shown[: _MOST - 1] + "…"
