"""What a command costs from start to end, as whole processes.

    python benchmarks/latency.py            # about a minute
    python benchmarks/latency.py --quick    # a smoke run

`autodiff grad` against the cheapest Python process that imports what such a command cannot do without: click for JSON,
click and rich for a table, those and sympy for a check. Both run on the interpreter that runs this file, ours through
the console script that is installed beside it, so autodiff must be installed there. They take turns after a warm-up,
which also compiles the bytecode, and the table shows the median of the pairwise ratios with its quartiles, beside the
median times. Nothing is asserted about speed.
"""

import argparse
import os
import subprocess
import sys
import sysconfig
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from _measure import print_machine, print_table, seconds, take_turns, verdict

FORMULA = ["(x + y) * max(y, z)", "--x", "1", "--y", "2", "--z", "0"]

#: What, the options of `grad`, what Python imports instead, and the most that the ratio should be.
ROWS = (
    ("grad --format json", ["--format", "json"], "click", 1.25),
    ("grad, a table", ["--format", "table"], "click, rich.console, rich.table", 1.25),
    ("grad --check", ["--format", "table", "--check"], "click, rich.console, rich.table, sympy", 1.35),
)

#: No terminal of ours, no colour, and room for every column; bytecode is kept, or each run would compile it again.
ENVIRONMENT = {**os.environ, "COLUMNS": "160", "LINES": "50", "NO_COLOR": "1", "TERM": "dumb"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)


def console_script() -> str:
    """The `autodiff` that belongs to this interpreter, and no other that happens to be on the path."""
    folder = Path(sysconfig.get_path("scripts"))
    for name in ("autodiff", "autodiff.exe"):
        if (folder / name).exists():
            return str(folder / name)
    sys.exit("autodiff is not installed for this interpreter; install it with: python -m pip install -e .")


def run(command: list[str]) -> float:
    """How long a process takes, in seconds; its output is read and dropped."""
    start = perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=ENVIRONMENT)
    elapsed = perf_counter() - start
    if done.returncode:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stderr.decode()}")
    return elapsed


def has_check(script: str) -> bool:
    """Whether this version of `grad` has `--check`."""
    shown = subprocess.run([script, "grad", "--help"], capture_output=True, check=True, env=ENVIRONMENT)
    return b"--check" in shown.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three pairs of each")
    parser.add_argument("--pairs", type=int, help="how often each side is measured against the other (default: 40)")
    options = parser.parse_args()
    pairs = options.pairs or (3 if options.quick else 40)
    script = console_script()
    checks = has_check(script)
    print_machine()
    rows = []
    for what, arguments, imports, target in ROWS:
        if "--check" in arguments and not checks:
            continue
        ours = [script, "grad", *FORMULA, *arguments]
        theirs = [sys.executable, "-c", f"import {imports}"]
        for command in (ours, theirs) * 2:
            run(command)
        turns = take_turns(partial(run, ours), partial(run, theirs), pairs)
        rows.append([
            what, f"import {imports}", seconds(median(turns.ours)), seconds(median(turns.theirs)), f"{turns.ratio:.3f}",
            turns.spread, f"{target:.2f}", verdict(turns.ratio, target),
        ])  # fmt: skip
    print_table(
        f"Whole processes ({pairs} pairs)",
        ["what", "against python -c", "ours", "theirs", "ratio", "quartiles", "target", "ok"], rows,
    )  # fmt: skip


if __name__ == "__main__":
    main()
