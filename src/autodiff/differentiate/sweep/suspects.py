"""Whether local rules may fail at a point: asked at every point, so it costs little, to compute and to import."""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from autodiff.differentiate.sweep import floats
from autodiff.differentiate.sweep.kinks import has_kinks
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on, partial_text
from autodiff.graph.walk import used_nodes
from autodiff.ops.row import Row

if TYPE_CHECKING:
    from autodiff.differentiate.sweep.singular import Sides

#: Graphs of more nodes, and more inputs, are left to the rules.
MOST_NODES, MOST_INPUTS = 400, 16
#: Partials that may be infinite have a quotient, a power or a logarithm in them; and they are at such arguments.
_STEEP = re.compile(r"[/^]|log|gamma")
_SUSPECTS = (0.0, 1.0, -1.0, math.inf, -math.inf)
#: The square of a number beyond these is beyond the range of doubles, or nearly so.
TINY, HUGE = 1e-100, 1e100
#: What is smaller has fewer digits than a double should.
NORMAL = 2.0**-1022


def is_small(graph: Graph, values: Sequence[float]) -> bool:
    """Whether the function may be expanded at a point: whether that takes no longer than a moment."""
    from autodiff.differentiate.sweep.exactly import is_affordable

    return is_affordable(graph, values, len(graph), MOST_NODES)


def is_small_in_elements(values: Sequence[Any]) -> bool:
    """Whether the elements of all nodes of a graph with arrays are few enough to be looked at one by one."""
    return sum([getattr(value, "size", 1) for value in values]) <= MOST_NODES


def corrected(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], active: Sequence[int],
    kinks: Callable[[], Collection[int]], directions: Sequence[Mapping[int, float]], swept: Sequence[float],
) -> list[tuple[float, "Sides | None"]]:  # fmt: skip
    """The derivatives of a weighted sum of nodes along some directions, of which the rules gave `swept`.

    Where the rules may fail, what the function itself does is told beside each. `active` flags the nodes that move with
    any input, and `kinks` are the nodes that sit on one.
    """
    may, beyond = may_fail(graph, values, active)
    # Over one kink alone the midpoint of its sides is that of the function's.
    if (
        not may or len(directions) > MOST_INPUTS or not all([math.isfinite(values[node]) for node in weights])
        or (not beyond and len(kinks()) < 2) or not is_small(graph, values)
    ):  # fmt: skip
        return [(number, None) for number in swept]
    from autodiff.differentiate.sweep.singular import chosen, sides_along

    sides = sides_along(graph, values, weights, directions)
    return [(chosen(number, found, beyond=beyond), found) for number, found in zip(swept, sides, strict=True)]


def kept_in_range(
    graph: Graph, values: Sequence[float], weights: Mapping[int, float], active: Sequence[int], wanted: Sequence[int],
    adjoints: Sequence[float],
) -> dict[int, float]:  # fmt: skip
    """The adjoints of a regular point that a product lost which left the range of doubles on its way.

    They come from numbers whose exponents have no bounds. Where an adjoint is 0 or not finite, and where very large or
    very small numbers meet, there is something to look for; and where a value is subnormal, and so has few digits.
    """
    if len(graph) > MOST_NODES:
        return {}
    lost = [node for node in wanted if not adjoints[node] or adjoints[node] - adjoints[node] != 0.0]
    if any([-NORMAL < value < NORMAL and value for value in values]):
        lost = [*wanted]
    elif not lost or not any([not TINY < abs(value) < HUGE for value in values if value and value - value == 0.0]):
        return {}
    if not is_small(graph, values) or not all([math.isfinite(values[node]) for node in weights]):
        return {}
    from autodiff.differentiate.sweep.singular import in_extended_range

    return in_extended_range(graph, values, weights, active, lost, adjoints)


def may_fail(graph: Graph, values: Sequence[float], active: Sequence[int]) -> tuple[bool, bool]:
    """Whether local rules may fail at a point; and whether more than kinks is to blame.

    That is asked at every point, so it costs little: what a graph has to look at is known once and for all.
    """
    if len(graph) > MOST_NODES:
        return False, False
    weak = weak_places(graph)
    if any([values[a] == values[b] and (active[a] or active[b]) for a, b in weak.compared]):
        return True, True
    if any([not values[node] and active[node] for node in weak.tested]):
        return True, True
    if weak.steep and _absorbs(graph, values, weak.steep, active):
        return True, True
    if len(weak.kinked) < 2:
        return False, False
    sits = [node for node, row, args in weak.kinked if floats.kink(row, args, values, active, node)]
    return len(sits) > 1, False


class Weak(NamedTuple):
    """Where local rules may fail in a graph: the pairs that are compared, and the numbers whose truth is asked; the
    operations whose partials may be infinite, and those with kinks or jumps."""

    compared: list[tuple[int, int]]
    tested: list[int]
    steep: list[tuple[int, tuple[int, ...]]]
    kinked: list[tuple[int, Row, tuple[int, ...]]]


@lru_cache(maxsize=64)
def weak_places(graph: Graph) -> Weak:
    found = Weak([], [], [], [])
    for node, row, args in graph.operations():
        if row.share and len(args) == 2 and row.infix not in ("and", "or"):
            found.compared.append((args[0], args[1]))
        elif row.share or row.selects:
            found.tested.extend([arg for arg in (args[:1] if row.selects else args) if not _is_truth(graph, arg)])
        if has_kinks(row):
            found.kinked.append((node, row, args))
        if row.shape is None and any(
            [_STEEP.search(partial_text(row, k)) for k in range(len(args)) if hands_on(row, k)]
        ):
            found.steep.append((node, args))
    return found


def _is_truth(graph: Graph, node: int) -> bool:
    """Whether a node is a condition, and so no number whose truth is that it is not 0."""
    return node >= graph.base and bool(graph.row(node).share)


def _absorbs(
    graph: Graph, values: Sequence[float], steep: Sequence[tuple[int, tuple[int, ...]]], active: Sequence[int]
) -> bool:  # fmt: skip
    """Whether a local derivative that the outputs use is not finite; one that a row does not have is none."""
    suspects = [
        node for node, args in steep
        if active[node] and (values[node] - values[node] != 0.0 or any([values[arg] in _SUSPECTS for arg in args]))
    ]  # fmt: skip
    if not suspects:
        return False
    used = used_nodes(graph, values, graph.outputs)
    for node in suspects:
        if used[node]:
            row, partials = graph.row(node), floats.local_partials(graph, values, node, active)
            for k, partial in enumerate(partials):
                if partial is not None and not math.isfinite(partial) and partial_text(row, k) != "nan":
                    return True
    return False
