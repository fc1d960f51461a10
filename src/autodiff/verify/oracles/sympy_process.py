"""The symbolic oracle from outside: SymPy in a process of its own, really stopped when its time is up."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from autodiff.graph.graph import Graph
from autodiff.verify.oracles.limits import patience

#: -P keeps the current directory off the path: what lies there is not the program. And what the caller wants of its own
#: streams is no matter of ours.
_COMMAND = ["-P", "-X", "utf8", "-c", "from autodiff.verify.oracles.sympy_worker import main; main()"]


class SymbolicOracle:
    """Starts at once and works beside its parent; `answers` waits for what it has to say."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._reason, self._started = "", time.monotonic()
        try:
            self._process: subprocess.Popen[str] | None = subprocess.Popen(
                [sys.executable, *_COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )  # fmt: skip
        except OSError as error:
            self._process, self._reason = None, f"SymPy's process could not be started: {error.strerror}"
            return
        self._lines: list[str] = []
        self._more = threading.Condition()
        self._talk = threading.Thread(target=self._converse, args=(json.dumps(request),), daemon=True)
        self._talk.start()

    def _converse(self, request: str) -> None:
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        try:
            # It stays open: its end tells the process that nobody waits any more.
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                with self._more:
                    self._lines.append(line)
                    self._more.notify_all()
        except (OSError, ValueError):
            pass  # it was stopped

    def answers(self, seconds: float, *, since_start: bool = False) -> tuple[dict[int, tuple[str | None, str]], str]:
        """For each question its answer, as digits or as a word, or why there is none; and why answers are missing.

        Questions are numbered as the request numbers them. With `since_start` the seconds are those of a whole check,
        whose other witnesses have already taken some.
        """
        if self._process is None:
            return {}, self._reason
        left = self._left(seconds) if since_start else seconds
        try:
            self._talk.join(left if left < threading.TIMEOUT_MAX else None)
            timed_out = self._talk.is_alive()
        finally:
            self.stop()
        found, complete = {}, False
        for line in list(self._lines):
            if line.startswith("["):
                node, value, reason = json.loads(line)
                found[node] = (value, reason)
            complete = complete or line.startswith("done")
        return found, "" if complete else self._missing(seconds, timed_out=timed_out)

    def part(self, number: int) -> "Part":
        """What it has to say on one of several requests."""
        return Part(self, number)

    def answers_of(self, number: int, seconds: float) -> tuple[dict[int, tuple[str | None, str]], str]:
        """As `answers`, of one of several requests; the process goes on with the others."""
        if self._process is None:
            return {}, self._reason
        until = time.monotonic() + self._left(seconds)
        complete = False
        with self._more:
            while True:
                complete = f"end {number}\n" in self._lines
                left = until - time.monotonic()
                if complete or left <= 0 or not self._talk.is_alive():
                    break
                self._more.wait(min(left, 0.1))
            lines = [json.loads(line) for line in self._lines if line.startswith("[[")]
        found = {node: (value, reason) for (row, node), value, reason in lines if row == number}
        return found, "" if complete else self._missing(seconds, timed_out=self._talk.is_alive())

    def _left(self, seconds: float) -> float:
        return max(0.0, patience(seconds) + self._started - time.monotonic())

    @staticmethod
    def _missing(seconds: float, *, timed_out: bool) -> str:
        return f"SymPy did not finish within {seconds:g} s" if timed_out else "SymPy's process ended early"

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._talk.join()
            for stream in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()


class Part:
    """The answers to one of several requests that one process works on, one after the other."""

    def __init__(self, oracle: SymbolicOracle, number: int) -> None:
        self._oracle, self._number = oracle, number

    def answers(self, seconds: float, *, since_start: bool = False) -> tuple[dict[int, tuple[str | None, str]], str]:
        return self._oracle.answers_of(self._number, seconds)

    def stop(self) -> None:
        """The others still need the process."""


def ask_derivatives(
    graph: Graph, inputs: Sequence[float], wanted: Sequence[int], *, every_node: bool
) -> SymbolicOracle:
    """Ask for the derivative of the output by the `wanted` nodes, or by every node; the answers carry node numbers."""
    return SymbolicOracle(_of_derivatives(graph, inputs, wanted, every_node=every_node))


def ask_many_derivatives(asked: Sequence[tuple[Graph, Sequence[float], Sequence[int]]]) -> SymbolicOracle:
    """Ask as `ask_derivatives` of several graphs, at a point each; `part` has the answers to each."""
    return SymbolicOracle({"many": [_of_derivatives(*one, every_node=False) for one in asked]})


def _of_derivatives(
    graph: Graph, inputs: Sequence[float], wanted: Sequence[int], *, every_node: bool
) -> dict[str, Any]:  # fmt: skip
    return {
        "text": graph.text, "ops": graph.ops.texts, "bound": list(graph.inputs),
        "inputs": [value.hex() for value in inputs],
        "wanted": list(wanted), "nodes": every_node,
    }  # fmt: skip


def ask_second_derivatives(graph: Graph, inputs: Sequence[float], pairs: Sequence[tuple[int, int]]) -> SymbolicOracle:
    """Ask for the derivatives of the output by pairs of inputs; the answers carry the numbers of the pairs."""
    return SymbolicOracle(
        {
            "text": graph.text, "ops": graph.ops.texts, "bound": list(graph.inputs),
            "inputs": [value.hex() for value in inputs],
            "pairs": [list(pair) for pair in pairs],
        }
    )  # fmt: skip


def ask_proofs(graph: Graph, claims: Sequence[tuple[str, Graph]], at_zero: Sequence[str] = ()) -> SymbolicOracle:
    """Ask whether each claim is the derivative by its variable everywhere; the answers are "yes" or "no".

    Everywhere is where the variables `at_zero` are 0.
    """
    return SymbolicOracle(
        {
            "text": graph.text, "ops": graph.ops.texts, "bound": list(graph.inputs),
            "at_zero": list(at_zero),
            "claims": [[name, claim.text, list(claim.inputs)] for name, claim in claims],
        }
    )  # fmt: skip
