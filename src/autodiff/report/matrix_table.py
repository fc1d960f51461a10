"""A labelled matrix as a table for people, drawn by rich: in blocks of columns where it is wider than the terminal."""

from collections.abc import Iterator

from rich.console import Console

from autodiff.report.grid import LAYOUTS, Cells, draw_blocks, draw_or_list, new_console, print_line, spell, taken
from autodiff.report.matrix import Matrix, grid
from autodiff.report.style import Options
from autodiff.report.table import draw_check


def lines(matrix: Matrix, options: Options) -> Iterator[str]:
    console = new_console(options)
    with console.capture() as capture:
        draw_matrix(console, matrix, options)
        console.print()
        for sentence in (*matrix.caption, *matrix.notes):
            print_line(console, spell(sentence, options))
        if matrix.check is not None:
            draw_check(console, "{}", matrix.check, options)
    yield from taken(capture)


def draw_matrix(console: Console, matrix: Matrix, options: Options) -> None:
    """The matrix, and what was left out of it; without the room for one column, an entry a line."""
    found = grid(matrix, options)
    cells = Cells(found.columns, found.rows, options)
    numbers = set(cells.columns[1:])
    if cells.least_width(LAYOUTS[0]) <= console.width:
        cells.draw(console, LAYOUTS[0])
    elif not draw_blocks(console, {layout.between: cells for layout in LAYOUTS}, numbers, 1):
        for k, heading in enumerate(found.columns[1:], 1):
            if k > 1:
                console.print()
            draw_or_list(console, ["", heading], [[row[0], row[k]] for row in found.rows], options, f" {heading} = ")
    if found.note:
        console.print()
        print_line(console, found.note)
