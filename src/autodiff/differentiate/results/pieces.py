"""A box in pieces: bounds of the value and the gradient on each, and which piece decides an end of a range."""

import math
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

from autodiff.differentiate.sweep import balls as field
from autodiff.evaluate.balls import Interval, ball
from autodiff.graph.graph import Graph
from autodiff.graph.walk import dependents
from autodiff.ops.kernels.balls import NAN

Ball = Any
#: The two ends of each variable.
Ends = tuple[tuple[float, float], ...]


def bounds_of(
    graph: Graph, inputs: Sequence[Ball], wanted: Sequence[str]
) -> tuple[Ball, list[Ball], list[int], list[int]]:
    """The value, the partials, and the operations that may have a kink and that may jump."""
    nodes = [graph.input_numbers[name] for name in wanted]
    values = field.forward(graph, inputs)
    adjoints, kinks, jumps = field.gradient(graph, values, graph.outputs[0], dependents(graph, nodes))
    if not values[graph.outputs[0]].is_finite():
        # What has no value has no derivative.
        adjoints = [NAN] * len(graph)
    return values[graph.outputs[0]], [adjoints[node] for node in nodes], kinks, jumps


class Piece(NamedTuple):
    ends: Ends
    depth: int
    #: Bounds of the value and of each partial, and what was reached for certain.
    outer: list[tuple[float, float]]


class Search:
    """The pieces of a box, the bounds of each, and what is certainly reached."""

    def __init__(self, graph: Graph, wanted: Sequence[str], whole: Ends) -> None:
        self.graph, self.wanted, self.whole = graph, wanted, whole
        moving = [name for name, (low, high) in zip(graph.inputs, whole, strict=True) if low < high]
        #: Those that are asked for, then what else moves.
        self.all = [*wanted, *(name for name in moving if name not in wanted)]
        count = 1 + len(wanted)
        self.reached: list[tuple[float, float]] = [(math.inf, -math.inf)] * count
        #: For each target the pieces by their lower bound, and by their upper one: heaps with stale entries.
        self.heaps: list[list[tuple[float, int]]] = [[] for _ in range(2 * count)]
        self.pieces: dict[int, Piece] = {}
        self.made = 0
        self.has_kinks = self.has_jumps = False

    def add(self, ends: Ends, depth: int) -> None:
        outer = self._bound(ends)
        self.pieces[self.made] = Piece(ends, depth, outer)
        for k, (low, high) in enumerate(outer):
            heappush(self.heaps[2 * k], (low, self.made))
            heappush(self.heaps[2 * k + 1], (-high, self.made))
        self.made += 1

    def best(self, heap: int) -> tuple[float, int]:
        """The bound that decides an end of a range, and its piece."""
        entries = self.heaps[heap]
        while entries[0][1] not in self.pieces:
            heappop(entries)
        return entries[0]

    def range_of(self, target: int) -> tuple[float, float]:
        return self.best(2 * target)[0], -self.best(2 * target + 1)[0]

    def gap(self, heap: int) -> float:
        """How far an end of a range may be off, relative to the range."""
        low, high = self.reached[heap // 2]
        bound = self.best(heap)[0]
        inner = low if heap % 2 == 0 else -high
        if not math.isfinite(bound):
            return math.inf
        scale = max(high - low, 1e-15 * max(abs(low), abs(high)), 5e-324)
        return max(0.0, inner - bound) / scale if math.isfinite(inner) else math.inf

    def _bound(self, ends: Ends) -> list[tuple[float, float]]:
        inputs = [ball(low, high) for low, high in ends]
        middle = [ball(low + (high - low) / 2) for low, high in ends]
        value, slopes, kinks, jumps = bounds_of(self.graph, inputs, self.all)
        at, at_slopes, middle_kinks, middle_jumps = bounds_of(self.graph, middle, self.wanted)
        self.has_kinks, self.has_jumps = self.has_kinks or bool(kinks), self.has_jumps or bool(jumps)
        self._reach(0, at)
        if not middle_kinks and not middle_jumps:
            for k, slope in enumerate(at_slopes, 1):
                self._reach(k, slope)
        bounds = [_ends_of(found) for found in (value, *slopes[: len(self.wanted)])]
        if not jumps and value.is_finite():
            for low, high in self._by_slopes(at, ends, dict(zip(self.all, slopes, strict=True))):
                bounds[0] = max(bounds[0][0], low), min(bounds[0][1], high)
        return bounds

    def _by_slopes(self, at: Ball, ends: Ends, slopes: Mapping[str, Ball]) -> Iterator[tuple[float, float]]:
        """Bounds of the value by the gradient by all that moves, where no jump is between the points of the piece."""
        mean, below, above = at, [], []
        for name, (low, high) in zip(self.graph.inputs, ends, strict=True):
            first, last = (low, low), (high, high)
            if low < high:
                slope = slopes[name]
                if not slope.is_finite():
                    return
                mean += slope * (ball(low, high) - ball(low + (high - low) / 2))
                if slope <= 0:
                    first, last = last, first
                elif not slope >= 0:
                    first = last = (low, high)
            below.append(ball(*first))
            above.append(ball(*last))
        least, most = (field.forward(self.graph, corner)[self.graph.outputs[0]] for corner in (below, above))
        yield _ends_of(mean)
        yield _ends_of(least)[0], _ends_of(most)[1]

    def _reach(self, target: int, found: Ball) -> None:
        """Take note of a number that is in the range: of its ball the end that proves least."""
        if found.is_finite():
            low, high = self.reached[target]
            least, most = _ends_of(found)
            self.reached[target] = min(low, most), max(high, least)

    def split(self, number: int) -> None:
        """Halve a piece across the variable that it is widest in, relative to the box."""
        piece = self.pieces.pop(number)
        k = self.widest(piece)
        low, high = piece.ends[k]
        middle = low + (high - low) / 2
        for part in ((low, middle), (middle, high)):
            self.add((*piece.ends[:k], part, *piece.ends[k + 1 :]), piece.depth + 1)

    def widest(self, piece: Piece) -> int:
        """The variable that a piece is widest in, relative to the box."""
        return max(range(len(piece.ends)), key=lambda k: self._width(k, piece.ends[k]))

    def _width(self, k: int, ends: tuple[float, float]) -> float:
        low, high = self.whole[k]
        return (ends[1] - ends[0]) / (high - low) if high > low else 0.0


def _ends_of(found: Ball) -> tuple[float, float]:
    if found.is_nan():
        return -math.inf, math.inf
    bounds = Interval(found)
    return bounds.lower, bounds.upper
