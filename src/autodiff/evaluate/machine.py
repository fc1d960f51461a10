"""A graph of numbers computed for many rows at once: a register machine over blocks that stay in the cache.

Each node is a block of doubles, or of truths, in a register that is free again after its last use; NumPy writes into
registers and makes no array. Two ways lead through a graph. The *fast* one computes every operation for every row, and
lets the floating-point flags of the processor tell, which costs nothing, whether a row divided by zero, overflowed,
underflowed or had no value; where they cannot be had, each result is looked at. The *careful* one is taken where they
say so: an operation that only a branch needs is computed for the rows that choose the branch, a zero of the chain rule
silences what is not finite, and each row in which a number left the moderate range is named.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from autodiff.evaluate import arrays
from autodiff.evaluate.guards import guards_of
from autodiff.evaluate.numpy_steps import BOTH, MANY, ONE, Lowered, Step, is_truth, lower
from autodiff.graph.graph import Graph

#: So many doubles of one register: a few registers stay in the first cache, and what a step costs beside is little.
BLOCK = 4096
#: Beyond these a product may leave the range of doubles on its way, and `gradient` has a closer look.
TINY, HUGE = 1e-100, 1e100
#: Blocks that are taken the careful way at once after so many that the fast way failed on, one after the other.
_FAILED, _SKIPPED = 4, 60


class Flags:
    """What NumPy tells of a block: whether an operation in it divided by zero, overflowed, underflowed or failed."""

    __slots__ = ("raised",)

    def __init__(self) -> None:
        self.raised = False

    def __call__(self, kind: str, flag: int) -> None:
        self.raised = True


@cache
def flags_tell() -> bool:
    """Whether this machine and this NumPy set the flags that the fast way relies on."""
    one = np.ones(64)
    trials: list[tuple[Any, ...]] = [
        (np.multiply, 1e-200 * one, 1e-200 * one), (np.multiply, 1e200 * one, 1e200 * one), (np.divide, one, 0.0 * one),
        (np.subtract, np.inf * one, np.inf * one), (np.exp, 1e3 * one), (np.exp, -1e3 * one), (np.log, 0.0 * one),
        (np.log, -one), (np.sqrt, -one), (np.power, -one, 0.5 * one), (np.sinh, 1e3 * one),
    ]  # fmt: skip
    for function, *given in trials:
        flags = Flags()
        with np.errstate(all="call", call=flags):
            function(*given)
        if not flags.raised:
            return False
    return True


class Found(NamedTuple):
    """What a block came to: whether the fast way was enough, and if it was not, the rows to look at."""

    fast: bool
    irregular: Any = None


class Machine:
    """The outputs of a graph without arrays, block by block. One machine serves one thread."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.truths = [is_truth(graph, node) for node in graph.outputs]
        self._lowered: Lowered = lower(graph)
        self._guards = guards_of(graph)
        self._registers: dict[int, list[Any]] = {}
        self._failed = self._skip = 0
        self._last = _last_uses(graph)

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Found:
        """Compute a block of rows, an array for each input, into an array for each output."""
        if self._skip:
            self._skip -= 1
        elif self._fast(inputs, outputs):
            self._failed = 0
            return Found(True)
        else:
            self._failed += 1
            if self._failed >= _FAILED:
                self._skip = _SKIPPED
        return Found(False, self.careful(inputs, outputs))

    def _fast(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> bool:
        """Compute all operations for all rows; False where a flag says that this may not be what `gradient` gives."""
        lowered, size = self._lowered, len(outputs[0])
        registers = self._registers.get(size)
        if registers is None:
            made = [np.empty(size, dtype=bool if truth else np.float64) for truth in lowered.registers]
            # Two sizes at most: that of all blocks, and that of the last one.
            self._registers = {k: kept for k, kept in self._registers.items() if k == BLOCK}
            registers = self._registers[size] = made
        slots = [*inputs, *lowered.constants, *registers, *outputs]
        flags = Flags()
        with np.errstate(all="call", call=flags):
            _execute(lowered.steps, slots, flags, watch=not flags_tell())
        return not flags.raised

    def careful(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """Compute each operation for the rows that need it; the rows in which a number is not moderate."""
        graph, size = self.graph, len(outputs[0])
        irregular = np.zeros(size, dtype=bool)
        values: list[Any] = [*inputs, *graph.constants]
        masks: dict[frozenset[tuple[int, bool]], Any] = {}
        for value in inputs:
            _watch(irregular, value, None)
        with arrays.quiet():
            for node, row, args in graph.operations():
                chosen = _chosen(self._guards[node], values, masks, size)
                given = [values[arg] for arg in args]
                if chosen is None:
                    value = arrays.apply(row, given)
                    _watch(irregular, value, None)
                else:
                    value = np.zeros(size)
                    if len(chosen):
                        part = arrays.apply(row, [v[chosen] if type(v) is not float else v for v in given])
                        value[chosen] = part
                        _watch(irregular, part, chosen)
                values.append(value)
                for done in self._last[node]:
                    values[done] = None
        for output, node in zip(outputs, graph.outputs, strict=True):
            np.copyto(output, values[node], casting="unsafe")
        return irregular


def _execute(steps: Sequence[Step], slots: list[Any], flags: Flags, *, watch: bool) -> None:
    for function, kind, first, second, out in steps:
        if kind == BOTH:
            function(slots[first], slots[second], slots[out])
        elif kind == ONE:
            function(slots[first], slots[out])
        else:
            assert kind == MANY
            result = function(*[slots[slot] for slot in first])
            # What is computed element by element sets no flags.
            flags.raised = flags.raised or not _is_moderate(result)
            np.copyto(slots[out], result)
        if watch and not flags.raised and slots[out].dtype != np.bool_:
            flags.raised = not _is_moderate(slots[out])


def _is_moderate(value: Any) -> bool:
    size = np.abs(value)
    return bool((((size > TINY) & (size < HUGE)) | (size == 0.0)).all())


def _watch(irregular: Any, value: Any, chosen: Any) -> None:
    """Name the rows in which a number is not moderate."""
    size = np.abs(value)
    wrong = ~(((size > TINY) & (size < HUGE)) | (size == 0.0))
    if chosen is None:
        irregular |= wrong
    else:
        irregular[chosen] |= wrong


def _chosen(
    guards: frozenset[tuple[int, bool]], values: Sequence[Any], masks: dict[frozenset[tuple[int, bool]], Any], size: int
) -> Any:
    """The rows in which all of some conditions have some answers; None for all rows."""
    if not guards:
        return None
    if guards not in masks:
        mask = np.ones(size, dtype=bool)
        for condition, answer in guards:
            holds = np.not_equal(values[condition], 0.0)
            mask &= holds if answer else ~holds
        masks[guards] = None if mask.all() else np.flatnonzero(mask)
    return masks[guards]


def _last_uses(graph: Graph) -> list[list[int]]:
    """For each node the operations that nobody needs after it; a condition of a guard is needed to the end."""
    last: dict[int, int] = {}
    for node, _, args in graph.operations():
        for arg in args:
            if arg >= graph.base:
                last[arg] = node
    for node in graph.outputs:
        last.pop(node, None)
    for guards in set(guards_of(graph)):
        for condition, _ in guards:
            last.pop(condition, None)
    done: list[list[int]] = [[] for _ in range(len(graph))]
    for arg, node in last.items():
        done[node].append(arg)
    return done
