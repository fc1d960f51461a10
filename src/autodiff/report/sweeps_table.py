"""What forward sweeps found as tables for people, drawn by rich: the nodes with their tangents, then the results."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autodiff.differentiate.results.tangents import ForwardSweep, Tangents
from autodiff.report.grid import draw_nodes, draw_or_list, new_console, print_line, spell, taken
from autodiff.report.matrix_table import draw_matrix
from autodiff.report.node_texts import hidden_note, shown
from autodiff.report.style import Options
from autodiff.report.sweeps import checked_sweep, is_matrix, node_columns, node_rows, pass_names, remarks, results
from autodiff.report.table import draw_check

if TYPE_CHECKING:
    from autodiff.verify.results import Check


def lines(sweep: ForwardSweep, options: Options, check: "Check | None" = None) -> Iterator[str]:
    console = new_console(options)
    with console.capture() as capture:
        nodes = shown(sweep, options)
        if nodes:
            movable = {spell(name, options) for name in pass_names(sweep)}
            columns = node_columns(sweep, options)
            draw_nodes(console, columns, lambda between: node_rows(sweep, nodes, options, between), options, movable)
        else:
            console.print(hidden_note(sweep))
        console.print()
        if isinstance(sweep, Tangents) and is_matrix(sweep):
            from autodiff.report.jacobian import matrix_of_tangents

            draw_matrix(console, matrix_of_tangents(sweep), options)
        else:
            found = results(sweep, options)
            for line in found.lines:
                print_line(console, spell(line, options))
            if found.rows:
                console.print()
                draw_or_list(console, found.columns, found.rows, options, " = ")
        console.print()
        for sentence in remarks(sweep, options):
            print_line(console, spell(sentence, options))
        if check is not None:
            from autodiff.report.check import label_of

            draw_check(console, label_of(sweep), check, options, checked_sweep(sweep))
    yield from taken(capture)
