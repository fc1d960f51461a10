"""Where boxes and arrows go: layers by the longest path, ordered by barycentres, so that pages need no other program.

Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures", 1981. An arrow over
several layers passes a point in each. Positions within a layer minimise the squared distances to the neighbours, in the
chosen order and with the room that the boxes need.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float]
Size = tuple[float, float]
_Rectangle = tuple[float, float, float, float]
#: Blanks between boxes, beside a passing arrow, and between layers without and with texts on the arrows.
GAP, LANE, LAYER, LABELLED_LAYER = 22.0, 16.0, 34.0, 58.0
_SWEEPS = 24
#: The side of the squares by which rectangles that overlap are found: about the size of a box.
_SQUARE = 128.0
#: A text stands so far beside its line, at one of these places of a piece of it.
_BLANKS, _PLACES = (2.0, 8.0, 16.0, 30.0), (0.5, 0.62, 0.38, 0.74, 0.26, 0.86, 0.14)
#: Lines are cut into parts about this long, and taken to be this wide.
_SEGMENT, _STROKE = 7.0, 1.5
#: Arrows get points in all layers that they cross while there are not more of these.
_MOST_POINTS = 20_000


class Layout(NamedTuple):
    """The centre of each box, the curve of each arrow (a start, then three points for each Bézier piece), where the
    text of each arrow goes, and the size of it all."""

    centres: dict[int, Point]
    curves: list[list[Point]]
    labels: list[Point]
    size: Size


def lay_out(sizes: Mapping[int, Size], arrows: Sequence[tuple[int, int]], labels: Sequence[Size]) -> Layout:
    """Place boxes, given in topological order with their sizes, and the arrows between them, with those of their texts.

    A label without a size is none.
    """
    layer_of = layers(list(sizes), arrows)
    rows, chains = _with_points(list(sizes), arrows, layer_of)
    neighbours: dict[int, list[int]] = {}
    for chain in chains:
        for a, b in pairwise(chain):
            neighbours.setdefault(a, []).append(b)
            neighbours.setdefault(b, []).append(a)
    rank = {item: k for k, layer in enumerate(rows) for item in layer}
    widths = {item: sizes[item][0] + GAP if item in sizes else LANE for layer in rows for item in layer}
    _order(rows, neighbours, rank)
    x = _positions(rows, neighbours, rank, widths)
    left = min((x[item] - widths[item] / 2 for item in x), default=0.0)
    gap = LABELLED_LAYER if any(width for width, _ in labels) else LAYER
    y, top = {}, GAP
    for layer in rows:
        height = max((sizes[item][1] for item in layer if item in sizes), default=0.0)
        for item in layer:
            x[item] += GAP / 2 - left
            y[item] = top + height / 2
        top += height + gap
    curves = _curves(chains, arrows, sizes, x, y)
    centres = {item: (x[item], y[item]) for item in sizes}
    right = max((x[item] + widths[item] / 2 for item in x), default=0.0)
    placed = place_labels(curves, labels, centres, sizes)
    ends = [(px + width / 2) for (px, _), (width, _) in zip(placed, labels, strict=True)]
    return Layout(centres, curves, placed, (max([right, *ends]) + GAP / 2, top - gap + GAP))


def layers(nodes: Sequence[int], arrows: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The longest path to each node; what nothing leads to stands just before its first user."""
    layer = dict.fromkeys(nodes, 0)
    into: dict[int, list[int]] = {}
    for source, target in arrows:
        into.setdefault(target, []).append(source)
    for node in nodes:
        layer[node] = max((layer[source] + 1 for source in into.get(node, ())), default=0)
    first: dict[int, int] = {}
    for source, target in arrows:
        first[source] = min(first.get(source, layer[target]), layer[target])
    for node in nodes:
        if node not in into and node in first:
            layer[node] = first[node] - 1
    return layer


def _with_points(
    nodes: Sequence[int], arrows: Sequence[tuple[int, int]], layer_of: Mapping[int, int]
) -> tuple[list[list[int]], list[list[int]]]:
    """The layers with a point (a negative number) for each arrow that passes, and the chain of each arrow."""
    layers: list[list[int]] = [[] for _ in range(max(layer_of.values(), default=0) + 1)]
    for node in nodes:
        layers[layer_of[node]].append(node)
    chains, points = [], 0
    for source, target in arrows:
        chain = [source]
        between = range(layer_of[source] + 1, layer_of[target])
        for layer in between if points + len(between) <= _MOST_POINTS else ():
            points += 1
            layers[layer].append(-points)
            chain.append(-points)
        chains.append([*chain, target])
    return layers, chains


