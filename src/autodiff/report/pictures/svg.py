"""A picture as SVG, which is readable in light and in dark. Every text of the formula is escaped."""

from collections.abc import Iterator, Sequence
from html import escape
from unicodedata import category, east_asian_width

from autodiff.graph.graph import Graph
from autodiff.report.pictures import graphviz, layout
from autodiff.report.pictures.layout import Point, Size
from autodiff.report.pictures.palette import DARK, LIGHT, Palette
from autodiff.report.pictures.picture import MOST_NODES, Box, Picture, clipped, of_graph

#: The size of the letters, how wide one is, and how far lines stand apart.
_FONT, _LETTER, _LINE = 12.5, 7.6, 17.0
_SMALL, _SMALL_LETTER = 10.5, 6.4
_PADDING = 10.0
#: The widest number that a page may come to show: `gradient -1.23457e-308`.
_LIVE = 22
_CALLED = ("shape", "value", "gradient")


def text_width(text: str, letter: float = _LETTER) -> float:
    """About how wide a text is in a monospaced font."""
    cells = sum(0 if category(c) in ("Mn", "Me") else 2 if east_asian_width(c) in "WF" else 1 for c in text)
    return cells * letter


def notebook(graph: Graph) -> str | None:
    """The picture of a graph; None for one that is too large to be looked at."""
    if len(graph) > MOST_NODES:
        return None
    return "\n".join(lines(of_graph(graph)))


def lines(picture: Picture) -> Iterator[str]:
    """A file of its own."""
    yield from drawing(picture, live=False)


def drawing(picture: Picture, *, live: bool, standalone: bool = True) -> Iterator[str]:
    """The SVG element. `live` keeps room for other numbers than the present ones."""
    sizes = {box.node: box_size(box, live=live) for box in picture.boxes}
    texts = ["-1.23457e-308" if live and arrow.partial else arrow.partial for arrow in picture.arrows]
    labels: list[Size] = [(text_width(text, _SMALL_LETTER), _SMALL + 3) if text else (0.0, 0.0) for text in texts]
    arrows = [(arrow.source, arrow.target) for arrow in picture.arrows]
    found = graphviz.laid_out(sizes, arrows, labels) or layout.lay_out(sizes, arrows, labels)
    width, height = found.size
    role = 'role="img"' if standalone else 'role="group"'
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="autodiff-graph" {role} viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" aria-label="{_escape("graph of " + picture.formula)}">'
    )
    if standalone:
        yield f"<title>{_escape(picture.formula)}</title>"
        yield f"<style>\n{style()}</style>"
        yield '<rect class="paper" width="100%" height="100%"/>'
    yield (
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" '
        'markerWidth="9" markerHeight="9" orient="auto">'
        '<path class="head" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>'
    )
    for arrow, curve in zip(picture.arrows, found.curves, strict=True):
        yield (
            f'<path class="arrow" data-from="{arrow.source}" data-to="{arrow.target}" data-argument="{arrow.argument}" '
            f'marker-end="url(#head)" d="{_path(curve)}"/>'
        )
    for box in picture.boxes:
        yield from _box(box, found.centres[box.node], sizes[box.node], live=live)
    for arrow, (x, y), text in zip(picture.arrows, found.labels, texts, strict=True):
        if text:
            yield (
                f'<text class="partial" data-to="{arrow.target}" data-argument="{arrow.argument}" x="{x:.1f}" '
                f'y="{y + 3.5:.1f}">{_escape(arrow.partial)}</text>'
            )
    yield "</svg>"


def box_size(box: Box, *, live: bool) -> Size:
    rows = [box.title, *(f"{kind} {text}" for kind, text in box.facts if kind in _CALLED)]
    width = max(map(text_width, rows))
    if live:
        width = max(width, _LIVE * _LETTER)
    if box.mark:
        width = max(width, text_width(clipped(box.mark), _SMALL_LETTER))
    return max(width + 2 * _PADDING, 44.0), len(rows) * _LINE + 11


