"""Values and gradients of many rows: `Formula.map` and `autodiff map` beside what else computes columns.

    python -m pip install -e '.[bench,data]'    # the peers; those that are missing are skipped
    python benchmarks/rows.py [--rows 1000000]

1. In memory, on one thread: the formula and all its partials by `Formula.map`, against NumPy code in blocks (what
   `autodiff compile --target numpy` writes, called for 4,096 rows at a time), JAX `jit(vmap(value_and_grad))` and
   PyTorch, over Feynman's formulas; and two threads against one.
2. Whole processes from file to file, CSV and Parquet: `autodiff map` against DuckDB with the derivatives as SQL.

In turns; the tables show medians of ratios, and their geometric mean. The numbers are asserted to agree; nothing is
asserted about speed.
"""

import argparse
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import geometric_mean
from time import perf_counter
from typing import Any

import numpy as np
from _measure import NOTHING, print_machine, print_table, take_turns

from autodiff import Formula
from autodiff.api import generate

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
CASES = Path(__file__).resolve().parents[1] / "tests" / "data" / "gradients.jsonl"
FORMULAS, PAIRS, BLOCK = 24, 5, 4096
#: What goes from file to file, and the same with its partials as SQL by hand.
FROM_FILES = "k*exp(-(x - mu)^2/2)*sin(y)"
SQL = """SELECT k*e*s AS f, e*s AS df_dk, -k*z*e*s AS df_dx, k*z*e*s AS df_dmu, k*e*cos(y) AS df_dy
FROM (SELECT *, exp(-z*z/2) AS e, sin(y) AS s FROM (SELECT *, x - mu AS z FROM '{path}'))"""

Columns = Mapping[str, Any]


