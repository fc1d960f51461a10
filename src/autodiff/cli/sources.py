"""Where the text of a formula or of a value comes from: the argument itself, a file, or standard input."""

import sys

import click

from autodiff.errors import SourceError

#: More than this is no formula: it is a device or the wrong file.
_MOST_BYTES = 1 << 28
#: Where the context of a command keeps what it has read: the file of each text.
_FILES = "autodiff.files"


def read_formula(source: str) -> str:
    """The text of a formula: the argument itself, `@FILE`, or `-` for standard input.

    Raises:
        SourceError: the file cannot be read as text.
    """
    if source == "-":
        return _decode(sys.stdin.buffer.read(_MOST_BYTES + 1), "standard input")
    hint = "after an '@' comes a path, as in @formula.txt"
    return read_file(source[1:], hint) if source.startswith("@") else source


def read_file(path: str, hint: str) -> str:
    """The text of a file; `hint` says what should have been written. Raises SourceError."""
    try:
        with open(path, "rb") as file:
            text = _decode(file.read(_MOST_BYTES + 1), repr(path))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SourceError("file", f"{path!r} cannot be read: {reason}", hint=hint) from error
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta.setdefault(_FILES, {})[text] = path
    return text


def file_of(text: str) -> str:
    """The file that the current command has read `text` from; empty for none."""
    context = click.get_current_context(silent=True)
    files: dict[str, str] = {} if context is None else context.meta.get(_FILES, {})
    return files.get(text, "")


def _decode(data: bytes, name: str) -> str:
    if len(data) > _MOST_BYTES:
        raise SourceError("file", f"{name} is larger than {_MOST_BYTES >> 20} MiB", hint="is this the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("file", f"{name} is no UTF-8 text", hint="save it as plain text") from error
