"""A result as Markdown tables."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.numerals import for_people
from autodiff.report.node_texts import hidden_note, is_number, node_columns, node_rows, objective, shown
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check


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
        yield from table(
            ["input", "value", "gradient"],
            [
                [variable, for_people(result.values[node], options.digits), for_people(partial, options.digits)]
                for (variable, partial), node in zip(result.partials.items(), result.wanted_nodes, strict=True)
            ],
        )
        yield ""
    for name, value in result.outputs:
        yield f"{escape(name)} = {for_people(value, options.digits)}"
    if isinstance(result, Gradient) and result.seeds is not None:
        yield f"{escape(objective(result, options)[0])} = {for_people(result.value, options.digits)}"
    if check is not None:
        from autodiff.report.check import label_of

        yield from check_lines(check, label_of(result), options)


def check_lines(check: "Check", label: str, options: Options, sweep: str = "reverse") -> Iterator[str]:
    """A check as tables and sentences; `sweep` is the one whose numbers are checked."""
    from autodiff.report import check as words

    yield ""
    yield from table(words.columns(sweep), words.rows(check, label, options, sweep))
    if check.nodes:
        yield ""
        yield from table(words.NODE_COLUMNS, words.node_rows(check, options))
    yield ""
    yield escape(words.headline(check))
    for sentence in words.sentences(check):
        yield f"- {escape(sentence)}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A pipe table; columns of numbers are aligned to the right."""
    yield "| " + " | ".join(map(escape, columns)) + " |"
    yield "|" + "|".join("---:" if is_number(column) else "---" for column in columns) + "|"
    for row in rows:
        yield "| " + " | ".join(map(escape, row)) + " |"


def escape(text: str) -> str:
    for mark in "\\|*_`<":
        text = text.replace(mark, "\\" + mark)
    return text
