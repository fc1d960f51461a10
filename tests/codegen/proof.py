"""Generated code compiled and run, and its numbers beside those of `grad`."""

import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from tests.support import DATA

from autodiff.api import Formula, generate
from autodiff.codegen.registry import TARGETS
from autodiff.differentiate.results.gradient import Gradient
from autodiff.errors import AutodiffError
from autodiff.ops.row import Row
from autodiff.ops.table import ELEMENTWISE

#: Arguments at which functions end, jump or overflow.
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 1e-310, 1e300, -1e300, math.inf, -math.inf, math.nan)
#: What follows rules of its own: ties, boundaries, zeros beside infinities, branches.
PROGRAMS = (
    "(x + y) * max(y, z)", "max(x, y, z) + min(x, y)", "abs(x)*y", "x if x > 0 else 2x", "x if x > y and y > 0 else y",
    "where(x > 0, log(x), 0)*y", "where(x > 0, sqrt(x), 0)", "x^y", "0*log(x) + y", "relu(x)*z", "hypot(x, y, z)",
    "clamp(x, y, z)", "x*inf*0", "nan*x", "round(x)*y", "b = 5 - 3x; c = 2b + 3; c^2 + y*b", "log(x, y)",
    "where(not (x == 0), sin(x)/x, 1)", "x % y + fmod(y, z)", "where(x > 0, x^2, x^3) + (y if x >= 0 else 2y)",
    "(-2)^2*x - -z*-1.5", "where(x, y, z)", "(x and y)*z", "logsumexp(x, y, z)", "if_ = x; if_*y", "5", "x*0",
)  # fmt: skip


class Case(NamedTuple):
    """A formula and the points at which it is computed."""

    text: str
    points: tuple[tuple[float, ...], ...]
    #: Names that are variables here and constants elsewhere.
    bound: tuple[str, ...] = ()

    @property
    def formula(self) -> Formula:
        return Formula(self.text, bound=self.bound)


class Proof(NamedTuple):
    """How far the numbers of a target are from those of `grad`, in units in the last place."""

    formulas: int
    distances: tuple[tuple[float, str], ...]
    lacking: tuple[str, ...]

    def share(self, most: float) -> float:
        return sum(far <= most for far, _ in self.distances) / len(self.distances)


@lru_cache(maxsize=1)
def public_cases() -> tuple[Case, ...]:
    found = []
    for line in (DATA / "gradients.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        text = "; ".join([*(f"{name} = {value}" for name, value in case["lets"]), f"({case['formula']})"])
        formula = Formula(text, bound=tuple(case["point"]))
        found.append(
            Case(text, (tuple(float(case["point"][name]) for name in formula.variables),), tuple(case["point"]))
        )
    return tuple(found)


def formula_of(row: Row) -> str:
    names = "xyz"[: 3 if row.variadic else len(row.params)]
    if row.selects:
        return "where(x, y, z)"
    if row.infix:
        return f"x {row.infix} y"
    if row.prefix and row.prefix != "√":
        return f"{row.prefix} x"
    return f"{row.name}({', '.join(names)})"


@lru_cache(maxsize=1)
def row_cases() -> tuple[Case, ...]:
    """Every row at its samples."""
    draw, found = random.Random(1), []
    for row in ELEMENTWISE:
        samples = row.samples * 3 if row.variadic else row.samples
        points = [tuple(draw.uniform(*interval) for interval in samples) for _ in range(20)]
        if row.name in ("polygamma", "besselj", "sphericalbessel"):
            points = [(float(k % 4), point[1]) for k, point in enumerate(points)]
        found.append(Case(formula_of(row), tuple(points)))
    return tuple(found)


@lru_cache(maxsize=1)
def edge_cases() -> tuple[Case, ...]:
    """Every row, and programs, at edges."""
    draw, found = random.Random(2), []
    for text in [*(formula_of(row) for row in ELEMENTWISE), *PROGRAMS]:
        count = len(Formula(text).variables)
        points = {(edge,) * count for edge in EDGES if count}
        points |= {tuple(draw.choice(EDGES) for _ in range(count)) for _ in range(30)}
        found.append(Case(text, tuple(sorted(points, key=repr))))
    return tuple(found)


def expected(formula: Formula, point: Sequence[float]) -> list[float]:
    """The value and the partials as the local rules give them."""
    graph = formula.graph()
    found = Gradient(graph, [*point])
    return [found.value, *(found.swept.get(name, found.partials[name]) for name in graph.inputs)]


def _ordinal(number: float) -> int:
    (bits,) = struct.unpack("<q", struct.pack("<d", number))
    return int(bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF))


