"""A result as tables for people, drawn by rich: the nodes, then the gradient of each input."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from autodiff.differentiate.results import Gradient, Values
from autodiff.report.options import Options, wants_color
from autodiff.report.words import hidden_note, node_columns, node_rows, shown
from autodiff.syntax.numbers import for_people

if TYPE_CHECKING:
    from autodiff.verify.results import Check

#: In a pipe nothing is wrapped or cut.
_PIPE_WIDTH = 100_000
_STYLES = {"value": "cyan", "gradient": "yellow", "kink": "magenta", "verdict": "bold", "#": "dim", "operation": ""}
_NUMBERS = frozenset({"#", "value", "gradient", "reverse", "symbolic", "numeric", "digits"})
#: These are cut at blanks, where nothing else makes room.
_SENTENCES = ("at", "operation")


class _Layout(NamedTuple):
    """How a table takes its room: what separates the partials, the blanks between columns, and whether sentences are
    cut."""

    between: str = ", "
    gap: int = 3
    wraps: bool = False


#: From the one that reads best to the one that needs the least room.
_LAYOUTS = (_Layout(), _Layout(",\n"), _Layout(",\n", 1), _Layout(",\n", 1, True))


def lines(result: Values, options: Options, check: "Check | None" = None) -> Iterator[str]:
    """The lines; nothing but the tables pads them, so blanks at their end go."""
    console = new_console(options)
    with console.capture() as capture:
        _draw(console, result, options)
        if check is not None:
            _draw_check(console, result, check, options)
    for line in capture.get().rstrip("\n").split("\n"):
        yield line.rstrip()


def new_console(options: Options) -> Console:
    """A console for standard output that never reads markup or emoji in a user's text."""
    terminal = sys.stdout.isatty()
    width = options.width or (None if terminal else _PIPE_WIDTH)
    colored = wants_color(options.color, terminal)
    return Console(
        markup=False, highlight=False, emoji=False, force_terminal=options.color, no_color=not colored,
        # "auto" asks the terminal; without a system not even bold and dim are written.
        color_system=("standard" if options.color else "auto") if colored else None,
        # Without a height rich takes a width for a proposal.
        width=width, height=None if width is None else 25,
    )  # fmt: skip


def _draw(console: Console, result: Values, options: Options) -> None:
    nodes = shown(result, options)
    if nodes:
        _draw_nodes(console, result, nodes, options)
    else:
        console.print(hidden_note(result))
    console.print()
    for name, value in result.outputs:
        _print_line(console, f"{_spell(name, options)} = {for_people(value, options.digits)}")
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
        cells = _Cells([f"gradient of {name}", "gradient", "at"], rows, options)
        fitting = [layout for layout in _LAYOUTS if cells.least_width(layout) <= console.width]
        if fitting:
            cells.draw(console, fitting[0])
        for row in [] if fitting else cells.rows:
            console.print(f"{row[0]} = {row[1]}")


def _draw_check(console: Console, result: Values, check: "Check", options: Options) -> None:
    from autodiff.report import check as words

    ((output, _),) = result.outputs
    tables = [(words.COLUMNS, words.rows(check, output, options))]
    if check.nodes:
        tables.append((words.NODE_COLUMNS, words.node_rows(check, options)))
    for columns, rows in tables:
        console.print()
        cells = _Cells(columns, rows, options)
        fitting = [layout for layout in _LAYOUTS if cells.least_width(layout) <= console.width]
        if fitting:
            cells.draw(console, fitting[0])
        for row in [] if fitting else cells.rows:
            _print_line(console, f"{row[0]}: {row[1]}")
    console.print()
    for sentence in (words.headline(check), *words.sentences(check)):
        _print_line(console, _spell(sentence, options))


def _draw_nodes(console: Console, result: Values, nodes: Sequence[int], options: Options) -> None:
    """The table of nodes in the first layout that fits; without a table, if none does."""
    found: dict[str, _Cells] = {}
    for layout in _LAYOUTS:
        between = layout.between
        if between not in found:
            rows = node_rows(result, nodes, options, between)
            columns = node_columns(result)
            if between != ", " and columns[-1] == "kink":
                rows = [[*row[:-1], row[-1].replace(" [", "\n[")] for row in rows]
            found[between] = _Cells(columns, rows, options)
        if found[between].least_width(layout) <= console.width:
            return found[between].draw(console, layout)
    columns = node_columns(result)
    for number, name, text, *cells in node_rows(result, nodes, options, "\n"):
        console.print(_spell(f"{number}  {name}: {text}", options))
        for column, cell in zip(columns[3:], cells, strict=True):
            label = f"{column} " * (column in _NUMBERS)
            for line in filter(None, cell.split("\n")):
                console.print(_spell(f"   {label}{line}", options))
    return None


class _Cells:
    """The text of a table, and the room that it takes; a column that is empty throughout is left out."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]], options: Options) -> None:
        kept = [k for k in range(len(columns)) if any(row[k] for row in rows) or not rows]
        self.columns = [_spell(columns[k], options) for k in kept]
        self.rows = [[_spell(row[k], options) for k in kept] for row in rows]
        cells = [[row[k] for row in self.rows] for k in range(len(kept))]
        #: The widths of each column: of its longest line, and of its longest word; a heading may wrap at blanks.
        self.widths = [
            max(_longest(cell.split("\n") for cell in column), _longest([name.split()]))
            for name, column in zip(self.columns, cells, strict=True)
        ]
        self.words = [
            max(_longest(cell.split() for cell in column), _longest([name.split()])) if name in _SENTENCES else width
            for name, column, width in zip(self.columns, cells, self.widths, strict=True)
        ]

    def least_width(self, layout: _Layout) -> int:
        """The room that a layout needs at least."""
        return sum(self.words if layout.wraps else self.widths) + layout.gap * (len(self.columns) - 1)

    def draw(self, console: Console, layout: _Layout) -> None:
        """The table, in a layout that fits."""
        widths = self._fitted(console.width - layout.gap * (len(self.columns) - 1), layout)
        table = Table(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", padding=(0, layout.gap // 2)
        )
        for name, width in zip(self.columns, widths, strict=True):
            right = name in _NUMBERS
            table.add_column(
                name, justify="right" if right else "left", style=_STYLES.get(name, ""), width=width, overflow="fold"
            )
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def _fitted(self, room: int, layout: _Layout) -> list[int]:
        """The widths of the columns: first the sentences give way to the room, then nothing does."""
        widths = list(self.widths)
        for name in _SENTENCES:
            if layout.wraps and name in self.columns:
                k = self.columns.index(name)
                widths[k] = max(self.words[k], widths[k] - max(0, sum(widths) - room))
        spare = room - sum(widths)
        # A heading of two words gets one line where there is room.
        for k, name in enumerate(self.columns):
            more = max(0, min(spare, cell_len(name) - widths[k]))
            widths[k] += more
            spare -= more
        return widths


def _longest(parts: Iterator[list[str]] | Sequence[list[str]]) -> int:
    return max((cell_len(text) for texts in parts for text in texts), default=0)


def _print_line(console: Console, text: str) -> None:
    """A line that is never cut: a terminal wraps it."""
    console.print(text, soft_wrap=True)


def _spell(text: str, options: Options) -> str:
    """The text as the stream will show it, so that the columns stay straight."""
    return text.encode(options.encoding, "backslashreplace").decode(options.encoding) if options.encoding else text
