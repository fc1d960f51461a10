"""The formats, and the modules that write a sheet in them: the one list, each imported when it is asked for.

A new format is its line here and its module, whose function takes a sheet and yields lines of text.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autodiff.report.sheet import Sheet

WRITERS = {
    "table": "write.table:lines",
    "json": "write.json:lines",
    "csv": "write.csv:lines",
    "markdown": "write.markdown:lines",
    "plain": "write.plain:lines",
    "value": "write.plain:number_lines",
    "text": "write.text:lines",
    "latex": "write.latex:lines",
}
#: The formats of a result that has numbers, of an explanation, of formulas, and of verdicts.
NUMBERS = ("table", "json", "csv", "markdown", "plain", "value")
EXPLANATIONS = ("text", "markdown", "latex")
FORMULAS = ("text", "latex", "json")
VERDICTS = ("text", "json", "plain")
#: Formats that have no place for a sentence.
WORDLESS = ("csv", "plain", "value")


def writer(form: str) -> "Callable[[Sheet], Iterator[str]]":
    """The function that writes a sheet in a format, line by line."""
    module, _, function = WRITERS[form].partition(":")
    found: Callable[[Sheet], Iterator[str]] = getattr(import_module(f"autodiff.report.{module}"), function)
    return found
