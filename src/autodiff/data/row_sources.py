"""Where rows come from: files, patterns and folders of them, and standard input; which format each is in."""

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from autodiff.errors import SourceError, Way

#: What a name ends in, and the format.
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow",
    ".ipc": "arrow",
}  # fmt: skip
FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
COMPRESSIONS = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_HINT = Way("input-format")


class Source(NamedTuple):
    """One file of rows; `path` is "-" for standard input. `parts` are the columns that its folders name, as in k=2."""

    path: str
    form: str
    compression: str = ""
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return "standard input" if self.path == "-" else self.path


def form_of(path: str) -> tuple[str, str]:
    """The format that a name ends in, and the compression; "" for none."""
    stem, suffix = os.path.splitext(path.lower())
    compression = COMPRESSIONS.get(suffix, "")
    if compression:
        suffix = os.path.splitext(stem)[1]
    return SUFFIXES.get(suffix, ""), compression


def sources(paths: Iterable[str], form: str = "") -> list[Source]:
    """The files that some paths name; `form` is their format, without which their names say it.

    Raises:
        SourceError: there is no such file, or its name tells no format.
    """
    found: list[Source] = []
    for path in paths:
        if path == "-":
            found.append(Source("-", form or "csv"))
        elif os.path.isdir(path):
            inside = [one for one in _inside(path) if form or form_of(one)[0]]
            if not inside:
                raise SourceError("file", f"the folder {path!r} holds no files of rows", hint=_HINT)
            found += [_source(one, form, path) for one in inside]
        elif os.path.lexists(path):
            found.append(_source(path, form))
        else:
            matching = sorted(glob.glob(path, recursive=True))
            if not matching:
                raise SourceError("file", f"there is no file {path!r}", hint="give the files after the formula")
            found += [_source(one, form) for one in matching]
    return found


def _source(path: str, form: str, folder: str = "") -> Source:
    own, compression = form_of(path)
    if not (form or own):
        raise SourceError("file", f"{path!r} does not say in what format it is", hint=_HINT)
    folders = os.path.relpath(os.path.dirname(path), folder).split(os.sep) if folder else []
    parts = tuple([(name, value) for name, equals, value in (part.partition("=") for part in folders) if equals])
    return Source(path, form or own, compression, parts)


def _inside(folder: str) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        # What begins with a dot or an underscore is no data, as in Hadoop's folders.
        folders[:] = sorted(name for name in folders if name[0] not in "._")
        yield from (os.path.join(here, name) for name in sorted(files) if name[0] not in "._")


def opened(source: Source) -> Any:
    """The bytes of a source as a binary file, decompressed. Raises OSError."""
    if source.path == "-":
        return sys.stdin.buffer
    file = open(source.path, "rb")  # noqa: SIM115 - whoever reads it closes it
    if source.compression == "gzip":
        import gzip

        return gzip.open(file)
    if source.compression:
        from autodiff.data.columns import arrow

        return arrow().CompressedInputStream(file, source.compression)
    return file
