"""A check in a process of its own: stopped when its time is up, whatever it does, and gone with who asked for it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.verify.test_symbolic_process import lives

import autodiff
from autodiff.errors import AutodiffError, Way
from autodiff.verify import guard
from autodiff.verify.results import Verdict

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system copies no process")


def for_ever(say: guard.Say) -> int:
    say("counting")
    while True:
        pass


@forks
def test_what_takes_too_long_is_stopped_and_what_it_did_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LEAST", 0.1)
    told: list[str] = []
    started = time.monotonic()
    with pytest.raises(guard.Late, match=r"did not finish within 0\.6 s"):
        guard.guarded(for_ever, 0.6, told.append)
    assert set(told) == {"counting"}
    assert time.monotonic() - started >= 0.6


@forks
def test_a_process_that_ends_early_is_no_result() -> None:
    with pytest.raises(guard.Late, match="ended early"):
        guard.guarded(lambda say: os._exit(0), 60, lambda stage: None)


@forks
def test_what_is_raised_there_is_raised_here_whole() -> None:
    error = AutodiffError("kind", "message", text="x + y", spans=[(4, 5)], hint=Way("differentiate", {"name": "x"}))

    def fail(say: guard.Say) -> None:
        raise error

    with pytest.raises(AutodiffError) as caught:
        guard.guarded(fail, 60, lambda stage: None)
    found = caught.value
    assert found is not error
    assert (found.kind, found.message, found.text, found.spans) == ("kind", "message", "x + y", ((4, 5),))
    assert found.way is not None and dict(found.way.details) == {"name": "x"}


@forks
def test_more_memory_than_is_allowed_is_an_error_of_the_process_alone() -> None:
    with pytest.raises(MemoryError):
        guard.guarded(lambda say: len(bytearray(8 << 30)), 60, lambda stage: None)


def test_without_copies_of_processes_it_works_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork", raising=False)
    assert guard.guarded(lambda say: os.getpid(), 60, lambda stage: None) == os.getpid()


@forks
def test_a_witness_of_ours_that_does_not_end_is_inconclusive_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LEAST", 0.1)

    def hang(*arguments: object) -> None:
        while True:
            pass

    monkeypatch.setattr("autodiff.verify.verdict.sweep_extended", hang)
    found = autodiff.check("x^2", x=3, timeout=0.5)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.inputs["x"].reverse == 6
    assert found.remarks == ("the check did not finish within 0.5 s",)


#: Starts a check whose witness never ends, and says which process that is.
ENDLESS = """
import os, sys
from autodiff.verify import guard
def hang(say):
    print(os.getpid(), flush=True)
    while True:
        pass
guard.guarded(hang, 600, lambda stage: None)
"""
#: The symbolic oracle in the middle of a power that holds the interpreter for minutes.
POWER = """
import time
from autodiff.verify.oracles import sympy_process as outside
power = "from autodiff.verify.oracles import sympy_worker as w; w.json.loads = lambda line: 7**10**9; w.main()"
outside._COMMAND = ["-c", power]
oracle = outside.SymbolicOracle({})
print(oracle._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize("code", [ENDLESS, POWER], ids=["check", "SymPy"])
def test_the_process_ends_with_who_asked_for_it_whatever_it_does(code: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        time.sleep(0.5 if code == ENDLESS else 2)
        assert lives(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until = time.monotonic() + 20
        while lives(child) and time.monotonic() < until:
            time.sleep(0.02)
        assert not lives(child)
    finally:
        parent.kill()
        parent.stdout.close()


def test_a_matrix_asks_one_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = tmp_path / "started"
    popen: Callable[..., None] = subprocess.Popen.__init__

    def recorded(process: object, *arguments: object, **options: object) -> None:
        with started.open("a") as file:
            file.write("process\n")
        popen(process, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", recorded)
    formula = autodiff.Formula("x*y, x + sin(y), x/y")
    found = autodiff.api.check_jacobian(formula.jacobian(x=1, y=2))
    assert found.verdict is Verdict.PASS
    assert started.read_text().count("process") == 1


def test_the_worker_reads_and_writes_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    found = autodiff.check("sin(é)", {"é": 1})
    assert found.verdict is Verdict.PASS and found.inputs["é"].remarks == ()
