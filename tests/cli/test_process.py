"""The command as a process of its own: pipes that close, signals, terminals, encodings, completion."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autodiff

SCRIPT = Path(sys.executable).parent / ("autodiff.exe" if os.name == "nt" else "autodiff")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "autodiff"]
#: What a caller may have set, and what would change the output.
UNSET = {
    "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONUNBUFFERED", "COLUMNS", "LINES",
    "_AUTODIFF_COMPLETE",
}  # fmt: skip
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
#: Far more output than a pipe holds.
LONG = "f(x) = x + 1; g(x) = f(f(f(f(x)))); h(x) = g(g(g(g(x)))); k(x) = h(h(h(h(x)))); k(k(k(k(k(k(k(k(x))))))))"

posix = pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX systems")


def environment(**given: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in UNSET} | {"TERM": "xterm"} | given


def start(*args: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, **options}
    return subprocess.run(
        [*COMMAND, *args], env=environment(**(env or {})), encoding="utf-8", timeout=600, check=False, **options
    )


def test_the_installed_command_runs() -> None:
    done = start("grad", "(x + y) * max(y, z)", "--x", "1", "--y", "2", "--z", "0", "--format", "plain")
    assert (done.returncode, done.stdout, done.stderr) == (0, "f\t6.0\nx\t2.0\ny\t5.0\nz\t0.0\n", "")


def test_python_runs_it_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "autodiff", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"autodiff \d+\.\d+\.\S+\n", done.stdout)
    assert done.stdout == start("--version").stdout


@pytest.mark.parametrize(("args", "code"), [("eval 1", 0), ("eval x", 2), ("eval 1/0", 3), ("nonsense", 2)])
def test_the_exit_code_reaches_the_shell(args: str, code: int) -> None:
    assert start(*args.split()).returncode == code


def test_a_formula_comes_through_a_pipe() -> None:
    done = start("eval", "-", "--x", "3", "--format", "value", input="# θ\r\nx^2\r\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "9.0\n", "")


def blocked() -> subprocess.Popen[bytes]:
    """A command that has filled the pipe to its reader, and waits for it to read on."""
    process = subprocess.Popen(
        [*COMMAND, "eval", LONG, "--x", "1", "--format", "json"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read(2) == b"{\n"
    return process


@posix
def test_a_reader_that_has_seen_enough_ends_the_command_quietly() -> None:
    with blocked() as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(600) == -signal.SIGPIPE


@posix
def test_ctrl_c_ends_the_command_quietly() -> None:
    # What a shell starts in the background ignores it, and hands that on.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = blocked()
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
        assert process.wait(600) == -signal.SIGINT


def test_nothing_of_weight_is_imported_before_the_entry_point_runs() -> None:
    """What is interrupted before that prints a traceback of the interpreter."""
    code = "import autodiff.cli, sys; print(*[name for name in sys.modules if name.startswith('autodiff')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["autodiff", "autodiff.cli"]


@posix
def test_an_interrupt_while_the_command_is_imported_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'autodiff.graph.graph':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "autodiff", "grad", "x", "--x", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("args", [["eval", "1"], ["eval", "1", "--format", "json"], ["functions"], ["--help"]])
def test_a_full_disk_is_an_error(args: list[str]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = start(*args, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the output could not be written: ")
    assert done.stderr.count("\n") == 2 and "\nhint: " in done.stderr


def on_terminal(*args: str, width: int = 100, env: dict[str, str] | None = None) -> str:
    """What a command prints on a terminal of that width, standard error included."""
    termios = pytest.importorskip("termios")
    import pty

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, width))
    process = subprocess.Popen(
        [*COMMAND, *args], env=environment(**(env or {})), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    parts = []
    with contextlib.suppress(OSError):  # Linux says so when the other side is gone
        while part := os.read(ours, 65536):
            parts.append(part)
    os.close(ours)
    process.wait(600)
    return b"".join(parts).decode().replace("\r\n", "\n")


def text_of(shown: str) -> list[str]:
    """The lines without colours, and without the blanks that carried them."""
    return [line.rstrip() for line in ESCAPE.sub("", shown).strip().splitlines()]


GRAD = ["grad", "max(x, y) * x", "--x", "1", "--y", "1"]


@posix
def test_a_terminal_gets_colour_and_a_pipe_the_same_text_without() -> None:
    shown = on_terminal(*GRAD)
    assert ESCAPE.search(shown)
    piped = start(*GRAD).stdout
    assert not ESCAPE.search(piped)
    assert text_of(shown) == text_of(piped)


@posix
def test_an_error_on_a_terminal_is_coloured() -> None:
    shown = on_terminal("grad", "x +")
    assert ESCAPE.search(shown)
    assert ESCAPE.sub("", shown) == start("grad", "x +").stderr
    assert not ESCAPE.search(on_terminal("grad", "x +", env={"NO_COLOR": "1"}))


@posix
@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_color_leaves_no_escapes(env: dict[str, str]) -> None:
    shown = on_terminal(*GRAD, width=80, env=env)
    assert "\x1b" not in shown
    assert text_of(shown) == text_of(on_terminal(*GRAD, width=80))


@posix
def test_color_never_leaves_a_terminal_without_escapes() -> None:
    assert not ESCAPE.search(on_terminal(*GRAD, "--color", "never"))


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_color_always_colours_a_pipe(env: dict[str, str]) -> None:
    coloured = start(*GRAD, "--color", "always", env=env).stdout
    assert ESCAPE.search(coloured)
    assert text_of(coloured) == text_of(start(*GRAD).stdout)


@posix
@pytest.mark.parametrize("args", [["grad", "x +"], ["eval", "1/0", "--format", "value"], ["grad", "x", "--nonsense"]])
def test_color_rules_what_is_said_on_standard_error(args: list[str]) -> None:
    plain = start(*args).stderr
    for option in (["--color", "always"], ["--color=always"]):
        coloured = start(*args, *option).stderr
        assert ESCAPE.search(coloured)
        assert ESCAPE.sub("", coloured) == plain
    assert ESCAPE.search(on_terminal(*args))
    assert not ESCAPE.search(on_terminal(*args, "--color", "never"))


#: Formulas whose tables are wide, with the names and numbers that must come out whole at any width.
WIDE = [
    (["max(x, y, z) * x", "--x", "1", "--y", "1", "--z", "1"], ["0.333333", "max(x,"]),
    (["(x + y) * max(y, z)", "--x", "1.23456", "--y", "-2.34567e-7", "--z", "0"], ["1.23456", "-2.34567e-7"]),
    (["abs(learning_rate) * scale", "--learning_rate", "0", "--scale", "3"], ["learning_rate", "df/dlearning_rate"]),
    (["atan2(force, mass)^2 / hypot(force, mass, speed)", "--force", "12345.6", "--mass", "1e-9", "--speed", "3"],
     ["12345.6", "atan2(force,", "1e-9", "force", "speed"]),
]  # fmt: skip


@posix
@pytest.mark.parametrize("width", [40, 48, 54, 60, 70, 80, 120, 200])
@pytest.mark.parametrize(("args", "whole"), WIDE, ids=lambda value: value[0])
def test_a_table_keeps_to_the_width_of_the_terminal(args: list[str], whole: list[str], width: int) -> None:
    shown = ESCAPE.sub("", on_terminal("grad", *args, width=width))
    assert max(map(len, shown.splitlines())) <= width
    words = set(shown.split())
    assert set(whole) <= words
    # The last number of each line on a wide terminal: the gradients, and where they were taken.
    wide = ESCAPE.sub("", on_terminal("grad", *args, width=200))
    numbers = {word for line in wide.splitlines() for word in re.findall(r"(?<![\w.-])-?[0-9][0-9.e-]*$", line)}
    assert numbers <= words


def test_a_pipe_never_cuts_a_line() -> None:
    arguments = ", ".join(f"x{k}" for k in range(20))
    bindings = [f"--x{k}=1" for k in range(20)]
    printed = start("grad", f"max({arguments})", *bindings, env={"COLUMNS": "40"}).stdout
    assert f"max({arguments})" in printed


@pytest.mark.parametrize("form", ["table", "csv", "markdown", "plain", "value"])
def test_an_encoding_without_greek_is_no_traceback(form: str) -> None:
    done = start("grad", "θ²", "--θ", "3", "--format", form, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "6" in done.stdout


def test_an_error_in_an_encoding_without_greek_is_no_traceback() -> None:
    done = start("grad", "θ²", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 2
    assert done.stderr.startswith("error: nothing is bound to")


def complete(*words: str) -> list[str]:
    """What the shell offers for the last of the words."""
    env = {
        "_AUTODIFF_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["autodiff", *words]),
        "COMP_CWORD": str(len(words)),
    }  # fmt: skip
    done = start(env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_offers_commands_and_options_and_formats() -> None:
    assert complete("gr") == ["grad", "graph"]
    assert {"--format", "--digits", "--let", "--wrt"} <= set(complete("grad", "x", "--"))
    assert complete("grad", "x", "--format", "j") == ["json"]


def test_completion_offers_the_variables_of_the_formula() -> None:
    assert {"--x", "--theta"} <= set(complete("grad", "'x*theta + 2pi'", "--"))
    assert complete("grad", "'x*theta + 2pi'", "--th") == ["--theta"]
    assert "--x" not in complete("grad", "'(x'", "--")


def test_completion_offers_what_can_be_typed() -> None:
    assert {"tan", "tanh"} <= set(complete("functions", "ta"))
    assert "sin" not in complete("functions", "ta")
    assert "--format" in complete("grad", "'format*x'", "--")


def test_importing_the_package_prints_nothing_and_needs_no_command_line() -> None:
    script = "import sys, autodiff; print(autodiff.Formula('x^2').value(x=3), 'click' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("9.0 False\n", "")
    assert autodiff.Formula("x^2").value(x=3) == 9


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_json_is_json_in_any_encoding(encoding: str) -> None:
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = start("grad", "θ² + \U00010380", "--θ", "3", "--\U00010380", "1", "--format", "json", env=env)
    assert json.loads(done.stdout)["formula"] == "θ² + \U00010380"
    assert ("θ" in done.stdout) == (encoding == "utf-8")
    rows = json.loads(start("functions", "sqrt", "--format", "json", env=env).stdout)
    assert rows[0]["operator"] == "√x"


def test_an_encoding_without_greek_keeps_the_columns_straight() -> None:
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    nodes = start("grad", "θ² + abs(x)", "--θ", "3", "--x", "0", env=env).stdout.split("\n\n")[0].splitlines()
    assert "\\u03b8^2" in nodes[5]
    assert len({line.index("|", 3) for line in [nodes[0], *nodes[2:]]}) == 1


@posix
@pytest.mark.parametrize(
    ("args", "closed", "code"),
    [
        ("eval 1", ">&-", 2), ("eval 1 --format json", ">&-", 2), ("--help", ">&-", 2), ("eval x", ">&-", 2),
        ("eval 1/0", ">&-", 2), ("eval -", "<&-", 2), ("eval 1", "<&-", 0), ("eval 1", "2>&-", 0),
        ("eval x", "2>&-", 2), ("eval 1/0", "2>&-", 3), ("grad abs(x) --x 0 --format value", "2>&-", 0),
        ("eval 1/0", ">&- <&- 2>&-", 2),
    ],
)  # fmt: skip
def test_a_closed_stream_is_no_traceback(args: str, closed: str, code: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *COMMAND, *args.split()],
        env=environment(), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode == code


@posix
@pytest.mark.parametrize("closed", ["2>&-", ">&-"])
def test_bytes_that_are_no_text_are_no_crash_where_nobody_listens(closed: str) -> None:
    command = ["sh", "-c", f'"$@" {closed}', "sh", *COMMAND, "eval", os.fsdecode(b"x + \xff")]
    done = subprocess.run(command, env=environment(), capture_output=True, timeout=600, check=False)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize(
    ("args", "code"), [("eval x", 2), ("nonsense", 2), ("eval 1/0", 3), ("grad abs(x) --x 0 --format value", 0)]
)
def test_an_error_that_cannot_be_written_keeps_its_exit_code(args: str, code: int) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert start(*args.split(), capture_output=False, stdout=subprocess.PIPE, stderr=full).returncode == code


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_that_cannot_be_reported_is_no_traceback() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert start("eval", "1", capture_output=False, stdout=full, stderr=full).returncode == 2


@pytest.mark.parametrize(
    ("args", "out"),
    [
        (["verify", "x^2", "--claim", "x=2x", "--format", "plain"], "x\tPASS\n"),
        (["explain", "x", "--x", "1", "--node", "x"], "x = 1\n"),
        (["functions", "--format", "json"], "["),
        ([], "Usage: autodiff "),
    ],
    ids=str,
)
def test_all_that_was_printed_is_written_before_the_process_leaves(args: list[str], out: str) -> None:
    """The process leaves without the interpreter's own last flush."""
    done = start(*args)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(out)


