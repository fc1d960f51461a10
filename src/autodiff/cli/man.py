"""The manual page, written from the help of the commands: `autodiff help --man`."""

import re
from collections.abc import Iterator

import click


def page(root: click.Group, version: str) -> str:
    """The page in the language of troff."""
    ctx = click.Context(root, info_name="autodiff")
    lines = [f'.TH AUTODIFF 1 "" "autodiff {_text(version)}"', ".SH NAME"]
    lines.append(f"autodiff \\- {_text(_summary(root))}")
    lines += [".SH SYNOPSIS", r"\fBautodiff\fR \fICOMMAND\fR [\fIARGUMENTS\fR]", ".SH DESCRIPTION"]
    lines += _prose(root.help or "")
    lines += [".SH OPTIONS", *_options(root, ctx), ".SH COMMANDS"]
    for name in root.list_commands(ctx):
        command = root.get_command(ctx, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=ctx)
        inner.meta["autodiff.request"] = None
        lines += [f".SS autodiff {name}", *_prose(command.help or ""), *_options(command, inner)]
    lines += [".SH EXIT STATUS", *_prose(root.epilog or "")]
    return "\n".join(lines) + "\n"


def _summary(command: click.Command) -> str:
    first = (command.help or "").strip().partition("\n")[0].rstrip(".")
    return first[:1].lower() + first[1:]


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record:
            yield ".TP"
            yield rf"\fB{_text(record[0])}\fR"
            yield _text(" ".join(record[1].split()))


def _prose(help_text: str) -> Iterator[str]:
    """Paragraphs, filled; those behind a `\\b` stay as they are."""
    for block in re.split(r"\n\s*\n", _dedented(help_text)):
        if block.startswith("\b"):
            yield ".PP"
            yield ".nf"
            for line in block.lstrip("\b\n").splitlines():
                yield f"    {_text(line.strip())}"
            yield ".fi"
        elif block.strip():
            yield ".PP"
            yield _text(" ".join(block.split()))


def _dedented(text: str) -> str:
    from inspect import cleandoc

    return cleandoc(text)


def _text(text: str) -> str:
    """Text that troff takes for nothing else."""
    escaped = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti").replace("'", "\\(aq")
    )
    escaped = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)
    return "\\&" + escaped if escaped[:1] in (".", "'") else escaped
