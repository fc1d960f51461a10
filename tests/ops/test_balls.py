"""Every elementwise operation on balls: the value and the partials that mpmath finds lie in what comes out."""

import random
from typing import Any

import mpmath
import pytest

from autodiff.evaluate import extended
from autodiff.ops.row import Row
from autodiff.ops.table import ROWS

pytest.importorskip("flint")
balls: Any = pytest.importorskip("autodiff.evaluate.balls")

ELEMENTWISE = [row for row in ROWS if not row.is_array]


def points(row: Row, count: int) -> list[list[float]]:
    draw = random.Random(row.name + row.signature)
    spans = row.samples * 3 if row.variadic else row.samples
    whole = "n == floor(n)" in row.domain and row.params[0] == "n"
    drawn = [[draw.uniform(low, high) for low, high in spans] for _ in range(count)]
    return [[float(int(args[0])), *args[1:]] for args in drawn] if whole else drawn


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: f"{row.name}({row.signature})")
def test_a_ball_contains_the_value_and_the_partials(row: Row) -> None:
    compared = 0
    for args in points(row, 12):
        exact = [extended.exact(x) for x in args]
        given = [balls.ball(x) for x in args]
        for k in range(-1, len(args)):
            with extended.digits(60), balls.precision(400):
                if k < 0:
                    wanted = extended.apply(row, extended.function(row, len(args)), exact)
                    found = balls.function(row, len(args))(*given)
                else:
                    wanted, found = extended.partial(row, k, exact), balls.partial(row, k, given)
                if not mpmath.isfinite(wanted):
                    continue
                room = balls.arb(0, balls.arb(mpmath.nstr(abs(wanted) * mpmath.mpf("1e-40"), 5)))
                assert found.is_finite(), (args, k)
                assert found.overlaps(balls.arb(mpmath.nstr(wanted, 58)) + room), (args, k)
                # A ball that contains everything would contain this too.
                assert found.is_zero() or found.rel_accuracy_bits() > 100 or abs(found.upper()) < 1e-25, (args, k)
                compared += 1
    assert compared > 0


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: f"{row.name}({row.signature})")
def test_a_wide_ball_contains_what_its_points_give(row: Row) -> None:
    draw = random.Random(row.name)
    with balls.precision(80):
        for args in points(row, 6):
            whole = "n == floor(n)" in row.domain
            ends = [(x, x) if whole and k == 0 else (x, x + abs(x) * 0.05) for k, x in enumerate(args)]
            wide = [balls.ball(*pair) for pair in ends]
            inside = [balls.ball(draw.uniform(low, high)) for low, high in ends]
            pairs = [(balls.function(row, len(args))(*wide), balls.function(row, len(args))(*inside))]
            pairs += [(balls.partial(row, k, wide), balls.partial(row, k, inside)) for k in range(len(args))]
            for around, at in pairs:
                assert not around.is_finite() or not at.is_finite() or around.overlaps(at), args
