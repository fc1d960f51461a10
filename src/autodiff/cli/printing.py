"""Where commands print: a result to standard output, and what its format cannot carry to standard error."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from autodiff.cli.sources import file_of
from autodiff.cli.status import Exit
from autodiff.cli.stderr import say
from autodiff.differentiate.results.gradient import Values
from autodiff.printable import printable
from autodiff.report.formats import WORDLESS, writer
from autodiff.report.sheet import Options, Sheet, wants_color

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: The formats in which colours are ours.
_COLOURED = ("table", "text")
#: How many sentences of a check are said beside a format that has no place for it.
_SENTENCES = 5


def print_lines(lines: Iterable[str], form: str = "text", options: Options | None = None) -> None:
    """Write lines to standard output; what a terminal would obey, and is no colour of ours, becomes escapes."""
    write, as_json = sys.stdout.write, form == "json"
    colored = options is not None and form in _COLOURED and wants_color(options.color, sys.stdout.isatty())
    for line in lines:
        write(printable(line, colored=colored, as_json=as_json) + "\n")
    # What is said on standard error comes after it.
    sys.stdout.flush()


def print_sheet(sheet: Sheet, form: str) -> None:
    """Print what a result says in a format, and on standard error what the format has no place for."""
    print_lines(writer(form)(sheet), form, sheet.options)
    if form not in WORDLESS:
        return
    if not (form == "csv" and sheet.carries_kinks):
        for remark in sheet.notes():
            say(f"note: {remark}")
    checked = sheet.checked()
    if checked is not None and not (checked.passed and sheet.carries_verdicts):
        # An exit code should not come without a word.
        for sentence in (checked.headline, *checked.sentences[:_SENTENCES]):
            say(sentence)


def finish(result: Values, options: Options, check: "Check | None" = None) -> Exit:
    """Say where the result stopped being finite and which operation is to blame; the exit code."""
    found = result.diagnosis
    culprit = None if check is None else check.culprit
    if found is not None or culprit is not None:
        from autodiff.report.errors import describe

        color, file = wants_color(options.color, sys.stderr.isatty()), file_of(result.formula)
        if found is not None:
            label = "undefined" if found.about == "value" else f"undefined {found.about}"
            say(describe(label, found.message, result.formula, [found.span], color=color, file=file), colored=color)
        if culprit is not None:
            said = describe("wrong derivative", culprit.message, result.formula, [culprit.span], color=color, file=file)
            say(said, colored=color)
    if check is not None:
        return Exit.UNDECIDED if check.few else Exit.of(check.verdict)
    return Exit.DONE if found is None else Exit.UNDEFINED
