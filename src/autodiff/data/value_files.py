"""The values of many variables from one file: `--values point.json`, a `.toml`, or a row of a `.csv` or `.tsv`."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from autodiff.data.array_files import delimiter_of, is_number, rows_of
from autodiff.errors import BindingError
from autodiff.syntax.text_files import read_text
from autodiff.syntax.tokens import canonical_name, is_name

#: What a name is given: a number, nested lists, or the text of an expression without variables.
Given = float | list[Any] | str

_HINT = "write a value for each variable in a file such as point.json, point.toml or point.csv"
_OBJECT = 'write a value for each name: {"x": 1, "W": [[1, 2], [3, 4]]}'


class Source(NamedTuple):
    """A file, and which of its rows (from 1 on) is meant; 0 for the only one."""

    path: str
    row: int


def source_of(text: str) -> Source:
    """What `point.csv` or `points.csv:3` names."""
    path, colon, row = text.rpartition(":")
    if colon and row.isdecimal() and row.isascii() and not os.path.exists(text):
        return Source(path, int(row))
    return Source(text, 0)


def read_values(text: str) -> dict[str, Given]:
    """The value of each name in a file.

    Raises:
        SourceError: it cannot be read.
        BindingError: it holds no values by name.
    """
    source = source_of(text)
    ending = os.path.splitext(source.path)[1].lower()
    content = read_text(source.path, _HINT)
    if ending in (".csv", ".tsv"):
        return dict(_named(_row(source, content, ending), source.path))
    if ending not in (".json", ".toml"):
        raise BindingError("no-values", f"{source.path!r} is no file of values", hint=_HINT)
    if source.row:
        raise BindingError("no-values", f"{source.path!r} has no rows", hint="only a CSV file has: points.csv:3")
    values = _json(source.path, content) if ending == ".json" else _toml(source.path, content)
    return dict(_named(values, source.path))


def _json(path: str, content: str) -> Mapping[str, Any]:
    pairs: list[list[tuple[str, Any]]] = []

    def keep(found: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs.append(found)
        return dict(found)

    try:
        value = json.loads(content, object_pairs_hook=keep)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BindingError("no-values", f"{path!r} is no JSON{where}", hint=_OBJECT) from error
    if not isinstance(value, dict):
        raise BindingError("no-values", f"{path!r} gives no names", hint=_OBJECT)
    names = [name for name, _ in pairs[-1]]
    for name in names:
        if names.count(name) > 1:
            raise _twice(path, name)
    return value


def _toml(path: str, content: str) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BindingError(
            "no-values",
            f"{path!r} is no TOML: {str(error)[:1].lower()}{str(error)[1:]}",
            hint="write a line for each: x = 1",
        ) from error


def _row(source: Source, content: str, ending: str) -> Iterator[tuple[str, Given]]:
    """The cells of one row, each with the name above it."""
    rows = rows_of(source.path, content, delimiter_of(ending))
    if len(rows) < 2 or any(is_number(cell) for cell in rows[0][1]):
        what = "names no columns" if rows and any(is_number(cell) for cell in rows[0][1]) else "holds no row of values"
        hint = "the first line holds the names, and the one below it their values"
        raise BindingError("no-values", f"{source.path!r} {what}", hint=hint)
    (_, names), *below = rows
    if source.row > len(below) or (not source.row and len(below) > 1):
        hint = f"say which one: {source.path}:1 to {source.path}:{len(below)}"
        count = f"{len(below)} rows of values" if len(below) > 1 else "one row of values"
        raise BindingError("no-values", f"{source.path!r} has {count}", hint=hint)
    line, cells = below[max(source.row, 1) - 1]
    if len(cells) != len(names):
        counts = f"line {line} of {source.path!r} has {len(cells)} cells, and there are {len(names)} names"
        raise BindingError("ragged-array", counts, hint="give each name a value")
    for name, cell in zip(names, cells, strict=True):
        # A row may hold what is no value, such as a label or a date; it counts only where a variable has its name.
        yield name.strip(), float(cell) if is_number(cell) else cell.strip()


def _named(values: Mapping[str, Any] | Iterator[tuple[str, Given]], path: str) -> Iterator[tuple[str, Given]]:
    seen = set()
    for name, value in values.items() if isinstance(values, Mapping) else values:
        known = canonical_name(name.strip())
        if not is_name(known):
            continue
        if known in seen:
            raise _twice(path, name)
        seen.add(known)
        if isinstance(value, bool) or not isinstance(value, int | float | str | list):
            kind = "true or false" if isinstance(value, bool) else "no number, no array and no expression"
            raise BindingError("no-number", f"{name!r} in {path!r} is {kind}", hint=_OBJECT)
        yield known, value


def _twice(path: str, name: str) -> BindingError:
    return BindingError("bound-twice", f"{path!r} gives {name!r} twice", hint="remove one of the two")
