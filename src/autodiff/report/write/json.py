"""Any sheet as JSON: strict, every number round-trips, and a record is a line, so that big graphs can be streamed."""

from collections.abc import Iterator

from autodiff.numerals import json_encoder
from autodiff.report.sheet import Sheet


def lines(sheet: Sheet) -> Iterator[str]:
    """The lines of one JSON object, or of a list where there is nothing but records."""
    ascii_only = sheet.options.ascii_only
    if sheet.nests:
        yield json_encoder(ascii_only=ascii_only, indent=1)(sheet.head())
        return
    text = json_encoder(ascii_only=ascii_only)
    head, streamed = sheet.head(), sheet.records()
    key, records = streamed or ("", ())
    nested = bool(key) or streamed is None
    if nested:
        yield "{"
        entries = [f" {text(name)}: {text(value)}" for name, value in head.items()]
        yield from (f"{entry}," for entry in entries[:-1])
        yield entries[-1] + "," * bool(key)
        if not key:
            yield "}"
            return
    yield f" {text(key)}: [" if key else "["
    indent = " " * (1 + nested)
    last = None
    for record in records:
        if last is not None:
            yield f"{indent}{last},"
        last = text(record)
    if last is not None:
        yield f"{indent}{last}"
    yield " ]" if key else "]"
    if key:
        yield "}"
