"""Any sheet as text for a terminal: its lines as they stand, or its sections, indented and wrapped below themselves."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from autodiff.report.sheet import FORMULA, GRADIENT, NOTE, SOURCE, VALUE, Line, Options, Section, Sheet

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {FORMULA: "", VALUE: "cyan", GRADIENT: "yellow", NOTE: "dim", SOURCE: "blue"}
#: How far a deeper line is indented, and the rest of one that is too long.
_STEP, _HANG = 2, 4
#: No line gets less room than this.
_LEAST = 16


def lines(sheet: Sheet) -> Iterator[str]:
    text = list(sheet.text())
    # What is no explanation needs no library to draw it.
    return iter(text) if text else _explained(sheet.sections(), sheet.options)


def _explained(sections: Iterable[Section], options: Options) -> Iterator[str]:
    """The sections, an empty line between them; where colours show, titles are bold, values and gradients coloured."""
    from rich.text import Text

    from autodiff.report.write.grid import new_console, spell

    console = new_console(options)
    for k, section in enumerate(sections):
        if k:
            yield ""
        if section.title:
            yield from _drawn(console, [Text(spell(section.title, options), style="bold")])
        for line in section.lines:
            yield from _drawn(console, _wrapped(console, line, options))


def _drawn(console: "Console", texts: "Iterable[Text]") -> Iterator[str]:
    from autodiff.report.write.grid import taken

    for text in texts:
        if console.color_system is None:
            # Nothing is left for rich to do, which takes its time with every line.
            yield text.plain.rstrip()
            continue
        with console.capture() as capture:
            console.print(text, soft_wrap=True)
        yield from taken(capture)


def _wrapped(console: "Console", line: Line, options: Options) -> "Iterator[Text]":
    from rich.text import Text

    from autodiff.report.write.grid import spell

    indent = " " * (_STEP * line.level)
    text = Text.assemble(*[(spell(piece, options), _STYLES[kind]) for piece, kind in line.pieces])
    room = console.width - len(indent)
    if line.pieces[0][1] == SOURCE or text.cell_len <= room:
        yield Text(indent) + text
        return
    for k, part in enumerate(text.wrap(console, max(_LEAST, room - _HANG))):
        part.rstrip()
        yield Text(indent + " " * (_HANG * bool(k))) + part
