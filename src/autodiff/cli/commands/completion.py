"""`autodiff completion`: the script by which a shell completes command lines, and where each shell looks for it."""

import os
import shlex
from typing import NamedTuple

import click

from autodiff.cli.options import HelpfulCommand
from autodiff.errors import AutodiffError, SourceError

#: What marks our line in the configuration of a shell.
_MARK = "# autodiff completion"


class Place(NamedTuple):
    """Where a shell finds the script: a folder given by a variable or below the home, and a path in it."""

    variable: str
    folder: str
    path: str
    #: What has to be in the shell's own configuration, and what else the user should know.
    rc: str = ""
    line: str = ""
    note: str = ""


PLACES = {
    "bash": Place(
        "XDG_DATA_HOME", ".local/share", "bash-completion/completions/autodiff",
        note="it needs the package bash-completion; without that, add to ~/.bashrc: source {file}",
    ),
    "zsh": Place(
        "ZDOTDIR", "", ".zfunc/_autodiff", rc=".zshrc",
        line="fpath=({folder} $fpath); autoload -Uz compinit; compinit",
    ),
    "fish": Place("XDG_CONFIG_HOME", ".config", "fish/completions/autodiff.fish"),
}  # fmt: skip


@click.command("completion", cls=HelpfulCommand)
@click.argument("shell", required=False, type=click.Choice(list(PLACES)))
@click.option("--install", is_flag=True, help="Put the script where the shell looks for it, instead of printing it.")
def command(shell: str | None, install: bool) -> None:
    """Print the script by which SHELL (bash, zsh or fish) completes commands, options, variables and functions.

    SHELL is yours unless you name another. With --install a new shell completes; for zsh a line is added to .zshrc.

    \b
    autodiff completion --install
    autodiff completion fish | source
    """
    shell = shell or _own_shell()
    if not install:
        click.echo(script(shell), nl=False)
        return
    for line in _install(shell):
        click.echo(line)


def script(shell: str) -> str:
    """What the shell has to read."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    # Not its own source(): for bash that starts one, to ask how old it is.
    complete = kind(click.Command("autodiff"), {}, "autodiff", "_AUTODIFF_COMPLETE")
    return (complete.source_template % complete.source_vars()).strip() + "\n"


def _own_shell() -> str:
    name = os.path.basename(os.environ.get("SHELL", ""))
    if name in PLACES:
        return name
    what = f"the shell {name!r} is none of them" if name else "it is not known which shell this is"
    raise AutodiffError("usage", what, hint=f"name one: autodiff completion {' | '.join(PLACES)}")


def _install(shell: str) -> list[str]:
    """Write the script, and for zsh the line that finds it; what was done, as sentences."""
    place = PLACES[shell]
    home = os.path.expanduser("~")
    base = os.environ.get(place.variable) or os.path.join(home, place.folder)
    file = os.path.join(base, *place.path.split("/"))
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w", encoding="utf-8") as stream:
            stream.write(script(shell))
        done = [f"wrote {file}"]
        if place.rc:
            folder = shlex.quote(os.path.dirname(file))
            done += _add_line(os.path.join(base, place.rc), place.line.format(folder=folder))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(
            "file", f"{error.filename or file!r} cannot be written: {reason}",
            hint=f"print it, and put it where your shell looks: autodiff completion {shell}",
        ) from error  # fmt: skip
    return [*done, *([place.note.format(file=file)] if place.note else []), f"a new {shell} completes autodiff"]


def _add_line(path: str, line: str) -> list[str]:
    wanted = f"{line}  {_MARK}"
    before = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            before = stream.read()
    if wanted in before.splitlines():
        return []
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(("" if not before or before.endswith("\n") else "\n") + wanted + "\n")
    return [f"added to {path}: {wanted}"]
