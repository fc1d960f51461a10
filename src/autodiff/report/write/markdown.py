"""Any sheet as Markdown: pipe tables, then sentences; sections as nested lists with formulas as code."""

from collections.abc import Iterator

from autodiff.report.node_texts import is_number
from autodiff.report.sheet import NOTE, SOURCE, Line, Matrix, Section, Sheet, Table


def lines(sheet: Sheet) -> Iterator[str]:
    """The blocks that are not empty, an empty line between them."""
    first = True
    for block in _blocks(sheet):
        for k, line in enumerate(block):
            if not k and not first:
                yield ""
            first = False
            yield line


def _blocks(sheet: Sheet) -> Iterator[Iterator[str]]:
    nodes, table, remarks = sheet.nodes(), sheet.table(), list(sheet.remarks())
    if nodes is not None and nodes.hidden:
        yield iter([f"{nodes.total} (--all lists them)"])
    elif nodes is not None:
        columns, rows = nodes.columns, nodes.rows(", ")
        if columns[-1] == "kink" and not any(row[-1] for row in rows):
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        yield _table(Table(columns, rows))
    if isinstance(table, Matrix):
        table, left_out = table.table(sheet.options)
        remarks = [*([f"{left_out} (--all shows all)"] if left_out else []), *remarks]
    if table is not None:
        yield _table(table.brief or table)
    yield map(escape, sheet.facts())
    yield (f"- {escape(sentence)}" for sentence in remarks)
    checked = sheet.checked()
    if checked is not None:
        yield from map(_table, checked.tables)
        headline, *sentences = map(escape, checked.words)
        yield iter([headline, *[f"- {sentence}" for sentence in sentences]])
    yield from map(_section, sheet.sections())


def _table(table: Table) -> Iterator[str]:
    """A pipe table; columns of numbers are aligned to the right."""
    yield "| " + " | ".join(map(escape, table.columns)) + " |"
    yield "|" + "|".join("---:" if is_number(column) else "---" for column in table.columns) + "|"
    for row in table.rows:
        yield "| " + " | ".join(map(escape, row)) + " |"


def escape(text: str) -> str:
    for mark in "\\|*_`<":
        text = text.replace(mark, "\\" + mark)
    # Brackets stay as they are, for arrays and intervals, but where they would make a link.
    for link in ("](", "][", "]:"):
        text = text.replace(link, "\\" + link)
    return text


def _section(section: Section) -> Iterator[str]:
    if section.title:
        title = f"# {_code(section.title)}" if section.is_formula else section.title.replace("*", "\\*")
        yield f"##{' ' * (not section.is_formula)}{title}"
        yield ""
    if section.introduction:
        yield escape(section.introduction)
        yield ""
    quoted = [line for line in section.lines if line.pieces[0][1] == SOURCE]
    for line in section.lines:
        if line in quoted:
            # The formula with its underlined place keeps its columns.
            yield from ["", "  ```"] * (line is quoted[0])
            yield f"  {line.text}"
            yield from ["  ```", ""] * (line is quoted[-1])
        else:
            yield f"{'  ' * line.level}- {_spell(line)}"


def _spell(line: Line) -> str:
    """Formulas and numbers that stand together are one piece of code."""
    found: list[str] = []
    code = ""
    for text, kind in line.pieces:
        if kind == NOTE:
            found += [_code(code), escape(text)]
            code = ""
        else:
            code += text
    return "".join([*found, _code(code)])


def _code(text: str) -> str:
    """Text as code; blanks at its ends stay outside, where they separate it from words."""
    inner = text.strip()
    if not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}`{inner}`{after}"
