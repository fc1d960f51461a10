"""An explanation as text for a terminal: indented lines, which wrap below themselves, values and gradients coloured."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from autodiff.report.explain import FORMULA, GRADIENT, NOTE, SOURCE, VALUE, Explained, Line, sections
from autodiff.report.grid import new_console, spell, taken
from autodiff.report.style import Options

_STYLES = {FORMULA: "", VALUE: "cyan", GRADIENT: "yellow", NOTE: "dim", SOURCE: "blue"}
#: How far a deeper line is indented, and the rest of one that is too long.
_STEP, _HANG = 2, 4
#: No line gets less room than this.
_LEAST = 16


def lines(explained: Explained, options: Options) -> Iterator[str]:
    """The sections, an empty line between them; where colours show, the titles are bold."""
    console = new_console(options)
    for k, section in enumerate(sections(explained, options)):
        if k:
            yield ""
        if section.title:
            yield from _drawn(console, [Text(section.title, style="bold")])
        for line in section.lines:
            yield from _drawn(console, _wrapped(console, line, options))


def _drawn(console: Console, texts: Iterable[Text]) -> Iterator[str]:
    for text in texts:
        if console.color_system is None:
            # Nothing is left for rich to do, which takes its time with every line.
            yield text.plain.rstrip()
            continue
        with console.capture() as capture:
            console.print(text, soft_wrap=True)
        yield from taken(capture)


def _wrapped(console: Console, line: Line, options: Options) -> Iterator[Text]:
    indent = " " * (_STEP * line.level)
    text = Text.assemble(*[(spell(piece, options), _STYLES[kind]) for piece, kind in line.pieces])
    room = console.width - len(indent)
    if line.pieces[0][1] == SOURCE or text.cell_len <= room:
        yield Text(indent) + text
        return
    for k, part in enumerate(text.wrap(console, max(_LEAST, room - _HANG))):
        part.rstrip()
        yield Text(indent + " " * (_HANG * bool(k))) + part
