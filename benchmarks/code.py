"""Code made from formulas beside code written by hand: value and gradient, one call after the other.

    python -m pip install -e '.[bench]'     # the peers; those that are missing are skipped
    python benchmarks/code.py               # about half a minute

1. `Formula.compile(jac=True)` called from Python, against the same written by hand in Python and a function of CasADi.
2. The C of `autodiff compile`, against the same written by hand in C: both compiled by `cc -O2` in one program.

All formulas are Feynman's. In turns, on one thread; the tables show medians of ratios. The results are asserted to
agree; nothing is asserted about speed.
"""

import importlib
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from _measure import Comparison, print_machine, print_table, take_turns

from autodiff import Formula
from autodiff.api import generate

CALLS, PAIRS = 20_000, 15
#: C calls at so many points, so many times.
POINTS, ROUNDS = 1000, 300


def gaussian(x: float, mu: float, s: float) -> tuple[float, tuple[float, float, float]]:
    z = (x - mu) / s
    f = math.exp(-z * z / 2) / (math.sqrt(2 * math.pi) * s)
    return f, (-z / s * f, z / s * f, (z * z - 1) / s * f)


def gravity(
    G: float, m: float, M: float, x: float, y: float, z: float
) -> tuple[float, tuple[float, float, float, float, float, float]]:
    r2 = x * x + y * y + z * z
    f = G * m * M / r2
    d = -2 * f / r2
    return f, (m * M / r2, G * M / r2, G * m / r2, d * x, d * y, d * z)


def mass(m: float, v: float, c: float) -> tuple[float, tuple[float, float, float]]:
    b = v / c
    w = 1 - b * b
    f = m / math.sqrt(w)
    d = f / w * b / c
    return f, (f / m, d, -d * b)


#: The formula, the function by hand in Python, the body by hand in C, and a point.
CASES: tuple[tuple[str, Callable[..., Any], str, tuple[float, ...]], ...] = (
    ("exp(-((x - mu)/s)^2/2)/(sqrt(2*pi)*s)", gaussian,
     "const double z = (p[0] - p[1])/p[2], f = exp(-z*z/2)/(2.5066282746310002*p[2]);"
     "g[0] = -z/p[2]*f; g[1] = z/p[2]*f; g[2] = (z*z - 1)/p[2]*f; return f;", (1.2, 0.7, 1.9)),
    ("G*m*M/(x^2 + y^2 + z^2)", gravity,
     "const double r = p[3]*p[3] + p[4]*p[4] + p[5]*p[5], f = p[0]*p[1]*p[2]/r, d = -2*f/r;"
     "g[0] = p[1]*p[2]/r; g[1] = p[0]*p[2]/r; g[2] = p[0]*p[1]/r; g[3] = d*p[3]; g[4] = d*p[4]; g[5] = d*p[5];"
     "return f;", (1.1, 2.0, 3.0, 0.4, 0.5, 0.6)),
    ("m/sqrt(1 - v^2/c^2)", mass,
     "const double b = p[1]/p[2], w = 1 - b*b, f = p[0]/sqrt(w), d = f/w*b/p[2];"
     "g[0] = f/p[0]; g[1] = d; g[2] = -d*b; return f;", (2.0, 0.6, 1.3)),
)  # fmt: skip


def timed(function: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[], float]:
    def measure() -> float:
        start = perf_counter()
        for _ in range(CALLS):
            function(*args)
        return (perf_counter() - start) / CALLS

    return measure


def agree(found: Any, wanted: Any) -> None:
    numbers = zip((found[0], *found[1]), (wanted[0], *wanted[1]), strict=True)
    assert all(math.isclose(a, b, rel_tol=1e-12) for a, b in numbers), (found, wanted)


def casadi_function(text: str, names: tuple[str, ...]) -> Any:
    """The same in CasADi; None where it is missing."""
    try:
        casadi = importlib.import_module("casadi")
    except ImportError:
        return None
    symbols = {name: casadi.SX.sym(name) for name in names}
    built = {
        CASES[0][0]: lambda x, mu, s: casadi.exp(-(((x - mu) / s) ** 2) / 2) / (math.sqrt(2 * math.pi) * s),
        CASES[1][0]: lambda G, m, M, x, y, z: G * m * M / (x**2 + y**2 + z**2),
        CASES[2][0]: lambda m, v, c: m / casadi.sqrt(1 - v**2 / c**2),
    }[text](**symbols)
    inputs = list(symbols.values())
    return casadi.Function("f", inputs, [built, *(casadi.gradient(built, symbol) for symbol in inputs)])


def in_python() -> None:
    rows = []
    for text, by_hand, _, point in CASES:
        formula = Formula(text)
        bindings = dict(zip(formula.variables, point, strict=True))
        assert [*bindings] == [*by_hand.__code__.co_varnames[: len(point)]]
        fast = formula.compile(jac=True)
        agree(fast(*point), by_hand(*point))
        hand = take_turns(timed(fast, point), timed(by_hand, point), PAIRS)
        cells = [text, *(f"{median(side) * 1e6:.2f} us" for side in (hand.ours, hand.theirs)), f"{hand.ratio:.2f}"]
        function = casadi_function(text, formula.variables)
        cells.append(f"{take_turns(timed(fast, point), timed(function, point), 5).ratio:.3f}" if function else "-")
        rows.append(cells)
    print_table("Formula.compile", ("formula", "ours", "by hand", "ratio", "to CasADi"), rows)


def in_c() -> None:
    if not shutil.which("cc"):
        print("cc is not installed: C is skipped")
        return
    rows = []
    for text, _, body, point in CASES:
        count = len(point)
        program = f"""
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <time.h>
{generate(text, "c", name="ours")}
static double by_hand(const double *restrict p, double *restrict g) {{ {body} }}
static double points[{POINTS}][{count}];
static double now(void) {{ struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9*t.tv_nsec; }}
int main(void) {{
    double (*volatile functions[2])(const double *restrict, double *restrict) = {{ours, by_hand}};
    const double start[] = {{{", ".join(map(repr, point))}}};
    double g[{count}];
    volatile double sink = 0.0;
    for (int k = 0; k < {POINTS}; k++)
        for (int j = 0; j < {count}; j++) points[k][j] = start[j]*(1.0 + 1e-4*k*(j % 2));
    for (int turn = 0; turn < {2 * PAIRS}; turn++) {{
        const double began = now();
        for (int r = 0; r < {ROUNDS}; r++)
            for (int k = 0; k < {POINTS}; k++) sink += functions[turn % 2](points[k], g);
        printf("%.17g\\n", (now() - began)/({ROUNDS}*{POINTS}));
    }}
    return 0;
}}
"""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "code.c").write_text(program, encoding="utf-8")
            subprocess.run(["cc", "-std=c99", "-O2", "code.c", "-o", "code", "-lm"], cwd=folder, check=True)
            done = subprocess.run([f"{folder}/code"], capture_output=True, encoding="utf-8", check=True)
        times = [float(part) for part in done.stdout.split()]
        found = Comparison(tuple(times[::2]), tuple(times[1::2]))
        rows.append(
            [text, *(f"{median(side) * 1e9:.1f} ns" for side in (found.ours, found.theirs)), f"{found.ratio:.2f}"]
        )
    print_table("C", ("formula", "ours", "by hand", "ratio"), rows)


def main() -> None:
    print_machine()
    in_python()
    in_c()


if __name__ == "__main__":
    main()
