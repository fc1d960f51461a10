"""Where the text of a formula or of a value comes from: the argument itself, a file, or standard input."""

import sys

import click

from autodiff.errors import SourceError

#: Where the context of a command keeps what it has read: the file of each text.
_FILES = "autodiff.files"
#: And whether standard input has been read.
_INPUT_READ = "autodiff.input-read"


def read_formula(source: str) -> str:
    """The text of a formula: the argument itself, `@FILE`, or `-` for standard input.

    Raises:
        SourceError: the file cannot be read as text.
    """
    hint = "after an '@' comes a path, as in @formula.txt"
    return read_source("@-" if source == "-" else source, hint) if source.startswith(("@", "-")) else source


def read_source(source: str, hint: str) -> str:
    """The text of `@FILE`, or `@-` for standard input, which is read only once; what begins with no '@' is itself.

    Raises:
        SourceError: it cannot be read as text, or standard input has been read already.
    """
    if source != "@-":
        return read_file(source[1:], hint) if source.startswith("@") else source
    from autodiff.syntax.text_files import MOST_BYTES, decode

    context = click.get_current_context(silent=True)
    if context is not None and context.meta.setdefault(_INPUT_READ, False):
        raise SourceError("file", "standard input is read twice", hint="put one of the two into a file: @value.csv")
    if context is not None:
        context.meta[_INPUT_READ] = True
    return decode(sys.stdin.buffer.read(MOST_BYTES + 1), "standard input")


def read_file(path: str, hint: str, most: int | None = None) -> str:
    """The text of a file of at most `most` bytes, or as many as a formula may have.

    `hint` says what should have been written. Raises SourceError.
    """
    from autodiff.syntax.text_files import MOST_BYTES, read_text

    text = read_text(path, hint, MOST_BYTES if most is None else most)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta.setdefault(_FILES, {})[text] = path
    return text


def file_of(text: str) -> str:
    """The file that the current command has read `text` from; empty for none."""
    context = click.get_current_context(silent=True)
    files: dict[str, str] = {} if context is None else context.meta.get(_FILES, {})
    return files.get(text, "")
