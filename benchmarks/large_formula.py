"""Formulas of many operations, from the text to all gradients: time and memory.

    python benchmarks/large_formula.py            # about five minutes, 2 GB of memory
    python benchmarks/large_formula.py --quick    # a smoke run on small formulas: its numbers mean little

1. A program of 100,000 statements, against a class in the style of micrograd (`_value.py`) that runs the same text
   through Python, `**` for `^`: compile, exec and backward included. The gradients are asserted to agree.
2. How time and memory grow when the program has ten times the statements.
3. Extreme shapes: a sum of 10^6 terms, 10^5 nested parentheses, a chain of 10^6 statements. The gradients are asserted.

Each measurement is a process of its own, which leaves heap and garbage collector of the others alone; imports are not
timed. Repetitions take turns, and the table shows medians. Python's garbage collector is on, as users have it. It is
most of what the baseline costs, so another row has it off on both sides: quote the two together. Memory is the peak of
the process; net memory leaves out that of a process that only imports autodiff. Nothing is asserted about speed.
Needs autodiff installed, or `PYTHONPATH=src`.
"""

import argparse
import gc
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from _measure import (
    NOTHING,
    Comparison,
    megabytes,
    peak_memory,
    print_machine,
    print_table,
    seconds,
    take_turns,
    verdict,
)  # fmt: skip

#: The point of every measurement. Nothing in the formulas overflows, and no maximum is a tie there.
POINT = {"x": 0.7, "y": 1.3, "z": -0.4, "w": 0.9}

