"""The command line. `main` is the entry point: it decides how the process ends, and nothing else."""

import errno
import gc
import io
import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run `autodiff` with the arguments of the process, and exit."""
    for name in ("stdin", "stdout", "stderr"):
        # It is None where the caller has closed it.
        if getattr(sys, name) is None:
            setattr(sys, name, _closed(name))
    try:
        # An encoding without Greek letters gets escapes for them, as on standard error in any case.
        getattr(sys.stdout, "reconfigure", lambda **_: None)(errors="backslashreplace")
        # What is imported stays: the collector would go through it for nothing, again and again.
        gc.disable()
        # An interrupt ends the process at once until there is something to clean up: in an import it can be lost.
        interrupt = signal.getsignal(signal.SIGINT)
        if interrupt is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        from autodiff.cli.root import imported, run

        imported(sys.argv[1:2])
        signal.signal(signal.SIGINT, interrupt)
        gc.freeze()
        gc.enable()
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        _die("SIGINT", 130)
    except BrokenPipeError:
        _die("SIGPIPE", 141)
    except OSError as error:
        from autodiff.cli.stderr import say

        closed = error.errno == errno.EBADF
        say(f"error: the output could not be written: {'it is closed' if closed else error.strerror or error}")
        say("hint: " + ("leave out >&-, or write > /dev/null" if closed else "is there room, and may it be written?"))
        code = 2
    except Exception as crash:
        from autodiff.cli.crash import report

        code = report(crash, sys.argv[1:])
    # All is written: taking the interpreter down object by object would only take time.
    os._exit(code)


def _closed(name: str) -> io.TextIOWrapper:
    """What stands for a stream that the caller has closed: nothing is read, and a result that is lost is an error.

    Only where errors are told there is nobody left to tell.
    """
    descriptor = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
    raw = io.FileIO(descriptor, "r" if name == "stdin" else "w")
    buffer = io.BufferedReader(raw) if name == "stdin" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace")


def _die(name: str, code: int) -> NoReturn:
    """End as the signal would have ended the process, at once and without a word."""
    number = getattr(signal, name, None)
    if number is not None and os.name == "posix":
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(code)
