"""What several test files share."""

import os
from collections.abc import Sequence
from typing import Any

import mpmath
import pytest

# Every graph that a test builds or rewrites is looked at, which the package decides when it is imported.
os.environ["AUTODIFF_DEBUG"] = "1"

from autodiff.cli import checking as watching
from autodiff.graph.graph import Graph
from autodiff.verify import checks, guard
from autodiff.verify.oracles import sympy_derivatives as symbolic
from autodiff.verify.oracles import sympy_process
from autodiff.verify.oracles.sympy_process import SymbolicOracle


class InProcess:
    """The symbolic oracle without a process of its own: hundreds of checks share one SymPy."""

    def __init__(self, graph: Graph, inputs: Sequence[float], wanted: Sequence[int], *, every_node: bool) -> None:
        self.request = (graph, inputs, wanted)
        self.every_node = every_node

    def answers(self, seconds: float, *, since_start: bool = False) -> tuple[dict[int, tuple[str | None, str]], str]:
        graph, inputs, wanted = self.request
        if self.every_node:
            found = dict(enumerate(symbolic.by_chain(graph, inputs, wanted)))
        else:
            found = symbolic.derivatives(graph, inputs, wanted)
        return {
            node: (None if answer.value is None else mpmath.nstr(answer.value, 50), answer.reason)
            for node, answer in found.items()
        }, ""

    def stop(self) -> None:
        pass


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy gets the time that a busy machine needs; a test that is about the time gives it less than a second."""
    answers, answers_of, guarded = SymbolicOracle.answers, SymbolicOracle.answers_of, guard.guarded

    def patience(seconds: float) -> float:
        return seconds if seconds < 1 else max(seconds, 300.0)

    def wait(oracle: SymbolicOracle, seconds: float, **how: Any) -> Any:
        return answers(oracle, patience(seconds), **how)

    def wait_for_part(oracle: SymbolicOracle, number: int, seconds: float) -> Any:
        return answers_of(oracle, number, patience(seconds))

    def wait_for_check(compute: Any, seconds: float, progress: Any) -> Any:
        return guarded(compute, patience(seconds), progress)

    monkeypatch.setattr(SymbolicOracle, "answers", wait)
    monkeypatch.setattr(SymbolicOracle, "answers_of", wait_for_part)
    monkeypatch.setattr(checks, "guarded", wait_for_check)
    monkeypatch.setattr(watching, "_PATIENCE", 1e6)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sympy_process, "ask_derivatives", InProcess)
