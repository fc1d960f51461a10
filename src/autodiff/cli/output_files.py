"""The gate for files: what a command writes to one goes through `write_file`, and the old one is whole till then."""

import contextlib
import os
import stat

from autodiff.errors import SourceError

#: How often another name is tried where somebody has a file of the first.
_TRIES = 100


def write_file(path: str, data: bytes) -> None:
    """Write a file beside its place, and rename it when all of it is on the disk.

    What is no regular file, such as /dev/stdout or a pipe, is written to as it is. A link stays a link, and the file
    that it points to is replaced; it keeps its permissions.

    Raises:
        SourceError: it cannot be written, and what was there before is as it was.
    """
    try:
        mode = _mode(path)
        if mode is None or stat.S_ISREG(mode):
            _replace(os.path.realpath(path), data, mode)
        else:
            with open(path, "wb") as file:
                file.write(data)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        hint = "-o takes a path in a folder that exists" if missing else "draw it in another place, such as -o /tmp/..."
        raise SourceError("file", f"{path!r} cannot be written: {reason}", hint=hint) from error


def _mode(path: str) -> int | None:
    """What kind of file there is, and its permissions; None for none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _replace(path: str, data: bytes, mode: int | None) -> None:
    if mode is not None:
        # Renaming would ask only the folder, and a file that is protected is protected.
        os.close(os.open(path, os.O_WRONLY))
    beside, descriptor = _create(os.path.dirname(path))
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            # A disk that is full may say so only here.
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _create(folder: str) -> tuple[str, int]:
    """A new file in a folder. Its name does not depend on that of the other, which may be as long as a name can be."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for k in range(_TRIES):
        beside = os.path.join(folder, f".autodiff-{os.getpid()}-{k}")
        with contextlib.suppress(FileExistsError):
            return beside, os.open(beside, flags, 0o666)
    raise FileExistsError(f"there are {_TRIES} files such as {beside}")
