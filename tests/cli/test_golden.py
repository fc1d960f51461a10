"""Whole outputs, word for word: each file of `golden/<command>/` is a command line, its exit code and all it prints.

A file opens with comments that say what it shows, then comes the command line as in a shell, then a section for
standard input, the exit code, standard output and standard error; an empty one is left out. A command that sets
COLUMNS runs as on a terminal of that width, every other as in a pipe. Paths start from `examples/`.

UPDATE_GOLDEN=1 writes what the commands print now into the files; read the difference before you keep it.
"""

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support import ROOT

from autodiff.cli.root import run

FILES = sorted((ROOT / "tests" / "golden").rglob("*.txt"))
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_SECTION = re.compile(r"^--- (stdin|exit \d+|stdout|stderr)\n", re.M)


class Case(NamedTuple):
    """A golden file, or what a command did: text that ends in a newline, or nothing."""

    comments: str
    command: str
    stdin: str
    code: int | None = None
    stdout: str = ""
    stderr: str = ""

    def text(self) -> str:
        sections = [("stdin", self.stdin), ("stdout", self.stdout), ("stderr", self.stderr)]
        shown = [f"--- {name}\n{text}" for name, text in sections if text]
        shown.insert(bool(self.stdin), f"--- exit {self.code}\n")
        body = "".join(shown)
        return f"{self.comments}$ {self.command}\n{body}"


def read(text: str) -> Case:
    head, *rest = _SECTION.split(text)
    comments, _, command = head.partition("$ ")
    assert all(line.startswith("# ") for line in comments.splitlines()), "a golden file says what it shows"
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    code = next((int(name.split()[1]) for name in sections if name.startswith("exit ")), None)
    found = [sections.get(name, "") for name in ("stdin", "stdout", "stderr")]
    return Case(comments, command.strip(), found[0], code, found[1], found[2])


class Stream(io.TextIOWrapper):
    """A standard stream in memory, which may look like a terminal."""

    def __init__(self, text: str = "", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8", newline="\n", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


def execute(case: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Run the command of a case inside this process; what it did."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "_AUTODIFF_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    pinned = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
    words = shlex.split(case.command)
    program = words.index("autodiff")
    given = dict(word.split("=", 1) for word in words[:program])
    for name, value in (pinned | given).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT / "examples")
    terminal = "COLUMNS" in given
    monkeypatch.setattr(sys, "stdin", Stream(case.stdin))
    out, err = Stream(terminal=terminal), Stream(terminal=terminal)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words[program + 1 :])
    return case._replace(code=code, stdout=out.text(), stderr=err.text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_output_is_what_the_file_shows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = file.read_text(encoding="utf-8")
    found = execute(read(expected), monkeypatch)
    for text in (found.stdout, found.stderr):
        assert not text or text.endswith("\n")
        assert "Traceback" not in text
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(found.text(), encoding="utf-8")
    else:
        assert found.text() == expected


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_an_error_goes_to_standard_error_alone_and_names_a_way_out(file: Path) -> None:
    case = read(file.read_text(encoding="utf-8"))
    if case.code == 2:
        assert case.stdout == ""
        assert _ESCAPE.sub("", case.stderr).startswith("error: ")
    else:
        assert not case.stderr.startswith("error")


def test_a_golden_file_reads_back_as_itself() -> None:
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert read(text).text() == text
