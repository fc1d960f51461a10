"""The architecture says in which file a line of output is made: commands are run, and their lines traced there."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest
from tests.support import ROOT
from tests.support import autodiff as run

import autodiff
from autodiff.cli.root import COMMANDS
from autodiff.errors import AutodiffError

#: Where the package that runs is: not beside these tests, where it is installed.
SOURCE = Path(autodiff.__file__).parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


class Row(NamedTuple):
    """A row of the table: what is printed, and the files that it names."""

    line: str
    files: list[str]


def rows() -> Iterator[Row]:
    table = PAGE.partition("## Where a line of output is made")[2].partition("\n## ")[0]
    for line in re.findall(r"^\| (.*) \|$", table, flags=re.M)[1:]:
        printed, _, made = line.rpartition(" | ")
        yield Row(printed, re.findall(r"`([\w/]+\.py|[\w/]+/)`", made))


def holds(value: object, words: str, depth: int = 3) -> bool:
    """Whether a text, or a list of texts, holds the words."""
    if isinstance(value, str):
        return words in value
    if isinstance(value, AutodiffError):
        # One that is still in the making has none.
        return words in getattr(value, "message", "")
    if isinstance(value, list | tuple) and depth and len(value) < 1000:
        return any(holds(part, words, depth - 1) for part in value)
    return False


def file_of(frame: FrameType | None) -> str:
    """The file of a function of the package, below `src/autodiff`; empty for any other."""
    path = Path(frame.f_code.co_filename) if frame is not None else Path()
    return path.relative_to(SOURCE).as_posix() if path.is_relative_to(SOURCE) else ""


def maker(args: Sequence[str], words: str) -> str:
    """The file of the first function that hands out the words, as its result or to a function that it calls."""
    found: list[str] = []

    def watch(frame: FrameType, event: str, arg: Any) -> None:
        if found:
            return
        if event == "return" and file_of(frame) and holds(arg, words):
            found.append(file_of(frame))
        elif event == "call" and file_of(frame.f_back):
            names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
            if any(holds(frame.f_locals.get(name), words) for name in names):
                found.append(file_of(frame.f_back))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        done = run(*args)
    finally:
        sys.setprofile(before)
    written = args[-1] if args[-2] == "-o" else ""
    assert words in (Path(written).read_text(encoding="utf-8") if written else done.stdout + done.stderr), done
    return found[0] if found else ""


POINT = ("--x", "1", "--y", "2")
#: What a row begins with, a command, and words of it that the row is about.
CASES = [
    ("`error: nothing is bound", ["grad", "x*yy", "--x", "1"], "error: nothing is bound to 'yy'"),
    ("`error: nothing is bound", ["grad", "x*yy", "--x", "1"], "|    ^^"),
    ("`note: no output uses", ["eval", "a = x; b = 2a; 3x", "--x", "1"], "no output uses 'b'"),
    ("`note: no output uses", ["eval", "xy", "--x", "1", "--y", "2"], "for a product write x*y"),
    ("`undefined: log", ["grad", "log(x)", "--x", "-1"], "log is defined for x > 0; here x = -1"),
    ("a row of the table of nodes", ["grad", "x*y", *POINT], "d/dy = 1"),
    ("`f = 6`", ["grad", "x*y", *POINT], "gradient of f"),
    ("a row of the table of nodes", ["grad", "abs(x)", "--x", "0"], "kink [-1, 1]"),
    ("braces, commas", ["grad", "x*y", *POINT, "--format", "json"], '"formula"'),
    ("braces, commas", ["grad", "x*y", *POINT, "--format", "csv"], "id,name,op,args"),
    ("braces, commas", ["grad", "x*y", *POINT, "--format", "markdown"], "| # | name |"),
    ("braces, commas", ["grad", "x*y", *POINT, "--format", "plain"], "y\t1.0"),
    ("what the function itself does", ["grad", "sqrt(x)^2", "--x", "0"], "backpropagation alone gives 0"),
    ("a number for people", ["eval", "x", "--x", "1.23456789e-8"], "1.23457e-8"),
    ("the columns of a table", ["grad", "x*y", *POINT], "name   operation"),
    ("the name `a`", ["grad", "(x + y)*(x - y)", *POINT], "a * b"),
    ("`check: PASS`", ["grad", "x*y", *POINT, "--check"], "check: PASS, every derivative is right"),
    ("`check: PASS`", ["grad", "abs(x)", "--x", "0", "--check"], "on a kink: the derivative is -1 from below"),
    ("`df/dx = cos(x^2): FAIL`", ["verify", "sin(x^2)", "--claim", "x=cos(x^2)"], "df/dx = cos(x^2): FAIL"),
    ("`df/dx = cos(x^2): FAIL`", ["verify", "sin(x^2)", "--claim", "x=cos(x^2)"], "the inner derivative is missing"),
    ("a Jacobian or a Hessian", ["jacobian", "x*y, x", *POINT], "2 passes for 2 outputs"),
    ("a Jacobian or a Hessian", ["hessian", "x*y", *POINT], "over the gradient, for 2 variables"),
    (
        "tangents, beside adjoints",
        ["grad", "x*y", *POINT, "--mode", "both"],
        "adjoint is the derivative of f by the node",
    ),
    ("derivatives of higher order", ["grad", "x^3", "--x", "1", "--order", "2"], "d2f/dx2"),
    ("an interval of `enclose`", ["enclose", "x*y", *POINT], "certified digits"),
    ("a step of `explain`", ["explain", "x*y", *POINT], "to x: 1 * 2 = "),
    ("a derivative as a formula", ["diff", "sin(x^2)"], "2*x*cos(x^2)"),
    ("a derivative as a formula", ["diff", "sin(x^2)", "--format", "latex"], r"\cos"),
    ("a picture as a tree", ["graph", "x*y", "-o", "{}.dot"], "digraph"),
    ("a picture as a tree", ["graph", "x*y", *POINT, "-o", "{}.svg"], "<svg "),
    ("a picture as a tree", ["graph", "x*y", "-o", "{}.mmd"], "flowchart"),
    ("a picture as a tree", ["graph", "x*y"], "├── x"),
    ("what the boxes", ["graph", "x*y", *POINT, "-o", "{}.dot"], "f = x * y"),
    ("a picture as a tree", ["graph", "x*y", *POINT, "-o", "{}.html"], "const program = ("),
    ("a line of generated code", ["compile", "sin(x)*y", "--target", "c"], "const double t2 = sin"),
    ("an entry of `autodiff functions`", ["functions", "tanh"], "  domain    all reals"),
]


@pytest.mark.parametrize(("begins", "args", "words"), CASES, ids=[f"{args[0]}: {words}" for _, args, words in CASES])
def test_a_line_is_made_where_the_page_says(begins: str, args: list[str], words: str, tmp_path: Path) -> None:
    if args[0] == "enclose":
        pytest.importorskip("flint")
    (row,) = [row for row in rows() if row.line.startswith(begins)]
    assert maker([arg.replace("{}", str(tmp_path / "drawn")) for arg in args], words) in row.files


def test_a_help_text_stands_where_the_page_says() -> None:
    (row,) = [row for row in rows() if row.line == "the help of a command"]
    (folder,) = row.files
    for name in COMMANDS:
        first = next(line.strip() for line in run(name, "--help").stdout.splitlines()[1:] if line.strip())
        assert first[:30] in (SOURCE / folder / f"{name}.py").read_text(encoding="utf-8")


def test_every_row_of_the_page_is_held_against_a_line() -> None:
    tested = tuple(begins for begins, _, _ in CASES)
    rest = [row.line for row in rows() if not row.line.startswith(tested)]
    # What counts on a boundary is a number, and no words.
    assert rest == ["which branches count on a boundary; the interval of a kink", "the help of a command"]
    assert all(row.files for row in rows())