def _order(layers: list[list[int]], neighbours: Mapping[int, list[int]], rank: Mapping[int, int]) -> None:
    """Order each layer by the mean place of its neighbours, downwards and upwards in turn."""
    place = {item: float(k) for layer in layers for k, item in enumerate(layer)}
    best, fewest = [list(layer) for layer in layers], _crossings(layers, neighbours, rank, place)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for k in range(len(layers)) if down else range(len(layers) - 1, -1, -1):
            means = {}
            for item in layers[k]:
                near = [place[other] for other in neighbours.get(item, ()) if (rank[other] < k) == down]
                means[item] = sum(near) / len(near) if near else place[item]
            layers[k].sort(key=means.__getitem__)
            place.update({item: float(position) for position, item in enumerate(layers[k])})
        found = _crossings(layers, neighbours, rank, place)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def _crossings(
    layers: Sequence[Sequence[int]], neighbours: Mapping[int, list[int]], rank: Mapping[int, int],
    place: Mapping[int, float],
) -> int:  # fmt: skip
    """How many pairs of arrows cross: inversions, counted by insertion into a sorted list."""
    from bisect import bisect_right, insort

    total = 0
    for k, layer in enumerate(layers):
        seen: list[float] = []
        for item in layer:
            ends = sorted(place[other] for other in neighbours.get(item, ()) if rank[other] > k)
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _positions(
    layers: Sequence[Sequence[int]], neighbours: Mapping[int, list[int]], rank: Mapping[int, int],
    widths: Mapping[int, float],
) -> dict[int, float]:  # fmt: skip
    x = {}
    for layer in layers:
        at = -sum(widths[item] for item in layer) / 2
        for item in layer:
            x[item] = at + widths[item] / 2
            at += widths[item]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for k in range(len(layers)) if down else range(len(layers) - 1, -1, -1):
            wanted = []
            for item in layers[k]:
                # The last sweeps look both ways.
                near = [
                    x[other] for other in neighbours.get(item, ()) if sweep >= _SWEEPS - 6 or (rank[other] < k) == down
                ]
                wanted.append(sum(near) / len(near) if near else x[item])
            x.update(zip(layers[k], _spread(wanted, [widths[item] for item in layers[k]]), strict=True))
    return x


