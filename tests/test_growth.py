"""Twice as much takes about twice as many steps, whatever there is much of: calls are counted, not time."""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from tests.support import Done, autodiff

SIZES = (100, 200, 400, 800)
#: So much more may twice as much take: logarithms, and what begins small, are allowed, and squares are not.
MOST = 2.6


def terms(count: int) -> str:
    return " + ".join(f"sin(x*{k})" for k in range(count))


def outputs(count: int) -> str:
    return ", ".join(f"x*{k}" for k in range(count))


def variables(count: int) -> str:
    return ",".join(f"x{k}" for k in range(count))


def squares(count: int) -> str:
    return " + ".join(f"x{k}^2" for k in range(count))


def bound(count: int) -> list[str]:
    return [option for k in range(count) for option in (f"--x{k}", "1")]


MUCH: dict[str, Callable[[int], list[str]]] = {
    "terms": lambda n: ["grad", terms(n), "--x", "1", "--format", "value"],
    "terms as JSON": lambda n: ["grad", terms(n), "--x", "1", "--format", "json"],
    "terms as a table": lambda n: ["grad", terms(n), "--x", "1", "--all"],
    "terms as a tree": lambda n: ["graph", terms(n), "--all"],
    "outputs": lambda n: ["eval", outputs(n), "--x", "1", "--format", "value"],
    "rows of a Jacobian": lambda n: ["jacobian", outputs(n), "--x", "1", "--format", "value"],
    "elements": lambda n: ["eval", f"sum([{outputs(n)}])", "--x", "1", "--format", "value"],
    "elements with a gradient": lambda n: ["grad", f"sum([{variables(n)}])", *bound(n), "--format", "value"],
    "derivatives": lambda n: ["diff", "*".join(f"x{k}" for k in range(8)) + f" + {squares(n)}", "--wrt", variables(n)],
    "elements of a value": lambda n: ["eval", "sum(x)", "--x", str([1] * n), "--format", "value"],
    "options": lambda n: ["eval", " + ".join(f"x{k}" for k in range(n)), *bound(n), "--format", "value"],
    "letters of a name": lambda n: ["eval", "x" * n, "--let", f"{'x' * n}=1", "--format", "value"],
    "letters of an unknown name": lambda n: ["eval", "x" * n, "--y", "1"],
    "blanks": lambda n: ["eval", f"1{' ' * n}+ 1", "--format", "value"],
    "statements": lambda n: ["eval", "; ".join(f"a{k} = x + {k}" for k in range(n)), "--x", "1", "--format", "value"],
}  # fmt: skip


def steps_of(run: Callable[[], Done]) -> int:
    """How many functions are called, also those written in C."""
    count = 0

    def profile(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        done = run()
    finally:
        sys.setprofile(before)
    assert done.code != 70, done.stderr
    return count


@pytest.mark.parametrize("args", MUCH.values(), ids=MUCH.keys())
def test_twice_as_much_takes_twice_as_many_steps(args: Callable[[int], list[str]]) -> None:
    # The rules of an operation by its k-th argument are read once for each k.
    autodiff(*args(SIZES[-1] if args is MUCH["elements with a gradient"] else SIZES[0]))
    counts = [steps_of(lambda size=size: autodiff(*args(size))) for size in SIZES]  # type: ignore[misc]
    assert all(after <= MOST * before for before, after in pairwise(counts)), counts


@pytest.mark.parametrize("what", ["doc", "alias"])
def test_a_long_line_of_a_definition_takes_steps_for_its_length(what: str, tmp_path: Path) -> None:
    ops = tmp_path / "own.ops"

    def asked(size: int) -> Done:
        ops.write_text(f"double(x) = 2x\nd/dx = 2\n{what}: {'a' * size}\n", encoding="utf-8")
        return autodiff("functions", "double", "--ops", str(ops))

    asked(SIZES[0])
    counts = [steps_of(lambda size=size: asked(size)) for size in SIZES]  # type: ignore[misc]
    assert all(after <= MOST * before for before, after in pairwise(counts)), counts


def test_squares_would_be_found() -> None:
    def squares(size: int) -> Done:
        return Done(0, str(sum(abs(k) for k in range(size * size))), "")

    first, second = (steps_of(lambda size=size: squares(size)) for size in (20, 40))  # type: ignore[misc]
    assert second > MOST * first
