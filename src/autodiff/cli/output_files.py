"""The gate for files: what a command writes to one goes through `write_file`, and the old one is whole till then."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from typing import BinaryIO

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
    with writing(path) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: str) -> Iterator[BinaryIO]:
    """A file to write to beside a place, which takes the place when the block ends well; else like `write_file`."""
    try:
        mode = _mode(path)
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from error
    try:
        if mode is None or stat.S_ISREG(mode):
            with _replacing(os.path.realpath(path), mode) as file:
                yield file
        else:
            with open(path, "wb") as file:
                yield file
    except OSError as error:
        raise _cannot(path, error) from error


def _cannot(path: str, error: Exception) -> SourceError:
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    hint = "-o takes a path in a folder that exists" if missing else "write it in another place, such as -o /tmp/..."
    return SourceError("file", f"{path!r} cannot be written: {reason}", hint=hint)


def _mode(path: str) -> int | None:
    """What kind of file there is, and its permissions; None for none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _replacing(path: str, mode: int | None) -> Iterator[BinaryIO]:
    if mode is not None:
        # Renaming would ask only the folder, and a file that is protected is protected.
        os.close(os.open(path, os.O_WRONLY))
    folder = os.path.dirname(path)
    descriptor = _nameless(folder)
    beside = ""
    try:
        if descriptor is None:
            beside, descriptor = _beside(folder, lambda name: os.open(name, _NEW, 0o666))
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            # A disk that is full may say so only here.
            os.fsync(file.fileno())
            if not beside:
                beside, _ = _beside(folder, lambda name: _name(file.fileno(), name))
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        os.replace(beside, path)
    except BaseException:
        if beside:
            with contextlib.suppress(OSError):
                os.unlink(beside)
        raise


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _nameless(folder: str) -> int | None:
    """A file in a folder that has no name yet, so that nothing is left of it when the process is killed; None where
    the system has no such files."""
    if hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            return os.open(folder or ".", os.O_WRONLY | os.O_TMPFILE, 0o666)
    return None


def _name(descriptor: int, name: str) -> None:
    """Give a nameless file a name. With a folder Python follows the link, which it does not do without: bpo-37612."""
    os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor, follow_symlinks=True)


def _beside(folder: str, make: Callable[[str], int | None]) -> tuple[str, int]:
    """A new file in a folder. Its name does not depend on that of the other, which may be as long as a name can be."""
    for k in range(_TRIES):
        name = os.path.join(folder, f".autodiff-{os.getpid()}-{k}")
        with contextlib.suppress(FileExistsError):
            return name, make(name) or 0
    raise FileExistsError(f"there are {_TRIES} files such as {name}")
