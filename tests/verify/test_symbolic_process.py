"""SymPy's process: killed as soon as nobody waits for it, kept from taking all the memory, and silent for a reason."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import autodiff
from autodiff.api import check_gradient, check_hessian, differentiate, simplify_derivatives, verify_claims
from autodiff.graph.build import build
from autodiff.verify.oracles import sympy_process, sympy_worker
from autodiff.verify.oracles.sympy_process import SymbolicOracle, ask_derivatives
from autodiff.verify.results import Verdict

#: A worker that never answers, for as long as its parent lives.
ENDLESS = "import sys; sys.stdin.read()"
#: How a process ends that was killed; one that may clean up first might take any time over it.
KILLED = -signal.SIGKILL if os.name == "posix" else 1


class Processes:
    """Every process of SymPy that was started, here or in a process of ours: their numbers are in a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def started(self) -> list[int]:
        return [int(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def have_ended(self) -> bool:
        """Whether some were started, and none is left after a moment."""
        until = time.monotonic() + 10
        while any(map(lives, self.started)) and time.monotonic() < until:
            time.sleep(0.01)
        return self.started != [] and not any(map(lives, self.started))


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
        # One that has ended and that nobody asked about yet still has its number.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return not Path("/proc").exists()


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path / "started")

    class Recorded(subprocess.Popen[str]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            with found.file.open("a") as file:
                file.write(f"{self.pid}\n")

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    yield found
    for process in filter(lives, found.started):
        os.kill(process, signal.SIGKILL)


def worker(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(sympy_process, "_COMMAND", ["-c", code])


class Interrupted(Exception):
    """What a request is cut short by."""


def test_what_did_not_answer_in_time_is_killed_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, ENDLESS)
    graph = build("x^2")
    oracle = ask_derivatives(graph, [1.0], [0], every_node=False)
    assert oracle.answers(0.05) == ({}, "SymPy did not finish within 0.05 s")
    assert oracle._process is not None and oracle._process.poll() == KILLED


def test_an_answer_that_came_in_time_outlives_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    # Time enough to write a line; what follows would take for ever.
    worker(monkeypatch, """print('[0, "2", ""]', flush=True); """ + ENDLESS)
    oracle = SymbolicOracle({})
    while not oracle._lines and oracle._talk.is_alive():
        oracle._talk.join(0.01)
    assert oracle.answers(0.05) == ({0: ("2", "")}, "SymPy did not finish within 0.05 s")


def test_a_check_leaves_no_process_behind_when_its_time_is_over(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(monkeypatch, ENDLESS)
    found = autodiff.check("x^2", x=3, timeout=0.05)
    assert found.inputs["x"].remarks == ("symbolic unavailable: SymPy did not finish within 0.05 s",)
    assert processes.have_ended()


def test_a_failed_claim_waits_for_no_proof_and_leaves_no_process_behind(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(monkeypatch, ENDLESS)
    (found,) = verify_claims(autodiff.Formula("x^2"), {"x": "3x"}, {})
    assert found.verdict is Verdict.FAIL
    assert processes.have_ended()


REQUESTS: dict[str, Callable[[], object]] = {
    "gradient": lambda: autodiff.check("x^2", x=3),
    "hessian": lambda: check_hessian(autodiff.Formula("x^2").hessian(x=3)),
    "claim": lambda: verify_claims(autodiff.Formula("x^2"), {"x": "2x"}, {}),
    "simplification": lambda: simplify_derivatives(differentiate("x^2")),
}


@pytest.mark.parametrize("ask", REQUESTS.values(), ids=REQUESTS)
def test_a_wait_that_is_cut_short_leaves_no_process_behind(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]
) -> None:
    worker(monkeypatch, ENDLESS)
    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if timeout is not None:
            raise Interrupted
        join(thread)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(Interrupted):
        ask()
    assert processes.have_ended()


def test_a_check_that_is_cut_short_before_it_waits_leaves_no_process_behind(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(monkeypatch, ENDLESS)

    def interrupt(stage: str) -> None:
        raise Interrupted(stage)

    for check in (
        lambda: check_gradient(autodiff.Formula("x^2").gradient(x=3), progress=interrupt),
        lambda: check_hessian(autodiff.Formula("x^2").hessian(x=3), progress=interrupt),
    ):
        with pytest.raises(Interrupted):
            check()
    assert processes.have_ended()


def test_the_worker_limits_its_memory_before_it_reads_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Input:
        def readline(self) -> str:
            done.append("read")
            raise Interrupted

    monkeypatch.setattr(sympy_worker, "limit_memory", lambda most: done.append("limited"))
    monkeypatch.setattr(sys, "stdin", Input())
    with pytest.raises(Interrupted):
        sympy_worker.main()
    assert done == ["limited", "read"]


def test_a_process_that_cannot_be_started_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    found = autodiff.check("x^2", x=3)
    reason = f"SymPy's process could not be started: {os.strerror(errno.ENOENT)}"
    # Differences decide alone.
    assert (found.verdict, found.inputs["x"].remarks) == (Verdict.PASS, (f"symbolic unavailable: {reason}",))
    (derivative,) = differentiate("x^2")
    assert simplify_derivatives([derivative]) == [(derivative, reason)]


def test_a_process_that_breaks_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(monkeypatch, "import sys; sys.stdin.readline()")
    found = autodiff.check("x^2", x=3)
    reason = "symbolic unavailable: SymPy's process ended early"
    assert (found.verdict, found.inputs["x"].remarks) == (Verdict.PASS, (reason,))
