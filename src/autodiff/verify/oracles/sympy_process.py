"""The symbolic oracle from outside: SymPy in a process of its own, really stopped when its time is up."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from autodiff.graph.graph import Graph

#: -P keeps the current directory off the path: what lies there is not the program.
_COMMAND = ["-P", "-c", "from autodiff.verify.oracles.sympy_worker import main; main()"]


class SymbolicOracle:
    """Starts at once and works beside its parent; `answers` waits for what it has to say."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._reason = ""
        try:
            self._process: subprocess.Popen[str] | None = subprocess.Popen(
                [sys.executable, *_COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, encoding="utf-8",
            )  # fmt: skip
        except OSError as error:
            self._process, self._reason = None, f"SymPy's process could not be started: {error.strerror}"
            return
        self._lines: list[str] = []
        self._talk = threading.Thread(target=self._converse, args=(json.dumps(request),), daemon=True)
        self._talk.start()

    def _converse(self, request: str) -> None:
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        try:
            # It stays open: its end tells the process that nobody waits any more.
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                self._lines.append(line)
        except (OSError, ValueError):
            pass  # it was stopped

    def answers(self, seconds: float) -> tuple[dict[int, tuple[str | None, str]], str]:
        """For each question its answer, as digits or as a word, or why there is none; and why answers are missing.

        Questions are numbered as the request numbers them.
        """
        if self._process is None:
            return {}, self._reason
        try:
            self._talk.join(seconds if seconds < threading.TIMEOUT_MAX else None)
            timed_out = self._talk.is_alive()
        finally:
            self.stop()
        found, complete = {}, False
        for line in list(self._lines):
            if line.startswith("["):
                node, value, reason = json.loads(line)
                found[node] = (value, reason)
            complete = complete or line.startswith("done")
        if complete:
            return found, ""
        return found, f"SymPy did not finish within {seconds:g} s" if timed_out else "SymPy's process ended early"

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


def ask_derivatives(
    graph: Graph, inputs: Sequence[float], wanted: Sequence[int], *, every_node: bool
) -> SymbolicOracle:
    """Ask for the derivative of the output by the `wanted` nodes, or by every node; the answers carry node numbers."""
    return SymbolicOracle(
        {
            "text": graph.text, "ops": graph.ops.texts, "bound": list(graph.inputs),
            "inputs": [value.hex() for value in inputs],
            "wanted": list(wanted), "nodes": every_node,
        }
    )  # fmt: skip


def ask_second_derivatives(graph: Graph, inputs: Sequence[float], pairs: Sequence[tuple[int, int]]) -> SymbolicOracle:
    """Ask for the derivatives of the output by pairs of inputs; the answers carry the numbers of the pairs."""
    return SymbolicOracle(
        {
            "text": graph.text, "ops": graph.ops.texts, "bound": list(graph.inputs),
            "inputs": [value.hex() for value in inputs],
            "pairs": [list(pair) for pair in pairs],
        }
    )  # fmt: skip


def ask_proofs(graph: Graph, claims: Sequence[tuple[str, Graph]]) -> SymbolicOracle:
    """Ask whether each claim is the derivative by its variable everywhere; the answers are "yes" or "no"."""
    return SymbolicOracle(
        {
            "text": graph.text, "ops": graph.ops.texts, "bound": list(graph.inputs),
            "claims": [[name, claim.text, list(claim.inputs)] for name, claim in claims],
        }
    )  # fmt: skip
