"""The worst errors of every operation: its value, first and second derivative against hundreds of digits.

    python benchmarks/accuracy.py [--points 5000] [--only NAME ...] [--store]

Points are drawn from the whole domain: anywhere, in the tails, subnormal, and beside the points where something
happens. An error is counted in units in the last place of the right double. What is left out: a result that is
subnormal or beyond the doubles, one within a rounding of a zero (where the next double as an argument changes it by
half or more), and a point on a kink. `--store` writes the table that docs/functions.md quotes.
"""

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mpmath
from mpmath import mp, mpf

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.ops import test_ops_accuracy as table  # noqa: E402

from autodiff import Formula  # noqa: E402
from autodiff.errors import AutodiffError  # noqa: E402
from autodiff.ops import ELEMENTWISE, Row  # noqa: E402

STORE = ROOT / "tests" / "data" / "accuracy.json"
NORMAL = 2.0**-1022
#: Beside these something happens: zeros and poles, ends of domains, changes of method.
SPECIAL = (0.0, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0, 40.0, 700.0, math.pi / 2, math.pi, math.e, 2 * math.pi)
KINDS = ("value", "first", "second")


class Worst(NamedTuple):
    """The largest error that was met, in ulps, and where."""

    ulps: float = 0.0
    at: tuple[float, ...] = ()


def draw(generator: random.Random) -> float:
    way, sign = generator.randrange(6), generator.choice((-1.0, 1.0))
    if way == 0:
        return sign * 10.0 ** generator.uniform(-300, 300)
    if way == 1:
        return sign * generator.uniform(0, 1e-310)
    if way == 2:
        near = generator.choice(SPECIAL)
        steps = generator.choice((0, 1, 2, 10))
        for _ in range(steps):
            near = math.nextafter(near, generator.choice((-math.inf, math.inf)))
        return sign * near
    if way == 3:
        return sign * (generator.choice(SPECIAL) + 10.0 ** generator.uniform(-15, 0))
    return sign * (generator.uniform(0, 40) if way == 4 else 10.0 ** generator.uniform(-4, 3))


def points(row: Row, count: int) -> Iterator[list[float]]:
    """Points of the domain; for an operation of integers, and of large gamma functions, what can be computed at all."""
    generator = random.Random(row.name)
    arity = table.arity(row)
    for _ in range(20 * count):
        args = [draw(generator) for _ in range(arity)]
        if row.partials[0] == "nan":
            args[0] = float(generator.randrange(6))
        if row.name in table.FEW_DIGITS or "gamma" in row.name or "bessel" in row.name:
            args = [math.copysign(min(abs(x), 60.0), x) for x in args]
        if row.jump:
            # Differences must not step over a jump.
            args = [math.copysign(min(max(abs(x), 1e-3), 1e3), x) for x in args]
        inside = not row.domain or table.holds(row, row.domain, args)
        if inside and not (row.jump and table.holds(row, row.jump, args)):
            count -= 1
            yield args
            if not count:
                return


def conditioned(found: float, expected: Any, beside: Any) -> bool:
    """Whether a result is far enough from a zero to have digits that doubles can hold."""
    size = abs(expected)
    return bool(NORMAL <= size <= sys.float_info.max and abs(beside - expected) < size / 2)


def truth_of(row: Row, orders: Sequence[int], args: Sequence[Any]) -> Any:
    """The derivative of a row's true value, `orders` of it by each argument, by differences with very many digits.

    The digits double until two results agree; NaN where they do not.
    """
    function = table.truth(row)
    sizes = [abs(x) for x in args if x]
    step = min([mpf(1), *sizes]) * mpf(10) ** -30
    grids = [[(mpf(0), 1)], [(step, 1), (-step, -1)], [(step, 1), (mpf(0), -2), (-step, 1)]]
    spread: list[tuple[list[Any], int]] = [(list(args), 1)]
    for k, order in enumerate(orders):
        spread = [
            ([*point[:k], point[k] + move, *point[k + 1 :]], weight * more)
            for point, weight in spread
            for move, more in grids[order]
        ]
    over = step ** sum(orders) * mpf(2) ** sum(order == 1 for order in orders)
    digits = 60 + int(mpmath.log10(max([mpf(1), *sizes]) / step)) * (sum(orders) > 0)
    before = mpf("nan")
    for _ in range(6):
        with mpmath.workdps(digits):
            now = mpmath.fsum(weight * function(*point) for point, weight in spread) / over
            if abs(now - before) <= abs(now) * mpf(10) ** -22:
                return now
        before, digits = now, digits * 2
    return mpf("nan")


def measure(row: Row, count: int) -> dict[str, Worst]:
    arity = table.arity(row)
    names = [f"x{k + 1}" for k in range(arity)]
    formula = Formula(f"{row.name}({', '.join(names)})")
    worst = dict.fromkeys(KINDS, Worst())
    smooth = [
        k for k in range(arity) if row.partials[0 if row.variadic else k] != "nan" and not (row.selects and k == 0)
    ]
    for args in points(row, count):
        if any(table.on_a_kink(row, k, args) for k in smooth):
            continue
        exact = [mpf(x) for x in args]
        beside = [mpf(math.nextafter(x, math.inf)) for x in args]
        given = dict(zip(names, args, strict=True))
        used = [name for name in names if name in formula.variables]
        wanted = [(KINDS[0], [0] * arity)]
        wanted += [(KINDS[1], [int(k == j) for j in range(arity)]) for k in smooth]
        wanted += [(KINDS[2], [2 * (k == j) for j in range(arity)]) for k in smooth]
        try:
            hessian = formula.hessian({name: given[name] for name in used})
        except AutodiffError:
            continue
        for kind, orders in wanted:
            if kind == KINDS[0]:
                found = table.value_of(row, *args)
            else:
                k = next(j for j, order in enumerate(orders) if order)
                found = hessian.partials[names[k]]
                if kind == KINDS[2]:
                    place = hessian.labels.index(names[k])
                    found = hessian.entries[place][place]
            with mpmath.workdps(1500):
                try:
                    expected, next_one = (truth_of(row, orders, at) for at in (exact, beside))
                    if mp.im(expected) != 0 or not mpmath.isfinite(expected) or mp.im(next_one) != 0:
                        continue
                    if not conditioned(found, expected, next_one):
                        continue
                    error = table.ulps(found, expected)
                except (ArithmeticError, ValueError, TypeError, mpmath.libmp.libhyper.NoConvergence):
                    continue
            if error > worst[kind].ulps:
                worst[kind] = Worst(error, tuple(args))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    stored: dict[str, Any] = json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}
    print(f"{'operation':<20} {'value':>10} {'first':>10} {'second':>10}   worst point of each")
    for row in ELEMENTWISE:
        # Conditions are exact, and have no derivatives.
        if (
            all(partial == "0" for partial in row.partials)
            or row.selects
            or (options.only and row.name not in options.only)
        ):
            continue
        before = time.perf_counter()
        worst = measure(row, options.points)
        cells = "".join(f" {worst[kind].ulps:>10.3g}" for kind in KINDS)
        places = "  ".join(",".join(f"{x:.6g}" for x in worst[kind].at) or "-" for kind in KINDS)
        label = f"{row.name}/{'n' if row.variadic else len(row.params)}"
        print(f"{label:<20}{cells}   {places}  ({time.perf_counter() - before:.0f} s)", flush=True)
        stored[label] = {kind: float(f"{worst[kind].ulps:.3g}") for kind in KINDS} | {"points": options.points}
        if options.store:
            lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in stored.items())
            STORE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
