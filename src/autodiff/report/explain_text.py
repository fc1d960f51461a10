"""An explanation as text for a terminal: indented lines, which wrap below themselves, values and gradients coloured."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from autodiff.report.explain import FORMULA, GRADIENT, NOTE, SOURCE, VALUE, Explained, Line, sections
from autodiff.report.grid import new_console, spell, taken
from autodiff.report.options import Options

_STYLES = {FORMULA: "", VALUE: "cyan", GRADIENT: "yellow", NOTE: "dim", SOURCE: "blue"}
#: How far a deeper line is indented, and the rest of one that is too long.
_STEP, _HANG = 2, 4
#: No line gets less room than this.
_LEAST = 16


def lines(explained: Explained, options: Options) -> Iterator[str]:
    """The sections, an empty line between them; where colours show, the titles are bold."""
    console = new_console(options)
    with console.capture() as capture:
        for k, section in enumerate(sections(explained, options)):
            if k:
                console.print()
            if section.title:
                console.print(Text(section.title, style="bold"))
            for line in section.lines:
                _draw(console, line, options)
    yield from taken(capture)


def _draw(console: Console, line: Line, options: Options) -> None:
    indent = " " * (_STEP * line.level)
    text = Text.assemble(*[(spell(piece, options), _STYLES[kind]) for piece, kind in line.pieces])
    if line.pieces[0][1] == SOURCE:
        console.print(Text(indent) + text, soft_wrap=True)
        return
    room = console.width - len(indent)
    if text.cell_len > room:
        wrapped = text.wrap(console, max(_LEAST, room - _HANG))
        for k, part in enumerate(wrapped):
            part.rstrip()
            console.print(Text(indent + " " * (_HANG * bool(k))) + part, soft_wrap=True)
    else:
        console.print(Text(indent) + text, soft_wrap=True)
