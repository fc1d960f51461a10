"""Value and gradient between bounds that are proved: at a point to the last digits of a double, or over a whole box.

At a point the precision doubles until every number is enclosed to a quarter of an ulp, or a limit says no. Over a box
pieces are halved where they decide the ends of a range: each piece is bounded by the rules themselves, by the mean
value theorem, and by its corners where the sign of the gradient is known (R. E. Moore, "Methods and Applications of
Interval Analysis", 1979).
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from autodiff.differentiate.results.pieces import Ends, Piece, Search, bounds_of
from autodiff.errors import BindingError, FormulaError, LimitError
from autodiff.evaluate.asked import names_of
from autodiff.evaluate.balls import Interval, ball, precision
from autodiff.graph.graph import Graph
from autodiff.graph.text import output_names
from autodiff.graph.unbound import known_as, unknown_variable
from autodiff.syntax.tokens import canonical_name

Ball = Any
Progress = Callable[[int, float], None]

#: The precisions at a point, in bits; and that over a box, whose width is what limits the digits there.
_FIRST_BITS, _MOST_BITS, _BOX_BITS = 64, 16_384, 80
#: A ball with so many correct bits, or one that is so small, gives its double to a quarter of an ulp.
_ENOUGH_BITS, _NOTHING = 55, 2.0**-1074
#: A piece without bounds is not halved more often than this, and no more than this share of all pieces is spent so.
_MOST_HALVINGS, _UNBOUNDED_SHARE = 24, 0.5
#: How many places without bounds are named.
MOST_PLACES = 3


class Enclosure:
    """The value and the partials of a formula between bounds.

    `box` says for each variable between which doubles it lies. `partials` are those by the variables that were asked
    for. `remarks` say what could not be proved, and `is_certified` whether all was.
    """

    def __init__(
        self, graph: Graph, box: Mapping[str, tuple[float, float]], value: Interval, partials: Mapping[str, Interval],
        remarks: Sequence[str], *, is_certified: bool, bits: int, pieces: int,
    ) -> None:  # fmt: skip
        self.formula = graph.text
        self.name = output_names(graph)[0]
        self.box, self.value, self.partials, self.remarks = dict(box), value, dict(partials), tuple(remarks)
        self.is_certified, self.bits, self.pieces = is_certified, bits, pieces

    @classmethod
    def asked(
        cls, bind: Callable[..., tuple[Graph, list[Any]]], bindings: Mapping[str, Any], *,
        box: Mapping[str, tuple[float, float]] = MappingProxyType({}), wrt: Sequence[str] | None = None,
        tolerance: float = 1e-6, boxes: int = 2000, timeout: float = 10.0, progress: Progress | None = None,
        **named: Any,
    ) -> "Enclosure":  # fmt: skip
        """The enclosure for bindings, of which those in `box` are ranges.

            Formula("x*sin(y)").enclose(y=2, box={"x": (0.9, 1.1)}).value      # an interval

        See `enclose`.
        """
        ends = {canonical_name(name): _pair(name, given) for name, given in box.items()}
        graph, inputs = bind({**bindings, **{name: low for name, (low, _) in ends.items()}}, named)
        for name, given in zip(graph.inputs, inputs, strict=True):
            if hasattr(given, "shape"):
                raise LimitError(
                    "enclosed-arrays", f"enclosures are of numbers, and {name!r} is an array",
                    hint="give each element a variable of its own",
                )  # fmt: skip
        known = {known_as(name, graph): pair for name, pair in ends.items()}
        points = dict(zip(graph.inputs, inputs, strict=True))
        whole = {name: known.get(name, (float(x), float(x))) for name, x in points.items()}
        names = None if wrt is None else [known_as(name, graph) for name in names_of("variables", wrt)]
        for name in names or ():
            if name not in points:
                raise unknown_variable(graph, name, "this differentiates by")
        return enclose(
            graph, whole, names, tolerance=tolerance, boxes=boxes, timeout=timeout, progress=progress
        )  # fmt: skip

    @property
    def is_point(self) -> bool:
        return all([low == high for low, high in self.box.values()])

    @property
    def is_bounded(self) -> bool:
        return all([found.is_finite for found in (self.value, *self.partials.values())])

    def __repr__(self) -> str:
        slopes = "".join([f", d{self.name}/d{name} in {found}" for name, found in self.partials.items()])
        return f"<Enclosure: {self.name} in {self.value}{slopes}>"


def _pair(name: str, given: Any) -> tuple[float, float]:
    try:
        low, high = map(float, given)
    except (TypeError, ValueError):
        hint = f"write box={{{name!r}: (0.9, 1.1)}}"
        raise BindingError("no-box", f"the range of {name!r} is no pair of numbers", hint=hint) from None
    return low, high


class _Limits(NamedTuple):
    tolerance: float
    boxes: int
    timeout: float


def enclose(
    graph: Graph, box: Mapping[str, tuple[float, float]], wrt: Sequence[str] | None = None, *,
    tolerance: float = 1e-6, boxes: int = 2000, timeout: float = 10.0, progress: Progress | None = None,
) -> Enclosure:  # fmt: skip
    """Bounds of the value and of the partials by the variables in `wrt` (all unless given), wherever in `box`.

    Over a box that is no point, pieces are halved until no bound can be better by more than `tolerance`, relative to
    the range, or there are so many `boxes`, or so many seconds have passed. `progress` hears of the number of pieces,
    and how far the worst bound may be off.

    Raises:
        FormulaError: the formula has several outputs.
        BindingError: an end of the box is no number, or its ends are the wrong way round.
        LimitError: the formula works on arrays.
        AutodiffError: python-flint is not installed.
    """
    _check(graph, box)
    wanted = list(graph.inputs if wrt is None else dict.fromkeys(wrt))
    limits = _Limits(tolerance, boxes, timeout)
    if all([low == high for low, high in box.values()]):
        return certified(graph, {name: low for name, (low, _) in box.items()}, wanted, timeout=timeout)
    return _over_box(graph, box, wanted, limits, progress)


def _check(graph: Graph, box: Mapping[str, tuple[float, float]]) -> None:
    if len(graph.outputs) > 1:
        raise FormulaError(
            "several-outputs", f"an enclosure needs one output, and this formula has {len(graph.outputs)}",
            text=graph.text, spans=graph.output_spans(), hint="enclose one output after the other",
        )  # fmt: skip
    for node, row, _ in graph.operations():
        if row.is_array:
            raise LimitError(
                "enclosed-arrays", "enclosures are of numbers, and this works on arrays", text=graph.text,
                spans=[graph.span(node)], hint="write the elements as variables of their own",
            )  # fmt: skip
    for name, (low, high) in box.items():
        if not (math.isfinite(low) and math.isfinite(high)):
            raise BindingError("no-box", f"{name!r} has no finite ends", hint="both ends are numbers, such as 0.9")
        if low > high:
            raise BindingError(
                "no-box", f"{name!r} goes from {low:g} to {high:g}, which is downwards",
                hint=f"the smaller end comes first: {high:g}, then {low:g}",
            )  # fmt: skip


def certified(
    graph: Graph, point: Mapping[str, float], wanted: Sequence[str], *, timeout: float = 10.0
) -> Enclosure:  # fmt: skip
    """The value and the partials at a point, each to a quarter of an ulp of its double where that can be proved."""
    end, bits = time.monotonic() + timeout, _FIRST_BITS
    while True:
        with precision(bits):
            value, slopes, kinks, jumps = bounds_of(graph, [ball(point[name]) for name in graph.inputs], wanted)
            close = [_is_close(found) for found in (value, *slopes)]
            # Where kinks leave one slope between their sides, that is the derivative.
            is_certified = all(close) and not jumps
            # More digits decide no kink on which the point sits exactly, but may decide one that is near.
            if is_certified or bits >= _MOST_BITS or time.monotonic() > end:
                intervals = [Interval(found) for found in (value, *slopes)]
                break
        bits *= 2
    remarks = list(_on_edges(graph, [] if all(close) else kinks, jumps))
    names = [output_names(graph)[0], *(f"d{output_names(graph)[0]}/d{name}" for name in wanted)]
    open_ones = [name for name, enough in zip(names, close, strict=True) if not enough]
    if not value.is_finite():
        remarks = [f"no bound of {names[0]} was found, which may be undefined or infinite here"]
    elif open_ones and not remarks:
        remarks.append(f"not enclosed to the last digit of a double, with {bits} bits: {', '.join(open_ones)}")
    box = {name: (point[name], point[name]) for name in graph.inputs}
    return Enclosure(
        graph, box, intervals[0], dict(zip(wanted, intervals[1:], strict=True)), remarks, is_certified=is_certified,
        bits=bits, pieces=1,
    )  # fmt: skip


def _is_close(found: Ball) -> bool:
    return bool(found.is_finite()) and (found.rel_accuracy_bits() >= _ENOUGH_BITS or bool(4 * found.rad() < _NOTHING))


def _on_edges(graph: Graph, kinks: Sequence[int], jumps: Sequence[int]) -> list[str]:
    """Sentences on the operations that may sit on a kink or jump at a point."""
    either = (
        (kinks, "sits on its kink: the derivatives of both sides are in the interval"),
        (jumps, "jumps here, or turns from one branch to the other: no derivative is proved"),
    )
    return [
        f"no digits decide whether '{graph.source(node)}' {what}"
        for nodes, what in either
        for node in nodes[:MOST_PLACES]
    ]


def _over_box(
    graph: Graph, box: Mapping[str, tuple[float, float]], wanted: Sequence[str], limits: _Limits,
    progress: Progress | None,
) -> Enclosure:  # fmt: skip
    end = time.monotonic() + limits.timeout
    search = Search(graph, wanted, tuple(box[name] for name in graph.inputs))
    with precision(_BOX_BITS):
        search.add(search.whole, 0)
        closed: set[int] = set()
        unbounded_splits, worst = 0, math.inf
        while search.made < 2 * limits.boxes and time.monotonic() < end:
            heap = max((h for h in range(len(search.heaps)) if h not in closed), key=search.gap, default=None)
            if heap is None:
                break
            gap = search.gap(heap)
            if gap <= limits.tolerance:
                worst = gap
                break
            number = search.best(heap)[1]
            piece = search.pieces[number]
            low, high = piece.ends[search.widest(piece)]
            if gap == math.inf:
                unbounded_splits += 1
                if piece.depth >= _MOST_HALVINGS * _moving(box) or unbounded_splits > _UNBOUNDED_SHARE * limits.boxes:
                    closed.add(heap)
                    continue
            if not low < low + (high - low) / 2 < high:
                closed.add(heap)
                continue
            search.split(number)
            if progress is not None and search.made % 64 == 1:
                progress(len(search.pieces), gap)
        ranges = [search.range_of(target) for target in range(1 + len(wanted))]
    remarks = _on_box(search, ranges)
    if worst > limits.tolerance and not any([low == -math.inf or high == math.inf for low, high in ranges]):
        remarks.append(
            f"the bounds may be wider than the ranges: {len(search.pieces):,} pieces did not reach a tolerance of "
            f"{limits.tolerance:g}"
        )
    intervals = [Interval.between(low, high) for low, high in ranges]
    return Enclosure(
        graph, box, intervals[0], dict(zip(wanted, intervals[1:], strict=True)), remarks,
        is_certified=all([found.is_finite for found in intervals]), bits=_BOX_BITS, pieces=len(search.pieces),
    )  # fmt: skip


def _moving(box: Mapping[str, tuple[float, float]]) -> int:
    return sum([low < high for low, high in box.values()])


def _on_box(search: Search, ranges: Sequence[tuple[float, float]]) -> list[str]:
    """Where nothing bounds the value or a partial; and what holds of a derivative only where there is one."""
    graph, name = search.graph, output_names(search.graph)[0]
    labels = [name, *(f"d{name}/d{variable}" for variable in search.wanted)]
    found = []
    for target, (label, ends) in enumerate(zip(labels, ranges, strict=True)):
        if all(map(math.isfinite, ends)):
            continue
        places = [p for p in search.pieces.values() if not all(map(math.isfinite, p.outer[target]))]
        named = [_place(graph, search.whole, places_of) for places_of in _joined(places)[:MOST_PLACES]]
        found.append(f"no bound of {label} was found, which may be undefined or infinite there, at {'; '.join(named)}")
    if search.has_jumps:
        found.append("the formula may jump or change branch in the box: the gradient is that of its pieces")
    elif search.has_kinks:
        found.append("the formula may have a kink in the box: there the gradient means everything between its sides")
    return found


def _joined(pieces: Sequence[Piece]) -> list[Ends]:
    """The pieces, those that touch along the first variable joined where all else is the same."""
    joined: list[Ends] = []
    for ends in sorted(piece.ends for piece in pieces):
        if joined and len(ends) == 1 and joined[-1][0][1] >= ends[0][0]:
            joined[-1] = ((joined[-1][0][0], max(ends[0][1], joined[-1][0][1])),)
        else:
            joined.append(ends)
    return joined


def _place(
    graph: Graph, whole: Sequence[tuple[float, float]], ends: Sequence[tuple[float, float]]
) -> str:  # fmt: skip
    moving = [k for k, (low, high) in enumerate(whole) if low < high]
    return ", ".join([f"{graph.inputs[k]} in [{ends[k][0]:.6g}, {ends[k][1]:.6g}]" for k in moving])
