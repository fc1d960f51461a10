"""Some seconds of the fuzzer; `python -m tests.fuzz.lines 20000` runs it for longer."""

import time

import pytest
from tests.fuzz.lines import broken, cases, folder, line, wrong
from tests.support import Done

#: The suite spends no more.
SECONDS = 15.0


@pytest.mark.parametrize("seed", [1, 2])
def test_command_lines_that_nobody_would_type_hold(seed: int) -> None:
    ends = time.monotonic() + SECONDS / 2
    with folder() as where:
        for number, args in cases(400, seed):
            assert not (problem := broken(args, where)), f"{seed}/{number}: {problem}: {args!a}"
            if time.monotonic() > ends:
                break


def test_a_seed_gives_the_same_lines() -> None:
    assert list(cases(50, 3)) == list(cases(50, 3)) != list(cases(50, 4))
    assert callable(line)


@pytest.mark.parametrize(
    ("args", "done"),
    [
        (["eval"], Done(70, "", "error: a fault")), (["eval"], Done(2, "1", "error: what")),
        (["eval"], Done(2, "", "")),
        (["eval"], Done(0, "\x1b[2J", "")), (["eval"], Done(2, "", "error: \u202e")),
        (["eval", "--format", "json"], Done(0, "{NaN}", "")), (["eval", "--format", "json"], Done(0, '{"a": NaN}', "")),
    ],
)  # fmt: skip
def test_the_fuzzer_finds_what_it_looks_for(args: list[str], done: Done) -> None:
    assert wrong(args, done)