def _spread(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The centres closest to the wanted ones, in their order and without overlap: pooled where they would."""
    offsets, at = [], 0.0
    for width in widths:
        offsets.append(at + width / 2)
        at += width
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            before, number = pools.pop()
            total, count = total + before, count + number
        pools.append((total, count))
    shifts = [total / count for total, count in pools for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _curves(
    chains: Sequence[Sequence[int]], arrows: Sequence[tuple[int, int]], sizes: Mapping[int, Size],
    x: Mapping[int, float], y: Mapping[int, float],
) -> list[list[Point]]:  # fmt: skip
    """The curve of each arrow; those that leave or enter the same box do so side by side."""
    starts = _ports(chains, arrows, 0, sizes, x)
    ends = _ports(chains, arrows, 1, sizes, x)
    curves = []
    for k, chain in enumerate(chains):
        source, target = arrows[k]
        points = [(x[source] + starts[k], y[source] + sizes[source][1] / 2)]
        points += [(x[item], y[item]) for item in chain[1:-1]]
        points.append((x[target] + ends[k], y[target] - sizes[target][1] / 2))
        curve = [points[0]]
        for (x0, y0), (x1, y1) in pairwise(points):
            middle = (y0 + y1) / 2
            curve += [(x0, middle), (x1, middle), (x1, y1)]
        curves.append(curve)
    return curves


def _ports(
    chains: Sequence[Sequence[int]], arrows: Sequence[tuple[int, int]], end: int, sizes: Mapping[int, Size],
    x: Mapping[int, float],
) -> list[float]:  # fmt: skip
    """How far from the middle of the box each arrow leaves (`end` 0) or enters it (1)."""
    at: dict[int, list[int]] = {}
    for k, arrow in enumerate(arrows):
        at.setdefault(arrow[end], []).append(k)
    found = [0.0] * len(arrows)
    for node, numbers in at.items():
        numbers.sort(key=lambda k: (x[chains[k][-2] if end else chains[k][1]], k))
        step = min(34.0, 0.7 * sizes[node][0] / len(numbers))
        for position, k in enumerate(numbers):
            found[k] = (position - (len(numbers) - 1) / 2) * step
    return found


def place_labels(
    curves: Sequence[Sequence[Point]], labels: Sequence[Size], centres: Mapping[int, Point], sizes: Mapping[int, Size]
) -> list[Point]:
    """The middle of the text of each arrow: beside its curve, where it covers no box, no line and no other text.

    Where there is no such place near the curve, the text stands on it, free at least of boxes and texts if it can be.
    """
    taken, lines = _Taken(), _Taken()
    for node, size in sizes.items():
        taken.add((*centres[node], *size))
    if any(width for width, _ in labels):
        for curve in curves:
            for segment in _segments(curve):
                lines.add(segment)
    found = []
    for curve, (width, height) in zip(curves, labels, strict=True):
        best = _on_piece(curve[-4:], 0.55)
        if width:
            # To the right and downwards the picture grows with its texts; to the left and upwards it cannot.
            inside = (p for p in _beside(curve, width, height) if p[0] >= width / 2 and p[1] >= height / 2)
            free = [p for p in inside if not taken.overlaps((*p, width, height))]
            on = (_on_piece(curve[k : k + 4], t) for k in (len(curve) - 4, 0) for t in (0.55, 0.4, 0.7, 0.25))
            fallback = next((p for p in on if not taken.overlaps((*p, width, height))), free[0] if free else best)
            best = next((p for p in free if not lines.overlaps((*p, width, height))), fallback)
            taken.add((*best, width, height))
        found.append(best)
    return found


def _beside(curve: Sequence[Point], width: float, height: float) -> "Iterator[Point]":
    """Middles of a text that stands beside a curve, the closest first: near its end, then near its start."""
    pieces = [curve[k : k + 4] for k in range(len(curve) - 4, -1, -3)]
    for blank in _BLANKS:
        for piece in pieces:
            for t in _PLACES:
                (x, y), (x0, y0), (x1, y1) = (_on_piece(piece, at) for at in (t, t - 0.02, t + 0.02))
                length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
                nx, ny = (y1 - y0) / length, (x0 - x1) / length
                # So far does a rectangle reach towards the line.
                reach = abs(nx) * width / 2 + abs(ny) * height / 2 + blank
                yield x + nx * reach, y + ny * reach
                yield x - nx * reach, y - ny * reach


def _segments(curve: Sequence[Point]) -> "Iterator[_Rectangle]":
    """The rectangles around the short straight parts of a curve."""
    for k in range(0, len(curve) - 3, 3):
        piece = curve[k : k + 4]
        length = sum(abs(bx - ax) + abs(by - ay) for (ax, ay), (bx, by) in pairwise(piece))
        count = max(2, min(200, int(length / _SEGMENT) + 1))
        for (ax, ay), (bx, by) in pairwise(_on_piece(piece, part / count) for part in range(count + 1)):
            yield (ax + bx) / 2, (ay + by) / 2, abs(bx - ax) + _STROKE, abs(by - ay) + _STROKE


class _Taken:
    """The rectangles that are taken (their centres and sizes), by the squares of a grid in which they lie, so that a
    picture of many need not compare each with each."""

    def __init__(self) -> None:
        self.squares: dict[tuple[int, int], list[_Rectangle]] = {}

    def add(self, rectangle: "_Rectangle") -> None:
        for square in self._squares(rectangle):
            self.squares.setdefault(square, []).append(rectangle)

    def overlaps(self, rectangle: "_Rectangle") -> bool:
        return any(
            _overlap(rectangle, other)
            for square in self._squares(rectangle)
            for other in self.squares.get(square, ())
        )  # fmt: skip

    def _squares(self, rectangle: "_Rectangle") -> "Iterator[tuple[int, int]]":
        x, y, width, height = rectangle
        for column in range(int((x - width / 2) // _SQUARE), int((x + width / 2) // _SQUARE) + 1):
            for row in range(int((y - height / 2) // _SQUARE), int((y + height / 2) // _SQUARE) + 1):
                yield column, row


def _on_piece(piece: Sequence[Point], t: float) -> Point:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = piece
    s = 1 - t
    a, b, c, d = s**3, 3 * s * s * t, 3 * s * t * t, t**3
    return a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def _overlap(a: "_Rectangle", b: "_Rectangle") -> bool:
    return abs(a[0] - b[0]) < (a[2] + b[2]) / 2 and abs(a[1] - b[1]) < (a[3] + b[3]) / 2
