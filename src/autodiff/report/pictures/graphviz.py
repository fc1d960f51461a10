"""A picture for Graphviz: as DOT, as PNG or PDF, and the layout that it finds. All but DOT need pygraphviz."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.util import find_spec
from typing import Any

from autodiff.errors import AutodiffError, LimitError
from autodiff.report.pictures.layout import Layout, Point, Size, layers, place_labels
from autodiff.report.pictures.palette import LIGHT
from autodiff.report.pictures.picture import Box, Picture

#: When arrows cross more layers in all, Graphviz is not asked: 3,000 take some seconds, and twice as many a minute.
MOST_CROSSED = 3_000
#: Graphviz counts in points, of which an inch has 72.
_INCH = 72.0


def is_installed() -> bool:
    return find_spec("pygraphviz") is not None


def crossed(nodes: Sequence[int], arrows: Sequence[tuple[int, int]]) -> int:
    """How many layers all arrows cross together: what the time of Graphviz grows with, more than with their number."""
    layer = layers(nodes, arrows)
    return sum(layer[target] - layer[source] for source, target in arrows)


def laid_out(sizes: Mapping[int, Size], arrows: Sequence[tuple[int, int]], labels: Sequence[Size]) -> Layout | None:
    """The layout that Graphviz finds; None where there is none, where it is broken, or where it would take minutes."""
    if not is_installed() or crossed(list(sizes), arrows) > MOST_CROSSED:
        return None
    try:
        return lay_out(sizes, arrows, labels)
    except Exception:
        # It may be there and not work: without its programs, or with another release of its libraries.
        return None


def dot_lines(picture: Picture) -> Iterator[str]:
    """The picture in the DOT language, without a layout."""
    yield "digraph formula {"
    yield '  graph [rankdir=TB, bgcolor="white", nodesep=0.25, ranksep=0.4];'
    yield '  node [shape=box, style="rounded,filled", fillcolor="white", fontname="monospace", fontsize=11];'
    yield f'  edge [color="{LIGHT.line}", fontname="monospace", fontsize=9, fontcolor="{LIGHT.partial}"];'
    for box in picture.boxes:
        yield f"  n{box.node} [label=<{_label(box)}>, {_style(box)}];"
    for arrow in picture.arrows:
        label = f" [label=<{escape(arrow.partial)}>]" if arrow.partial else ""
        yield f"  n{arrow.source} -> n{arrow.target}{label};"
    yield "}"


def _label(box: Box) -> str:
    """An HTML-like label, in which nothing but our own tags is one."""
    colors = {"value": LIGHT.value, "gradient": LIGHT.gradient, "mark": LIGHT.mark, "shape": LIGHT.partial}
    lines = [f"<B>{escape(box.title)}</B>" if box.used else escape(box.title)]
    for kind, text in box.facts:
        spelled = f"{kind} {text}" if kind in ("value", "gradient", "shape") else text
        lines.append(f'<FONT COLOR="{colors[kind]}">{escape(spelled)}</FONT>')
    return "<BR/>".join(lines)


def _style(box: Box) -> str:
    if box.mark and box.used:
        return f'color="{LIGHT.mark}", penwidth=2, style="rounded,filled,dashed"'
    if not box.used:
        return f'color="{LIGHT.line}", fontcolor="{LIGHT.partial}", style="rounded,filled,dotted"'
    fill = {"input": LIGHT.input_fill, "constant": LIGHT.input_fill}.get(box.kind, LIGHT.fill)
    return f'color="{LIGHT.line}", fillcolor="{fill}", penwidth={2 if box.is_output else 1}'


def render(picture: Picture, ending: str) -> bytes:
    """The picture as PNG or PDF.

    Raises:
        AutodiffError: pygraphviz is not installed, or does not work.
        LimitError: it would take too long.
    """
    if not is_installed():
        raise AutodiffError(
            "missing-extra", f"drawing .{ending} needs Graphviz",
            hint="pip install 'autodiff-cli[graph]', or write .svg, .html, .dot or .mmd",
        )  # fmt: skip
    options = "-Gdpi=144" if ending == "png" else ""
    found = crossed([box.node for box in picture.boxes], [(arrow.source, arrow.target) for arrow in picture.arrows])
    if found > MOST_CROSSED:
        raise LimitError(
            "too-large", f"its arrows cross {found:,} layers together, and Graphviz draws up to {MOST_CROSSED:,}",
            hint="write .svg or .html, which are drawn without Graphviz, or .dot and run: dot -Tsvg graph.dot",
        )  # fmt: skip
    try:
        drawn: bytes = _graph("\n".join(dot_lines(picture))).draw(format=ending, prog="dot", args=options)
    except Exception as error:
        said = str(error).strip().partition("\n")[0] or type(error).__name__
        raise AutodiffError(
            "graphviz", f"Graphviz cannot draw .{ending}: {said}",
            hint="install it again: pip install --force-reinstall pygraphviz; or write .svg, .html, .dot or .mmd",
        ) from error  # fmt: skip
    return drawn


def _graph(text: str) -> Any:
    import pygraphviz

    return pygraphviz.AGraph(string=text)


def lay_out(sizes: Mapping[int, Size], arrows: Sequence[tuple[int, int]], labels: Sequence[Size]) -> Layout:
    """The same as `autodiff.report.pictures.layout.lay_out`, by Graphviz."""
    lines = [
        "digraph g {",
        'graph [rankdir=TB, nodesep=0.3, ranksep=0.72]; node [shape=box, fixedsize=true, label=""];',
    ]
    for node, (width, height) in sizes.items():
        lines.append(f"n{node} [width={width / _INCH:.4f}, height={height / _INCH:.4f}];")
    for k, (source, target) in enumerate(arrows):
        # The key tells apart the arrows between the same two boxes, as in x*x.
        lines.append(f"n{source} -> n{target} [key=e{k}];")
    graph = _graph("\n".join([*lines, "}"]))
    graph.layout(prog="dot")
    left, bottom, right, top = map(float, graph.graph_attr["bb"].split(","))
    margin = 11.0

    def point(text: str) -> Point:
        px, py = map(float, text.split(","))
        return px - left + margin, top - py + margin

    centres = {node: point(graph.get_node(f"n{node}").attr["pos"]) for node in sizes}
    curves: list[list[Point]] = []
    for k, (source, target) in enumerate(arrows):
        end, *rest = graph.get_edge(f"n{source}", f"n{target}", f"e{k}").attr["pos"].split(" ")
        # The curve stops short of the box, where Graphviz would put the head of the arrow.
        points = [point(text) for text in rest]
        curves.append([*points[:-1], point(end.removeprefix("e,"))])
    placed = place_labels(curves, labels, centres, sizes)
    return Layout(centres, curves, placed, (right - left + 2 * margin, top - bottom + 2 * margin))
