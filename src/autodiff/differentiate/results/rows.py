"""Values and gradients of a formula for many rows: by a machine at regular points, and elsewhere row by row.

The machine computes the graph of the values and the partials, and beside them whether a row sits where more than local
rules may be asked for: on a kink, on the boundary of a condition, at a zero whose truth is asked. Those rows, and those
in which a number is not finite or so large or small that a product may leave the range of doubles, get what `gradient`
gives. A formula with arrays is asked row by row.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.differentiate.derive.routine import routine
from autodiff.differentiate.derive.simplify import simplify
from autodiff.differentiate.results.gradient import Gradient, Values
from autodiff.differentiate.results.hessian import Hessian
from autodiff.differentiate.results.jacobian import Jacobian
from autodiff.differentiate.results.regular import with_guard
from autodiff.errors import LimitError
from autodiff.evaluate.guards import conditions_first
from autodiff.evaluate.machine import BLOCK, HUGE, TINY, Machine
from autodiff.evaluate.numpy_steps import known_values, spelled
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.replace import of_the_table
from autodiff.graph.shapes import holds_arrays
from autodiff.graph.text import output_names
from autodiff.graph.walk import ancestors, dependents

if TYPE_CHECKING:
    from autodiff.differentiate.results.rows_of_arrays import SweptRows

#: Whether all numbers are moderate is asked of so many rows at once, which costs less than asking each block.
_STRETCH = 16 * BLOCK
#: The machine takes no larger formulas: each row is swept.
_MOST_NODES = 20_000
#: So many columns can be read by nobody.
_MOST_COLUMNS = 10_000


class Wish(NamedTuple):
    """What is wanted of each row beside the values: partials by some inputs, and second derivatives if any."""

    wanted: tuple[str, ...]
    #: "", "diagonal" or "all".
    second: str = ""


class Trouble(NamedTuple):
    """The first row (from 0 on) that has no finite result, and why."""

    row: int
    reason: str


class Found(NamedTuple):
    """The columns of some rows, the rows that are undefined or on a kink, and why the first undefined one is."""

    columns: list[Any]
    undefined: Any
    kinks: Any
    trouble: Trouble | None


def column_names(graph: Graph, wish: Wish) -> list[str]:
    """The value of each output and its partials, output by output; then second derivatives."""
    outputs = output_names(graph)
    names = [name for output in outputs for name in (output, *(f"d{output}_d{by}" for by in wish.wanted))]
    for i, j in _second_places(wish):
        by = wish.wanted[i], wish.wanted[j]
        names += [f"d2{output}_d{by[0]}2" if i == j else f"d2{output}_d{by[0]}d{by[1]}" for output in outputs]
    return names


def _second_places(wish: Wish) -> Iterator[tuple[int, int]]:
    size = len(wish.wanted)
    for i in range(size if wish.second else 0):
        yield from ((i, j) for j in ([i] if wish.second == "diagonal" else range(i, size)))


def engine_for(
    graph: Graph, wish: Wish, columns: Mapping[str, Any], fixed: Mapping[str, Any]
) -> "RowEngine | SweptRows":  # fmt: skip
    """The engine for columns such as `columns` by name, of numbers or of arrays. Raises like the engines."""
    ranks = [*(np.ndim(column) - 1 for column in columns.values()), *map(np.ndim, fixed.values())]
    if holds_arrays(graph) or any(ranks):
        from autodiff.differentiate.results.rows_of_arrays import SweptRows

        return SweptRows(graph, wish, fixed)
    return RowEngine(graph, wish, fixed)


class RowEngine:
    """A formula of numbers, ready for rows of the inputs that `fixed` gives no value.

    Raises:
        LimitError: there would be too many columns.
    """

    def __init__(self, graph: Graph, wish: Wish, fixed: Mapping[str, float] | None = None) -> None:
        self.graph, self.wish, self.fixed = graph, wish, dict(fixed or {})
        self.names = column_names(graph, wish)
        if len(self.names) > _MOST_COLUMNS:
            raise LimitError(
                "too-large", f"{len(self.names):,} columns are more than {_MOST_COLUMNS:,}", text=graph.text,
                hint="choose some variables with wrt",
            )  # fmt: skip
        self._values = frozenset(output_names(graph))
        self.inputs = [name for name in graph.inputs if name not in self.fixed]
        self._program = self._plan() if len(graph) <= _MOST_NODES else None
        self._machines: list[Machine] = []
        #: The partials where the value is missing, if that is the same in all such rows.
        self._without_value: list[float] = []
        one = self._program is not None and len(graph.outputs) == 1 and not wish.second
        if one and not any([call.row.selects for call in graph.calls]):
            used = ancestors(graph, graph.outputs)
            self._without_value = [math.nan if used[graph.input_numbers[name]] else 0.0 for name in wish.wanted]

    def _plan(self) -> "_Program | None":
        """The graph of all columns and the guard; None where a constant alone makes every row irregular."""
        graph, wish = self.graph, self.wish
        fixed = {graph.input_numbers[name]: value for name, value in self.fixed.items()}
        if any([not _is_moderate_number(value) for value in known_values(graph, fixed).values()]):
            return None
        wanted = [graph.input_numbers[name] for name in wish.wanted]
        if wish.second:
            # The second derivatives need the sides of conditions, too: their graph is that of generated code.
            made = routine(graph, wish.wanted, hessian=True, exact=True)
            second = [made.hessian[i][j] for i, j in _second_places(wish)]
            outputs = [made.values[0], *made.jacobian[0], *second]
            whole = with_guard(graph, dependents(graph, wanted), made.graph, outputs)
        else:
            whole = with_guard(graph, dependents(graph, wanted))
            count, size = len(graph.outputs), len(wanted)
            for k in range(count):
                # Rows on the boundary of a condition are irregular: elsewhere the chosen branch alone counts.
                whole = adjoint(whole, wanted, whole.outputs[k], kept=whole.outputs, chosen=range(len(whole)))
            places, partials = whole.outputs, whole.outputs[count + 1 :]
            order = [node for k in range(count) for node in (places[k], *partials[k * size : (k + 1) * size])]
            whole = _rebuilt(whole, [*order, places[count]], lambda builder, node: ~node)
        whole = of_the_table(whole)
        if self.fixed:
            whole = _with_fixed(whole, fixed)
        whole = conditions_first(simplify(spelled(whole)))
        # A rule may say that there is no derivative.
        gaps = not all(map(math.isfinite, known_values(whole).values()))
        return _Program(whole, self._zeros(whole), gaps)

    def _zeros(self, whole: Graph) -> list[int]:
        """The columns of partials that may be 0 in some rows and not in others."""
        columns = enumerate(whole.outputs[:-1])
        return [k for k, node in columns if self.names[k] not in self._values and not _is_constant(whole, node)]

    def compute(self, columns: Sequence[Any], threads: int = 1) -> Found:
        """The columns of results for columns of doubles, one for each of `inputs`, all of one length."""
        size = len(columns[0]) if columns else 1
        results = [np.empty(size) for _ in self.names]
        irregular, finite = np.ones(size, dtype=bool), np.ones(size, dtype=bool)
        if self._program is not None and size:
            given = dict(zip(self.inputs, columns, strict=True))
            inputs = [given.get(name, self.fixed.get(name)) for name in self.graph.inputs]
            irregular[:] = False
            self._run(inputs, results, irregular, finite, threads)
        undefined, kinks = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        if self._without_value and not finite.all():
            # Where a missing number makes the value one that is none, there is no gradient by whatever it uses.
            missing = irregular & ~finite & np.isnan(results[0])
            for column, number in zip(results[1:], self._without_value, strict=True):
                column[missing] = number
            undefined |= missing
            irregular &= ~missing
        for row in np.flatnonzero(irregular).tolist():
            found = self.ask(self.point(columns, row))
            for column, number in zip(results, self.numbers(found), strict=True):
                column[row] = number
                undefined[row] |= not math.isfinite(number)
            kinks[row] = sits_on_kink(found) and not undefined[row]
        if self._program is not None and self._program.gaps:
            for column in results:
                undefined |= ~np.isfinite(column)
        first = int(np.argmax(undefined)) if undefined.any() else -1
        return Found(results, undefined, kinks, None if first < 0 else Trouble(first, self.reason(columns, first)))

    def point(self, columns: Sequence[Any], row: int) -> list[float]:
        """The values of all inputs in a row."""
        given = {name: float(column[row]) for name, column in zip(self.inputs, columns, strict=True)}
        return [given[name] if name in given else self.fixed[name] for name in self.graph.inputs]

    def ask(self, point: Sequence[float]) -> Values:
        """What `gradient` (or `jacobian`, or `hessian`) gives at one point."""
        graph, wanted = self.graph, self.wish.wanted
        if self.wish.second:
            return Hessian(graph, point, wanted)
        return Gradient(graph, point, wanted) if len(graph.outputs) == 1 else Jacobian(graph, point, wanted)

    def numbers(self, found: Values) -> list[float]:
        """The numbers of a row in the order of the columns."""
        if isinstance(found, Jacobian):
            rows = zip(found.outputs, found.entries, strict=True)
            return [number for (_, value), entries in rows for number in (value, *entries)]
        assert isinstance(found, Gradient)
        numbers = [found.value, *found.partials.values()]
        if isinstance(found, Hessian):
            numbers += [found.entries[i][j] for i, j in _second_places(self.wish)]
        return numbers

    def reason(self, columns: Sequence[Any], row: int) -> str:
        """Why a row is undefined."""
        found = self.ask(self.point(columns, row)).diagnosis
        return "it has no finite result" if found is None else found.message

    def _run(self, inputs: Sequence[Any], results: list[Any], irregular: Any, finite: Any, threads: int) -> None:
        """Let the machines compute all rows, and mark those that they do not answer for."""
        assert self._program is not None
        size = len(irregular)
        while len(self._machines) < threads:
            self._machines.append(Machine(self._program.graph))
        share = -(-size // (threads * _STRETCH)) * _STRETCH
        parts = [(start, min(start + share, size)) for start in range(0, size, share)]

        def work(machine: Machine, part: tuple[int, int]) -> None:
            for start in range(part[0], part[1], _STRETCH):
                self._stretch(machine, slice(start, min(start + _STRETCH, part[1])), inputs, results, irregular, finite)

        if len(parts) == 1:
            work(self._machines[0], parts[0])
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, self._machines, parts))

    def _stretch(
        self, machine: Machine, rows: slice, inputs: Sequence[Any], results: list[Any], irregular: Any, finite: Any
    ) -> None:  # fmt: skip
        guard = np.empty(BLOCK, dtype=bool if machine.truths[-1] else np.float64)
        ordinary = all([_is_moderate(value[rows]) for value in inputs if isinstance(value, np.ndarray)])
        unsure = []
        for start in range(rows.start, rows.stop, BLOCK):
            stop = min(start + BLOCK, rows.stop)
            part = [value[start:stop] if isinstance(value, np.ndarray) else value for value in inputs]
            outputs = [*(column[start:stop] for column in results), guard[: stop - start]]
            found = None
            if ordinary or all([_is_moderate(value) for value in part if isinstance(value, np.ndarray)]):
                outcome = machine.run(part, outputs)
                found = None if outcome.fast else outcome.irregular
                if outcome.fast:
                    unsure.append((start, stop))
            else:
                found = machine.careful(part, outputs)
                for value in part:
                    if isinstance(value, np.ndarray):
                        finite[start:stop] &= np.isfinite(value)
            if found is not None:
                irregular[start:stop] |= found
                for name, output in zip(self.names, outputs, strict=False):
                    irregular[start:stop] |= ~np.isfinite(output)
                    if name not in self._values:
                        # A zero has no sign in a gradient.
                        np.add(output, 0.0, output)
            irregular[start:stop] |= outputs[-1] != 0
        if unsure:
            self._look_again(machine, unsure[0][0], unsure[-1][1], inputs, results, irregular)

    def _look_again(
        self, machine: Machine, first: int, last: int, inputs: Sequence[Any], results: list[Any], irregular: Any
    ) -> None:  # fmt: skip
        """A partial of 0 may have been lost where very large or very small numbers met, which sets no flag."""
        assert self._program is not None
        zero = np.zeros(last - first, dtype=bool)
        for k in self._program.zeros:
            here = results[k][first:last] == 0.0
            if here.any():
                # A zero has no sign in a gradient.
                results[k][first:last] += 0.0
                zero |= here
        rows = np.flatnonzero(zero & ~irregular[first:last]) + first
        for start in range(0, len(rows), BLOCK):
            some = rows[start : start + BLOCK]
            part = [value[some] if isinstance(value, np.ndarray) else value for value in inputs]
            irregular[some] |= machine.careful(part, [np.empty(len(some)) for _ in range(len(results) + 1)])


def sits_on_kink(found: Values) -> bool:
    """Whether a number of a result is a convention: an operation, or the function itself, has two sides there."""
    sides = found.sides_of.values() if isinstance(found, Gradient) else ()
    return bool(found.kinks) or any([one.decided and not one.is_smooth() for one in sides])


class _Program(NamedTuple):
    """The graph of all columns and the guard; the columns that may be 0 in some rows; and whether a number in it is not
    finite, which sets no flag."""

    graph: Graph
    zeros: list[int]
    gaps: bool


def _is_moderate_number(value: float) -> bool:
    return value == 0.0 or TINY < abs(value) < HUGE


def _is_moderate(values: Any) -> bool:
    low, high = values.min(), values.max()
    if (low > TINY and high < HUGE) or (high < -TINY and low > -HUGE):
        return True
    size = np.abs(values)
    return bool((((size > TINY) & (size < HUGE)) | (size == 0.0)).all())


def _is_constant(graph: Graph, node: int) -> bool:
    return len(graph.inputs) <= node < graph.base


def _with_fixed(graph: Graph, values: Mapping[int, float]) -> Graph:
    """The graph in which some inputs are numbers."""

    def leaf(builder: GraphBuilder, node: int) -> int:
        if node not in values:
            return ~node
        return builder.constant(float(values[node]), repr(float(values[node])), (0, 0))

    return _rebuilt(graph, graph.outputs, leaf)


def _rebuilt(graph: Graph, outputs: Sequence[int], leaf: Callable[[GraphBuilder, int], int]) -> Graph:
    """The same operations of other leaves, and other outputs."""
    builder = GraphBuilder(graph)
    refs = builder.adopt()
    refs[: len(graph.inputs)] = [leaf(builder, node) for node in range(len(graph.inputs))]
    first, last = graph.places
    for node, row, args in graph.operations():
        refs.append(builder.node(row, [refs[arg] for arg in args], (first[node], last[node])))
    return builder.finish([refs[node] for node in outputs], [""] * len(outputs), {})
