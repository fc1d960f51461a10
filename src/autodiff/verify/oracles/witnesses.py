"""The one list of those who are asked whether a gradient is right."""

from collections.abc import Sequence

from autodiff.verify.oracles.by_differences import Differences
from autodiff.verify.oracles.by_sympy import Symbolic
from autodiff.verify.oracles.witness import Hearing, Question, Witness

#: All are asked in this order, and heard in the other one: who needs a process of its own stands first. Where a
#: gradient is wrong, the first who gave a number says what is right.
WITNESSES: list[Witness] = [Symbolic(), Differences()]


def ask(questions: Sequence[Question]) -> list[dict[Witness, Hearing]]:
    """Ask every witness; for each question the hearings."""
    asked: list[dict[Witness, Hearing]] = [{} for _ in questions]
    for witness in WITNESSES:
        for found, hearing in zip(asked, witness.ask(questions), strict=True):
            found[witness] = hearing
    return asked


def stop(asked: Sequence[dict[Witness, Hearing]]) -> None:
    """End whatever works for these questions."""
    for hearings in asked:
        for hearing in hearings.values():
            hearing.stop()
