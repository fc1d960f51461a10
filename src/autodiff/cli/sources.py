"""Where the text of a formula or of a value comes from: the argument itself, a file, or standard input."""

import sys

from autodiff.errors import SourceError

#: More than this is no formula: it is a device or the wrong file.
_MOST_BYTES = 1 << 28


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
            return _decode(file.read(_MOST_BYTES + 1), repr(path))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SourceError("file", f"{path!r} cannot be read: {reason}", hint=hint) from error


def _decode(data: bytes, name: str) -> str:
    if len(data) > _MOST_BYTES:
        raise SourceError("file", f"{name} is larger than {_MOST_BYTES >> 20} MiB", hint="is this the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("file", f"{name} is no UTF-8 text", hint="save it as plain text") from error