def test_letters_that_an_encoding_lacks_are_escapes_and_no_question_marks() -> None:
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = start("grad", "θ²", "--θ", "3", "--format", "plain", env=env)
    assert done.stdout == "f\t9.0\n\\u03b8\t6.0\n"
    assert "'\\u03b8'" in start("grad", "θ²", env=env).stderr


@pytest.mark.parametrize(
    ("args", "result", "remark"),
    [
        (["grad", "abs(x)", "--x", "0", "--format", "value"], "0.0\n", "note: "),
        (["grad", "log(x)", "--x", "-1", "--format", "value"], "NaN\n", "undefined: "),
        (["grad", "abs(x)", "--x", "0", "--format", "value", "--check"], "0.0\n", "check: KINK"),
        (["grad", "abs(x)", "--x", "0", "--order", "1", "--format", "csv"], "f,0.0", "note: "),
        (["jacobian", "abs(x), x", "--x", "0", "--format", "csv"], "x\n0.0\n1.0\n", "note: "),
        (["jacobian", "log(x), x", "--x", "-1", "--format", "csv"], "x\n", "undefined"),
        (["hessian", "x^3", "--x", "1", "--check", "--format", "value"], "6.0\n", "check: PASS"),
        (["explain", "log(x)", "--x", "-1"], "Forward pass", "undefined: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_remark_comes_after_the_result_that_it_is_about(args: list[str], result: str, remark: str) -> None:
    """Where both streams are one file, as in `autodiff ... > log 2>&1`."""
    shown = start(*args, capture_output=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    assert shown.index(result) < shown.index(remark)


def test_what_comes_after_two_dashes_says_nothing_about_colour() -> None:
    done = start("eval", "x +", "--", "--color=always")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\x1b" in start("eval", "x +", "--color=always").stderr


@posix
@pytest.mark.parametrize("args", [["grad", "x +"], ["eval", "1/0", "--format", "value"], ["eval", "x", "--x", "1"]])
def test_a_terminal_that_knows_no_colours_gets_none(args: list[str]) -> None:
    assert "\x1b" not in on_terminal(*args, env={"TERM": "dumb"})
    assert "\x1b" in on_terminal(*args)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "words",
    [{}, {"COMP_WORDS": "autodiff gr", "COMP_CWORD": "one"}, {"COMP_WORDS": "'", "COMP_CWORD": "1"}],
)
def test_completion_that_a_shell_did_not_ask_for_is_no_fault(shell: str, words: dict[str, str]) -> None:
    done = start(env={"_AUTODIFF_COMPLETE": f"{shell}_complete", **words})
    assert done.returncode in (0, 2)
    assert "fault" not in done.stderr and "Traceback" not in done.stderr
    assert done.returncode == 0 or "hint: " in done.stderr
