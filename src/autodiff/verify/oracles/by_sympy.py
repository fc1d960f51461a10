"""The symbolic witness: SymPy's derivatives, from a process of its own that starts at once."""

from collections.abc import Mapping, Sequence

import mpmath

from autodiff.evaluate import extended
from autodiff.verify.oracles import sympy_process
from autodiff.verify.oracles.witness import DIGITS, Ours, Question, Statement, agree

NAME = "symbolic"
#: The answer to what it passed over.
SILENT = "SymPy gave no answer"


class Symbolic:
    """The entry in the list of witnesses."""

    name, doing = NAME, "waiting for SymPy"

    def ask(self, questions: Sequence[Question]) -> "Sequence[_Hearing]":
        if len(questions) != 1:
            oracle = sympy_process.ask_many_derivatives([one[:3] for one in questions])
            return [_Hearing(one, oracle.part(k), oracle) for k, one in enumerate(questions)]
        (one,) = questions
        oracle = sympy_process.ask_derivatives(one.graph, one.inputs, one.wanted, every_node=one.every_node)
        return [_Hearing(one, oracle, oracle)]


class _Hearing:
    def __init__(
        self, question: Question, part: "sympy_process.Part | sympy_process.SymbolicOracle",
        oracle: "sympy_process.SymbolicOracle",
    ) -> None:  # fmt: skip
        self._question, self._part, self._oracle = question, part, oracle

    def answer(self, ours: Ours, seconds: float) -> Mapping[int, Statement]:
        answers, missing = self._part.answers(seconds, since_start=True)
        passed = (None, missing or SILENT)
        with extended.digits(DIGITS):
            return {
                node: _testimony(ours, node, *answers.get(node, passed)) for node in {*self._question.wanted, *answers}
            }

    def stop(self) -> None:
        self._oracle.stop()


def _testimony(ours: Ours, node: int, text: str | None, reason: str) -> Statement:
    if text is None:
        return Statement(reason=reason)
    value = mpmath.mpf(text)
    return Statement(value, agree(ours.adjoints[node], value, ours.sizes[node]), reason, text)
