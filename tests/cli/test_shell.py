"""The shell: completion and where it is installed, the manual page, near misses, formats taken for options."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from tests.support import autodiff

from autodiff.cli.commands.completion import PLACES, script
from autodiff.cli.root import COMMANDS, root


def completed(words: str, last: int) -> list[str]:
    """What bash would offer for a word of a command line."""
    env = {**os.environ, "_AUTODIFF_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(last)}
    done = subprocess.run(
        [sys.executable, "-m", "autodiff"], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_commands_options_variables_and_functions_are_completed() -> None:
    assert completed("autodiff gra", 1) == ["grad", "graph"]
    assert completed("autodiff completion z", 2) == ["zsh"]
    assert {"--rate", "--values", "--wrt"} <= set(completed("autodiff grad rate*x --", 3))
    assert {"cumsum", "cumprod"} <= set(completed("autodiff functions cum", 2))


@pytest.mark.parametrize("shell", PLACES)
def test_a_script_is_printed_and_installed(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    printed = autodiff("completion")
    assert (printed.code, printed.stderr) == (0, "")
    assert printed.stdout == script(shell) == autodiff("completion", shell).stdout
    assert f"_AUTODIFF_COMPLETE={shell}_complete" in printed.stdout
    (tmp_path / ".zshrc").write_text("alias ll='ls -l'")
    for _ in range(2):
        done = autodiff("completion", "--install")
        assert (done.code, done.stderr) == (0, "")
        assert done.stdout.endswith(f"a new {shell} completes autodiff\n")
    place = PLACES[shell]
    file = tmp_path / place.folder / place.path
    assert file.read_text() == printed.stdout
    assert f"wrote {file}" in done.stdout
    lines = (tmp_path / ".zshrc").read_text().splitlines()
    assert lines[0] == "alias ll='ls -l'"
    assert [str(file.parent) in line for line in lines[1:]] == [True] * (shell == "zsh")


@pytest.mark.parametrize("shell", PLACES)
def test_a_shell_understands_its_script(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(script(shell))
    done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_where_the_shell_is_unknown_or_its_folder_closed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/bin/ksh")
    done = autodiff("completion")
    assert (done.code, "bash | zsh | fish" in done.stderr) == (2, True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    done = autodiff("completion", "fish", "--install")
    assert (done.code, "cannot be written" in done.stderr) == (2, True)


def test_the_manual_page_has_every_command_and_option_and_troff_reads_it() -> None:
    page = autodiff("help", "--man").stdout
    assert page.startswith('.TH AUTODIFF 1 ""')
    plain = page.replace("\\-", "-").replace("\\(aq", "'").replace("\\(ha", "^")
    for name in COMMANDS:
        command = root.get_command(click.Context(root), name)
        assert command is not None
        section = plain.partition(f".SS autodiff {name}\n")[2].partition("\n.S")[0]
        for param in command.params:
            if isinstance(param, click.Option) and not param.hidden:
                assert any(option in section for option in param.opts), (name, param.opts)
                assert " ".join((param.help or "").split())[:40] in section
        assert (command.help or "").strip().partition("\n")[0][:40] in section
    assert "Exit codes: 0 done" in plain
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert 'autodiff eval "2x^2 + 1" --x 3' in done.stdout


@pytest.mark.parametrize(
    ("args", "start"),
    [(["help", "tanh"], "tanh(x)"), (["help", "^"], "pow(x, y)"), (["help", "ln"], "log(x)"),
     (["help", "grad"], "Usage: autodiff grad"), (["help"], "Usage: autodiff"), (["help", "help"], "Usage: autodiff"),
     (["help", "--version"], "autodiff ")],
)  # fmt: skip
def test_help_knows_commands_and_functions(args: list[str], start: str) -> None:
    done = autodiff(*args)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith(start)


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["plot", "x^2"], "'graph'"), (["draw", "x"], "'graph'"), (["derive", "x"], "'diff'"),
        (["jac", "x"], "'jacobian'"),
        (["man"], "'autodiff help --man'"), (["version"], "'autodiff --version'"), (["help", "plot"], "'graph'"),
        (["simplify", "x + x"], "'autodiff diff --simplify'"), (["complete"], "'completion'"),
        (["x^2"], "autodiff grad 'x^2'"),
        (["help", "tahn"], "'tan'"), (["help", "qqqqqq"], "'autodiff help' lists the commands"),
        (["help", "pi"], "3.14"),
        (["functions", "--json"], "--format json"), (["functions", "--md"], "--format markdown"),
        (["eval", "x", "--x", "1", "--json"], "--format json"), (["eval", "--json", "x", "--x", "1"], "--format json"),
        (["grad", "x", "--x", "1", "--csv", "--all"], "--format csv"), (["diff", "x^2", "--latex"], "--format latex"),
        (["diff", "x^2", "--tex"], "--format latex"), (["eval", "x", "--json=1", "--x", "1"], "--format json"),
        (["eval", "x", "--plain", "out.txt", "--x", "1"], "--format plain"),
    ],
)  # fmt: skip
def test_a_near_miss_is_answered_with_what_was_meant(args: list[str], hint: str) -> None:
    done = autodiff(*args)
    assert (done.code, done.stdout) == (2, "")
    assert hint in done.stderr


def test_a_variable_may_be_called_as_a_format() -> None:
    assert autodiff("eval", "json^2", "--json", "3", "--format", "value").stdout == "9.0\n"
