"""Cells as a table that rich draws: in the layout that reads best among those that fit, and in blocks if none does."""

import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from copy import copy
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Capture, Console
from rich.table import Table as RichTable

from autodiff.printable import printable
from autodiff.report.node_texts import is_number
from autodiff.report.sheet import Nodes, Options, Table, wants_color

_STYLES = {"value": "cyan", "gradient": "yellow", "kink": "magenta", "verdict": "bold", "#": "dim", "operation": ""}
#: In a pipe nothing is wrapped or cut.
_PIPE_WIDTH = 100_000
#: These are cut at blanks, where nothing else makes room.
_SENTENCES = ("at", "operation")


class Layout(NamedTuple):
    """How a table takes its room: what separates the partials, the blanks between columns, and whether sentences are
    cut."""

    between: str = ", "
    gap: int = 3
    wraps: bool = False


#: From the one that reads best to the one that needs the least room.
LAYOUTS = (Layout(), Layout(",\n"), Layout(",\n", 1), Layout(",\n", 1, True))


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


class Cells:
    """The text of a table, and the room that it takes; a column that is empty throughout is left out."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]], options: Options) -> None:
        kept = [k for k in range(len(columns)) if any(row[k] for row in rows) or not rows]
        self.columns = [spell(columns[k], options) for k in kept]
        self.rows = [[spell(row[k], options) for k in kept] for row in rows]
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

    def least_width(self, layout: Layout) -> int:
        """The room that a layout needs at least."""
        return sum(self.words if layout.wraps else self.widths) + layout.gap * (len(self.columns) - 1)

    def blocks(self, layout: Layout, width: int, movable: Container[str], keys: int) -> list["Cells"]:
        """Tables no wider than `width`: all columns but some of the `movable` ones, then the rest of those.

        The first `keys` columns stand again at the left of each. Nothing, where a movable column fits in none.
        """
        sizes = self.words if layout.wraps else self.widths
        movers = [k for k, name in enumerate(self.columns) if name in movable]
        kept = [k for k, name in enumerate(self.columns) if name not in movable]
        found: list[Cells] = []
        while movers:
            room = width - sum(sizes[k] + layout.gap for k in kept) + layout.gap
            count = 0
            while count < len(movers) and (room := room - sizes[movers[count]] - layout.gap) >= 0:
                count += 1
            if not count:
                return []
            found.append(self._part(sorted([*kept, *movers[:count]])))
            movers = movers[count:]
            kept = kept[:keys]
        return found

    def _part(self, columns: Sequence[int]) -> "Cells":
        part = copy(self)
        part.columns = [self.columns[k] for k in columns]
        part.widths = [self.widths[k] for k in columns]
        part.words = [self.words[k] for k in columns]
        part.rows = [[row[k] for k in columns] for row in self.rows]
        return part

    def draw(self, console: Console, layout: Layout) -> None:
        """The table, in a layout that fits."""
        widths = self._fitted(console.width - layout.gap * (len(self.columns) - 1), layout)
        table = RichTable(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", padding=(0, layout.gap // 2)
        )
        for name, width in zip(self.columns, widths, strict=True):
            right = is_number(name)
            table.add_column(
                name, justify="right" if right else "left", style=_STYLES.get(name, ""), width=width, overflow="fold"
            )
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def _fitted(self, room: int, layout: Layout) -> list[int]:
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


def draw_nodes(console: Console, nodes: Nodes, options: Options) -> None:
    """A table of nodes in the first layout that fits: their number, name, operation and the other columns.

    If no layout fits, the movable columns go to tables of their own; if even that is too wide, each node has lines of
    its own.
    """
    columns, movable = nodes.columns, {spell(name, options) for name in nodes.movable}
    found: dict[str, Cells] = {}
    for layout in LAYOUTS:
        between = layout.between
        if between not in found:
            rows = nodes.rows(between)
            if between != ", " and columns[-1] == "kink":
                rows = [[*row[:-1], row[-1].replace(" [", "\n[")] for row in rows]
            found[between] = Cells(columns, rows, options)
        if found[between].least_width(layout) <= console.width:
            return found[between].draw(console, layout)
    if movable and draw_blocks(console, found, movable, 2):
        return None
    for number, name, text, *cells in nodes.rows("\n"):
        console.print(spell(f"{number}  {name}: {text}", options))
        for column, cell in zip(columns[3:], cells, strict=True):
            label = f"{column} " * is_number(column)
            for line in filter(None, cell.split("\n")):
                console.print(spell(f"   {label}{line}", options))
    return None


def draw_blocks(console: Console, cells: Mapping[str, Cells], movable: Container[str], keys: int) -> bool:
    """Tables side by side turned into tables below each other, as few as a layout allows; whether one does.

    `cells` holds the text for what separates partials.
    """
    choices = [(layout, cells[layout.between].blocks(layout, console.width, movable, keys)) for layout in LAYOUTS]
    fitting = [(layout, blocks) for layout, blocks in choices if blocks]
    if not fitting:
        return False
    layout, blocks = min(fitting, key=lambda choice: len(choice[1]))
    for k, block in enumerate(blocks):
        if k:
            console.print()
        block.draw(console, layout)
    return True


def draw_or_list(console: Console, table: Table, options: Options) -> None:
    """A table in the first layout that fits; without one, a line for each row: its first two cells around its sign."""
    cells = Cells(table.columns, table.rows, options)
    fitting = [layout for layout in LAYOUTS if cells.least_width(layout) <= console.width]
    if fitting:
        cells.draw(console, fitting[0])
    for row in [] if fitting else cells.rows:
        print_line(console, f"{row[0]}{table.sign}{row[1]}")


def draw_matrix(console: Console, table: Table, options: Options) -> None:
    """A matrix, in blocks of columns where it is wider than the terminal; without the room for one, an entry a line."""
    cells = Cells(table.columns, table.rows, options)
    if cells.least_width(LAYOUTS[0]) <= console.width:
        cells.draw(console, LAYOUTS[0])
    elif not draw_blocks(console, {layout.between: cells for layout in LAYOUTS}, set(cells.columns[1:]), 1):
        for k, heading in enumerate(table.columns[1:], 1):
            if k > 1:
                console.print()
            column = Table(["", heading], [[row[0], row[k]] for row in table.rows], f" {heading} = ")
            draw_or_list(console, column, options)


def taken(capture: Capture) -> Iterator[str]:
    """The lines that were drawn; nothing but the tables pads them, so blanks at their end go."""
    for line in capture.get().rstrip("\n").split("\n"):
        yield line.rstrip()


def print_line(console: Console, text: str) -> None:
    """A line that is never cut: a terminal wraps it."""
    console.print(text, soft_wrap=True)


def spell(text: str, options: Options) -> str:
    """The text as the stream will show it, so that the columns stay straight, and no escape of it is taken for ours."""
    text = printable(text)
    return text.encode(options.encoding, "backslashreplace").decode(options.encoding) if options.encoding else text