def distance(found: float, wanted: float) -> float:
    """How many doubles lie between two; none between zeros, and infinitely many between a number and none."""
    if math.isnan(found) or math.isnan(wanted):
        return 0.0 if math.isnan(found) and math.isnan(wanted) else math.inf
    if math.isinf(found) != math.isinf(wanted):
        return math.inf
    return float(abs(_ordinal(found) - _ordinal(wanted)))


#: Runs programs, given as the name of each routine, its code and its points; the numbers of each point.
Runner = Callable[[Path, Sequence[tuple[str, str, Case]]], list[list[list[float]]]]


def number(text: object) -> float:
    return float(str(text).replace("Infinity", "inf"))


def _output(command: Sequence[str], cwd: Path, given: str | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, input=given, capture_output=True, encoding="utf-8", timeout=900, check=False
    )
    assert done.returncode == 0, (done.stderr or done.stdout)[:3000]
    return done.stdout


def _read(lines: Sequence[str], programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    """A line for each point."""
    rest = iter(lines)
    return [[[number(part) for part in next(rest).split()] for _ in case.points] for _, _, case in programs]


#: C99 as strict as it gets, and nothing that a compiler may compute in another way.
C_FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-ffp-contract=off")


def run_c(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    from autodiff.codegen.targets.c import LANGUAGE, _number

    parts, calls, seen = ["#include <stdio.h>"], [], set()
    for name, code, case in programs:
        kept = code
        for text in map(str.strip, LANGUAGE.helpers.values()):
            if text in code:
                # One translation unit defines each function once.
                kept = kept.replace(text, "") if text in seen else kept
                seen.add(text)
        parts.append(kept)
        count = len(case.formula.variables)
        points = ", ".join(f"{{{', '.join(map(_number, point)) or '0.0'}}}" for point in case.points)
        calls.append(f"""static void main_{name}(void)
{{
    static const double p[{len(case.points)}][{max(1, count)}] = {{{points}}};
    for (int i = 0; i < {len(case.points)}; i++) {{
        double g[{max(1, count)}] = {{0.0}};
        printf("%.17g", {name}(p[i], g));
        for (int k = 0; k < {count}; k++) printf(" %.17g", g[k]);
        printf("\\n");
    }}
}}""")
    parts += calls
    parts.append("\n".join(["int main(void)", "{", *(f"    main_{name}();" for name, _, _ in programs), "}"]))
    (folder / "proof.c").write_text("\n\n".join(parts), encoding="utf-8")
    _output(["gcc", *C_FLAGS, "proof.c", "-o", "proof", "-lm"], folder)
    return _read(_output([str(folder / "proof")], folder).splitlines(), programs)


def run_rust(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    from autodiff.codegen.targets.rust import number

    parts, calls = ["#![deny(warnings)]"], []
    for name, code, case in programs:
        (folder / f"m_{name}.rs").write_text(code, encoding="utf-8")
        parts.append(f"#[allow(non_snake_case)] mod m_{name};")
        count = len(case.formula.variables)
        listed = ", ".join(f"[{', '.join(map(number, point))}]" for point in case.points)
        calls.append(
            f"    for p in [{listed}] as [[f64; {count}]; {len(case.points)}] {{ let r = m_{name}::{name}(&p); "
            'print!("{}", r.0); for x in r.1 { print!(" {}", x); } println!(); }'
        )
    parts.append("\n".join(["fn main() {", *calls, "}"]))
    (folder / "proof.rs").write_text("\n".join(parts), encoding="utf-8")
    _output(["rustc", "--edition", "2021", "proof.rs", "-o", "proof"], folder)
    return _read(_output([str(folder / "proof")], folder).splitlines(), programs)


def run_fortran(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    """The points are read, as Fortran has no constant that is not finite."""
    parts, calls, given = [], [], []
    for name, code, case in programs:
        parts.append(code)
        count = len(case.formula.variables)
        calls += [
            f"subroutine s_{name}()", f"    use {name}_module, only: {name}",
            f"    real(kind(1d0)) :: p({count}), v, g({count})", "    integer :: k",
            f"    do k = 1, {len(case.points)}", *(["        read *, p"] if count else []),
            f"        call {name}(p, v, g)", '        print "(*(es25.16e3))", v, g', "    end do", "end subroutine",
        ]  # fmt: skip
        given += [" ".join(map(repr, point)) for point in case.points if count]
    main = ["program main", *(f"    call s_{name}()" for name, _, _ in programs), "end program"]
    (folder / "proof.f90").write_text("\n".join([*parts, *calls, *main, ""]), encoding="utf-8")
    flags = [
        "-std=f2008",
        "-Wall",
        "-Wno-unused-parameter",
        "-Wno-unused-dummy-argument",
        "-Wno-compare-reals",
        "-Werror",
    ]
    _output(["gfortran", *flags, "-O0", "-ffp-contract=off", "proof.f90", "-o", "proof"], folder)
    return _read(_output([str(folder / "proof")], folder, "\n".join(given) + "\n").splitlines(), programs)


def run_matlab(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    """By GNU Octave."""
    from autodiff.codegen.targets.matlab import number

    lines = []
    for name, code, case in programs:
        (folder / f"{name}.m").write_text(code, encoding="utf-8")
        count = len(case.formula.variables)
        points = "; ".join(", ".join(map(number, point)) for point in case.points)
        lines += [
            f"p = reshape([{points}], {len(case.points)}, {count});",
            f"for k = 1:{len(case.points)}, [v, g] = {name}(p(k, :)); printf('%.17g ', v, g); printf('\\n'); end",
        ]
    (folder / "proof.m").write_text("\n".join(["1;", *lines, ""]), encoding="utf-8")
    return _read(_output(["octave", "--no-gui", "--norc", "proof.m"], folder).splitlines(), programs)


def run_python(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    lines = ["from math import inf, nan"]
    for name, code, case in programs:
        (folder / f"m_{name}.py").write_text(code, encoding="utf-8")
        lines += [
            f"from m_{name} import {name}", f"for p in {list(case.points)!r}:",
            f"    v, g = {name}(*p)", "    print(*map(repr, map(float, (v, *g))))",
        ]  # fmt: skip
    (folder / "proof.py").write_text("\n".join(lines), encoding="utf-8")
    return _read(_output([sys.executable, "proof.py"], folder).splitlines(), programs)


def run_numpy(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    """All points of a formula are one call, of arrays."""
    lines = ["import numpy as np", "from math import inf, nan"]
    for name, code, case in programs:
        (folder / f"m_{name}.py").write_text(code, encoding="utf-8")
        lines += [
            f"from m_{name} import {name}", f"points = np.array({list(case.points)!r}, dtype=float)",
            f"v, g = {name}(*points.T)",
            f"for row in zip(*(np.broadcast_to(x, {len(case.points)}) for x in (v, *g))):",
            "    print(*map(repr, map(float, row)))",
        ]  # fmt: skip
    (folder / "proof.py").write_text("\n".join(lines), encoding="utf-8")
    return _read(_output([sys.executable, "proof.py"], folder).splitlines(), programs)


def run_javascript(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    lines = []
    for name, code, case in programs:
        (folder / f"{name}.js").write_text(code, encoding="utf-8")
        points = ", ".join(f"[{', '.join(map(_javascript, point))}]" for point in case.points)
        lines += [
            f'for (const p of [{points}]) {{ const r = require("./{name}.js").{name}(...p);',
            '  console.log([r.value, ...r.gradient].map((x) => (Object.is(x, -0) ? "-0" : String(x))).join(" ")); }',
        ]
    (folder / "proof.js").write_text("\n".join(lines), encoding="utf-8")
    return _read(_output(["node", "proof.js"], folder).splitlines(), programs)


def _javascript(number: float) -> str:
    return "NaN" if math.isnan(number) else repr(number).replace("inf", "Infinity")


def _rows(case: Case) -> tuple[list[str], list[tuple[float, ...]]]:
    """The columns of a table of points, and its rows."""
    from autodiff.codegen.names import identifiers
    from autodiff.codegen.targets.sql import language

    names = identifiers(case.formula.variables, language()._replace(reserved=frozenset()))
    return ["ad_row", *names], [(float(k), *point) for k, point in enumerate(case.points)]


def _query(connection: Any, code: str, case: Case, kind: str = "double", place: str = "?") -> list[list[float]]:
    """The numbers of each row; NULL is NaN."""
    columns, rows = _rows(case)
    connection.execute("drop table if exists points")
    if kind == "float8":  # what is not quoted in a query is in small letters there
        columns = [name.lower() if name.isascii() else name for name in columns]
    described = ", ".join(f'"{name}" {kind}' for name in columns)
    connection.execute(f"create table points ({described})")
    connection.executemany(f"insert into points values ({', '.join([place] * len(columns))})", rows)
    found = sorted(connection.execute(code).fetchall())
    assert len(found) == len(rows)
    return [[math.nan if x is None else float(x) for x in row[1:]] for row in found]


def run_sqlite(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    import sqlite3

    with sqlite3.connect(":memory:") as connection:
        return [_query(connection, code, case) for _, code, case in programs]


def run_duckdb(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        return [_query(connection, code, case) for _, code, case in programs]


def run_postgres(folder: Path, programs: Sequence[tuple[str, str, Case]]) -> list[list[list[float]]]:
    """In a database of its own choice, which `AUTODIFF_POSTGRES` names as PostgreSQL's libraries do."""
    import psycopg

    with psycopg.connect(os.environ["AUTODIFF_POSTGRES"], autocommit=True) as connection:
        return [_query(connection.cursor(), code, case, "float8", "%s") for _, code, case in programs]


def has_sqlite_mathematics() -> bool:
    import sqlite3

    with sqlite3.connect(":memory:") as connection:
        try:
            return bool(connection.execute("select log2(8.0) = 3.0 and asinh(0.0) = 0.0").fetchone()[0])
        except sqlite3.OperationalError:
            return False


#: What is run -> its target and the options of that, where it is not called as the target is.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    f"sql {dialect}": ("sql", {"dialect": dialect, "keep": ["ad_row"]}) for dialect in ("duckdb", "sqlite", "postgres")
}
#: Target -> what runs it, and how.
RUNNERS: dict[str, tuple[str, Runner]] = {
    "c": ("gcc", run_c), "python": (sys.executable, run_python), "numpy": (sys.executable, run_numpy),
    "javascript": ("node", run_javascript), "rust": ("rustc", run_rust), "fortran": ("gfortran", run_fortran),
    "matlab": ("octave", run_matlab),
    "sql duckdb": ("duckdb", run_duckdb), "sql sqlite": ("sqlite3", run_sqlite),
    "sql postgres": ("psycopg", run_postgres),
}  # fmt: skip


def can_run(target: str) -> bool:
    if target == "numpy" and find_spec("scipy") is None:
        return False  # special functions are SciPy's
    if target.startswith("sql ") and (find_spec("sqlglot") is None or find_spec(RUNNERS[target][0]) is None):
        return False
    if target.startswith("sql "):
        able = {"sql sqlite": has_sqlite_mathematics, "sql postgres": lambda: "AUTODIFF_POSTGRES" in os.environ}
        return target not in able or able[target]()
    return target in RUNNERS and shutil.which(RUNNERS[target][0]) is not None


def prove(target: str, cases: Sequence[Case], folder: Path) -> Proof:
    """Generate, compile and run all cases in a target, and compare them with `grad`."""
    language, options = VARIANTS.get(target, (target, {}))
    assert language in TARGETS
    programs, lacking = [], []
    for k, case in enumerate(cases):
        formula = case.formula
        try:
            programs.append((f"f{k}", generate(formula, language, name=f"f{k}", **options), case))
        except AutodiffError as error:
            if error.kind not in (f"no-{language}", *(["too-large"] if language == "sql" else [])):
                raise
            lacking.append(case.text)
    found = []
    for (_, _, case), results in zip(programs, RUNNERS[target][1](folder, programs), strict=True):
        formula = case.formula
        for point, numbers in zip(case.points, results, strict=True):
            wanted = expected(formula, point)
            assert len(numbers) == len(wanted)
            # Where there is no value, there is nothing to differentiate.
            count = 1 if math.isnan(wanted[0]) else len(wanted)
            far = max(map(distance, numbers[:count], wanted[:count]))
            found.append((far, f"{case.text} at {point}: {numbers} instead of {wanted}"))
    return Proof(len(programs), tuple(found), tuple(lacking))
