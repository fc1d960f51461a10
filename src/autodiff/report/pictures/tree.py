"""A picture as a tree of text: each output above what it is made of. What is used again is drawn once."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.text import Text

from autodiff.report.pictures.picture import Arrow, Box, Picture
from autodiff.report.sheet import Options
from autodiff.report.write.grid import new_console, spell, taken

#: How far the tree is indented; deeper parts say how deep they are.
_DEEPEST = 40
_STYLES = {"value": "cyan", "gradient": "yellow", "partial": "dim", "mark": "magenta"}
_COLUMNS = ("value", "gradient", "partial", "mark")


class _Line(NamedTuple):
    tree: str
    cells: dict[str, str]


def lines(picture: Picture, options: Options) -> Iterator[str]:
    plain = options.encoding is not None
    drawn = list(_walk(picture, ("|-- ", "`-- ", "|   ") if plain else ("├── ", "└── ", "│   ")))
    heads = {"value": "value", "gradient": "gradient", "partial": "local partial", "mark": ""}
    shown = [name for name in _COLUMNS if any(line.cells.get(name) for line in drawn)]
    if shown:
        drawn.insert(0, _Line("", {name: heads[name] for name in shown}))
    texts = [spell(line.tree, options) for line in drawn]
    width = max(map(len, texts), default=0)
    widths = {name: max(len(spell(line.cells.get(name, ""), options)) for line in drawn) for name in shown}
    console = new_console(options)
    with console.capture() as capture:
        for line, tree in zip(drawn, texts, strict=True):
            text = Text(tree.ljust(width) if shown else tree)
            for name in shown:
                cell = spell(line.cells.get(name, ""), options)
                text.append("   ")
                text.append(cell.rjust(widths[name]) if name != "mark" else cell, _STYLES[name])
            text.rstrip()
            # A terminal breaks the line rather than rich: nothing is lost.
            console.print(text, soft_wrap=True)
    yield from taken(capture)


def _walk(picture: Picture, branches: tuple[str, str, str]) -> Iterator[_Line]:
    """The lines of the tree, with a stack of what remains to be drawn."""
    more, last, bar = branches
    boxes = {box.node: box for box in picture.boxes}
    arguments: dict[int, list[Arrow]] = {}
    for arrow in picture.arrows:
        arguments.setdefault(arrow.target, []).append(arrow)
    used = {arrow.source for arrow in picture.arrows}
    roots = [box.node for box in picture.boxes if box.is_output or box.node not in used]
    seen: set[int] = set()
    for root in roots:
        stack: list[tuple[int, str, str, str, int]] = [(root, "", "", "", 0)]
        while stack:
            node, branch, indent, partial, depth = stack.pop()
            box = boxes[node]
            again = node in seen
            seen.add(node)
            yield _Line(branch + _title(box, again), {"partial": partial, **({} if again else _cells(box))})
            if again:
                continue
            children = arguments.get(node, [])
            for k in range(len(children) - 1, -1, -1):
                arrow, is_last = children[k], k == len(children) - 1
                if depth < _DEEPEST:
                    branch, deeper = indent + (last if is_last else more), indent + ("    " if is_last else bar)
                else:
                    branch, deeper = f"{indent}({depth + 1}) ", indent
                stack.append((arrow.source, branch, deeper, arrow.partial, depth + 1))


def _title(box: Box, again: bool) -> str:
    if again:
        return f"{box.name} (above)" if box.operation else box.name
    return f"{box.name} = {box.operation}" if box.operation else box.name


def _cells(box: Box) -> dict[str, str]:
    value = f"{box.shape}: {box.value}" if box.shape and "x" in box.shape else box.value
    return {"value": value, "gradient": box.gradient, "mark": box.mark}
