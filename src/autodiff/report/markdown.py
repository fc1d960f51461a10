"""A result as Markdown tables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autodiff.differentiate.results import Gradient, Values
from autodiff.report.options import Options
from autodiff.report.words import hidden_note, node_columns, node_rows, shown
from autodiff.syntax.numbers import for_people

if TYPE_CHECKING:
    from autodiff.verify.results import Check

_NUMBERS = frozenset({"#", "value", "gradient", "reverse", "symbolic", "numeric", "digits"})


def lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    columns = node_columns(result)
    rows = node_rows(result, shown(result, options), options)
    if rows:
        if not any(row[-1] for row in rows) and columns[-1] == "kink":
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        yield from table(columns, rows)
    else:
        yield hidden_note(result)
    yield ""
    if isinstance(result, Gradient):
        ((name, value),) = result.outputs
        yield from table(
            ["input", "value", "gradient"],
            [
                [variable, for_people(result.values[node], options.digits), for_people(partial, options.digits)]
                for (variable, partial), node in zip(result.partials.items(), result.wanted_nodes, strict=True)
            ],
        )
        yield ""
        yield f"{_escape(name)} = {for_people(value, options.digits)}"
        if check is not None:
            yield from _check_lines(check, name, options)
    else:
        for name, value in result.outputs:
            yield f"{_escape(name)} = {for_people(value, options.digits)}"


def _check_lines(check: "Check", output: str, options: Options) -> Iterator[str]:
    from autodiff.report import check as words

    yield ""
    yield from table(words.COLUMNS, words.rows(check, output, options))
    if check.nodes:
        yield ""
        yield from table(words.NODE_COLUMNS, words.node_rows(check, options))
    yield ""
    yield _escape(words.headline(check))
    for sentence in words.sentences(check):
        yield f"- {_escape(sentence)}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A pipe table; columns of numbers are aligned to the right."""
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "|".join("---:" if column in _NUMBERS else "---" for column in columns) + "|"
    for row in rows:
        yield "| " + " | ".join(map(_escape, row)) + " |"


def _escape(text: str) -> str:
    for mark in "\\|*_`<":
        text = text.replace(mark, "\\" + mark)
    return text
