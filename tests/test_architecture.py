"""What the house promises about its own source: who imports what, what no command loads, and how long a file may be."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autodiff

ROOT = Path(autodiff.__file__).resolve().parent
FILES = sorted(ROOT.rglob("*.py"))
#: A library, and the only room that may import it.
ROOM_OF = {"rich": "report", "sympy": "verify", "click": "cli"}
#: These turn text into code; a user's text must never reach one.
FORBIDDEN_CALLS = {"eval", "exec", "sympify", "parse_expr", "lambdify", "system", "popen"}
#: SymPy's expressions, which a room has built node by node, may become functions there.
ALLOWED_CALLS = {"verify": {"lambdify"}}
HEAVY = ("rich", "numpy", "sympy", "mpmath")


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that a file imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def called(tree: ast.AST) -> Iterator[str]:
    """The last part of the name of everything that a file calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_keeps_to_its_room(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= 400
    room = name_of(file).partition("/")[0]
    assert not (FORBIDDEN_CALLS - ALLOWED_CALLS.get(room, set())) & set(called(tree))
    for library in ROOM_OF.keys() & set(imported(tree)):
        assert room == ROOM_OF[library], f"{library} is imported"


@pytest.mark.parametrize(
    ("text", "found"),
    [("eval('1')", {"eval"}), ("sympy.lambdify(x, y)", {"lambdify"}), ("evaluate(1)", {"evaluate"})],
)
def test_the_search_for_calls_finds_them(text: str, found: set[str]) -> None:
    assert set(called(ast.parse(text))) == found


def loaded_by(*args: str) -> set[str]:
    """Which of the heavy libraries a command has imported when it ends."""
    report = f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    script = f"import sys; from autodiff.cli.root import run; run(sys.argv[1:]); {report}"
    done = subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, encoding="utf-8", timeout=600, check=True
    )
    return set(done.stderr.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    ("args", "loaded"),
    [
        (["--version"], set()),
        (["grad", "x*y", "--help"], set()),
        (["grad", "sin(x", "--x", "1"], set()),
        (["grad", "sin(x)", "--x", "pi/4", "--format", "json"], set()),
        (["grad", "sin(x)", "--x", "pi/4", "--format", "csv"], set()),
        (["grad", "sin(x)", "--x", "pi/4", "--format", "markdown"], set()),
        (["grad", "abs(x)", "--x", "0", "--format", "plain"], set()),
        (["grad", "log(x)", "--x", "0", "--format", "value"], set()),
        (["grad", "x, 2x", "--x", "1", "--mode", "forward", "--format", "json"], set()),
        (["grad", "x*y", "--x", "1", "--y", "2", "--mode", "both", "--format", "markdown"], set()),
        (["jacobian", "x, 2x", "--x", "1", "--format", "json"], set()),
        (["jacobian", "x, 2x", "--x", "1", "--format", "markdown"], set()),
        (["eval", "gamma(x)", "--x", "1", "--format", "value"], set()),
        (["diff", "x^2*sin(x)"], set()),
        (["diff", "x^2*sin(x)", "--format", "latex"], set()),
        (["diff", "x^2*sin(x)", "--format", "json"], set()),
        (["hessian", "x^2*y + sin(y)", "--x", "1", "--y", "2", "--format", "json"], {"mpmath"}),
        (["hessian", "x^2*y", "--x", "1", "--y", "2", "--direction", "x=1", "--format", "csv"], {"mpmath"}),
        (["grad", "exp(sin(x))", "--x", "1", "--order", "5", "--format", "json"], {"mpmath"}),
        (["graph", "sin(x)", "--x", "1", "-o", os.devnull + "/no.svg"], set()),
        (["graph", "sin(x)", "--x", "1", "-o", os.devnull + "/no.html"], set()),
        (["graph", "sin(x)"], {"rich"}),
        (["grad", "sin(x)", "--x", "1"], {"rich"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_loads_no_library_that_it_does_not_need(args: list[str], loaded: set[str]) -> None:
    assert loaded_by(*args) == loaded
