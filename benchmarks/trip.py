"""The trip of one command from shell to screen: how many files and functions of ours run, and how often text is parsed.

    python benchmarks/trip.py            the counts
    python benchmarks/trip.py --list     and every function, in the order of its first call

Only the process of the command is counted, not that of SymPy. What has no name of its own (a comprehension, a lambda,
the body of a module or of a class) is left out: it belongs to what is around it.
"""

import contextlib
import io
import sys
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import autodiff
from autodiff import cli

ROOT = Path(autodiff.__file__).parent
COMMAND = ["grad", "(x+y)*max(y,z)", "--x", "1", "--y", "2", "--z", "0", "--check"]


def trip(args: list[str]) -> dict[tuple[str, str], int]:
    """How often each function of ours, named by its file and its name, is called by a command."""
    calls: dict[tuple[str, str], int] = {}
    inside = f"{ROOT}/"

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        # Frames of modules and classes have no fast locals.
        named = code.co_flags & CO_OPTIMIZED and not code.co_name.startswith("<")
        if event == "call" and named and code.co_filename.startswith(inside):
            key = code.co_filename.removeprefix(inside), code.co_qualname
            calls[key] = calls.get(key, 0) + 1

    sys.argv[1:] = args
    output = io.StringIO()
    with contextlib.redirect_stdout(output), patch("os._exit", sys.exit), contextlib.suppress(SystemExit):
        sys.setprofile(note)
        try:
            cli.main()
        finally:
            sys.setprofile(None)
    assert "check: PASS" in output.getvalue()
    return calls


def main() -> None:
    listed = "--list" in sys.argv
    calls = trip(COMMAND)
    if listed:
        for (file, function), times in calls.items():
            print(f"{file:45} {function:50} {times}")
    print(f"{len({file for file, _ in calls})} files, {len(calls)} functions, ", end="")
    print(f"{calls['syntax/parser.py', 'parse']} parses, {sum(calls.values())} calls")


if __name__ == "__main__":
    main()