#: One statement of each kind: v carries on, s collects. What is collected keeps the adjoint of every statement away
#: from zero, however long the program; a zero would be free of charge in our sweep.
STATEMENTS = (
    "v{k} = 0.5*v{j} + sin(v{j})/(1 + v{j}^2)",
    "s{k} = s{i} + v{k}^2",
    "v{k} = 0.999*v{j} + x*y",
    "v{k} = tanh(w*v{j} + z)",
    "s{k} = s{i} + 0.5*(v{j} - y)^2",
    "v{k} = max(v{j}, z)*cos(x*v{j})",
    "v{k} = (v{j} + 2)/(1 + exp(-v{j}))",
    "s{k} = s{i} - z*v{j}",
    "v{k} = log(1 + v{j}^2) + w",
    "v{k} = v{j} - 0.01*(3*v{j}^2 - 2*x*v{j})",
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one process measured."""

    seconds: float
    peak: int
    gradient: dict[str, float]


# The formulas, piece by piece: a text of 50 MB in the process that launches the others would show in their peaks.


def program(size: int) -> Iterator[str]:
    """`size` statements of the kinds above, in turns."""
    yield "v0 = x\ns0 = 0*x\n"
    v = s = 0
    for k in range(1, size - 2):
        statement = STATEMENTS[k % len(STATEMENTS)]
        if statement[0] == "s":
            statement = statement.replace("v{k}", "v{j}")
        yield statement.format(k=k, j=v, i=s) + "\n"
        if statement[0] == "s":
            s = k
        else:
            v = k
    yield f"result = s{s} + v{v}\n"


def long_sum(size: int) -> Iterator[str]:
    """The sum of `size` terms."""
    yield "x"
    for k in range(1, size):
        yield (" + y", " + x")[k % 2 == 0]


def parentheses(depth: int) -> Iterator[str]:
    """As many parentheses inside each other."""
    yield "(x + " * depth + "y" + ")" * depth


def chain(size: int) -> Iterator[str]:
    """As many statements, each of which needs the one before."""
    yield "v1 = y + x\n"
    for k in range(2, size + 1):
        yield f"v{k} = v{k - 1} + x\n"


#: Name, size, text, and the gradient by x and y that it must have.
SHAPES: tuple[tuple[str, int, Callable[[int], Iterator[str]], Callable[[int], tuple[float, float]]], ...] = (
    ("a sum of {:,} terms", 10**6, long_sum, lambda size: (size / 2, size / 2)),
    ("{:,} nested parentheses", 10**5, parentheses, lambda depth: (depth, 1)),
    ("a chain of {:,} statements", 10**6, chain, lambda size: (size, 1)),
)


# What happens in the process that measures.


def run_ours(text: str) -> tuple[float, dict[str, float]]:
    from autodiff import Formula

    start = perf_counter()
    formula = Formula(text)
    gradient = formula.gradient({name: POINT[name] for name in formula.variables}).partials
    return perf_counter() - start, gradient


def run_theirs(text: str) -> tuple[float, dict[str, float]]:
    from _value import FUNCTIONS, Value

    start = perf_counter()
    inputs = {name: Value(number) for name, number in POINT.items()}
    names: dict[str, Any] = {**FUNCTIONS, **inputs}
    exec(compile(text.replace("^", "**"), "program", "exec"), names)  # noqa: S102 - our own text, and the point of it
    names["result"].backward()
    gradient = {name: value.grad for name, value in inputs.items()}
    return perf_counter() - start, gradient


def run_nothing(_: str) -> tuple[float, dict[str, float]]:
    """What a process has in memory before there is a formula."""
    import autodiff

    return 0.0, dict.fromkeys(autodiff.Formula("x").variables, 0.0)


ENGINES = {"ours": run_ours, "theirs": run_theirs, "nothing": run_nothing}


def measure(engine: str, path: Path, collector: bool = True) -> Measurement:
    """Run one engine on one text in a process of its own."""
    command = [sys.executable, __file__, "--engine", engine, "--text", str(path)]
    command += [] if collector else ["--no-gc"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Measurement(**json.loads(done.stdout))


def report(engine: str, path: Path) -> None:
    """The other side of `measure`."""
    elapsed, gradient = ENGINES[engine](path.read_text(encoding="utf-8"))
    print(json.dumps({"seconds": elapsed, "peak": peak_memory(), "gradient": gradient}))


# The three tables.


def assert_close(ours: dict[str, float], theirs: dict[str, float]) -> None:
    for name, expected in theirs.items():
        assert math.isclose(ours[name], expected, rel_tol=1e-9), (name, ours[name], expected)


def compare(folder: Path, size: int, pairs: int) -> None:
    """Ours against theirs, as a user gets it, and with the garbage collector off in both."""
    path = write(folder, program(size))
    rows: list[list[str]] = []
    for collector, note in ((True, ""), (False, ", garbage collector off")):
        seen: dict[str, list[Measurement]] = {"ours": [], "theirs": []}

        def turn(engine: str, collector: bool = collector, seen: dict[str, list[Measurement]] = seen) -> float:
            seen[engine].append(measure(engine, path, collector))
            return seen[engine][-1].seconds

        turns = take_turns(partial(turn, "ours"), partial(turn, "theirs"), pairs)
        for ours, theirs in zip(seen["ours"], seen["theirs"], strict=True):
            assert_close(ours.gradient, theirs.gradient)
        target = 1 / 3 if collector else math.nan
        rows.append([
            f"{size:,} statements: time{note}", seconds(median(turns.ours)), seconds(median(turns.theirs)),
            f"{turns.ratio:.3f}", turns.spread, f"{target:.3f}" if collector else NOTHING,
            verdict(turns.ratio, target) if collector else NOTHING,
        ])  # fmt: skip
        if collector:
            peaks = [median(found.peak for found in seen[engine]) for engine in ("ours", "theirs")]
            ratio = f"{peaks[0] / peaks[1]:.3f}" if peaks[1] else NOTHING
            rows.append([f"{size:,} statements: peak memory", *map(megabytes, peaks), ratio, *[NOTHING] * 3])
    path.unlink()
    print_table(
        f"Text to all gradients, against a class in the style of micrograd ({pairs} pairs)",
        ["what", "ours", "theirs", "ratio", "quartiles", "target", "ok"], rows,
    )  # fmt: skip


def scale(folder: Path, sizes: tuple[int, ...], repetitions: int, baseline: int) -> None:
    """Ten times the statements."""
    paths = [write(folder, program(size)) for size in sizes]
    found: list[list[Measurement]] = [[] for _ in sizes]
    for _ in range(repetitions):
        for k, path in enumerate(paths):
            found[k].append(measure("ours", path))
    for path in paths:
        path.unlink()
    times = [median(one.seconds for one in several) for several in found]
    nets = [median(one.peak for one in several) - baseline for several in found]
    views: tuple[tuple[str, Callable[[Measurement], float], Callable[[float], str], int], ...] = (
        ("time", lambda one: one.seconds, seconds, 12),
        ("peak memory", lambda one: one.peak, megabytes, 11),
        ("net memory", lambda one: one.peak - baseline, megabytes, 11),
    )
    rows = []
    for what, view, show, target in views:
        for k in range(len(sizes) - 1):
            # Measurements of one repetition belong together, as in the first table.
            large, small = ([view(one) for one in found[j]] for j in (k + 1, k))
            growth = Comparison(tuple(large), tuple(small)) if min(small) > 0 else None
            rows.append([
                f"{sizes[k]:,} -> {sizes[k + 1]:,} statements: {what}", show(median(small)), show(median(large)),
                *([f"{growth.ratio:.2f}", growth.spread] if growth else [NOTHING] * 2), str(target),
                verdict(growth.ratio, target) if growth else NOTHING,
            ])  # fmt: skip
    print_table(
        f"Ten times the statements ({repetitions} repetitions; an empty process takes {megabytes(baseline)})",
        ["what", "small", "large", "ratio", "quartiles", "target", "ok"], rows,
    )  # fmt: skip
    each = zip(sizes, times, nets, strict=True)
    costs = [f"{1e6 * time / size:.1f} us and {net / size:,.0f} bytes" for size, time, net in each]
    print(f"\nA statement costs {', '.join(costs)}.")


def stretch(folder: Path, shrink: int, repetitions: int, baseline: int) -> None:
    """The extreme shapes."""
    rows = []
    for name, full, text, expected in SHAPES:
        size = full // shrink
        path = write(folder, text(size))
        found = [measure("ours", path) for _ in range(repetitions)]
        path.unlink()
        for one in found:
            assert_close(one.gradient, dict(zip("xy", expected(size), strict=True)))
        peak = median(one.peak for one in found)
        time = median(one.seconds for one in found)
        rows.append([
            name.format(size), seconds(time), megabytes(peak), megabytes(peak - baseline),
            f"{(peak - baseline) / size:,.0f} B",
        ])  # fmt: skip
    print_table(
        f"Extreme shapes, text to all gradients ({repetitions} repetitions)",
        ["what", "time", "peak memory", "net memory", "each"], rows,
    )  # fmt: skip


def write(folder: Path, pieces: Iterator[str]) -> Path:
    """A new file of the text."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".txt", delete=False) as file:
        file.writelines(pieces)
    return Path(file.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small formulas, measured once")
    parser.add_argument("--pairs", type=int, help="how often each side is measured against the other (default: 7)")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--text", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--no-gc", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        if options.no_gc:
            gc.disable()
        report(options.engine, options.text)
        return
    shrink, repetitions = (100, 1) if options.quick else (1, 5)
    pairs = options.pairs or (2 if options.quick else 7)
    print_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baseline = measure("nothing", write(folder, iter(["x"]))).peak
        measure("theirs", write(folder, program(100)))  # Warm up: bytecode is compiled and files are in memory.
        compare(folder, 10**5 // shrink, pairs)
        scale(folder, tuple(size // shrink for size in (10**4, 10**5, 10**6)), repetitions, baseline)
        stretch(folder, shrink, repetitions, baseline)


if __name__ == "__main__":
    main()
