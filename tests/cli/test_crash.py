"""A fault of our own: exit code 70 and one line, whatever crashed and wherever."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.test_process import COMMAND, environment

#: What a crash may look like: where it happens, as code that runs before the command.
CRASHES = {
    "in a sweep": "import autodiff.formula as m; m.Formula.gradient = lambda *a, **k: 1 // 0",
    "in a check": "import autodiff.api as m; m.check_gradient = lambda *a, **k: {}[()]",
    "in a format": "import autodiff.report.write.json as m; m.lines = lambda *a: [][0]",
    "at the import of a command": "import sys; sys.modules['autodiff.cli.commands.grad'] = 1",
    "too deep": "import autodiff.formula as m; m.Formula.gradient = lambda *a, **k: m.Formula.gradient()",
}


def crash(tmp_path: Path, code: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [*COMMAND, *args], env=environment(PYTHONPATH=path, **env), capture_output=True, encoding="utf-8", timeout=600,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("code", CRASHES.values(), ids=CRASHES.keys())
def test_a_crash_is_no_verdict_and_asks_for_a_report(tmp_path: Path, code: str) -> None:
    done = crash(tmp_path, code, "grad", "x\t*x", "--x", "1", "--check", "--format", "json")
    assert done.returncode == 70
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: a fault of autodiff itself (")
    assert "report it with the command: autodiff grad 'x\\t*x' --x 1 --check --format json;" in line
    assert "Traceback" not in done.stderr


def test_a_traceback_comes_where_it_is_asked_for(tmp_path: Path) -> None:
    done = crash(tmp_path, CRASHES["in a sweep"], "grad", "x", "--x", "1", AUTODIFF_TRACEBACK="1")
    assert done.returncode == 70
    assert "Traceback" in done.stderr and "ZeroDivisionError" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: a fault of autodiff itself (")


def test_a_long_command_line_stays_one_line(tmp_path: Path) -> None:
    done = crash(tmp_path, CRASHES["in a sweep"], "grad", "x + " * 10_000 + "x", "--x", "1")
    assert (done.returncode, len(done.stderr.splitlines())) == (70, 1)
    assert len(done.stderr) < 1000


def test_too_little_memory_is_no_traceback(tmp_path: Path) -> None:
    code = "import autodiff.formula as m\ndef f(*a, **k): raise MemoryError\nm.Formula.gradient = f"
    done = crash(tmp_path, code, "grad", "x", "--x", "1")
    assert (done.returncode, done.stderr) == (
        2,
        "error: this needs more memory than there is\n"
        "hint: try it with fewer variables or smaller arrays, or with --wrt for some of the variables\n",
    )


def test_the_search_for_crashes_would_find_none_where_there_is_none(tmp_path: Path) -> None:
    done = crash(tmp_path, "", "grad", "x*x", "--x", "1", "--format", "value")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.0\n", "")
