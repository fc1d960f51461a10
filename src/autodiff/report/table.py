"""A result as tables for people, drawn by rich: the nodes, then the gradient of each input."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console

from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.numerals import for_people
from autodiff.report.grid import draw_nodes, draw_or_list, new_console, print_line, spell, taken
from autodiff.report.node_texts import hidden_note, node_columns, node_rows, objective, shown
from autodiff.report.style import Options

if TYPE_CHECKING:
    from autodiff.verify.results import Check


def lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The lines; nothing but the tables pads them, so blanks at their end go."""
    console = new_console(options)
    with console.capture() as capture:
        _draw(console, result, options)
        if check is not None:
            from autodiff.report.check import label_of

            draw_check(console, label_of(result), check, options)
    yield from taken(capture)


def _draw(console: Console, result: Values, options: Options) -> None:
    nodes = shown(result, options)
    if nodes:
        draw_nodes(console, node_columns(result), lambda between: node_rows(result, nodes, options, between), options)
    else:
        console.print(hidden_note(result))
    console.print()
    for name, value in result.outputs:
        print_line(console, f"{spell(name, options)} = {for_people(value, options.digits)}")
    if isinstance(result, Gradient) and result.partials:
        name, label = objective(result, options)
        if result.seeds is not None:
            print_line(console, f"{spell(name, options)} = {for_people(result.value, options.digits)}")
        values = result.values
        rows = [
            [
                f"{label}/d{variable}",
                for_people(partial, options.digits),
                f"{variable} = {for_people(values[node], options.digits)}",
            ]
            for (variable, partial), node in zip(result.partials.items(), result.wanted_nodes, strict=True)
        ]
        console.print()
        draw_or_list(console, [f"gradient of {name}", "gradient", "at"], rows, options, " = ")


def draw_check(console: Console, label: str, check: "Check", options: Options, sweep: str = "reverse") -> None:
    """A check as tables and sentences; `sweep` is the one whose numbers are checked, and `label` names a derivative."""
    from autodiff.report import check as words

    tables = [(words.columns(sweep), words.rows(check, label, options, sweep))]
    if check.nodes:
        tables.append((words.NODE_COLUMNS, words.node_rows(check, options)))
    for columns, rows in tables:
        console.print()
        draw_or_list(console, columns, rows, options, ": ")
    console.print()
    for sentence in (words.headline(check), *words.sentences(check)):
        print_line(console, spell(sentence, options))
