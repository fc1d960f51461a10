"""Where a request comes from and where words about it go: files, standard input, standard error on a terminal."""

import contextlib
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import autodiff

from autodiff.cli import checking
from autodiff.cli.root import run
from autodiff.formula import evaluate_constant
from autodiff.syntax.text_files import MOST_BYTES


def test_a_check_that_takes_long_says_what_it_waits_for_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream(io.StringIO):
        terminal = True

        def isatty(self) -> bool:
            return self.terminal

    def check(progress: Callable[[str], None]) -> Any:
        progress("waiting for SymPy")
        assert stream.getvalue() == ""
        time.sleep(0.05)
        # What works in a process of its own is told again and again while nothing changes.
        progress("waiting for SymPy")
        progress("waiting for SymPy")
        return "found"

    monkeypatch.setattr(checking, "_PATIENCE", 0.05)
    stream = Stream()
    monkeypatch.setattr("sys.stderr", stream)
    found: object = checking._watched(check)
    assert found == "found"
    assert "checking: waiting for SymPy\n" in stream.getvalue()
    assert stream.getvalue().count("waiting for SymPy") == 1

    stream = Stream()
    stream.terminal = False
    monkeypatch.setattr("sys.stderr", stream)
    again: object = checking._watched(check)
    assert again == "found"
    assert stream.getvalue() == ""


@pytest.mark.parametrize("command", ["grad x --x 1 --check", "jacobian x --x 1 --check", "verify x --claim x=1"])
@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_a_check_takes_no_timeout_without_time(command: str, seconds: str) -> None:
    done = autodiff(*command.split(), "--check-timeout", seconds)
    assert (done.code, done.stdout) == (2, "")
    assert "--check-timeout" in done.stderr


@pytest.mark.parametrize(
    "args",
    [["eval", "@a\0b"], ["eval", "x", "--x", "@a\0b"], ["eval", "1", "--ops", "a\0b"], ["graph", "1", "-o", "a\0b.svg"],
     ["eval", "x", "--x", "@a\0b.csv"], ["eval", "x", "--x", "@a\0b.npy"]],
    ids=lambda args: " ".join(args).replace("\0", "NUL"),
)  # fmt: skip
def test_a_path_that_no_file_can_have_is_an_error_and_no_traceback(args: list[str]) -> None:
    done = autodiff(*args)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: 'a\\x00b")


def test_standard_input_without_end_is_refused_after_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff.syntax.text_files.MOST_BYTES", 8)
    monkeypatch.setattr("autodiff.syntax.text_files.decode.__defaults__", (8,))
    assert autodiff("eval", "-", "--format", "value", stdin="1 + 2 +3").stdout == "6.0\n"
    done = autodiff("eval", "-", "--format", "value", stdin="1 + 2 + 3")
    assert done.code == 2
    assert done.stderr.startswith("error: standard input is larger than ")


def test_no_more_of_standard_input_is_read_than_the_limit() -> None:
    """It may be a device without an end."""
    asked: list[int] = []

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(-1 if size is None else size)
            return b"1"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(Endless(), encoding="utf-8"))
        with contextlib.redirect_stdout(io.StringIO()):
            assert run(["eval", "-", "--format", "value"]) == 0
    assert asked == [MOST_BYTES + 1]


def test_standard_input_that_is_no_text_is_an_error() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), encoding="utf-8"))
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            assert run(["eval", "-"]) == 2
    assert "standard input is no UTF-8 text" in err.getvalue()


def test_operations_may_use_those_of_the_files_before(tmp_path: Path) -> None:
    first, second = tmp_path / "first.ops", tmp_path / "second.ops"
    first.write_text("double(x) = 2x\n")
    second.write_text("fourfold(x) = double(double(x))\n")
    given = ["eval", "fourfold(x) + double(x)", "--x", "1", "--format", "value"]
    assert autodiff(*given, "--ops", str(first), f"--ops={second}").stdout == "6.0\n"
    assert autodiff(*given, "--ops", str(second), "--ops", str(first)).code == 2


def test_a_file_of_operations_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff.graph.definitions.MOST_CHARACTERS", 4)
    (tmp_path / "big.ops").write_text("double(x) = 2x # and more\n")
    done = autodiff("eval", "1", "--ops", str(tmp_path / "big.ops"))
    assert done.code == 2
    assert "is larger than" in done.stderr


@pytest.mark.parametrize(
    "text", ["1", "-1", "0", "-0", "-0.0", "1.", ".5", "-.5", "007", "1.50", "123456789012345", "0.1"]
)
def test_a_plain_number_is_not_parsed_and_is_the_number_of_the_language(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = repr(evaluate_constant(f"({text})"))
    monkeypatch.setattr("autodiff.formula.build", None)
    assert repr(evaluate_constant(text)) == wanted


@pytest.mark.parametrize("text", ["1_000", "nan", "infinity", "٣", "-", ".", "1..2", ""])
def test_what_only_python_reads_as_a_number_is_none_of_ours(text: str) -> None:
    assert autodiff("eval", "x", f"--x={text}", "--format", "value").stdout in ("", "NaN\n")
