"""Any sheet as tables for people, drawn by rich: the order of the blocks. `grid` knows how a table takes its room."""

from collections.abc import Callable, Iterator

from autodiff.report.sheet import Matrix, Sheet
from autodiff.report.write.grid import draw_matrix, draw_nodes, draw_or_list, new_console, print_line, spell, taken


def lines(sheet: Sheet) -> Iterator[str]:
    """The blocks that are not empty, an empty line between them."""
    options, console = sheet.options, new_console(sheet.options)
    drawn = False

    def block(draw: Callable[[], None]) -> None:
        nonlocal drawn
        if drawn:
            console.print()
        drawn = True
        draw()

    def sentences(*texts: str) -> None:
        for text in texts:
            print_line(console, spell(text, options))

    with console.capture() as capture:
        nodes, table, facts, remarks = sheet.nodes(), sheet.table(), tuple(sheet.facts()), tuple(sheet.remarks())
        if nodes is not None and nodes.hidden:
            total = f"{nodes.total} (--all lists them)"
            block(lambda: console.print(total))
        elif nodes is not None:
            block(lambda: draw_nodes(console, nodes, options))
        if facts:
            block(lambda: sentences(*facts))
        if isinstance(table, Matrix):
            cells, left_out = table.table(options)
            block(lambda: draw_matrix(console, cells, options))
            if left_out:
                block(lambda: sentences(f"{left_out} (--all shows all)"))
        elif table is not None and table.rows:
            block(lambda: draw_or_list(console, table, options))
        if remarks:
            block(lambda: sentences(*remarks))
        checked = sheet.checked()
        if checked is not None:
            for evidence in checked.tables:
                block(lambda evidence=evidence: draw_or_list(console, evidence, options))  # type: ignore[misc]
            block(lambda: sentences(*checked.words))
    yield from taken(capture)