def feynman() -> list[tuple[str, Mapping[str, float]]]:
    """Formulas of two variables or more, and a point of each."""
    found = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["set"] == "feynman" and not case["lets"] and len(case["point"]) > 1:
            found.append((case["formula"], case["point"]))
    return found[:: max(len(found) // FORMULAS, 1)][:FORMULAS]


def columns_near(point: Mapping[str, float], rows: int) -> Columns:
    """Rows beside a point, where the formula is as smooth as there."""
    generator = np.random.default_rng(0)
    return {name: value * (1 + 0.01 * generator.random(rows)) for name, value in point.items()}


def timed(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def by_numpy(formula: str, names: list[str], columns: Columns) -> Callable[[], list[Any]]:
    """NumPy code for a block, over all blocks."""
    space: dict[str, Any] = {}
    exec(generate(formula, "numpy", names), space)  # noqa: S102 - our own text
    function, size = space["f"], len(columns[names[0]])

    def run() -> list[Any]:
        results = [np.empty(size) for _ in range(1 + len(names))]
        for start in range(0, size, BLOCK):
            rows = slice(start, start + BLOCK)
            value, gradient = function(*(columns[name][rows] for name in names))
            for column, part in zip(results, (value, *gradient), strict=True):
                column[rows] = part
        return results

    return run


def by_jax(formula: str, names: list[str], columns: Columns) -> Callable[[], list[Any]]:
    import jax

    jax.config.update("jax_enable_x64", True)
    space = {"jnp": jax.numpy}
    text = _python(formula, "jnp")
    function = eval(f"lambda {', '.join(names)}: {text}", space)  # noqa: S307 - a public formula
    both = jax.jit(jax.vmap(jax.value_and_grad(function, argnums=tuple(range(len(names))))))
    given = [jax.numpy.asarray(columns[name]) for name in names]

    def run() -> list[Any]:
        value, gradient = both(*given)
        return [np.asarray(part.block_until_ready()) for part in (value, *gradient)]

    run()
    return run


def by_torch(formula: str, names: list[str], columns: Columns) -> Callable[[], list[Any]]:
    import torch

    torch.set_num_threads(1)
    text = _python(formula, "torch")

    def run() -> list[Any]:
        given = [torch.tensor(columns[name], requires_grad=True) for name in names]
        value = eval(text, {"torch": torch, **dict(zip(names, given, strict=True))})  # noqa: S307 - a public formula
        gradient = torch.autograd.grad(value.sum(), given)
        return [value.detach().numpy(), *(part.numpy() for part in gradient)]

    return run


def _python(formula: str, module: str) -> str:
    import re

    text = re.sub(r"\b(sqrt|exp|sin|cos|tan|tanh|log|asin|acos|atan|arcsin|arccos)\(", rf"{module}.\1(", formula)
    text = re.sub(r"\bpi\b", repr(math.pi), text)
    return text.replace("^", "**")


PEERS = {"NumPy, blocked": ("numpy", by_numpy), "JAX": ("jax", by_jax), "PyTorch": ("torch", by_torch)}


def compared(formula: Formula, text: str, columns: Columns, name: str) -> float | None:
    """The time of `Formula.map` over that of a peer; None where the peer has no such formula."""
    names = list(formula.variables)
    try:
        theirs = PEERS[name][1](text, names, columns)
    except (NameError, AttributeError, TypeError):
        return None
    for found, column in zip(theirs(), formula.map(columns, wrt=names).values(), strict=True):
        assert np.allclose(found, column, rtol=1e-9), (text, name)
    return take_turns(lambda: timed(lambda: formula.map(columns, wrt=names)), lambda: timed(theirs), PAIRS).ratio


def with_two_threads(formula: Formula, columns: Columns) -> float:
    """The time on one thread over that on two."""
    names = list(formula.variables)
    return take_turns(
        lambda: timed(lambda: formula.map(columns, wrt=names)),
        lambda: timed(lambda: formula.map(columns, wrt=names, threads=2)),
        PAIRS,
    ).ratio


def in_memory(rows: int) -> None:
    columns: dict[str, list[float]] = {name: [] for name, (module, _) in PEERS.items() if _has(module)}
    threads: list[float] = []
    table = []
    for text, point in feynman():
        formula, data = Formula(text), columns_near(point, rows)
        cells = [text if len(text) < 40 else text[:39] + "…"]
        for name in PEERS:
            ratio = compared(formula, text, data, name) if name in columns else None
            if ratio is not None:
                columns[name].append(ratio)
            cells.append(NOTHING if ratio is None else f"{ratio:.2f}")
        threads.append(with_two_threads(formula, data))
        table.append([*cells, f"{threads[-1]:.2f}"])
    means = [f"{geometric_mean(columns[name]):.2f}" if columns.get(name) else NOTHING for name in PEERS]
    table.append(["geometric mean", *means, f"{geometric_mean(threads):.2f}"])
    header = ["formula", *(f"ours / {name}" for name in PEERS), "1 thread / 2"]
    print_table(f"{rows:,} rows in memory: time of Formula.map", header, table)


def process(command: list[str]) -> float:
    """How long a process takes; its bytecode is kept, as it is for everybody."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return timed(lambda: subprocess.run(command, check=True, env=environment))


def from_files(rows: int) -> None:
    if not (_has("duckdb") and _has("pyarrow")):
        print("From file to file: needs duckdb and pyarrow")
        return
    import pyarrow as pa
    from pyarrow import csv, parquet

    names = ["k", "x", "mu", "y"]
    generator = np.random.default_rng(0)
    table = pa.table({name: generator.random(rows) for name in names})
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        csv.write_csv(table, f"{folder}/in.csv")
        parquet.write_table(table, f"{folder}/in.parquet")
        for form, kind in (("csv", "FORMAT csv, HEADER"), ("parquet", "FORMAT parquet")):
            ours = [
                sys.executable, "-m", "autodiff", "map", FROM_FILES, f"{folder}/in.{form}", "-o", f"{folder}/a.{form}",
                *(option for name in names for option in ("--wrt", name)),
            ]  # fmt: skip
            copy = f"COPY ({SQL.format(path=f'{folder}/in.{form}')}) TO '{folder}/b.{form}' ({kind})"
            theirs = [
                sys.executable,
                "-c",
                f"import duckdb; c = duckdb.connect(config={{'threads': 1}}); c.sql({copy!r})",
            ]
            for command in (ours, theirs):
                process(command)
            read = csv.read_csv if form == "csv" else parquet.read_table
            for column in ("f", "df_dx", "df_dmu"):
                a, b = (read(f"{folder}/{which}.{form}").column(column).to_numpy() for which in "ab")
                assert np.allclose(a, b, rtol=1e-9), column
            found = take_turns(lambda c=ours: process(c), lambda c=theirs: process(c), PAIRS)  # type: ignore[misc]
            lines.append(
                [form, f"{min(found.ours):.2f} s", f"{min(found.theirs):.2f} s", f"{found.ratio:.2f}", found.spread]
            )
    print_table(
        f"{rows:,} rows from file to file, whole processes", ["format", "ours", "DuckDB", "ratio", "quartiles"], lines
    )


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    print_machine()
    in_memory(options.rows)
    from_files(options.rows)


if __name__ == "__main__":
    main()