def _path(curve: Sequence[Point]) -> str:
    (x, y), rest = curve[0], curve[1:]
    pieces = " ".join(f"{px:.1f} {py:.1f}" for px, py in rest)
    return f"M{x:.1f} {y:.1f} C{pieces}"


def _box(box: Box, centre: Point, size: Size, *, live: bool) -> Iterator[str]:
    (x, y), (width, height) = centre, size
    classes = ["node", box.kind, *["output"] * box.is_output, *["unused"] * (not box.used)]
    classes += ["marked"] * bool(box.mark and box.used)
    yield f'<g class="{" ".join(classes)}" data-node="{box.node}">'
    yield (f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="7"/>')
    baseline = y - height / 2 + _LINE
    yield f'<text class="title" x="{x:.1f}" y="{baseline:.1f}">{_title(box)}</text>'
    for kind, text in box.facts:
        if kind in _CALLED:
            baseline += _LINE
            number = f'<tspan class="{kind}">{_escape(text)}</tspan>'
            yield f'<text x="{x:.1f}" y="{baseline:.1f}"><tspan class="label">{kind} </tspan>{number}</text>'
    if live or box.mark:
        # On the lower edge, where it needs no room of its own.
        yield f'<text class="mark" x="{x:.1f}" y="{y + height / 2 + 4:.1f}">{_escape(clipped(box.mark))}</text>'
    yield "</g>"


def _title(box: Box) -> str:
    """The name in bold, then what it is."""
    name = box.title[: len(box.name)]
    return f'<tspan class="name">{_escape(name)}</tspan>{_escape(box.title[len(name) :])}'


def _escape(text: str) -> str:
    # Control characters are no XML, not even as entities.
    return escape("".join(c if c.isprintable() else " " for c in text))


def style() -> str:
    """The rules for light, and those that dark changes."""
    shape = (
        f".autodiff-graph text {{ font: {_FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, "
        '"DejaVu Sans Mono", monospace; text-anchor: middle; white-space: pre }\n'
        ".autodiff-graph .name, .autodiff-graph .value, .autodiff-graph .gradient { font-weight: bold }\n"
        f".autodiff-graph .label {{ font-size: {_SMALL}px }}\n"
        f".autodiff-graph text.partial, .autodiff-graph text.mark {{ font-size: {_SMALL}px; paint-order: stroke; "
        "stroke-width: 4px; stroke-linejoin: round }\n"
        ".autodiff-graph .node rect { stroke-width: 1.2 }\n"
        ".autodiff-graph .output rect { stroke-width: 2.6 }\n"
        ".autodiff-graph .marked rect { stroke-width: 2.2; stroke-dasharray: 6 3 }\n"
        ".autodiff-graph .unused { opacity: 0.55 }\n"
        ".autodiff-graph .unused rect { stroke-dasharray: 2 3 }\n"
        ".autodiff-graph .arrow { fill: none; stroke-width: 1.2 }\n"
    )
    return f"{shape}{_colors(LIGHT)}@media (prefers-color-scheme: dark) {{\n{_colors(DARK)}}}\n"


def _colors(palette: Palette) -> str:
    rules = {
        ".paper": f"fill: {palette.paper}",
        "text": f"fill: {palette.ink}",
        ".node rect": f"fill: {palette.fill}; stroke: {palette.line}",
        ".input rect": f"fill: {palette.input_fill}",
        ".constant rect": f"fill: {palette.input_fill}",
        ".output rect": f"stroke: {palette.ink}",
        ".marked rect": f"stroke: {palette.mark}",
        ".arrow": f"stroke: {palette.line}",
        ".head": f"fill: {palette.line}",
        ".label": f"fill: {palette.partial}",
        ".value": f"fill: {palette.value}",
        ".gradient": f"fill: {palette.gradient}",
        "text.mark": f"fill: {palette.mark}; stroke: {palette.paper}",
        "text.partial": f"fill: {palette.partial}; stroke: {palette.paper}",
    }
    return "".join(f".autodiff-graph {part} {{ {rule} }}\n" for part, rule in rules.items())
