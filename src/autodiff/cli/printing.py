"""Where commands print: a result to standard output, and what its format cannot carry to standard error."""

import sys
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from autodiff.cli.sources import file_of
from autodiff.cli.status import Exit
from autodiff.cli.stderr import say
from autodiff.differentiate.results.gradient import Values
from autodiff.report.formats import WITHOUT_REMARKS, WITHOUT_VERDICT, writer
from autodiff.report.style import Options, wants_color

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: How many sentences of a check are said beside a format that has no place for it.
_SENTENCES = 5


def print_lines(lines: Iterable[str]) -> None:
    write = sys.stdout.write
    for line in lines:
        write(line + "\n")
    # What is said on standard error comes after it.
    sys.stdout.flush()


def print_as(what: str, form: str, *subject: Any) -> None:
    """Print what `report.formats` knows as `what`, in a format."""
    print_lines(writer(what, form)(*subject))


def print_remarks(what: str, form: str, remarks: Iterable[str]) -> None:
    """Say the remarks on a result, if its format has no place for them."""
    if form in WITHOUT_REMARKS[what]:
        for remark in remarks:
            say(f"note: {remark}")


def print_verdict(form: str, check: "Check | None", sentences: int = _SENTENCES) -> None:
    """Say the verdict of a check, and why, if the format has no place for it."""
    if check is not None and form in WITHOUT_VERDICT:
        from autodiff.report import check as words

        # An exit code should not come without a word.
        for sentence in (words.headline(check), *islice(words.sentences(check, culprit=False), sentences)):
            say(sentence)


def print_result(what: str, form: str, options: Options, result: Values, check: "Check | None" = None) -> None:
    """Print values, a gradient, or forward sweeps."""
    print_as(what, form, result, options, check)
    if form in WITHOUT_REMARKS[what]:
        from autodiff.report.node_texts import kink_notes

        print_remarks(what, form, kink_notes(result))
    if check is not None and check.verdict.value != "PASS":
        print_verdict(form, check)


def finish(result: Values, options: Options, check: "Check | None" = None) -> Exit:
    """Say where the result stopped being finite and which operation is to blame; the exit code."""
    found = result.diagnosis
    culprit = None if check is None else check.culprit
    if found is not None or culprit is not None:
        from autodiff.report.errors import describe

        color, file = wants_color(options.color, sys.stderr.isatty()), file_of(result.formula)
        if found is not None:
            label = "undefined" if found.about == "value" else f"undefined {found.about}"
            say(describe(label, found.message, result.formula, [found.span], color=color, file=file))
        if culprit is not None:
            say(describe("wrong derivative", culprit.message, result.formula, [culprit.span], color=color, file=file))
    if check is not None:
        return Exit.of(check.verdict)
    return Exit.DONE if found is None else Exit.UNDEFINED
