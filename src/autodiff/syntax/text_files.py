"""A file as text: what is no text, or too much of it, is an error."""

import os

from autodiff.errors import SourceError

#: More than this is no formula: it is a device or the wrong file.
MOST_BYTES = 1 << 28


def read_text(path: str | os.PathLike[str], hint: str, most: int = MOST_BYTES) -> str:
    """The text of a file of at most `most` bytes; `hint` says what should have been written.

    Raises:
        SourceError: the file cannot be read as text.
    """
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            return decode(file.read(most + 1), repr(name), most)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SourceError("file", f"{name!r} cannot be read: {reason}", hint=hint) from error


def decode(data: bytes, name: str, most: int = MOST_BYTES) -> str:
    """Bytes as text; `name` is what they were read from. Raises SourceError."""
    if len(data) > most:
        raise SourceError("file", f"{name} is larger than {most >> 20} MiB", hint="is this the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("file", f"{name} is no UTF-8 text", hint="save it as plain text") from error
