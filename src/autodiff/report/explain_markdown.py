"""An explanation as Markdown: a heading for each section, nested lists, formulas as code."""

from collections.abc import Iterator

from autodiff.report.explain import NOTE, SOURCE, Explained, Line, sections
from autodiff.report.markdown import escape
from autodiff.report.style import Options


def lines(explained: Explained, options: Options) -> Iterator[str]:
    for k, section in enumerate(sections(explained, options)):
        if k:
            yield ""
        if section.title:
            yield f"## {section.title.replace('*', chr(92) + '*')}"
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
