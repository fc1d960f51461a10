"""The bound that a row claims is held against worst cases that were measured and stored, with their points.

A test that reads its tolerance from the row it tests cannot see that the tolerance has grown, or that samples have lost
their tail. UPDATE_ULPS=1 measures anew; read the difference before you keep it.
"""

import json
import os
from typing import Any

import mpmath
from mpmath import mp, mpf
from tests.ops.test_ops_accuracy import (
    DIGITS,
    FEW_DIGITS,
    each_row,
    on_a_kink,
    partial_of,
    points,
    true_partial,
    truth,
    ulps,
    value_of,
)
from tests.support import DATA

from autodiff.ops import ELEMENTWISE, Row

FILE = DATA / "worst_ulps.json"
#: A row may claim so many ulps whatever was measured, for the sake of other libraries; and so many times the measured.
_ALWAYS, _TIMES = 4.0, 4.0


def name_of(row: Row) -> str:
    return f"{row.name}-{len(row.params)}"


def error_at(row: Row, what: int | None, args: list[float]) -> float:
    """The error in ulps of the value (`what` is None) or of a partial at a point."""
    if what is None:
        return ulps(value_of(row, *args), mpf(truth(row)(*map(mpf, args))))
    expected = true_partial(row, what, args)
    if mp.im(expected) != 0 or not mpmath.isfinite(expected):
        return 0.0
    return ulps(partial_of(row, what, *args), expected)


def measured(row: Row) -> dict[str, Any]:
    """The worst case of a row over the points of its samples."""
    worst: tuple[float, int | None, list[float]] = (0.0, None, [])
    with mpmath.workdps(FEW_DIGITS.get(row.name, DIGITS)):
        for args in points(row):
            kinds: list[int | None] = [None]
            for k in range(len(args)):
                partial = row.partials[0 if row.variadic else k]
                if partial != "nan" and not (row.selects and k == 0) and not on_a_kink(row, k, args):
                    kinds.append(k)
            worst = max([worst, *((error_at(row, kind, args), kind, args) for kind in kinds)], key=lambda one: one[0])
    return {"samples": [list(pair) for pair in row.samples], "ulps": worst[0], "of": worst[1], "at": worst[2]}


if os.environ.get("UPDATE_ULPS"):
    rows = ",\n".join(f" {json.dumps(name_of(row))}: {json.dumps(measured(row))}" for row in ELEMENTWISE)
    FILE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
STORED = json.loads(FILE.read_text(encoding="utf-8"))


def test_every_row_has_a_measured_worst_case() -> None:
    assert STORED.keys() == {name_of(row) for row in ELEMENTWISE}


@each_row
def test_a_row_claims_no_more_than_was_measured_allows(row: Row) -> None:
    assert row.ulps <= max(_ALWAYS, _TIMES * STORED[name_of(row)]["ulps"])


@each_row
def test_the_samples_of_a_row_have_lost_nothing(row: Row) -> None:
    assert [list(pair) for pair in row.samples] == STORED[name_of(row)]["samples"]


@each_row
def test_the_worst_case_is_no_worse_than_it_was(row: Row) -> None:
    found = STORED[name_of(row)]
    if found["at"]:
        with mpmath.workdps(FEW_DIGITS.get(row.name, DIGITS)):
            # Another library may round the last place in another way.
            assert error_at(row, found["of"], found["at"]) <= 1.5 * found["ulps"] + 1
