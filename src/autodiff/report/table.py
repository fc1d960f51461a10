"""A result as tables for people, drawn by rich: the nodes, then the gradient of each input."""

import sys
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from autodiff.differentiate.results import Gradient, Values
from autodiff.report.numbers import for_people
from autodiff.report.options import Options
from autodiff.report.words import hidden_note, node_cells, node_columns, shown

#: In a pipe nothing is wrapped or cut.
_PIPE_WIDTH = 100_000
_STYLES = {"value": "cyan", "gradient": "yellow", "kink": "magenta", "#": "dim", "operation": ""}
_NUMBERS = frozenset({"#", "value", "gradient"})


def lines(result: Values, options: Options) -> Iterator[str]:
    """The lines; nothing but the tables pads them, so blanks at their end go."""
    console = new_console(options)
    with console.capture() as capture:
        _draw(console, result, options)
    for line in capture.get().rstrip("\n").split("\n"):
        yield line.rstrip()


def new_console(options: Options) -> Console:
    """A console for standard output that never reads markup or emoji in a user's text."""
    terminal = sys.stdout.isatty()
    return Console(
        markup=False, highlight=False, emoji=False, force_terminal=options.color,
        no_color=None if options.color is None else not options.color,
        width=options.width or (None if terminal else _PIPE_WIDTH),
    )  # fmt: skip


def draw_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One table; a column that is empty throughout is left out."""
    kept = [k for k in range(len(columns)) if any(row[k] for row in rows) or not rows]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for k in kept:
        table.add_column(
            columns[k], justify="right" if columns[k] in _NUMBERS else "left", style=_STYLES.get(columns[k], ""),
            overflow="fold", no_wrap=columns[k] in _NUMBERS,
        )  # fmt: skip
    for row in rows:
        table.add_row(*(row[k] for k in kept))
    console.print(table)


def _draw(console: Console, result: Values, options: Options) -> None:
    nodes = shown(result, options)
    if nodes:
        draw_table(console, node_columns(result), [node_cells(result, node, options) for node in result.iterate(nodes)])
    else:
        console.print(hidden_note(result))
    console.print()
    for name, value in result.outputs.items():
        console.print(f"{name} = {for_people(value, options.digits)}")
    if isinstance(result, Gradient) and result.partials:
        values = result.values
        rows = [
            [
                f"d{name}/d{variable}",
                for_people(partial, options.digits),
                f"{variable} = {for_people(values[node], options.digits)}",
            ]
            for (variable, partial), node in zip(result.partials.items(), result.wanted_nodes, strict=True)
        ]
        console.print()
        draw_table(console, [f"gradient of {name}", "gradient", "at"], rows)
