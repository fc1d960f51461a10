"""The verdict weighs whoever spoke, however many witnesses there are."""

from collections.abc import Sequence

import pytest

import autodiff
from autodiff.verify.judge import weigh
from autodiff.verify.oracles import witnesses
from autodiff.verify.oracles.witness import Ours, Question, Statement
from autodiff.verify.results import Verdict
from autodiff.verify.settings import Settings
from autodiff.verify.verdict import check


@pytest.mark.parametrize(
    ("said", "verdict", "dissent"),
    [
        ({}, Verdict.INCONCLUSIVE, None),
        ({"symbolic": None, "numeric": None}, Verdict.INCONCLUSIVE, None),
        ({"symbolic": True, "numeric": None}, Verdict.PASS, None),
        ({"symbolic": True, "numeric": True, "third": True}, Verdict.PASS, None),
        ({"symbolic": False, "numeric": None}, Verdict.FAIL, "reverse"),
        ({"symbolic": False, "numeric": False}, Verdict.FAIL, "reverse"),
        ({"symbolic": False, "numeric": False, "third": False}, Verdict.FAIL, "reverse"),
        ({"symbolic": False, "numeric": True}, Verdict.INCONCLUSIVE, "symbolic"),
        ({"symbolic": True, "numeric": False}, Verdict.INCONCLUSIVE, "numeric"),
        ({"symbolic": True, "numeric": True, "third": False}, Verdict.INCONCLUSIVE, "third"),
        ({"symbolic": None, "numeric": True, "third": False}, Verdict.INCONCLUSIVE, "third"),
    ],
)
def test_who_speaks_is_weighed(said: dict[str, bool | None], verdict: Verdict, dissent: str | None) -> None:
    assert weigh(said) == (verdict, dissent)


class Third:
    """A witness that says that every derivative is 7."""

    name, doing = "third", "asking the third"

    def ask(self, questions: Sequence[Question]) -> "list[Third]":
        self.wanted = questions[0].wanted
        return [self for _ in questions]

    def answer(self, ours: Ours, seconds: float) -> dict[int, Statement]:
        return {node: Statement(ours.adjoints[node] * 0 + 7, False, remark="it is always 7") for node in self.wanted}

    def stop(self) -> None:
        self.stopped = True


def test_one_entry_in_the_list_is_a_witness_who_is_asked_weighed_and_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    third = Third()
    monkeypatch.setattr(witnesses, "WITNESSES", [*witnesses.WITNESSES, third])
    told: list[str] = []
    found = check(autodiff.Formula("x^2").gradient(x=3), Settings(), told.append).inputs["x"]
    assert (found.verdict, found.dissent) == (Verdict.INCONCLUSIVE, "third")
    assert found.remarks == ("it is always 7",)
    assert third.doing in told and third.stopped


def test_the_verdict_without_any_witness_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnesses, "WITNESSES", [])
    assert check(autodiff.Formula("x^2").gradient(x=3), Settings()).verdict is Verdict.INCONCLUSIVE
